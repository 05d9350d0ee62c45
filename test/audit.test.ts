import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
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
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "audit-"));
  file = join(folder, "audit.jsonl");
});
afterEach(() => {
  vi.useRealTimers();
  disk.ready = Promise.resolve();
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

const linesOf = (path: string) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

const idsIn = (path: string) => linesOf(path).map(({ id }) => id);

test("a disk that does not answer delays an answer by a second at most, and the lines are written once it does", async () => {
  const audit = createAudit(file, (line) => line);
  const letGo = stopDisk();
  stopTime();
  const reasons = Promise.all(["oppo_1", "oppo_2", "oppo_3"].map((id) => audit(entry(id))));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await reasons).toEqual(Array(3).fill("it was not on the disk within a second, but may still be"));
  vi.useRealTimers();
  letGo();
  expect(await audit(entry("oppo_4"))).toBeUndefined();
  expect(idsIn(file).toSorted()).toEqual(["oppo_1", "oppo_2", "oppo_3", "oppo_4"]);
});

test("nothing of a line that must not be in a file gets there", async () => {
  const audit = createAudit(file, (line) => line.replaceAll("hush", "…"));
  await audit({ ...entry("oppo_1"), request: { note: "hush" } });
  expect(readFileSync(file, "utf8")).toContain('"request":{"note":"…"}');
});

test("a line has the reason, the plan and the host if there are any, and no key for what there is not", async () => {
  const audit = createAudit(file, (line) => line);
  const sent: AuditEntry = { ...entry("oppo_1"), outcome: "sent" };
  const known = { reason: "The customer signed", plan: "maple", host: { name: "desk", version: "2.1" } };
  await audit({ ...sent, ...known });
  await audit({ ...sent, reason: undefined, plan: undefined, host: undefined });
  const time = expect.any(String);
  expect(linesOf(file)).toEqual([
    { time, ...sent, ...known },
    { time, ...sent },
  ]);
  expect(Object.keys(linesOf(file)[1])).toEqual(["time", ...Object.keys(sent)]);
});

describe("while the program runs", () => {
  test("a file that was renamed is left to whoever renamed it, and one that was removed is made anew", async () => {
    const audit = createAudit(file, (line) => line);
    await audit(entry("oppo_1"));
    renameSync(file, `${file}.1`);
    await audit(entry("oppo_2"));
    expect(idsIn(file)).toEqual(["oppo_2"]);
    rmSync(file);
    await audit(entry("oppo_3"));
    expect(idsIn(file)).toEqual(["oppo_3"]);
    expect(idsIn(`${file}.1`)).toEqual(["oppo_1"]);
  });

  test("a symbolic link in the file's place is not written through, and the reason is said", async () => {
    const other = join(folder, "other");
    writeFileSync(other, "of somebody else");
    const audit = createAudit(file, (line) => line);
    await audit(entry("oppo_1"));
    rmSync(file);
    symlinkSync(other, file);
    expect(await audit(entry("oppo_2"))).toMatch(/^ELOOP/);
    expect(readFileSync(other, "utf8")).toBe("of somebody else");
    rmSync(file);
    expect(await audit(entry("oppo_3"))).toBeUndefined();
    expect(idsIn(file)).toEqual(["oppo_3"]);
  });

  test("a pipe in the file's place gets nothing, although somebody reads it", async () => {
    execFileSync("mkfifo", [file]);
    const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(reader));
    expect(await createAudit(file, (line) => line)(entry("oppo_1"))).toBe("it is not a regular file");
    expect(readSync(reader, Buffer.alloc(1))).toBe(0);
  });

  test.each<[string, string, () => void]>([
    ["a folder", "EISDIR", () => mkdirSync(file)],
    ["a pipe that nobody reads", "ENXIO", () => void execFileSync("mkfifo", [file])],
    ["no folder around it", "ENOENT", () => rmSync(folder, { recursive: true })],
  ])(
    "%s in the file's place takes no line, and the next one is written once that is over",
    async (_, reason, spoil) => {
      const audit = createAudit(file, (line) => line);
      spoil();
      expect(await audit(entry("oppo_1"))).toContain(reason);
      rmSync(file, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      expect(await audit(entry("oppo_2"))).toBeUndefined();
      expect(idsIn(file)).toEqual(["oppo_2"]);
    },
  );

  test("a disk that takes nothing more is the reason in the operating system's words", async () => {
    const audit = createAudit(file, (line) => line);
    disk.ready = Promise.reject(new Error("ENOSPC: no space left on device, write"));
    expect(await audit(entry("oppo_1"))).toBe("ENOSPC: no space left on device, write");
  });
});
