import { describe, expect, test, vi } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { acmeExpansion, acmeRenewal } = ids.opportunities;

const sandbox = await openSandbox();
const close = clientOf(sandbox);

const confidence = () => sandbox.organization.opportunities.get(acmeExpansion)?.confidence;
const update = () => close.put(acmeExpansion, { confidence: 7 });
const last = () => sandbox.requests.at(-1);

describe("a latency fault", () => {
  test.each([
    ["before", 50],
    ["after", 7],
  ] as const)("is spent %s the request is carried out", async (when, meanwhile) => {
    sandbox.fault({ kind: "latency", ms: 300, when });
    const started = performance.now();
    const pending = update();
    await vi.waitFor(
      () =>
        expect({ confidence: confidence(), request: last() }).toMatchObject({
          confidence: meanwhile,
          request: { status: undefined },
        }),
      { interval: 5 },
    );
    expect((await pending).json.confidence).toBe(7);
    expect(performance.now() - started).toBeGreaterThan(295);
  });
});

describe("an answer fault", () => {
  test("replaces the answer with exactly its own, and the request is not carried out", async () => {
    sandbox.fault({
      kind: "answer",
      status: 429,
      headers: { "retry-after": "3" },
      body: '{"rate_reset": "2.5"}',
    });
    const { status, headers, text } = await update();
    expect({ status, text }).toEqual({ status: 429, text: '{"rate_reset": "2.5"}' });
    expect(headers).toMatchObject({ "retry-after": "3", "content-type": "application/json" });
    expect(headers).not.toHaveProperty("ratelimit");
    expect(confidence()).toBe(50);
    expect(last()).toMatchObject({ status: 429, applied: false, body: { confidence: 7 } });
  });

  test("with applied replaces it after the request is carried out, here with an empty 504", async () => {
    sandbox.fault({ kind: "answer", status: 504, applied: true });
    const { status, headers, text } = await update();
    expect({ status, text, type: headers["content-type"] }).toEqual({
      status: 504,
      text: "",
      type: "application/json",
    });
    expect(headers).not.toHaveProperty("ratelimit");
    expect(confidence()).toBe(7);
    expect(last()).toMatchObject({ status: 504, applied: true });
  });

  test("is of the content-type it says, however the header is spelt", async () => {
    sandbox.fault({
      kind: "answer",
      status: 403,
      headers: { "Content-Type": "text/html" },
      body: "<h1>No</h1>",
    });
    expect(await update()).toMatchObject({
      status: 403,
      headers: { "content-type": "text/html" },
      text: "<h1>No</h1>",
    });
  });
});

describe("a reset fault", () => {
  test.each([
    ["before", 50, false],
    ["after", 7, true],
  ] as const)(
    "%s the request is carried out leaves it without an answer",
    async (when, afterwards, applied) => {
      sandbox.fault({ kind: "reset", when });
      await expect(update()).rejects.toMatchObject({ code: "ECONNRESET" });
      expect(confidence()).toBe(afterwards);
      expect(last()).toMatchObject({ status: undefined, applied });
    },
  );

  test("during the answer sends its head and half its body, and the request is carried out", async () => {
    sandbox.fault({ kind: "reset", when: "during" });
    const response = await fetch(`${sandbox.url}/opportunity/${acmeExpansion}/`, {
      method: "PUT",
      headers: { authorization: `Bearer ${sandbox.accessToken}`, "content-type": "application/json" },
      body: '{"confidence": 7}',
    });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow("terminated");
    expect(confidence()).toBe(7);
    expect(last()).toMatchObject({ status: 200, applied: true });
  });
});

describe("keys that a fault ignores", () => {
  test("change nothing although the answer is 200", async () => {
    sandbox.fault({ kind: "ignore", keys: ["confidence", `custom.${ids.customFields.seats}`] });
    const body = { confidence: 7, value: 100, [`custom.${ids.customFields.seats}`]: 3 };
    const { status, json } = await close.put(acmeExpansion, body);
    expect(status).toBe(200);
    expect(json).toMatchObject({ confidence: 50, value: 100 });
    expect(json).not.toHaveProperty([`custom.${ids.customFields.seats}`]);
    expect(last()).toMatchObject({ body, applied: true });
  });
});

describe("a drift fault", () => {
  test("changes the JSON of a 200 answer and of no other", async () => {
    sandbox.fault({ kind: "drift", change: (answer) => ({ data: answer, more: null }), times: 2 });
    const { status, headers, json } = await close.get(acmeExpansion);
    expect(status).toBe(200);
    expect(headers).toHaveProperty("ratelimit");
    expect(json).toMatchObject({ data: { id: acmeExpansion }, more: null });
    expect((await close.get("oppo_none")).json).not.toHaveProperty("data");
  });
});

describe("a fault", () => {
  test("hits one matching request, in the order in which faults were armed", async () => {
    sandbox.fault({ kind: "answer", status: 503 });
    sandbox.fault({ kind: "answer", status: 502, times: 2 });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await close.get(acmeExpansion)).status);
    expect(statuses).toEqual([503, 502, 502, 200]);
  });

  test("hits without end until the reset, with times: Infinity", async () => {
    sandbox.fault({ kind: "answer", status: 500, times: Infinity });
    for (let i = 0; i < 5; i++) expect((await close.get(acmeExpansion)).status).toBe(500);
    sandbox.reset();
    expect((await close.get(acmeExpansion)).status).toBe(200);
  });

  test("hits only its method and its path, a prefix or a pattern", async () => {
    sandbox.fault({ kind: "answer", status: 500, method: "PUT", times: Infinity });
    sandbox.fault({ kind: "answer", status: 501, path: `/opportunity/${acmeRenewal}`, times: Infinity });
    sandbox.fault({ kind: "answer", status: 502, path: /_skip=\d+$/g, times: Infinity });
    expect((await update()).status).toBe(500);
    expect((await close.get(acmeExpansion)).status).toBe(200);
    expect((await close.get(acmeRenewal)).status).toBe(501);
    expect((await close.send("/user/?_skip=2")).status).toBe(502);
    expect((await close.send("/pipeline/?_skip=2")).status).toBe(502);
    expect((await close.send("/user/")).status).toBe(200);
  });
});
