import { describe, expect, test, vi } from "vitest";
import { ids, startSandbox } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { acmeExpansion } = ids.opportunities;
const json = { "content-type": "application/json" };
const everyLead = { type: "and", queries: [{ type: "object_type", object_type: "lead" }] };

const sandbox = await openSandbox();
const close = clientOf(sandbox);

describe("credentials", () => {
  const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString("base64")}`;

  test("are the key through Basic or the token through Bearer", async () => {
    for (const authorization of [basic(`${sandbox.apiKey}:`), `Bearer ${sandbox.accessToken}`]) {
      expect((await close.send("/me/", { headers: { authorization } })).status).toBe(200);
    }
  });

  test("of any other kind are answered with 401", async () => {
    const wrong = [
      "",
      basic("other:"),
      basic(`${sandbox.apiKey}:x`),
      basic(sandbox.apiKey),
      `Bearer ${sandbox.apiKey}`,
    ];
    for (const authorization of wrong) {
      const answer = await close.send("/me/", { headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(answer.json.error).toMatch(/could not verify that you are authorized/);
    }
  });
});

describe("a request", () => {
  test.each(["GET", "PUT"] as const)("without the trailing slash is redirected: %s", async (method) => {
    const body = method === "PUT" ? { headers: json, body: '{"confidence": 1}' } : {};
    const { status, headers } = await close.send(`/opportunity/${acmeExpansion}?_fields=id`, {
      method,
      ...body,
    });
    expect(status).toBe(308);
    expect(headers.location).toBe(`${sandbox.url}/opportunity/${acmeExpansion}/?_fields=id`);
    expect(sandbox.requests.at(-1)?.applied).toBe(false);
  });

  test.each(["/", "/note/", "/data/", `/opportunity/${acmeExpansion}/note/`])(
    "for %s, which the sandbox does not have, is answered with 404",
    async (path) => {
      const answer = await close.send(path, { method: "PUT", headers: json, body: '{"confidence": 1}' });
      expect(answer).toMatchObject({ status: 404, json: { error: expect.any(String) } });
    },
  );

  test("of another method is answered with 405 and what is allowed", async () => {
    const { status, headers } = await close.send(`/opportunity/${acmeExpansion}/`, { method: "DELETE" });
    expect(status).toBe(405);
    expect(headers.allow).toBe("GET, HEAD, PUT");
    expect((await close.send("/me/", { method: "POST" })).status).toBe(405);
    expect((await close.send("/opportunity/", { method: "PUT" })).status).toBe(405);
    expect((await close.send("/data/search/")).status).toBe(405);
  });

  test("that sends anything but JSON is answered with 415", async () => {
    const headers = { "content-type": "text/plain" };
    expect((await close.put(acmeExpansion, { confidence: 1 }, headers)).status).toBe(415);
    expect((await close.search({ query: {} }, headers)).status).toBe(415);
    const named = { "content-type": "application/json; charset=utf-8" };
    expect((await close.put(acmeExpansion, { confidence: 1 }, named)).status).toBe(200);
  });

  test.each(["", "{", "[]", "null", '"text"'])(
    "that sends %j instead of an object is answered with 400",
    async (body) => {
      for (const answer of [await close.put(acmeExpansion, body), await close.search(body)]) {
        expect(answer).toMatchObject({ status: 400, json: { error: expect.any(String) } });
      }
    },
  );

  test("of more than a megabyte is answered with 413", async () => {
    const { status } = await close.put(acmeExpansion, { note: "x".repeat(1_000_001) });
    expect(status).toBe(413);
    expect((await close.put(acmeExpansion, { note: "x".repeat(900_000) })).status).toBe(200);
  });
});

describe("an answer", () => {
  test("carries the rate limit with a decimal reset and a trace-id, whatever it says", async () => {
    for (const path of ["/me/", "/note/", "/opportunity/oppo_none/"]) {
      const { headers } = await close.send(path);
      expect(headers.ratelimit).toMatch(/^limit=\d+, remaining=\d+, reset=\d+\.\d+$/);
      expect(headers["trace-id"]).toMatch(/^[0-9a-f]{32}$/);
    }
  });
});

describe("the sandbox", () => {
  test("shows each request as it came over the wire", async () => {
    const body = '{ "confidence":\n 7 }';
    await close.put(acmeExpansion, body, { "x-tz-offset": "-3.5" });
    await close.send("/user/?_limit=1");
    await close.search({ query: everyLead });
    expect(sandbox.requests).toMatchObject([
      {
        method: "PUT",
        path: `/opportunity/${acmeExpansion}/`,
        headers: { "x-tz-offset": "-3.5", "content-length": `${body.length}` },
        rawBody: body,
        body: { confidence: 7 },
        status: 200,
        applied: true,
      },
      { method: "GET", path: "/user/?_limit=1", rawBody: "", body: undefined, status: 200, applied: false },
      { method: "POST", path: "/data/search/", body: { query: everyLead }, status: 200, applied: false },
    ]);
  });

  test("keeps nothing of requests without its credentials", async () => {
    const headers = { authorization: "Basic bm9uZTo=" };
    expect((await close.put(acmeExpansion, { note: "x".repeat(1000) }, headers)).status).toBe(401);
    expect(sandbox.requests).toEqual([]);
  });

  test("forgets older requests once the latest ones are large", async () => {
    for (let count = 0; count < 40; count += 1) {
      await close.put(acmeExpansion, { note: `${count} ${"x".repeat(900_000)}` });
      const characters = sandbox.requests.reduce((sum, { rawBody }) => sum + rawBody.length, 0);
      expect(characters).toBeLessThan(17_000_000);
    }
    expect(sandbox.requests.length).toBeGreaterThan(5);
    expect(sandbox.requests.at(-1)?.rawBody).toMatch(/^\{"note":"39 x/);
  });

  test("goes back to its start without changing the objects a test holds", async () => {
    const { organization, requests } = sandbox;
    await close.put(acmeExpansion, { confidence: 7 });
    organization.users.length = 0;
    sandbox.fault({ kind: "answer", status: 500 });
    sandbox.reset();
    expect(requests).toEqual([]);
    expect(organization.users).toHaveLength(Object.keys(ids.users).length);
    expect(organization.opportunities.get(acmeExpansion)?.confidence).toBe(50);
    expect((await close.get(acmeExpansion)).status).toBe(200);
    expect([sandbox.organization, sandbox.requests]).toEqual([organization, requests]);
    expect(requests).toHaveLength(1);
  });

  test("can be closed while connections are kept alive and an answer is due", async () => {
    const other = await startSandbox();
    const client = clientOf(other);
    await client.send("/me/");
    other.fault({ kind: "latency", ms: 60_000 });
    const pending = client.send("/me/").then(
      () => "answered",
      () => "broken off",
    );
    await vi.waitFor(() => expect(other.requests).toHaveLength(2), { interval: 5 });
    await other.close();
    expect(await pending).toBe("broken off");
    await expect(client.send("/me/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("an enforced rate limit", () => {
  test("answers the requests past it with 429 until the window ends, for each endpoint group on its own", async () => {
    const limited = await startSandbox({ rateLimit: { limit: 2, windowMs: 900 } });
    const client = clientOf(limited);
    try {
      expect((await client.get(acmeExpansion)).headers.ratelimit).toMatch(
        /^limit=2, remaining=1, reset=0\.\d+$/,
      );
      expect((await client.get(ids.opportunities.acmeRenewal)).headers.ratelimit).toMatch(/remaining=0/);

      const refused = await client.get(acmeExpansion);
      expect(refused).toMatchObject({
        status: 429,
        headers: {
          "retry-after": "1",
          ratelimit: expect.stringMatching(/^limit=2, remaining=0, reset=0\.\d+$/),
        },
        json: { error: { rate_reset: expect.any(Number) } },
      });
      expect((await client.put(acmeExpansion, { confidence: 1 })).status).toBe(200);
      for (const status of [200, 200, 429]) {
        expect((await client.send("/opportunity/")).status).toBe(status);
        expect((await client.search({ query: everyLead })).status).toBe(status);
      }
      expect((await client.send("/me/")).status).toBe(200);

      await new Promise((resolve) => setTimeout(resolve, 910));
      expect((await client.get(acmeExpansion)).status).toBe(200);
    } finally {
      await limited.close();
    }
  });
});
