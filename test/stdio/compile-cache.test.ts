import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import * as nodeModule from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startRaw } from "../support/raw-program.ts";

/** Node keeps compiled code from 22 on. */
const isKept = "enableCompileCache" in nodeModule;

let caches: string;
let own: string;
beforeEach(() => {
  caches = mkdtempSync(join(tmpdir(), "caches-"));
  own = join(caches, "close-opportunity-mcp");
});
afterEach(() => rmSync(caches, { recursive: true }));

async function run(env: Record<string, string> = {}): Promise<void> {
  const server = startRaw(["--sandbox"], { XDG_CACHE_HOME: caches, TMPDIR: caches, ...env });
  expect((await server.initialize()).result).toBeDefined();
  server.endInput();
  expect(await server.ended).toMatchObject({ code: 0, stderr: "" });
}

const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);

describe("compiled code", () => {
  test("is kept, if Node can, in a folder that belongs to the user alone", async () => {
    await run();
    expect(readdirSync(caches)).toEqual(isKept ? ["close-opportunity-mcp"] : []);
    expect(filesIn(own).length > 0).toBe(isKept);
    if (isKept) expect(statSync(own).mode & 0o777).toBe(0o700);
    await run();
  });

  test.each<[string, () => void]>([
    ["others may write to it", () => mkdirAs(own, 0o777)],
    ["others may read it", () => mkdirAs(own, 0o755)],
    ["it is a link", () => symlinkSync(mkdirAs(join(caches, "elsewhere"), 0o700), own)],
  ])("is not kept if %s", async (_name, spoil) => {
    spoil();
    await run();
    expect([...filesIn(own), ...filesIn(join(caches, "elsewhere"))]).toEqual([]);
  });

  test("is not kept if others may put another folder in its place", async () => {
    chmodSync(caches, 0o777);
    await run();
    expect(filesIn(own)).toEqual([]);
  });

  test("is not kept if there can be no folder", async () => {
    await run({ XDG_CACHE_HOME: join(process.execPath, "caches") });
    expect(readdirSync(caches)).toEqual([]);
  });

  test("is kept where NODE_COMPILE_CACHE says, and nowhere if that is turned off", async () => {
    await run({ NODE_DISABLE_COMPILE_CACHE: "1" });
    expect(readdirSync(caches)).toEqual([]);
    await run({ NODE_COMPILE_CACHE: join(caches, "mine") });
    expect(readdirSync(caches)).toEqual(isKept ? ["mine"] : []);
  });
});

function mkdirAs(folder: string, mode: number): string {
  mkdirSync(folder);
  chmodSync(folder, mode);
  return folder;
}
