import { setTimeout } from "node:timers/promises";
import { describe, expect, type TestContext, test, vi } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { type Host, puts, startHostFor } from "../support/host.ts";
import { copiesOf, copyOf, stored } from "../support/opportunities.ts";
import { startRaw } from "../support/raw-program.ts";
import { type Fault, type Sandbox, type SandboxOptions, startSandbox } from "../support/sandbox/sandbox.ts";
import { serveSandbox } from "../support/served.ts";

const { acmeExpansion, cedarUnpriced } = ids.opportunities;
const update = { id: acmeExpansion, confidence: 75 };
const path = `/opportunity/${acmeExpansion}/`;

type Server = {
  sandbox: Sandbox;
  host: Host;
  /** Method and path of every request so far. */
  lines(): string[];
};

/**
 * A sandbox and a server for one test alone: a server keeps what it knows of rate limits, and most of the time
 * here is spent waiting, so that tests run side by side.
 */
async function serverFor({ onTestFinished }: TestContext, options?: SandboxOptions): Promise<Server> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  const host = await startHostFor(sandbox);
  onTestFinished(() => host.close());
  return {
    sandbox,
    host,
    lines: () => sandbox.requests.map((request) => `${request.method} ${request.path}`),
  };
}

/** How long something took, in milliseconds. */
async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  const result = await work;
  return [result, performance.now() - started];
}

const refused = (headers: Record<string, string>, body = ""): Fault => ({
  kind: "answer",
  status: 429,
  headers,
  body,
});

/** A successful update, after which nothing is left of the limit for a while. */
const exhausted: Fault = {
  kind: "answer",
  status: 200,
  headers: { RateLimit: "limit=100, remaining=0, reset=0.8" },
  body: JSON.stringify(update),
  applied: true,
};

describe.concurrent("a 429 is waited out, and the call succeeds with one request more", () => {
  const decimals = refused({ RateLimit: "limit=100, remaining=0, reset=0.3", "retry-after": "40" });
  const older = refused({ "retry-after": "1.75" }, '{"message": "Exceeded", "rate_limit": 320}');
  // Every other way to say how long is in test/close/http/retry.test.ts.
  const rows: [string, "GET" | "PUT", { fault: Fault; seconds: number }][] = [
    ["the RateLimit header's decimals", "GET", { fault: decimals, seconds: 0.3 }],
    ["Retry-After alone", "PUT", { fault: older, seconds: 1.75 }],
  ];

  test.for(rows)("by %s, on the %s", async ([_name, method, { fault, seconds }], context) => {
    const { sandbox, host, lines } = await serverFor(context);
    sandbox.fault({ ...fault, method });
    const waits: string[] = [];
    const call = host.call(update, "update_opportunity", (message) => waits.push(message));
    const [reply, milliseconds] = await timed(call);
    expect(reply).toMatchObject({ isError: false, structured: { confidence: 75 } });
    // A little longer by chance, so that several processes do not come back at once.
    const [shown = 0, ...others] = waits.map((wait) => Number(/ ([\d.]+) seconds/.exec(wait)?.[1]));
    expect(others).toEqual([]);
    expect(Math.abs(shown - seconds - 0.15)).toBeLessThanOrEqual(0.2);
    expect(reply.structured).not.toHaveProperty("warnings");
    // Before a PUT is sent again, the opportunity is read again, and the update planned from that.
    const sent = lines().flatMap((line) => (line.endsWith(` ${path}`) ? line.split(" ", 1) : []));
    expect(sent.join(" ")).toMatch(method === "GET" ? /^GET (GET )+PUT/ : /^(GET )+PUT (GET )+PUT/);
    expect(puts(sandbox).filter(({ applied }) => applied)).toHaveLength(1);
    // Timers may fire a little early.
    expect(milliseconds).toBeGreaterThanOrEqual(seconds * 1000 - 5);
  });
});

test.concurrent("under a limit of 20 requests in a second and a half, 50 updates at once succeed, with few 429s", async (context) => {
  const { sandbox, host } = await serverFor(context, { rateLimit: { limit: 20, windowMs: 1_500 } });
  // Until an answer has shown the limit, nobody waits for it longer than a second.
  await host.call({ id: cedarUnpriced, confidence: 75 });
  const all = copiesOf(sandbox, acmeExpansion, 49);
  const replies = await Promise.all(all.map((id) => host.call({ id, confidence: 75 })));
  for (const { text, isError } of replies) expect({ isError, text }).toMatchObject({ isError: false });
  for (const id of all) expect(stored(sandbox, id).confidence).toBe(75);
  expect(puts(sandbox).filter(({ applied }) => applied)).toHaveLength(50);
  expect(sandbox.requests.filter(({ status }) => status === 429).length).toBeLessThanOrEqual(5);
});

test.concurrent("if nothing is left for longer than a call may take, a call fails at once, with how long to wait", async (context) => {
  const { sandbox, host } = await serverFor(context);
  const headers = { RateLimit: "limit=100, remaining=0, reset=80.25" };
  sandbox.fault({ ...exhausted, headers, method: "PUT" });
  await host.call(update);
  const reply = await host.call({ id: cedarUnpriced, confidence: 75 });
  expect(reply.isError).toBe(true);
  expect(reply.text).toMatch(/rate limit/);
  expect(reply.text).toMatch(/call again in (79|80|81) seconds/i);
  expect(reply.text).toContain("The opportunity is unchanged.");
  expect(puts(sandbox)).toHaveLength(1);
});

describe.concurrent("waiting is reported as progress, to a caller that gave a progress token", () => {
  type Progress = { progress: number; message?: string | undefined };

  async function reportedBy({ client }: Host, args: Record<string, unknown>): Promise<Progress[]> {
    const reported: Progress[] = [];
    const onprogress = ({ progress, message }: Progress) => reported.push({ progress, message });
    await client.callTool({ name: "update_opportunity", arguments: args }, undefined, { onprogress });
    return reported;
  }

  test("with its reason and its length, and more of it at each wait, and to nobody else", async (context) => {
    const { sandbox, host } = await serverFor(context);
    const unasked: unknown[] = [];
    host.client.fallbackNotificationHandler = async (notification) => void unasked.push(notification);
    host.client.onerror = (error) => void unasked.push(error);
    sandbox.fault({ kind: "answer", status: 503, method: "GET" });
    sandbox.fault({ ...refused({ "retry-after": "0.4" }), method: "PUT" });
    expect(await reportedBy(host, update)).toEqual([
      { progress: 1, message: expect.stringMatching(/seconds.*503/) },
      { progress: 2, message: expect.stringMatching(/0\.[4-7] seconds.*rate limit/) },
    ]);
    sandbox.fault({ ...refused({ "retry-after": "0.2" }), method: "PUT" });
    await host.call({ ...update, confidence: 20 });
    expect(puts(sandbox)).toHaveLength(4);
    expect(unasked).toEqual([]);
  });
});

test("a call that is cancelled together with its request is not carried out", async () => {
  const sandbox = await startSandbox();
  const env = { CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: sandbox.apiKey, CLOSE_TIME_ZONE: "UTC" };
  const server = startRaw([], env);
  try {
    await server.initialize();
    const lines = [
      { id: 70, method: "tools/call", params: { name: "update_opportunity", arguments: update } },
      { method: "notifications/cancelled", params: { requestId: 70 } },
    ];
    server.write(lines.map((line) => `${JSON.stringify({ jsonrpc: "2.0", ...line })}\n`).join(""));
    await server.request("ping");
    await setTimeout(300);
    expect(sandbox.requests).toEqual([]);
    expect(server.messages().map(({ id }) => id)).not.toContain(70);
  } finally {
    server.endInput();
    await server.ended;
    await sandbox.close();
  }
});

describe.concurrent("a cancelled call sends no further request and no answer, and the server goes on serving", async () => {
  const { sandbox, host } = await serveSandbox(undefined, { resets: false });
  const errors: unknown[] = [];
  host.client.onerror = (error) => void errors.push(error);

  test.for<[string, Fault]>([
    ["while it waits for a 429 to be over", { ...refused({ "retry-after": "0.5" }), method: "PUT" }],
    ["before it tries a read again", { kind: "answer", status: 503, method: "GET" }],
    ["before it sends a lost update again", { kind: "reset", when: "before", method: "PUT" }],
    ["before its update is answered", { kind: "latency", ms: 800, method: "PUT" }],
  ])("%s", async ([_name, fault]) => {
    const id = copyOf(sandbox, cedarUnpriced);
    const own = `/opportunity/${id}/`;
    const sent = () => sandbox.requests.flatMap((request) => (request.path === own ? [request.method] : []));
    sandbox.fault({ ...fault, path: own, times: Infinity });
    const cancel = new AbortController();
    const params = { name: "update_opportunity", arguments: { id, confidence: 75 } };
    const outcome = host.client.callTool(params, undefined, { signal: cancel.signal }).then(
      () => "answered",
      (error: unknown) => String(error),
    );
    await vi.waitFor(() => expect(sent()).toContain(fault.method), { timeout: 10_000, interval: 5 });
    // Long enough for an answer to arrive, and shorter than any of the waits.
    await setTimeout(60);
    cancel.abort("no longer wanted");
    expect(await outcome).toContain("no longer wanted");
    // What comes over stdin is taken in order: once this is answered, the server knows of the cancellation.
    await host.client.ping();
    // What was on its way by then has arrived when a later request is answered.
    await fetch(sandbox.url);
    const before = sent();
    await setTimeout(1_500);
    expect(sent()).toEqual(before);
    const next = await host.call({ id: copyOf(sandbox, cedarUnpriced), confidence: 20 });
    expect(next).toMatchObject({ isError: false, structured: { confidence: 20 } });
    expect(errors).toEqual([]);
  });
});
