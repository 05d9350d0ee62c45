import { existsSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
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

/** Appends a write to the audit file. Returns the reason if it is not on the disk within a second, and never throws. */
export type Audit = (entry: AuditEntry) => Promise<string | undefined>;

/** How long an answer waits for its line, in milliseconds; the writing goes on. */
const maxWaitMs = 1_000;

/** Why the path cannot be an audit file, or undefined if it can: a regular file, or none yet in a folder. */
export function auditFileFault(file: string): string | undefined {
  try {
    if (!existsSync(dirname(file))) return "is in a folder that does not exist";
    if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) return "is not a regular file";
    return undefined;
  } catch (error) {
    return `cannot be used (${reasonOf(error)})`;
  }
}

/**
 * An audit file to which every write is appended as one JSON line, one after the other; several processes may share it.
 * @param redact takes out of a line what must not be in a file.
 */
export function createAudit(file: string | undefined, redact: (line: string) => string): Audit {
  if (file === undefined) return async () => undefined;
  let latest: Promise<unknown> = Promise.resolve();
  return (entry) => {
    const line = `${redact(JSON.stringify({ time: new Date().toISOString(), ...entry }))}\n`;
    const written = latest.then(() => append(file, line)).then(() => undefined, reasonOf);
    latest = written;
    const tooSlow = "it was not on the disk within a second, but may still be";
    return Promise.race([written, setTimeout(maxWaitMs, tooSlow, { ref: false })]);
  };
}

async function append(file: string, line: string): Promise<void> {
  const handle = await open(file, "a", 0o600);
  try {
    // One write: lines of other processes do not mix with it.
    const { bytesWritten } = await handle.write(line);
    if (bytesWritten < Buffer.byteLength(line)) throw new Error("only a part of the line was written");
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
