import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openFolder } from "../../src/state/folder.ts";
import { openState } from "../../src/state/state.ts";
import { startRaw } from "../support/raw-program.ts";

const close = "https://api.close.com/api/v1";
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "state-folder-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

describe("the state folder", () => {
  test("is made for this user alone, with those above it, one for each Close", () => {
    const setting = join(root, "deep", "state");
    const path = join(setting, "api.close.com");
    expect(openFolder(setting, close)).toEqual({ path });
    expect(openFolder(setting, "http://127.0.0.1:8080/api/v1")).toEqual({ path: join(setting, "127.0.0.1_8080") });
    for (const folder of [setting, path, join(path, "plans"), join(path, "locks")]) expect(modeOf(folder)).toBe("700");
  });

  test("is where the platform keeps a program's data, if none is set", async () => {
    const data = process.platform === "darwin" ? "Library/Application Support" : ".local/share";
    const program = startRaw([], { HOME: root, CLOSE_STATE_DIR: "" });
    program.endInput();
    expect((await program.ended).stderr).toBe("");
    expect(modeOf(join(root, data, "close-opportunity-mcp", "api.close.com", "locks"))).toBe("700");
  });

  test("is closed to others if it was open to them, with all that is in it, but not the folder that was set", () => {
    const path = join(root, "api.close.com");
    const folders = [path, join(path, "plans"), join(path, "locks")];
    for (const folder of folders) mkdirSync(folder);
    for (const folder of [root, ...folders]) chmodSync(folder, 0o755);
    expect(openFolder(root, close)).toEqual({ path });
    expect([root, ...folders].map(modeOf)).toEqual(["755", "700", "700", "700"]);
  });

  test("cannot be a link, a file, below a file or another user's", () => {
    const path = join(root, "api.close.com");
    symlinkSync(tmpdir(), path);
    expect(openFolder(root, close)).toEqual({ fault: `${path} is a symbolic link` });
    rmSync(path);
    writeFileSync(path, "");
    expect(openFolder(root, close)).toEqual({ fault: expect.stringContaining(path) });
    expect(openFolder(path, close)).toEqual({ fault: expect.stringContaining(path) });
    rmSync(path);
    const own = process.getuid?.() ?? 0;
    vi.spyOn(process, "getuid").mockReturnValue(own + 1);
    expect(openFolder(root, close)).toEqual({ fault: `${path} belongs to another user` });
  });

  test("can be off, and that is not worth a warning, as any other fault is", () => {
    const log = vi.fn();
    const off = openState({ stateDir: "off", baseUrl: close, maxUpdatesPerHour: undefined }, log);
    expect(off.fault).toBe("it is off");
    expect(log).not.toHaveBeenCalled();
    const file = join(root, "file");
    writeFileSync(file, "");
    const { fault } = openState({ stateDir: file, baseUrl: close, maxUpdatesPerHour: undefined }, log);
    expect(fault).toContain(file);
    expect(log).toHaveBeenCalledExactlyOnceWith("warn", expect.any(String), { reason: fault });
  });
});
