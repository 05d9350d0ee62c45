/**
 * Tries what docs/team.md says of mcp-proxy in front of the program, with the commands and the version that stand there:
 * clients of both generations at once, wrong keys, and a program that is killed. Ends with exit code 1 if one of them is
 * not so. mcp-proxy comes from npm, into a temporary folder.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Client as NewClient, StreamableHTTPClientTransport as NewTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { install } from "../support/installed.ts";
import { npmInstall } from "../support/npm.ts";
import { stored } from "../support/opportunities.ts";
import { print } from "../support/print.ts";
import { codeBlocks, page } from "../support/readme.ts";
import { startSandbox } from "../support/sandbox/sandbox.ts";

const commands = codeBlocks(page("docs/team.md"), "sh");
const lineOf = (start: string) => {
  const line = commands.flatMap((code) => code.replaceAll("\\\n", "").split("\n")).find((one) => one.startsWith(start));
  return line ?? assert.fail(`docs/team.md has no command that starts with "${start}".`);
};
const startProxy = lineOf("mcp-proxy ");
const health = lineOf("curl ");
// In a unit of systemd a dollar sign is written twice.
assert.ok(page("docs/team.md").includes(`ExecStart=${startProxy.replace("$", () => "$$")}\n`));
const [proxy = ""] = /mcp-proxy@\S+/.exec(lineOf("npm install --global mcp-proxy")) ?? [];

type Args = Record<string, unknown>;
/** Calls a tool by a client of either generation. */
type Caller = (args: Args, tool?: string) => Promise<z.infer<typeof result>>;
const result = z.object({
  isError: z.boolean().default(false),
  content: z.array(z.object({ text: z.string() })),
  structuredContent: z.object({ undo: z.string().optional() }).optional(),
});

const id = ids.opportunities.acmeExpansion;
const key = "a key of the proxy's own";
const [clients, rounds] = [4, 10];

const sandbox = await startSandbox({ delays: [20, 60] });
const installed = install();
const port = await freePort();
const url = new URL(`http://127.0.0.1:${port}/mcp`);
const env = {
  ...installed.env,
  CLOSE_BASE_URL: sandbox.url,
  CLOSE_API_KEY: sandbox.apiKey,
  CLOSE_STATE_DIR: join(installed.folder, "state"),
  MCP_PROXY_API_KEY: key,
  MCP_PROXY_PORT: String(port),
};
const clientInfo = { name: "client", version: "1.0.0" };
const headers = { "X-API-Key": key };
let isRunning = () => false;
let stop = async () => {};
try {
  npmInstall(installed.folder, [proxy], "--global");
  await start(startProxy);

  const callers = await Promise.all(
    Array.from({ length: clients }, (_, at) => (at % 2 === 0 ? oldClient() : newClient())),
  );
  const lines = await Promise.all(callers.map((caller, at) => append(caller, `client ${at}`)));
  const note = String(stored(sandbox, id).note).split("\n");
  const kept = lines.flat().filter((line) => note.includes(line)).length;
  print(`${clients} clients of both generations at once: ${kept} of ${clients * rounds} lines kept`);
  assert.equal(kept, clients * rounds);

  const before = sandbox.requests.length;
  for (const wrong of [{ "X-API-Key": "another" }, { Authorization: `Bearer ${key}` }, {}]) {
    await assert.rejects(oldClient(wrong), /401|[Uu]nauthorized/);
    await assert.rejects(newClient(wrong), /401|[Uu]nauthorized/);
  }
  assert.equal(sandbox.requests.length, before);
  print("A wrong key, the right one as a bearer token, no key: 401, and nothing is asked of Close");

  assert.equal(isHealthy(), true);
  const [first = assert.fail(), second = assert.fail()] = callers;
  const plan = (await first({ id, value: 64_000 })).structuredContent?.undo;
  sandbox.fault({ kind: "latency", ms: 2_000, when: "after", method: "PUT" });
  const lost = callers.map((caller) => caller({ id, note_append: "While the program is killed" }));
  const outcomes = Promise.allSettled(lost);
  while (!sandbox.requests.some(({ body }) => JSON.stringify(body ?? "").includes("killed"))) await setTimeout(5);
  killProgram();
  const failed = (await outcomes).filter(({ status }) => status === "rejected").length;
  await until(() => !isRunning());
  print(`The program is killed: ${failed} of ${clients} calls fail, and the proxy ends by itself`);
  assert.equal(failed, clients);
  assert.equal(isHealthy(), false);

  await start(startProxy);
  assert.equal(isHealthy(), true);
  await assert.rejects(first({ id }, "get_opportunity"), /Session not found/);
  const again = await oldClient();
  for (const caller of [again, second]) assert.equal((await caller({ id }, "get_opportunity")).isError, false);
  assert.equal((await second({ plan }, "apply_plan")).isError, false);
  print("Started again: older clients connect again, newer ones go on; an undo from before is still carried out");
  await stop();

  const bare = startProxy.replace(/sh -c '([^;]+);.*'/, "$1");
  await start(bare);
  killProgram();
  await setTimeout(500);
  const ping = await fetch(new URL("/ping", url));
  assert.deepEqual([isRunning(), ping.status, isHealthy()], [true, 200, false]);
  await assert.rejects(second({ id }, "get_opportunity"), /Not connected/);
  print('Without "kill $PPID": the proxy stays, /ping answers 200, each call "Not connected"; the health check fails');
} finally {
  await stop();
  await sandbox.close();
  installed.remove();
}

/** Runs the command, and waits until the proxy answers. */
async function start(command: string): Promise<void> {
  const child = spawn("sh", ["-c", `exec ${command}`], { env, stdio: ["ignore", "ignore", "inherit"] });
  const ended = once(child, "close");
  isRunning = () => child.exitCode === null && child.signalCode === null;
  stop = async () => {
    child.kill();
    await ended;
  };
  await until(async () => (await fetch(new URL("/ping", url)).catch(() => undefined))?.ok === true);
}

function isHealthy(): boolean {
  const command = health.replace("127.0.0.1:8080", url.host);
  return spawnSync("sh", ["-c", command], { env, stdio: "pipe" }).status === 0;
}

function killProgram(): void {
  execFileSync("pkill", ["-KILL", "-f", join(installed.folder, "bin", "close-opportunity-mcp")]);
}

/** Adds lines to the note, one after the other. Returns them. */
async function append(caller: Caller, name: string): Promise<string[]> {
  const lines = Array.from({ length: rounds }, (_, round) => `Line ${round} of ${name}.`);
  for (const line of lines) {
    const { isError, content } = await caller({ id, note_append: line });
    assert.equal(isError, false, content.map(({ text }) => text).join("\n"));
  }
  return lines;
}

/** A client of revision 2025-11-25. */
async function oldClient(given: Record<string, string> = headers): Promise<Caller> {
  const client = new OldClient(clientInfo);
  const transport: Transport = new OldTransport(url, { requestInit: { headers: given } });
  await client.connect(transport);
  return callerOf(client);
}

/** A client of revision 2026-07-28. */
async function newClient(given: Record<string, string> = headers): Promise<Caller> {
  const client = new NewClient(clientInfo, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
  await client.connect(new NewTransport(url, { requestInit: { headers: given } }));
  return callerOf(client);
}

function callerOf(client: { callTool(call: { name: string; arguments: Args }): Promise<unknown> }): Caller {
  return async (args, name = "update_opportunity") => result.parse(await client.callTool({ name, arguments: args }));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : assert.fail();
}

/** Rejects after ten seconds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 20) {
    if (waited > 10_000) throw new Error("It did not happen in ten seconds.");
    await setTimeout(20);
  }
}
