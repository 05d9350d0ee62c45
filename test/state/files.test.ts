import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createFiles } from "../../src/state/files.ts";

const hour = 3_600_000;

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "files-")), "plans");
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(join(folder, ".."), { recursive: true });
});

const log = vi.fn();
beforeEach(() => log.mockClear());

describe("files in a folder", () => {
  test("are read as they were written, by any process, and by this user alone", () => {
    const files = createFiles(folder, log);
    files.write("abc", "first\n");
    files.append("abc", "second");
    expect(createFiles(folder, log).read("abc")).toBe("first\nsecond\n");
    expect((statSync(join(folder, "abc")).mode & 0o777).toString(8)).toBe("600");
    files.write("abc", "anew\n");
    expect(files.read("abc")).toBe("anew\n");
    expect(files.read("other")).toBeUndefined();
    expect(readdirSync(folder)).toEqual(["abc"]);
    expect(log).not.toHaveBeenCalled();
  });

  test("are replaced whole: whoever reads in between finds the old text, never a part of the new one", () => {
    const files = createFiles(folder, log);
    files.write("abc", "old");
    const reading = openSync(join(folder, "abc"), "r");
    files.write("abc", "new");
    expect(readFileSync(reading, "utf8")).toBe("old");
    closeSync(reading);
    expect(files.read("abc")).toBe("new");
  });

  test("are removed once they are too old, leftovers of a killed process included, and no others", () => {
    const files = createFiles(folder, log);
    files.removeOlder(hour);
    for (const name of ["old", "new"]) files.write(name, "text");
    writeFileSync(join(folder, "old.3f1c"), "half of a te");
    const past = new Date(Date.now() - 2 * hour);
    for (const name of ["old", "old.3f1c"]) utimesSync(join(folder, name), past, past);
    files.removeOlder(hour);
    expect(readdirSync(folder)).toEqual(["new"]);
    expect(log).not.toHaveBeenCalled();
  });
});

describe("without a folder", () => {
  test("texts are kept in memory, until they are too old", () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const files = createFiles(undefined, log);
    files.write("abc", "first\n");
    files.append("abc", "second");
    expect(files.read("abc")).toBe("first\nsecond\n");
    expect(files.read("other")).toBeUndefined();
    vi.setSystemTime(Date.now() + hour);
    files.removeOlder(hour);
    expect(files.read("abc")).toBeDefined();
    vi.setSystemTime(Date.now() + 1);
    files.removeOlder(hour);
    expect(files.read("abc")).toBeUndefined();
    expect(log).not.toHaveBeenCalled();
  });
});

describe("where the folder fails", () => {
  test("texts are kept in memory, with what was there before, and that is said once", () => {
    const files = createFiles(folder, log);
    files.write("abc", "first\n");
    const text = readFileSync(join(folder, "abc"), "utf8");
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "not a folder");
    files.write("abc", text);
    files.append("abc", "second");
    files.write("other", "text");
    expect(files.read("abc")).toBe("first\nsecond\n");
    expect(files.read("other")).toBe("text");
    files.removeOlder(hour);
    // What could not be written counts, even if the folder with the older text comes back.
    rmSync(folder);
    createFiles(folder, log).write("abc", text);
    files.append("abc", "third");
    expect(files.read("abc")).toBe("first\nsecond\nthird\n");
    expect(log).toHaveBeenCalledExactlyOnceWith("warn", expect.any(String), { reason: expect.any(String) });
  });
});
