import { randomUUID } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Log } from "../base/log.ts";

/** Texts by name, which outlive the process and are shared with others. None of this throws. */
export type Files = ReturnType<typeof createFiles>;

/**
 * Files in the folder, which is made if there is none. Without a folder, or where it fails, which is said once in the
 * log, texts are kept in memory alone. Calls are synchronous: they are short, and quicker than the thread pool.
 * @param folder of names that hold letters and digits alone.
 */
export function createFiles(folder: string | undefined, log: Log) {
  /** What the folder did not take, and thus has nothing newer. */
  const memory = new Map<string, { text: string; writtenAt: number }>();
  let isReported = false;

  /** Returns undefined if there is no folder, or if it fails. */
  function inFolder<T>(use: (folder: string) => T): T | undefined {
    if (folder === undefined) return undefined;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return use(folder);
    } catch (error) {
      if (!isReported) log("warn", "a file of the state folder cannot be used", { reason: String(error) });
      isReported = true;
      return undefined;
    }
  }

  function read(name: string): string | undefined {
    const saved = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);
    return memory.get(name)?.text ?? inFolder((within) => saved(join(within, name)));
  }

  return {
    /** undefined if there is none. */
    read,
    /** Whole or not at all, and for no other user's eyes. */
    write(name: string, text: string): void {
      const isWritten = inFolder((within) => {
        const path = join(within, name);
        const temporary = `${path}.${randomUUID()}`;
        writeFileSync(temporary, text, { mode: 0o600 });
        renameSync(temporary, path);
        return true;
      });
      if (isWritten) memory.delete(name);
      else memory.set(name, { text, writtenAt: Date.now() });
    },
    /** Adds a short line, given without its line break, in one write: those of other processes do not mix with it. */
    append(name: string, line: string): void {
      const isAppended =
        !memory.has(name) &&
        inFolder((within) => {
          appendFileSync(join(within, name), `${line}\n`, { mode: 0o600 });
          return true;
        });
      if (!isAppended) memory.set(name, { text: `${read(name) ?? ""}${line}\n`, writtenAt: Date.now() });
    },
    /** Removes what was last written longer ago than that, in milliseconds. */
    removeOlder(milliseconds: number): void {
      const isOld = (writtenAt: number) => Date.now() - writtenAt > milliseconds;
      for (const [name, { writtenAt }] of memory) if (isOld(writtenAt)) memory.delete(name);
      inFolder((within) => {
        for (const name of readdirSync(within)) {
          const path = join(within, name);
          const found = statSync(path, { throwIfNoEntry: false });
          if (found?.isFile() && isOld(found.mtimeMs)) rmSync(path, { force: true });
        }
      });
    },
  };
}
