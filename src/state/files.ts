import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Log } from "../base/log.ts";

/** Texts by name, which outlive the process and are shared with others. None of this throws. */
export type Files = {
  /** Whole or not at all, and for no other user's eyes. */
  write(name: string, text: string): void;
  /** Adds a line, given without its line break, to an existing file in one write: those of other processes do not mix with it. */
  append(name: string, line: string): void;
  /** undefined if there is none. */
  read(name: string): string | undefined;
  /** Removes files last written longer ago than that, in milliseconds; leftover temporary ones too. */
  removeOlder(milliseconds: number): void;
};

/**
 * Files in the folder, which is made if there is none. Without a folder, or where it fails, which is said once in the
 * log, texts are kept in memory. Calls are synchronous: they are short, and quicker than the thread pool.
 * @param folder of names that hold letters and digits alone.
 */
export function createFiles(folder: string | undefined, log: Log): Files {
  /** What could not be written to the folder, and thus is newer than what is there. */
  const memory = new Map<string, { text: string; writtenAt: number }>();
  let isReported = false;

  /** Returns undefined if there is no folder, or if it fails. */
  function inFolder<T>(use: (folder: string) => T): T | undefined {
    if (folder === undefined) return undefined;
    try {
      return use(folder);
    } catch (error) {
      if (!isReported) log("warn", "a file of the state folder cannot be used", { reason: String(error) });
      isReported = true;
      return undefined;
    }
  }

  const keep = (name: string, text: string) => memory.set(name, { text, writtenAt: Date.now() });

  function read(name: string): string | undefined {
    return memory.get(name)?.text ?? inFolder((folder) => unlessGone(join(folder, name), readText));
  }

  return {
    read,
    write(name, text) {
      const isWritten = inFolder((folder) => {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        replace(join(folder, name), text);
        return true;
      });
      if (isWritten) memory.delete(name);
      else keep(name, text);
    },
    append(name, line) {
      const text = `${line}\n`;
      const isAppended = !memory.has(name) && inFolder((folder) => appendTo(join(folder, name), text));
      if (!isAppended) keep(name, `${read(name) ?? ""}${text}`);
    },
    removeOlder(milliseconds) {
      const isOld = (writtenAt: number) => Date.now() - writtenAt > milliseconds;
      for (const [name, { writtenAt }] of memory) if (isOld(writtenAt)) memory.delete(name);
      inFolder((folder) => {
        for (const name of unlessGone(folder, (path) => readdirSync(path)) ?? []) {
          const path = join(folder, name);
          const found = statSync(path, { throwIfNoEntry: false });
          if (found?.isFile() && isOld(found.mtimeMs)) rmSync(path, { force: true });
        }
      });
    },
  };
}

const readText = (path: string) => readFileSync(path, "utf8");

/** Returns undefined if nothing is there, even if another process has just removed it. */
function unlessGone<T>(path: string, use: (path: string) => T): T | undefined {
  try {
    return use(path);
  } catch (error) {
    if (existsSync(path)) throw error;
    return undefined;
  }
}

function replace(path: string, text: string): void {
  const temporary = `${path}.${randomUUID()}`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: "wx" });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function appendTo(path: string, text: string): true {
  const file = openSync(path, constants.O_WRONLY | constants.O_APPEND);
  try {
    if (writeSync(file, text) < Buffer.byteLength(text)) throw new Error("only a part of the line was written");
    return true;
  } finally {
    closeSync(file);
  }
}
