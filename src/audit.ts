import { constants, existsSync, lstatSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { JsonObject } from "./base/json.ts";
import { printableJson } from "./base/text.ts";

/** The program that called, as it names itself. */
export type Host = { name: string; version: string };

/** A write's line, before it is sent or with its outcome. `before` and `after` are whole, or null if not known. */
export type AuditEntry = {
  id: string;
  /** The body of the PUT. */
  request: JsonObject;
  before: JsonObject | null;
  after: JsonObject | null;
  /** "sent" is the line before; "shown": the answer was lost, and another program may have made what shows. */
  outcome: "sent" | "applied" | "shown" | "unchanged" | "in doubt";
  /** Why the update was made, in the caller's words. */
  reason?: string | undefined;
  /** The last word of the plan that the write was part of. */
  plan?: string | undefined;
  host?: Host | undefined;
};

/** Appends a line to the audit file. Returns the reason if it is not on the disk within a second, and never throws. */
export type Audit = (entry: AuditEntry) => Promise<string | undefined>;

/** How long an answer waits for its line, in milliseconds; the writing goes on. */
const maxWaitMs = 1_000;

/** Why the path cannot be an audit file, or undefined if it can: a regular file, or none yet in a folder. */
export function auditFileFault(file: string): string | undefined {
  try {
    if (!existsSync(dirname(file))) return "is in a folder that does not exist";
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (found?.isSymbolicLink()) return "is a symbolic link, which is not followed";
    return found?.isFile() === false ? "is not a regular file" : undefined;
  } catch (error) {
    return `cannot be used (${reasonOf(error)})`;
  }
}

/**
 * An audit file to which every entry is appended as one JSON line; several processes may share it. It is opened for each
 * line, so that one that was renamed or removed is made anew. @param redact takes out what must not be in a file.
 */
export function createAudit(file: string | undefined, redact: (line: string) => string): Audit {
  if (file === undefined) return async () => undefined;
  return (entry) => {
    const line = `${redact(printableJson({ time: new Date().toISOString(), ...entry }))}\n`;
    const written = append(file, line).then(() => undefined, reasonOf);
    const tooSlow = "it was not on the disk within a second, but may still be";
    return Promise.race([written, setTimeout(maxWaitMs, tooSlow, { ref: false })]);
  };
}

// Windows lacks the last two: undefined counts as 0 there. Without the last, opening a pipe would wait for its reader.
const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
const appending = O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK;

async function append(file: string, line: string): Promise<void> {
  const handle = await open(file, appending, 0o600);
  try {
    if (!(await handle.stat()).isFile()) throw new Error("it is not a regular file");
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
