import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client as NewerClient } from "@modelcontextprotocol/client";
import { StdioClientTransport as NewerTransport } from "@modelcontextprotocol/client/stdio";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { describe, expect, type TestContext, test, vi } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { program, puts } from "../support/host.ts";
import { opening } from "../support/raw-program.ts";
import { type Sandbox, startSandbox } from "../support/sandbox/sandbox.ts";
import { stateEnvironment } from "../support/state-folder.ts";

const { acmeExpansion } = ids.opportunities;
const auditLine = z.object({ id: z.string(), outcome: z.string() });
const update = { name: "update_opportunity", arguments: { id: acmeExpansion, confidence: 75 } };

/** Longer than any server goes on after its host has gone, in milliseconds. */
const tooLong = 30_000;

/** A sandbox in which an update is applied at once and answered after so many milliseconds. */
async function slowSandbox({ onTestFinished }: TestContext, ms: number) {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  sandbox.fault({ kind: "latency", ms, when: "after", method: "PUT" });
  const folder = mkdtempSync(join(tmpdir(), "shutdown-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const auditLog = join(folder, "audit.jsonl");
  const env = {
    ...stateEnvironment(),
    CLOSE_BASE_URL: sandbox.url,
    CLOSE_API_KEY: sandbox.apiKey,
    CLOSE_AUDIT_LOG: auditLog,
    CLOSE_LOG_LEVEL: "info",
  };
  return {
    sandbox,
    env,
    outcomes() {
      const lines = readFileSync(auditLog, "utf8").trimEnd().split("\n");
      return lines.map((line) => auditLine.parse(JSON.parse(line)).outcome);
    },
  };
}

async function untilUnderWay(sandbox: Sandbox) {
  await vi.waitFor(() => expect(puts(sandbox)).toHaveLength(1), { timeout: 20_000 });
}

/** A server with an update on its way. */
async function withUpdateUnderWay(context: TestContext, ms: number) {
  const slow = await slowSandbox(context, ms);
  const server = spawn(process.execPath, [program], { env: slow.env });
  context.onTestFinished(() => void server.kill("SIGKILL"));
  const send = (message: object) => server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  send({ id: 1, method: "initialize", params: opening });
  await once(server.stdout, "data");
  send({ method: "notifications/initialized" });
  send({ id: 2, method: "tools/call", params: update });
  await untilUnderWay(slow.sandbox);
  return { server, ...slow };
}

/** Resolves when the server has written to its log that it stops. */
async function untilStopping({ stderr }: { stderr: NodeJS.ReadableStream }) {
  for await (const chunk of stderr) if (String(chunk).includes('"event":"stopping"')) return;
}

describe.concurrent("a write that outlasts the last seconds is in the audit file as in doubt", () => {
  test("after a signal", async (context) => {
    const { server, outcomes } = await withUpdateUnderWay(context, tooLong);
    server.kill("SIGHUP");
    expect(await once(server, "exit")).toEqual([0, null]);
    expect(outcomes()).toEqual(["sent", "in doubt"]);
  });

  test("and at once if a second signal comes, of whichever kind", async (context) => {
    const { server, outcomes } = await withUpdateUnderWay(context, tooLong);
    let log = "";
    server.stderr.on("data", (chunk) => {
      log += String(chunk);
    });
    const hasLogged = (event: string) => vi.waitFor(() => expect(log).toContain(event), { timeout: 10_000 });
    server.kill("SIGINT");
    await hasLogged('"event":"stopping"');
    expect(log).not.toContain("at once");
    server.kill("SIGTERM");
    expect(await once(server, "close")).toEqual([0, null]);
    expect(log).toContain('"event":"stopping at once"');
    expect(outcomes()).toEqual(["sent", "in doubt"]);
  });
});

describe.concurrent("a write that is answered in the last seconds is reported and in the audit file", () => {
  test("after the end of input, although a signal follows it", async (context) => {
    const { server, outcomes, sandbox } = await withUpdateUnderWay(context, 1_500);
    let stdout = "";
    server.stdout.on("data", (chunk) => {
      stdout += String(chunk);
    });
    server.stdin.end();
    await untilStopping(server);
    server.kill("SIGTERM");
    expect(await once(server, "close")).toEqual([0, null]);
    expect(stdout).toContain('"confidence":75');
    expect(outcomes()).toEqual(["sent", "applied"]);
    expect(puts(sandbox).map(({ applied }) => applied)).toEqual([true]);
  });

  test("after a host has closed every pipe", async (context) => {
    const { server, outcomes } = await withUpdateUnderWay(context, 800);
    server.stdout.destroy();
    server.stderr.destroy();
    server.stdin.end();
    expect(await once(server, "exit")).toEqual([0, null]);
    expect(outcomes()).toEqual(["sent", "applied"]);
  });
});

describe.concurrent("an official client that closes during a write leaves it in the audit file", () => {
  type Started = { command: string; args: string[]; env: Record<string, string> };
  const generations = {
    async first(server: Started) {
      const client = new Client({ name: "closing", version: "1.0.0" });
      await client.connect(new StdioClientTransport({ ...server, stderr: "ignore" }));
      return client;
    },
    async second(server: Started) {
      const options = { versionNegotiation: { mode: "auto" } } as const;
      const client = new NewerClient({ name: "closing", version: "1.0.0" }, options);
      await client.connect(new NewerTransport({ ...server, stderr: "ignore" }));
      return client;
    },
  };

  test.for([
    // It closes the input and sends SIGTERM two seconds later.
    ["first", 2_200, "applied"],
    ["second", tooLong, "in doubt"],
  ] as const)("%s generation, an answer after %d ms: %s", async ([generation, ms, outcome], context) => {
    const { sandbox, env, outcomes } = await slowSandbox(context, ms);
    const client = await generations[generation]({ command: process.execPath, args: [program], env });
    const call = client.callTool(update).catch(() => {});
    await untilUnderWay(sandbox);
    await client.close();
    await call;
    expect(outcomes()).toEqual(["sent", outcome]);
    expect(puts(sandbox).map(({ applied }) => applied)).toEqual([true]);
    expect(sandbox.organization.opportunities.get(acmeExpansion)?.confidence).toBe(75);
  });
});
