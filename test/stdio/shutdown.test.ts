import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ids, type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { program, puts } from "../support/host.ts";
import { opening } from "../support/raw-program.ts";

let sandbox: Sandbox;
let folder: string;

beforeEach(async () => {
  sandbox = await startSandbox();
  folder = mkdtempSync(join(tmpdir(), "shutdown-"));
});
afterEach(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

const outcomes = () =>
  readFileSync(join(folder, "audit.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).outcome);

/** A server with an update on its way whose answer takes so many milliseconds. */
async function withUpdateUnderWay(ms: number) {
  sandbox.fault({ kind: "latency", ms, when: "after", method: "PUT" });
  const server = spawn(process.execPath, [program], {
    env: {
      CLOSE_BASE_URL: sandbox.url,
      CLOSE_API_KEY: sandbox.apiKey,
      CLOSE_AUDIT_LOG: join(folder, "audit.jsonl"),
      CLOSE_LOG_LEVEL: "info",
    },
  });
  const send = (message: object) => server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  send({ id: 1, method: "initialize", params: opening });
  await once(server.stdout, "data");
  send({ method: "notifications/initialized" });
  const args = { id: ids.opportunities.acmeExpansion, confidence: 75 };
  send({ id: 2, method: "tools/call", params: { name: "update_opportunity", arguments: args } });
  await vi.waitFor(() => expect(puts(sandbox)).toHaveLength(1), { timeout: 10_000 });
  return server;
}

test("a write that outlasts the last seconds is in the audit file as in doubt", async () => {
  const server = await withUpdateUnderWay(20_000);
  server.stdin.end();
  const [code] = await once(server, "exit");
  expect(code).toBe(0);
  expect(outcomes()).toEqual(["in doubt"]);
});

test("a host that closes every pipe costs no running write", async () => {
  const server = await withUpdateUnderWay(800);
  server.stdout.destroy();
  server.stderr.destroy();
  server.stdin.end();
  const [code] = await once(server, "exit");
  expect(code).toBe(0);
  expect(outcomes()).toEqual(["applied"]);
});

test("a second signal, of whichever kind, ends the process at once", async () => {
  const server = await withUpdateUnderWay(20_000);
  server.kill("SIGINT");
  await setTimeout(300);
  server.kill("SIGTERM");
  const [code, signal] = await once(server, "exit");
  expect([code, signal]).toEqual([null, "SIGTERM"]);
});
