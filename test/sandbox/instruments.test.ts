import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { startSandbox } from "../support/sandbox/sandbox.ts";
import { clientOf } from "../support/sandbox-client.ts";
import { openSandbox } from "../support/served.ts";

const { acmeExpansion, acmeRenewal } = ids.opportunities;

const sandbox = await openSandbox();
const close = clientOf(sandbox);

const update = () => close.put(acmeExpansion, { confidence: 7 });

test("a fault hits as many matching requests as it is armed for, in the order of arming", async () => {
  sandbox.fault({ kind: "answer", status: 503, path: `/opportunity/${acmeExpansion}`, times: 2 });
  sandbox.fault({ kind: "answer", status: 502, path: /_skip=\d+$/ });
  sandbox.fault({ kind: "answer", status: 501, method: "PUT", times: Infinity });
  expect((await close.get(acmeRenewal)).status).toBe(200);
  for (const status of [503, 503, 501, 501]) expect((await update()).status).toBe(status);
  for (const status of [502, 200]) expect((await close.send("/user/?_skip=2")).status).toBe(status);
});

test("each request is written down as it came over the wire, until the sandbox is reset", async () => {
  const rawBody = '{ "confidence":\n 7 }';
  await close.put(acmeExpansion, rawBody, { "x-tz-offset": "-3.5" });
  await close.send("/user/?_limit=1", { headers: { authorization: "" } });
  const headers = { "x-tz-offset": "-3.5", "content-length": `${rawBody.length}` };
  const put = { method: "PUT", path: `/opportunity/${acmeExpansion}/`, status: 200 };
  expect(sandbox.requests).toMatchObject([
    { ...put, headers, rawBody, body: { confidence: 7 }, applied: true },
    { method: "GET", path: "/user/?_limit=1", rawBody: "", body: undefined, status: 401, applied: false },
  ]);
  const { organization, requests } = sandbox;
  organization.users.length = 0;
  sandbox.reset();
  expect([requests, organization.users.length]).toEqual([[], Object.keys(ids.users).length]);
  expect((await close.get(acmeExpansion)).json.confidence).toBe(50);
});

test("the requests past a rate limit get 429 until the window ends, each endpoint group on its own", async () => {
  const limited = await startSandbox({ rateLimit: { limit: 2, windowMs: 900 } });
  const client = clientOf(limited);
  onTestFinished(() => limited.close());
  const first = await client.get(acmeExpansion);
  expect(first.headers.ratelimit).toMatch(/^limit=2, remaining=1, reset=0\.\d+$/);
  expect((await client.get(acmeRenewal)).status).toBe(200);
  const { status, headers, json } = await client.get(acmeExpansion);
  expect([status, headers["retry-after"]]).toEqual([429, "1"]);
  expect(json).toMatchObject({ error: { rate_reset: expect.any(Number) } });
  expect((await client.put(acmeExpansion, { confidence: 1 })).status).toBe(200);
  await setTimeout(910);
  expect((await client.get(acmeExpansion)).status).toBe(200);
});

test("a body that is no object, or is not sent as JSON, gets 400", async () => {
  for (const body of ["", "{", "[]", "null"]) {
    for (const answer of [await close.put(acmeExpansion, body), await close.search(body)]) {
      expect(answer).toMatchObject({ status: 400, json: { error: expect.any(String) } });
    }
  }
  const as = (type: string) => close.put(acmeExpansion, { confidence: 1 }, { "content-type": type });
  expect([(await as("text/plain")).status, (await as("application/json; charset=utf-8")).status]).toEqual([400, 200]);
});
