/**
 * Starts the built program under every Node version that it is meant for, the oldest one included, and under some that are
 * too old, and ends with exit code 1 if one of them fails. The versions come from npm, each into a temporary folder.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packageFile from "../../package.json" with { type: "json" };
import { ids } from "../../src/sandbox/sandbox.ts";
import { npmInstall } from "../support/npm.ts";
import { print } from "../support/print.ts";
import { startRaw } from "../support/raw-program.ts";

const oldest = packageFile.engines.node.replace(">=", "");
const tooOld = ["14", "16", "18"];
const versions = [...tooOld, oldest, "20", "22", "24", "26"];

/** How long one life of the program may take, in milliseconds. */
const patience = 30_000;

const isWindows = process.platform === "win32";
const isAppleSilicon = process.platform === "darwin" && process.arch === "arm64";
const platform = `${isWindows ? "win" : process.platform}-${process.arch}`;
const executables = `npm:${isAppleSilicon ? "node-bin" : "node"}-${platform}`;

const folder = mkdtempSync(join(tmpdir(), "close-opportunity-mcp-node-"));
try {
  const aliases = versions.map((version) => `node-${version}@${executables}@${version}`);
  npmInstall(folder, aliases);
  for (const version of versions) {
    const node = join(folder, "node_modules", `node-${version}`, "bin", isWindows ? "node.exe" : "node");
    try {
      const exact = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
      const cache = mkdtempSync(join(folder, "cache-"));
      const env = { XDG_CACHE_HOME: cache, LOCALAPPDATA: cache, HOME: cache };
      if (tooOld.includes(version)) {
        const stderr = `close-opportunity-mcp needs Node ${oldest} or newer; this is Node ${exact.slice(1)}\n`;
        assert.deepEqual(await startRaw([], env, [node]).ended, { code: 1, signal: null, stdout: "", stderr });
        print(`Node ${version}: turned away as ${exact}`);
        continue;
      }
      await liveOnce(node, env);
      const isKept = readdirSync(cache).length > 0;
      assert.equal(isKept, !exact.startsWith("v20."), "Compiled code is kept where Node can, from 22 on.");
      await liveOnce(node, env);
      print(`Node ${version}: passed as ${exact}`);
    } catch (error) {
      print(`Node ${version}: failed. ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One life of the program: it lists its tools, updates an opportunity, and ends with its input. */
async function liveOnce(node: string, env: Record<string, string>): Promise<void> {
  const server = startRaw(["--sandbox"], env, [node]);
  const overdue = setTimeout(() => server.kill("SIGKILL"), patience);
  try {
    await server.initialize();
    const tools = JSON.stringify((await server.request("tools/list")).result);
    assert.match(tools, /"update_opportunity"/);
    const win = { id: ids.opportunities.acmeExpansion, status_id: "Won" };
    const params = { name: "update_opportunity", arguments: win };
    const updated = JSON.stringify((await server.request("tools/call", params)).result);
    assert.match(updated, /"status_label":"Won"/);
    server.endInput();
    const { code, stderr } = await server.ended;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    // Each line a message of the protocol, and one for each request.
    assert.equal(server.messages().length, 3);
  } finally {
    clearTimeout(overdue);
    server.kill("SIGKILL");
  }
}
