import { setTimeout } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { startSandbox } from "../support/sandbox/sandbox.ts";
import { clientOf } from "../support/sandbox-client.ts";
import { openSandbox } from "../support/served.ts";

const { acmeExpansion, acmeRenewal } = ids.opportunities;

const sandbox = await openSandbox();
const close = clientOf(sandbox);

const confidence = () => sandbox.organization.opportunities.get(acmeExpansion)?.confidence;
const update = () => close.put(acmeExpansion, { confidence: 7 });
const last = () => sandbox.requests.at(-1);

describe("a fault", () => {
  test.each([
    ["before", 50, false],
    ["after", 7, true],
  ] as const)("of latency %s the request is carried out", async (when, meanwhile, applied) => {
    sandbox.fault({ kind: "latency", ms: 300, when });
    const started = performance.now();
    const pending = update();
    await setTimeout(100);
    expect([confidence(), last()]).toMatchObject([meanwhile, { status: undefined, applied }]);
    expect((await pending).json.confidence).toBe(7);
    expect(performance.now() - started).toBeGreaterThan(295);
  });

  test.each([
    ["before", 50, false],
    ["after", 7, true],
  ] as const)("of a reset %s the request is carried out", async (when, afterwards, applied) => {
    sandbox.fault({ kind: "reset", when });
    await expect(update()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect([confidence(), last()]).toMatchObject([afterwards, { status: undefined, applied }]);
  });

  test("of a reset during the answer sends its head and half its body", async () => {
    sandbox.fault({ kind: "reset", when: "during" });
    const headers = { authorization: `Bearer ${sandbox.accessToken}` };
    const response = await fetch(`${sandbox.url}/opportunity/${acmeExpansion}/`, { headers });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow("terminated");
  });

  test.each([
    [false, 50],
    [true, 7],
  ])("of an answer replaces it with exactly its own; carried out: %s", async (applied, afterwards) => {
    const headers = { "Content-Type": "text/html", "retry-after": "3" };
    sandbox.fault({ kind: "answer", status: 429, headers, body: "<h1>No</h1>", applied });
    const answer = await update();
    expect(answer).toMatchObject({ status: 429, text: "<h1>No</h1>" });
    expect(answer.headers).toMatchObject({ "content-type": "text/html", "retry-after": "3" });
    expect(answer.headers).not.toHaveProperty("ratelimit");
    expect([confidence(), last()]).toMatchObject([afterwards, { status: 429, applied }]);
  });

  test("of ignored keys keeps them from changing anything, although the answer is 200", async () => {
    sandbox.fault({ kind: "ignore", keys: ["confidence"] });
    const body = { confidence: 7, value: 100 };
    const { status, json } = await close.put(acmeExpansion, body);
    expect([status, json]).toMatchObject([200, { confidence: 50, value: 100 }]);
    expect(last()).toMatchObject({ body, applied: true });
  });

  test("of drift changes the JSON of a 200 answer and of no other", async () => {
    sandbox.fault({ kind: "drift", change: (answer) => ({ data: answer, more: null }), times: 2 });
    const { headers, json } = await close.get(acmeExpansion);
    expect(headers).toHaveProperty("ratelimit");
    expect(json).toMatchObject({ data: { id: acmeExpansion }, more: null });
    expect((await close.get("oppo_none")).json).not.toHaveProperty("data");
  });

  test("hits as many matching requests as it is armed for, in the order of arming", async () => {
    sandbox.fault({ kind: "answer", status: 503, path: `/opportunity/${acmeExpansion}`, times: 2 });
    sandbox.fault({ kind: "answer", status: 502, path: /_skip=\d+$/ });
    sandbox.fault({ kind: "answer", status: 501, method: "PUT", times: Infinity });
    expect((await close.get(acmeRenewal)).status).toBe(200);
    for (const status of [503, 503, 501, 501]) expect((await update()).status).toBe(status);
    for (const status of [502, 200]) expect((await close.send("/user/?_skip=2")).status).toBe(status);
  });
});

test("each request is written down as it came over the wire, with what became of it", async () => {
  const rawBody = '{ "confidence":\n 7 }';
  await close.put(acmeExpansion, rawBody, { "x-tz-offset": "-3.5" });
  await close.put(acmeExpansion, {});
  await close.send("/user/?_limit=1", { headers: { authorization: "" } });
  const headers = { "x-tz-offset": "-3.5", "content-length": `${rawBody.length}` };
  const put = { method: "PUT", path: `/opportunity/${acmeExpansion}/`, status: 200 };
  expect(sandbox.requests).toMatchObject([
    { ...put, headers, rawBody, body: { confidence: 7 }, applied: true },
    { ...put, rawBody: "{}", body: {}, applied: false },
    { method: "GET", path: "/user/?_limit=1", rawBody: "", body: undefined, status: 401, applied: false },
  ]);
});

test("a reset goes back to the start without changing the objects that a test holds", async () => {
  const { organization, requests } = sandbox;
  await update();
  organization.users.length = 0;
  sandbox.fault({ kind: "answer", status: 500 });
  sandbox.reset();
  expect(requests).toEqual([]);
  expect(organization.users).toHaveLength(Object.keys(ids.users).length);
  expect((await close.get(acmeExpansion)).json.confidence).toBe(50);
  expect(requests).toHaveLength(1);
});

test("the requests past a rate limit get 429 until the window ends, each endpoint group on its own", async () => {
  const limited = await startSandbox({ rateLimit: { limit: 2, windowMs: 900 } });
  const client = clientOf(limited);
  try {
    const first = await client.get(acmeExpansion);
    expect(first.headers.ratelimit).toMatch(/^limit=2, remaining=1, reset=0\.\d+$/);
    expect((await client.get(acmeRenewal)).status).toBe(200);
    const { status, headers, json } = await client.get(acmeExpansion);
    expect([status, headers["retry-after"]]).toEqual([429, "1"]);
    expect(headers.ratelimit).toMatch(/^limit=2, remaining=0, reset=0\.\d+$/);
    expect(json).toMatchObject({ error: { rate_reset: expect.any(Number) } });
    expect((await client.put(acmeExpansion, { confidence: 1 })).status).toBe(200);
    await setTimeout(910);
    expect((await client.get(acmeExpansion)).status).toBe(200);
  } finally {
    await limited.close();
  }
});

test("a sandbox can be closed while connections are kept alive and an answer is due", async () => {
  const other = await startSandbox();
  other.fault({ kind: "latency", ms: 60_000 });
  const pending = expect(clientOf(other).send("/me/")).rejects.toThrow();
  await vi.waitFor(() => expect(other.requests).toHaveLength(1), { interval: 5 });
  await other.close();
  await pending;
});
