import { open } from "node:fs/promises";
import type { JsonObject } from "./json.ts";

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

/** An audit file to which every write is appended as one JSON line; several servers may share it. */
export function createAudit(file: string | undefined): Audit {
  if (file === undefined) return async () => undefined;
  return async (entry) => {
    const line = Buffer.from(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
    try {
      const handle = await open(file, "a", 0o600);
      try {
        // One write to a file opened for appending: lines of several processes do not mix.
        const { bytesWritten } = await handle.write(line);
        if (bytesWritten < line.length) return "the disk took only a part of the line";
        await handle.datasync();
        return undefined;
      } finally {
        await handle.close();
      }
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
}
