import { describe, expect, test } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { clientOf } from "../support/sandbox-client.ts";
import { openSandbox } from "../support/served.ts";

const { acmeExpansion } = ids.opportunities;

const sandbox = await openSandbox();
const close = clientOf(sandbox);

const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString("base64")}`;

test.each([
  ["the key through Basic", 200, basic(`${sandbox.apiKey}:`)],
  ["the token through Bearer", 200, `Bearer ${sandbox.accessToken}`],
  ["another key", 401, basic("other:")],
  ["the key with a password", 401, basic(`${sandbox.apiKey}:x`)],
  ["the key through Bearer", 401, `Bearer ${sandbox.apiKey}`],
  ["nothing", 401, ""],
])("%s is answered with %i", async (_what, expected, authorization) => {
  const { status, json } = await close.send("/me/", { headers: { authorization } });
  expect(status).toBe(expected);
  if (status === 401) expect(json.error).toMatch(/could not verify that you are authorized/);
});

describe("a request", () => {
  test.each(["/", "/note/", `/opportunity/${acmeExpansion}`, "/me/"])(
    "for what the sandbox does not have is answered with 404: PUT %s",
    async (path) => {
      const headers = { "content-type": "application/json" };
      const answer = await close.send(path, { method: "PUT", headers, body: '{"confidence": 1}' });
      expect(answer).toMatchObject({ status: 404, json: { error: expect.any(String) } });
    },
  );

  test.each(["", "{", "[]", "null", '"text"'])("with the body %j, no object, gets 400", async (body) => {
    for (const answer of [await close.put(acmeExpansion, body), await close.search(body)]) {
      expect(answer).toMatchObject({ status: 400, json: { error: expect.any(String) } });
    }
  });

  test("whose body is not sent as JSON gets 400", async () => {
    const headers = { "content-type": "text/plain" };
    expect((await close.put(acmeExpansion, { confidence: 1 }, headers)).status).toBe(400);
    const named = { "content-type": "application/json; charset=utf-8" };
    expect((await close.put(acmeExpansion, { confidence: 1 }, named)).status).toBe(200);
  });
});

test("every answer carries the rate limit with a decimal reset and a trace-id", async () => {
  for (const path of ["/me/", "/note/", "/opportunity/oppo_none/", "/user/?_limit=x"]) {
    const { headers } = await close.send(path);
    expect(headers.ratelimit).toMatch(/^limit=\d+, remaining=\d+, reset=\d+\.\d+$/);
    expect(headers["trace-id"]).toMatch(/^[0-9a-f]{32}$/);
  }
});
