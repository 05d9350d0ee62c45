import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { failedCall } from "../../support/failed-call.ts";
import { type Answer, serveFailingUpdates, traceId, unchanged } from "../../support/failing-updates.ts";
import { puts, sentBodies, startHostFor } from "../../support/host.ts";

const { acmeExpansion } = ids.opportunities;

const { sandbox, host, args, confidence, failedUpdate, answerPut } = await serveFailingUpdates();

describe("a request that Close does not accept (400)", () => {
  const rows: [string, unknown, string[]][] = [
    [
      "each field's message, under the caller's names",
      {
        errors: [],
        "field-errors": {
          status: "Not a valid choice.",
          lead: "Object does not exist.",
          user: "No such user.",
          contact: "Not of this lead.",
          [`custom.${ids.customFields.seats}`]: ["Too few.", "Too odd."],
        },
      },
      [
        'status_id: Close says "Not a valid choice."',
        'lead_id: Close says "Object does not exist."',
        'user_id: Close says "No such user."',
        'contact_id: Close says "Not of this lead."',
        `custom.${ids.customFields.seats}: Close says "Too few."`,
        `custom.${ids.customFields.seats}: Close says "Too odd."`,
      ],
    ],
    [
      "errors as a list, beside those of fields, nested ones by their path",
      {
        errors: ["First."],
        "field-errors": {
          contacts: { errors: { "0": { "field-errors": { emails: "Not an e-mail." }, errors: ["Odd."] } } },
        },
      },
      [
        'Close says "First."',
        'contacts.0.emails: Close says "Not an e-mail."',
        'contacts.0: Close says "Odd."',
      ],
    ],
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

describe("no authorization (401)", () => {
  const refusal = {
    kind: "answer",
    status: 401,
    headers: { "trace-id": traceId },
    body: '{"error": "Unauthorized"}',
  } as const;

  test.each(["GET", "PUT"])(
    "is reported as a missing permission if GET /me/ works: on %s",
    async (method) => {
      sandbox.fault({ ...refusal, method, path: "/opportunity/", times: Infinity });
      const text = await failedUpdate();
      expect(text).toMatch(/key is valid \(it belongs to Ada Quist\) but lacks a permission/);
      expect(text).toMatch(/administrator/);
      expect(text).toContain('Close says "Unauthorized"');
      expect(text).toContain(unchanged);
      expect(text).toMatch(/the same call will fail again/i);
      expect(text).toContain(traceId);
      expect(puts(sandbox)).toHaveLength(method === "PUT" ? 1 : 0);
    },
  );

  test("is reported as one of the two if GET /me/ does not decide it", async () => {
    sandbox.fault({ ...refusal, method: "GET", path: "/opportunity/" });
    sandbox.fault({ kind: "answer", status: 403, path: "/me/", body: "no", times: Infinity });
    const text = await failedUpdate();
    expect(text).toMatch(/a bad key or a missing permission/);
    expect(text).toContain("CLOSE_API_KEY");
    expect(text).toMatch(/administrator/);
    expect(text).toContain(unchanged);
  });
});

describe("a refusal of another kind", () => {
  const html = "<html><body>Not here</body></html>";
  const rows: [string, Answer, RegExp, RegExp][] = [
    ["402", { status: 402, body: '{"error": "Upgrade."}' }, /plan/, /Close says "Upgrade\."/],
    [
      "403 in plain text",
      { status: 403, headers: { "content-type": "text/plain" }, body: "Forbidden for you" },
      /not allowed/,
      /Close says "Forbidden for you"/,
    ],
    ["404", { status: 404, body: '{"errors": ["It is gone."]}' }, /no such opportunity/, /Check the id/],
    [
      "415 as HTML",
      { status: 415, headers: { "content-type": "text/html" }, body: html },
      /not Close's API/,
      /CLOSE_BASE_URL/,
    ],
    ["a status nobody has seen yet", { status: 418, body: "" }, /418/, /refused/],
  ];

  test.each(rows)("is explained: %s", async (_name, answer, meaning, words) => {
    answerPut(answer);
    const text = await failedUpdate();
    expect(text).toContain(String(answer.status));
    expect(text).toMatch(meaning);
    expect(text).toMatch(words);
    expect(text).toContain(unchanged);
    expect(text).toMatch(/the same call will fail again/i);
    expect(text).toContain(`Close's trace-id: ${traceId}`);
    expect(sentBodies(sandbox)).toEqual([{ confidence: 75 }]);
    expect(confidence()).toBe(50);
  });

  test("of the read before the update is final: no PUT is sent", async () => {
    sandbox.fault({ kind: "answer", status: 403, body: "Forbidden for you", method: "GET" });
    const text = await failedUpdate();
    expect(puts(sandbox)).toEqual([]);
    expect(text).toContain("403");
    expect(text).toContain(unchanged);
  });

  test("is what the id of no opportunity leads to", async () => {
    const text = await failedCall(host, sandbox.apiKey, { id: "oppo_NobodyKnows", confidence: 75 });
    expect(puts(sandbox)).toEqual([]);
    expect(text).toMatch(/no such opportunity/);
    expect(text).toContain("Opportunity matching query does not exist");
    expect(text).toContain(unchanged);
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
