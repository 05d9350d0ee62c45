import { constants, fstatSync, lstatSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { JsonObject } from "./base/json.ts";

/** What is kept of one write. `before` and `after` are whole opportunities, null if they are not known. */
export type AuditEntry = {
  id: string;
  /** The body of the PUT. */
  request: JsonObject;
  before: JsonObject | null;
  after: JsonObject | null;
  outcome: "applied" | "unchanged" | "in doubt";
};

/**
 * Appends a write to the audit file: on the disk when it resolves, which takes a second at most. Returns the reason
 * if it is not there, and never throws.
 */
export type Audit = (entry: AuditEntry) => Promise<string | undefined>;

/** How long an answer waits for its line, in milliseconds; the writing goes on. */
const maxWaitMs = 1_000;

/** How many lines wait for a disk that does not answer. */
const maxWaitingLines = 1_000;

/** How long a line that another process has begun may pause, in milliseconds, before it counts as torn. */
const maxPauseMs = 20;

/** Why the path cannot be an audit file, or undefined if it can: a regular file, or none yet in a folder. */
export function auditFileFault(file: string): string | undefined {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats !== undefined) return faultOf(stats);
    if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) return "is a link to nothing";
    const isInFolder = statSync(dirname(file), { throwIfNoEntry: false })?.isDirectory() ?? false;
    return isInFolder ? undefined : "is in a folder that does not exist";
  } catch (error) {
    return `cannot be used (${reasonOf(error)})`;
  }
}

/**
 * An audit file to which every write is appended as one JSON line; several processes may share it.
 *
 * @param redact takes out of a line what must not be in a file.
 */
export function createAudit(file: string | undefined, redact: (line: string) => string): Audit {
  if (file === undefined) return async () => undefined;
  let waiting: string[] = [];
  let next: Promise<string | undefined> | undefined;
  let latest: Promise<string | undefined> = Promise.resolve(undefined);

  /** Writes all lines that are waiting at once: a flush for each of them would take too long. */
  const writeWaiting = async () => {
    next = undefined;
    const lines = waiting;
    waiting = [];
    return append(file, lines.join("")).then(() => undefined, reasonOf);
  };

  return (entry) => {
    if (waiting.length >= maxWaitingLines) return Promise.resolve("the disk has stopped taking lines");
    waiting.push(`${redact(JSON.stringify({ time: new Date().toISOString(), ...entry }))}\n`);
    next ??= latest.then(writeWaiting);
    latest = next;
    return withinLimit(next);
  };
}

/** Appends the lines with one write, which those of other processes do not mix with, and flushes it. */
async function append(file: string, lines: string): Promise<void> {
  // Should the path have become a FIFO since the start, opening it must not wait for a reader.
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
  const handle = await open(file, flags, 0o600);
  try {
    const fault = faultOf(await handle.stat());
    if (fault !== undefined) throw new Error(`the path ${fault}`);
    const bytes = Buffer.from((await endsTorn(handle)) ? `\n${lines}` : lines);
    let written = 0;
    while (written < bytes.length) written += (await handle.write(bytes, written)).bytesWritten;
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** Whether the file ends in the middle of a line, as a full disk or a killed process leaves it. */
async function endsTorn(handle: FileHandle): Promise<boolean> {
  for (let earlier = 0; ; await wait(maxPauseMs)) {
    const { size } = await handle.stat();
    if (size === 0) return false;
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    if (buffer.toString() === "\n") return false;
    // A line that still grows is another process's, on its way.
    if (size === earlier) return true;
    earlier = size;
  }
}

function faultOf(stats: Stats): string | undefined {
  if (!stats.isFile()) return "is not a regular file";
  const isOutput = [1, 2].some((descriptor) => isSame(stats, descriptor));
  return isOutput ? "is this program's own output" : undefined;
}

function isSame({ dev, ino }: Stats, descriptor: number): boolean {
  try {
    const own = fstatSync(descriptor);
    return own.dev === dev && own.ino === ino;
  } catch {
    // It is closed.
    return false;
  }
}

function withinLimit(writing: Promise<string | undefined>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => resolve("it was not on the disk within a second, but may still be"),
      maxWaitMs,
    );
    void writing.then((reason) => {
      clearTimeout(timer);
      resolve(reason);
    });
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
