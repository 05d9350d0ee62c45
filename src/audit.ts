import { type FileHandle, open } from "node:fs/promises";
import type { JsonObject } from "./base/json.ts";

/** What is kept of one write. `before` and `after` are whole opportunities, null where they are not known. */
export type AuditEntry = {
  id: string;
  /** The body of the PUT. */
  request: JsonObject;
  before: JsonObject | null;
  after: JsonObject | null;
  outcome: "applied" | "unchanged" | "in doubt";
};

/** Keeps a write, on the disk when it resolves. Gives the reason where that did not succeed, and never throws. */
export type Audit = (entry: AuditEntry) => Promise<string | undefined>;

/** Whether the file ends in the middle of a line, as a full disk leaves it: the next line must not join it. */
async function endsTorn(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() !== "\n";
}

/** An audit file to which every write is appended as one JSON line; several servers may share it. */
export function createAudit(file: string | undefined): Audit {
  if (file === undefined) return async () => undefined;
  let torn: Promise<boolean> | undefined;

  /** Looked at once, before this process writes: later an unfinished line is another one's, on its way. */
  async function startsAfterTorn(handle: FileHandle): Promise<boolean> {
    if (torn === undefined) {
      torn = endsTorn(handle);
      return torn;
    }
    await torn;
    return false;
  }

  return async (entry) => {
    const text = `${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`;
    try {
      const handle = await open(file, "a+", 0o600);
      try {
        const line = Buffer.from((await startsAfterTorn(handle)) ? `\n${text}` : text);
        // One write to a file opened for appending: lines of several processes do not mix.
        const { bytesWritten } = await handle.write(line);
        if (bytesWritten < line.length) {
          torn = undefined;
          return "the disk took only a part of the line";
        }
        await handle.datasync();
        return undefined;
      } finally {
        await handle.close();
      }
    } catch (error) {
      torn = undefined;
      return error instanceof Error ? error.message : String(error);
    }
  };
}
