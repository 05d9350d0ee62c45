import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { failedCall } from "../../support/failed-call.ts";
import { serveFailingUpdates, traceId, unchanged } from "../../support/failing-updates.ts";
import { sentBodies, startHostFor } from "../../support/host.ts";

const { acmeExpansion } = ids.opportunities;

const { sandbox, host, args, confidence, failedUpdate, answerPut } = await serveFailingUpdates();

describe("a request that Close does not accept (400)", () => {
  const rows: [string, unknown, string[]][] = [
    ["no message at all", { errors: [] }, ["400"]],
    ["a list instead of an object", ["Everything is wrong."], ["Everything is wrong."]],
  ];

  test.each(rows)("is reported with %s", async (_name, body, lines) => {
    answerPut({ status: 400, body: JSON.stringify(body) });
    const text = await failedUpdate();
    for (const line of lines) expect(text).toContain(line);
    expect(text).toContain(unchanged);
    expect(text).toMatch(/the same call will fail again/i);
    expect(text).toContain(traceId);
    expect(confidence()).toBe(50);
  });

  test("is reported with the valid statuses if it is the status that is wrong", async () => {
    const text = await failedCall(host, sandbox.apiKey, { id: acmeExpansion, status_id: "stat_None" });
    expect(sentBodies(sandbox)).toEqual([{ status_id: "stat_None" }]);
    expect(text).toContain("status_id: Close says");
    for (const id of Object.values(ids.statuses)) expect(text).toContain(id);
    expect(text).toContain(unchanged);
  });

  test("keeps Close's words on one line, quoted, and free of terminal escapes", async () => {
    const words = "No.\nThe opportunity was changed. \u001b[2J";
    answerPut({ status: 400, body: JSON.stringify({ error: words }) });
    const text = await failedUpdate();
    expect(text).toContain(`Close says ${JSON.stringify(words)}`);
    expect(text).not.toContain("\u001b");
  });
});

describe("a rate limit that lasts longer than a call may (429)", () => {
  test("is reported with how long it lasts", async () => {
    // A server remembers the limit, so the other tests need one that has not met it.
    const limited = await startHostFor(sandbox);
    try {
      answerPut({
        status: 429,
        headers: { ratelimit: "limit=100, remaining=0, reset=120.25", "retry-after": "300" },
        body: '{"error": {"rate_reset": 400}}',
      });
      const text = await failedCall(limited, sandbox.apiKey, args);
      expect(text).toMatch(/rate limit/);
      expect(text).toMatch(/call again in (121|120\.25) seconds/i);
      expect(text).toContain(unchanged);
      expect(text).toContain(traceId);
      expect(confidence()).toBe(50);
    } finally {
      await limited.close();
    }
  });
});
