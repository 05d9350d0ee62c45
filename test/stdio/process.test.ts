import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { formsOf } from "../support/failed-call.ts";
import { sentBodies } from "../support/host.ts";
import { startHttpPeer } from "../support/http-peer.ts";
import { startRaw } from "../support/raw-program.ts";
import { openSandbox } from "../support/served.ts";

const { acmeExpansion } = ids.opportunities;
const packageFile = z.object({ name: z.string(), version: z.string() });
const published = packageFile.parse(
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")),
);
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

describe("stdout", () => {
  test("carries protocol messages only, from the first byte, however much is logged", async () => {
    const program = startRaw([], environment({ CLOSE_LOG_LEVEL: "debug" }));
    const { result } = await program.initialize();
    expect(result).toMatchObject({ serverInfo: { name: published.name, version: published.version } });
    await program.request("tools/list");
    await program.request("tools/call", update);
    sandbox.fault({ kind: "reset", when: "after", method: "PUT", times: Infinity });
    sandbox.fault({ kind: "answer", status: 503, times: Infinity });
    await program.request("tools/call", { ...update, arguments: { id: acmeExpansion, confidence: 76 } });
    await program.request("tools/call", { ...update, arguments: { wrong: true } });
    program.write("this is not JSON\n");
    await program.request("ping");
    program.endInput();
    const { code, stdout, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\{"/);
    expect(stdout.endsWith("\n")).toBe(true);
    // Throws if a line is no protocol message.
    expect(program.messages().map(({ id }) => id ?? null)).toEqual([1, 2, 3, 4, 5, null, 6]);
    for (const line of stderr.trimEnd().split("\n")) logLine.parse(JSON.parse(line));
    expect(stderr).toContain(`"event":"exchange"`);
    for (const form of formsOf(sandbox.apiKey)) expect(stdout + stderr).not.toContain(form);
  });

  test("is all there is if nothing goes wrong: at the usual log level stderr stays empty", async () => {
    const program = startRaw([], environment());
    await program.initialize();
    await program.request("tools/call", update);
    program.endInput();
    const { code, stderr } = await program.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(sentBodies(sandbox)).toEqual([{ confidence: 75 }]);
  });
});

describe("the process ends with exit code 0", () => {
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
      expect((await answer).result).toMatchObject({
        structuredContent: { id: acmeExpansion, confidence: 75, changes: [{ field: "confidence", to: 75 }] },
      });
      expect(await program.ended).toMatchObject({ code: 0, signal: null });
    },
  );
});

describe("a flag", () => {
  test.concurrent.each(["--help", "-h"])("%s describes the program and ends it", async (flag) => {
    const { code, stdout, stderr } = await startRaw([flag]).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const word of [published.name, "--sandbox", "--read-only", "CLOSE_API_KEY", "CLOSE_LOG_LEVEL"]) {
      expect(stdout).toContain(word);
    }
  });

  test.concurrent.each(["--version", "-v"])(
    "%s prints the package's version and ends the program",
    async (flag) => {
      const ended = await startRaw([flag]).ended;
      expect(ended).toEqual({ code: 0, signal: null, stdout: `${published.version}\n`, stderr: "" });
    },
  );

  test("that is unknown stops the start with one line that names it, and not its value", async () => {
    const { code, stdout, stderr } = await startRaw(["--api-key", "api_secret.value0"], environment()).ended;
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr).toContain("--api-key");
    expect(stderr).toMatch(/example: close-opportunity-mcp/);
    expect(stderr).not.toContain("api_secret.value0");
  });
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

describe("a wrong variable stops the start with one line on stderr that names it, its fault and an example", () => {
  test.concurrent.each<[string, Record<string, string>, RegExp]>([
    ["CLOSE_API_KEY", { CLOSE_API_KEY: "api key" }, /space/],
    ["CLOSE_API_KEY", { CLOSE_ACCESS_TOKEN: "token_2" }, /both set/],
    ["CLOSE_TIME_ZONE", { CLOSE_TIME_ZONE: "Mars/Olympus" }, /not an IANA time zone.*Mars\/Olympus/],
  ])("%s: %j", async (variable, values, fault) => {
    const { code, stdout, stderr } = await startRaw([], environment(values)).ended;
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr.startsWith(variable)).toBe(true);
    expect(stderr).toMatch(fault);
    expect(stderr).toMatch(/; example: \S+=?.+/);
    for (const secret of [sandbox.apiKey, "api key", "token_2"]) {
      expect(stderr).not.toContain(secret);
    }
  });
});

describe("--sandbox", () => {
  test("neither sends nor needs a real key, and does not go to a real address", async () => {
    const real = "api_real.0123456789abcdef";
    const close = await startHttpPeer(() => ({ status: 200, body: "{}" }));
    try {
      const program = startRaw(["--sandbox"], {
        CLOSE_API_KEY: real,
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
    } finally {
      await close.close();
    }
  });

  test("starts also if the variables for the real Close contradict each other", async () => {
    const program = startRaw(["--sandbox"], { CLOSE_API_KEY: "api_1", CLOSE_ACCESS_TOKEN: "token_2" });
    expect((await program.initialize()).result).toHaveProperty("serverInfo");
    program.endInput();
    expect((await program.ended).code).toBe(0);
  });
});
