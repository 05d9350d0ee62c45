import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("the demo, which a visitor runs first, shows every step as it should be", async () => {
  const demo = fileURLToPath(new URL("demo.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", demo]);
  expect(stdout).toMatch(/✓ \d+ steps, everything as it should be\.\n$/);
});
