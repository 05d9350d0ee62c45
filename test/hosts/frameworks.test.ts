import { execFile } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Installation, install } from "../support/installed.ts";
import { codeBlocks, page } from "../support/readme.ts";

const run = promisify(execFile);
const programs = codeBlocks(page("docs/agent-frameworks.md"), "js");

let installation: Installation;
beforeAll(() => {
  installation = install();
  const packages = fileURLToPath(new URL("../../node_modules", import.meta.url));
  symlinkSync(packages, join(installation.folder, "node_modules"), "junction");
});
afterAll(() => installation.remove());

test.each(["@modelcontextprotocol/sdk", "@modelcontextprotocol/client", "@langchain/mcp-adapters"])(
  "the lines for %s win an opportunity and print what changed, and nothing else",
  async (framework) => {
    const found = programs.filter((program) => program.includes(`from "${framework}`));
    expect(found).toHaveLength(1);
    expect(found.join().split("\n").filter(Boolean).length).toBeLessThanOrEqual(10);
    const { folder, env } = installation;
    const file = join(folder, `${framework.replaceAll("/", "-")}.mjs`);
    writeFileSync(file, found.join());
    const { stdout, stderr } = await run(process.execPath, [file], { env, cwd: folder });
    expect(stdout).toMatch(
      /^Updated "Acme Corp" \(oppo_\w+\): status Active → Won; date_won empty → [\d-]{10} \(set by Close\) \[/,
    );
    expect(stdout).toMatch(/field: 'status_id',\s+label: 'status',\s+from: 'Active',\s+to: 'Won',/);
    expect(stderr).toBe("");
  },
);

test("there is no other program than those that are run", () => {
  expect(programs).toHaveLength(3);
});
