import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import * as nodeModule from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startRaw } from "../support/raw-program.ts";

/** Node keeps compiled code from 22 on. */
const isKept = "enableCompileCache" in nodeModule;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "home-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const run = (env: Record<string, string>) => startRaw(["--version"], env).ended;

test("compiled code is kept, if Node can, in the user's home, where nobody else may write", async () => {
  for (let start = 0; start < 2; start += 1) expect(await run({ HOME: home })).toMatchObject({ code: 0, stderr: "" });
  expect(readdirSync(home)).toEqual(isKept ? [".cache"] : []);
  if (isKept) expect(statSync(join(home, ".cache", "close-opportunity-mcp")).mode & 0o022).toBe(0);
});

test("and is not kept if there can be no folder, or if Node is told not to", async () => {
  for (const env of [{ HOME: join(process.execPath, "home") }, { HOME: home, NODE_DISABLE_COMPILE_CACHE: "1" }]) {
    expect(await run(env)).toMatchObject({ code: 0, stderr: "" });
  }
  expect(readdirSync(home)).toEqual([]);
});
