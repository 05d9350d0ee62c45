/**
 * Starts the built program under every Node version that it is meant for, the oldest one included, and ends with
 * exit code 1 where one of them fails. The versions come from npm, each into a temporary folder.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { z } from "zod/v3";
import packageFile from "../../package.json" with { type: "json" };
import { program } from "../support/host.ts";
import { startRaw } from "../support/raw-program.ts";

const versions = [packageFile.engines.node.replace(">=", ""), "20", "22", "24", "26"];

/** How long the program may take for all that is asked of it, in milliseconds. */
const patience = 30_000;

const toolList = z.object({ tools: z.array(z.object({ name: z.string() })) });
const found = z.object({
  structuredContent: z.object({ opportunities: z.array(z.object({ id: z.string() })).nonempty() }),
});
const updated = z.object({
  structuredContent: z.object({ changes: z.array(z.object({ field: z.string(), to: z.unknown() })) }),
});

const folder = mkdtempSync(join(tmpdir(), "close-opportunity-mcp-node-"));
try {
  const installed = install(folder);
  for (const [version, node] of installed) await report(version, node);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Installs all versions for this machine, and returns the paths of their executables. */
function install(folder: string): Map<string, string> {
  const isWindows = process.platform === "win32";
  const isAppleSilicon = process.platform === "darwin" && process.arch === "arm64";
  const platform = isWindows ? "win" : process.platform;
  const name = `${isAppleSilicon ? "node-bin" : "node"}-${platform}-${process.arch}`;
  const options = ["--prefix", folder, "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"];
  const aliases = versions.map((version) => `node-${version}@npm:${name}@${version}`);
  execFileSync("npm", ["install", ...options, ...aliases], { stdio: "pipe", shell: isWindows });
  const executable = (version: string) =>
    join(folder, "node_modules", `node-${version}`, "bin", isWindows ? "node.exe" : "node");
  return new Map(versions.map((version) => [version, executable(version)]));
}

async function report(version: string, node: string): Promise<void> {
  try {
    process.stdout.write(`Node ${version}: passed ${await tryVersion(node)}\n`);
  } catch (error) {
    process.stdout.write(`Node ${version}: failed. ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}

/** Goes through the states in which Node's compile cache may be. */
async function tryVersion(node: string): Promise<string> {
  const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
  const temporary = mkdtempSync(join(folder, "tmp-"));
  const caches = (folder: string) => ({ XDG_CACHE_HOME: folder, LOCALAPPDATA: folder, HOME: folder });
  const first = await smoke(node, caches(temporary));
  const second = await smoke(node, caches(temporary));
  const isKept = readdirSync(temporary, { recursive: true }).length > 0;
  assert.equal(isKept, !version.startsWith("v20."), "Compiled code is kept where Node can, from 22 on.");
  await smoke(node, {});
  // No folder can be made inside a file, whoever asks.
  const nowhere = join(program, "cache");
  await smoke(node, { NODE_COMPILE_CACHE: nowhere });
  await smoke(node, caches(nowhere));
  return `as ${version}; first answer after ${first} ms, then ${second} ms`;
}

/** One life of the program: it is asked, it finds, it updates, its input ends. Gives the time to its first answer. */
async function smoke(node: string, env: Record<string, string>): Promise<number> {
  const server = startRaw(["--sandbox"], env, [node]);
  const overdue = new AbortController();
  try {
    return await Promise.race([
      live(server),
      setTimeout(patience, undefined, { signal: overdue.signal }).then(() => {
        throw new Error(`It did not end within ${patience / 1000} seconds. stderr: ${server.stderr()}`);
      }),
    ]);
  } finally {
    overdue.abort();
    server.kill("SIGKILL");
  }
}

async function live(server: ReturnType<typeof startRaw>): Promise<number> {
  const call = async (name: string, args: Record<string, unknown>) =>
    (await server.request("tools/call", { name, arguments: args })).result;
  const start = performance.now();
  assert.ok((await server.initialize()).result);
  const firstAnswer = Math.round(performance.now() - start);

  const { tools } = toolList.parse((await server.request("tools/list")).result);
  assert.ok(tools.some(({ name }) => name === "update_opportunity"));
  const { opportunities } = found.parse(
    await call("find_opportunities", { lead_name: "Acme" }),
  ).structuredContent;
  const { changes } = updated.parse(
    await call("update_opportunity", { id: opportunities[0].id, status_id: "Won" }),
  ).structuredContent;
  assert.ok(changes.some(({ field, to }) => field === "status_id" && to === "Won"));

  server.endInput();
  const { code, stdout, stderr } = await server.ended;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  // Four answers, each a line of the protocol, and not a byte besides.
  assert.equal(server.messages().length, 4);
  assert.ok(stdout.endsWith("\n"));
  return firstAnswer;
}
