import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import * as nodeModule from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startRaw } from "../support/raw-program.ts";

/** Node keeps compiled code from 22 on. */
const isKept = "enableCompileCache" in nodeModule;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "home-"));
});
afterEach(() => rmSync(home, { recursive: true }));

async function run(env: Record<string, string>): Promise<void> {
  const server = startRaw(["--sandbox"], env);
  expect((await server.initialize()).result).toBeDefined();
  server.endInput();
  expect(await server.ended).toMatchObject({ code: 0, stderr: "" });
}

describe("compiled code", () => {
  test("is kept, if Node can, in the user's home, where nobody else may write", async () => {
    await run({ HOME: home });
    const folder = join(home, ".cache", "close-opportunity-mcp");
    expect(readdirSync(home)).toEqual(isKept ? [".cache"] : []);
    if (isKept) expect(statSync(folder).mode & 0o022).toBe(0);
    await run({ HOME: home });
  });

  test("is not kept if there can be no folder, or if Node is told not to", async () => {
    await run({ HOME: join(process.execPath, "home") });
    await run({ HOME: home, NODE_DISABLE_COMPILE_CACHE: "1" });
    expect(readdirSync(home)).toEqual([]);
  });
});
