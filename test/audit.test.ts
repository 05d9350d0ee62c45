import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type AuditEntry, createAudit } from "../src/audit.ts";
import { stopTime } from "./support/fake-time.ts";

/** A disk that answers when it is let go. */
const disk = vi.hoisted(() => ({ ready: Promise.resolve() }));
vi.mock("node:fs/promises", async (importActual) => {
  const actual = await importActual<typeof import("node:fs/promises")>();
  const open: typeof actual.open = async (...path) => {
    await disk.ready;
    return actual.open(...path);
  };
  return { ...actual, open };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "audit-"));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

function stopDisk(): () => void {
  let letGo = () => {};
  disk.ready = new Promise((resolve) => {
    letGo = resolve;
  });
  return letGo;
}

function entry(id: string): AuditEntry {
  return { id, request: {}, before: null, after: null, outcome: "applied" };
}

test("a disk that does not answer delays an answer by a second at most, and the lines are written once it does", async () => {
  const file = join(folder, "audit.jsonl");
  const audit = createAudit(file, (line) => line);
  const letGo = stopDisk();
  stopTime();
  const reasons = Promise.all(["oppo_1", "oppo_2", "oppo_3"].map((id) => audit(entry(id))));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await reasons).toEqual(Array(3).fill("it was not on the disk within a second, but may still be"));
  vi.useRealTimers();
  letGo();
  expect(await audit(entry("oppo_4"))).toBeUndefined();
  const ids = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).id);
  expect(ids).toEqual(["oppo_1", "oppo_2", "oppo_3", "oppo_4"]);
});

test("nothing of a line that must not be in a file gets there", async () => {
  const file = join(folder, "audit.jsonl");
  const audit = createAudit(file, (line) => line.replaceAll("hush", "…"));
  await audit({ ...entry("oppo_1"), request: { note: "hush" } });
  expect(readFileSync(file, "utf8")).toContain('"request":{"note":"…"}');
});
