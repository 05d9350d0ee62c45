import { describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod/v3";
import packageFile from "../../package.json" with { type: "json" };
import { ids } from "../../src/sandbox/sandbox.ts";
import { formsOf } from "../support/failed-call.ts";
import { sentBodies } from "../support/host.ts";
import { startHttpPeer } from "../support/http-peer.ts";
import { startRaw } from "../support/raw-program.ts";
import { openSandbox } from "../support/served.ts";

const { acmeExpansion } = ids.opportunities;
const logLine = z
  .object({
    time: z.string().datetime(),
    level: z.enum(["debug", "info", "warn", "error"]),
    event: z.string(),
  })
  .passthrough();

const sandbox = await openSandbox();

const environment = (more: Record<string, string> = {}) => ({
  CLOSE_BASE_URL: sandbox.url,
  CLOSE_API_KEY: sandbox.apiKey,
  CLOSE_TIME_ZONE: "UTC",
  ...more,
});
const update = { name: "update_opportunity", arguments: { id: acmeExpansion, confidence: 75 } };

test("stdout carries protocol messages only, from the first byte, however much is logged", async () => {
  const program = startRaw([], environment({ CLOSE_LOG_LEVEL: "debug" }));
  const { result } = await program.initialize();
  const { name, version } = packageFile;
  expect(result).toMatchObject({ serverInfo: { name, version } });
  await program.request("tools/list");
  await program.request("tools/call", update);
  sandbox.fault({ kind: "reset", when: "after", method: "PUT", times: Infinity });
  sandbox.fault({ kind: "answer", status: 403, times: Infinity });
  await program.request("tools/call", { ...update, arguments: { id: acmeExpansion, confidence: 76 } });
  await program.request("tools/call", { ...update, arguments: { wrong: true } });
  program.write("this is not JSON\n");
  await program.request("ping");
  program.endInput();
  const { code, stdout, stderr } = await program.ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\{".*\n$/s);
  // Throws if a line is no protocol message.
  expect(program.messages().map(({ id }) => id ?? null)).toEqual([1, 2, 3, 4, 5, null, 6]);
  for (const line of stderr.trimEnd().split("\n")) logLine.parse(JSON.parse(line));
  expect(stderr).toContain(`"event":"exchange"`);
  for (const form of formsOf(sandbox.apiKey)) expect(stdout + stderr).not.toContain(form);
});

test("a Node that is too old is told so in one line, and the process ends with exit code 1", async () => {
  const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } })";
  const program = startRaw([], {}, [process.execPath, "--import", `data:text/javascript,${encodeURIComponent(old)}`]);
  const stderr = "close-opportunity-mcp needs Node 20.18.1 or newer; this is Node 18.20.8\n";
  expect(await program.ended).toEqual({ code: 1, signal: null, stdout: "", stderr });
});

describe("the process ends with exit code 0, and nothing on stderr,", () => {
  test("when stdin ends before anything was said", async () => {
    const program = startRaw([], environment());
    program.endInput();
    expect(await program.ended).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
  });

  test.each(["end of input", "SIGTERM"] as const)(
    "after a call that was running has been answered: %s",
    async (reason) => {
      sandbox.fault({ kind: "latency", ms: 400, method: "PUT" });
      const program = startRaw([], environment());
      await program.initialize();
      const answer = program.request("tools/call", update);
      await vi.waitFor(() => expect(sentBodies(sandbox)).toEqual([{ confidence: 75 }]), {
        timeout: 10_000,
        interval: 5,
      });
      if (reason === "end of input") program.endInput();
      else program.kill(reason);
      expect((await answer).result).toMatchObject({ structuredContent: { confidence: 75 } });
      expect(await program.ended).toMatchObject({ code: 0, signal: null, stderr: "" });
    },
  );
});

describe("a flag", () => {
  test("describes the program, or prints its version, and ends it", async () => {
    const [help, version] = await Promise.all(["-h", "-v"].map((flag) => startRaw([flag]).ended));
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const word of [packageFile.name, "--sandbox", "CLOSE_API_KEY"]) expect(help?.stdout).toContain(word);
    expect(version).toMatchObject({ code: 0, stdout: `${packageFile.version}\n`, stderr: "" });
  });

  test.each<[string, string[], Record<string, string>]>([
    ["--read-only", ["--read-only"], {}],
    ["CLOSE_READ_ONLY", [], { CLOSE_READ_ONLY: "true" }],
  ])("%s leaves the updates out", async (_name, args, env) => {
    const program = startRaw(args, environment(env));
    const { result } = await program.request("tools/list");
    expect(result).toHaveProperty("tools");
    expect(JSON.stringify(result)).not.toContain("update_opportunit");
    expect((await program.request("tools/call", update)).error?.message).toMatch(/update_opportunity/);
    expect(sandbox.requests).toEqual([]);
    program.endInput();
    await program.ended;
  });
});

test.each<[string, string[], Record<string, string>, RegExp]>([
  ["flag, and not its value", ["--api-key", "api key"], {}, /^[^\n]*--api-key.*example: close-opp/],
  ["variable, its fault and an example", [], { CLOSE_API_KEY: "api key" }, /^CLOSE_API_KEY.*space.*; example: /],
])("what is wrong stops the start with one line on stderr that names the %s", async (_name, args, env, line) => {
  const { code, stdout, stderr } = await startRaw(args, environment(env)).ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^[^\n]+\n$/);
  expect(stderr).toMatch(line);
  for (const secret of [sandbox.apiKey, "api key"]) expect(stderr).not.toContain(secret);
});

test("--sandbox sends and needs no real key, and goes to no real address, whatever the variables for it", async () => {
  const real = "api_real.0123456789abcdef";
  const close = await startHttpPeer(() => ({ status: 200, body: "{}" }));
  onTestFinished(() => close.close());
  const program = startRaw(["--sandbox"], {
    CLOSE_API_KEY: real,
    CLOSE_ACCESS_TOKEN: "contradicts_it",
    CLOSE_BASE_URL: close.url,
    CLOSE_LOG_LEVEL: "debug",
  });
  await program.initialize();
  // The embedded Close knows no key but its own: an answer shows that this is the one sent.
  const { result } = await program.request("tools/call", update);
  expect(result).toMatchObject({ structuredContent: { confidence: 75 } });
  program.endInput();
  const { stdout, stderr } = await program.ended;
  expect(close.requests).toEqual([]);
  for (const form of formsOf(real)) expect(stdout + stderr).not.toContain(form);
});
