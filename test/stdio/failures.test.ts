import { describe, expect, test, vi } from "vitest";
import { type Fault, ids } from "../../src/sandbox/sandbox.ts";
import { expectBothForms, warningsOf } from "../support/both-forms.ts";
import { failedCall, formsOf } from "../support/failed-call.ts";
import { puts, sentBodies, startHost, startHostFor } from "../support/host.ts";
import { closedPort, startHttpPeer } from "../support/http-peer.ts";
import { serveSandbox } from "../support/served.ts";

const { acmeExpansion, elmStreetVisits } = ids.opportunities;
const traceId = "4f1c9d02a7b64e0fb0f5f6f1c2d3e4a5";
const unchanged = "The opportunity is unchanged.";
const inDoubt = /in doubt/;

const { sandbox, host } = await serveSandbox(undefined, { env: { CLOSE_LOG_LEVEL: "debug" } });

const confidence = () => sandbox.organization.opportunities.get(acmeExpansion)?.confidence;
const update = () => failedCall(host, sandbox.apiKey, { id: acmeExpansion, confidence: 75 });

type Answer = { status: number; headers?: Record<string, string>; body?: string; applied?: boolean };

/** Close answers the PUT so, and would answer it again so. */
function answerPut({ headers, ...answer }: Answer): void {
  sandbox.fault({
    kind: "answer",
    method: "PUT",
    headers: { "trace-id": traceId, ...headers },
    times: Infinity,
    ...answer,
  });
}

/** The opportunity can be read before the update, and not again after it. */
function loseSightAfterTheFirstRead(): void {
  sandbox.fault({ kind: "drift", method: "GET", path: "/opportunity/", change: (answer) => answer });
  sandbox.fault({ kind: "reset", when: "before", method: "GET", path: "/opportunity/", times: Infinity });
}

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
          value: "Value must be of int type.",
        },
      },
      [
        'status_id: Close says "Not a valid choice."',
        'lead_id: Close says "Object does not exist."',
        'user_id: Close says "No such user."',
        'contact_id: Close says "Not of this lead."',
        'value: Close says "Value must be of int type."',
      ],
    ],
    [
      "nested messages by their path",
      {
        "field-errors": {
          contacts: { errors: { "0": { "field-errors": { emails: "Not an e-mail." }, errors: ["Odd."] } } },
        },
      },
      ['contacts.0.emails: Close says "Not an e-mail."', 'contacts.0: Close says "Odd."'],
    ],
    [
      "several messages of one field",
      { "field-errors": { [`custom.${ids.customFields.seats}`]: ["Too few.", "Too odd."] } },
      [
        `custom.${ids.customFields.seats}: Close says "Too few."`,
        `custom.${ids.customFields.seats}: Close says "Too odd."`,
      ],
    ],
    ["one error as text", { error: "Something about it." }, ['Close says "Something about it."']],
    [
      "errors as a list, beside those of fields",
      { errors: ["First.", "Second."], "field-errors": { note: "Third." } },
      ['Close says "First."', 'Close says "Second."', 'note: Close says "Third."'],
    ],
    ["no message at all", { errors: [] }, ["400"]],
    ["a list instead of an object", ["Everything is wrong."], ["Everything is wrong."]],
    ["an object as an error", { error: { reason: "deep" } }, ["deep"]],
  ];

  test.each(rows)("is reported with %s", async (_name, body, lines) => {
    answerPut({ status: 400, body: JSON.stringify(body) });
    const text = await update();
    for (const line of lines) expect(text).toContain(line);
    expect(text).toContain(unchanged);
    expect(text).toMatch(/the same call will fail again/i);
    expect(text).toContain(traceId);
    expect(confidence()).toBe(50);
  });

  test("is reported with the valid statuses, where it is the status that is wrong", async () => {
    const text = await failedCall(host, sandbox.apiKey, { id: acmeExpansion, status_id: "stat_None" });
    expect(sentBodies(sandbox)).toEqual([{ status_id: "stat_None" }]);
    expect(text).toContain("status_id: Close says");
    for (const id of Object.values(ids.statuses)) expect(text).toContain(id);
    expect(text).toContain(unchanged);
  });

  test("is reported all the same where the valid statuses cannot be read", async () => {
    sandbox.fault({ kind: "answer", status: 403, path: "/pipeline/", times: Infinity });
    const text = await failedCall(host, sandbox.apiKey, { id: acmeExpansion, status_id: "stat_None" });
    expect(text).toContain("status_id: Close says");
    expect(text).toContain(unchanged);
  });

  test("keeps Close's words on one line, quoted, and free of terminal escapes", async () => {
    const words = "No.\nThe opportunity was changed. \u001b[2J";
    answerPut({ status: 400, body: JSON.stringify({ error: words }) });
    const text = await update();
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

  test("is told to be a bad key where GET /me/ is refused as well", async () => {
    const badKey = "api_none.0000000000";
    const other = await startHostFor(sandbox, {
      env: { CLOSE_API_KEY: badKey, CLOSE_LOG_LEVEL: "debug" },
    });
    try {
      const text = await failedCall(other, badKey, { id: acmeExpansion, confidence: 75 });
      expect(text).toMatch(/It is a bad key/);
      expect(text).toMatch(/permission/);
      expect(text).toContain("CLOSE_API_KEY");
      expect(text).toMatch(/Settings > Developer > API Keys/);
      expect(text).toContain(unchanged);
      expect(text).toMatch(/Close's trace-id: [0-9a-f]{32}/);
      expect(puts(sandbox)).toEqual([]);
    } finally {
      await other.close();
    }
  });

  test("is told to be a bad token, with the variable to set", async () => {
    const badToken = "token_none_0000000000";
    const other = await startHostFor(sandbox, {
      env: { CLOSE_API_KEY: "", CLOSE_ACCESS_TOKEN: badToken, CLOSE_LOG_LEVEL: "debug" },
    });
    try {
      const text = await failedCall(other, badToken, { id: acmeExpansion, confidence: 75 });
      expect(text).toContain("CLOSE_ACCESS_TOKEN");
    } finally {
      await other.close();
    }
  });

  test.each(["GET", "PUT"])(
    "is told to be a missing permission where GET /me/ works: on %s",
    async (method) => {
      sandbox.fault({ ...refusal, method, path: "/opportunity/", times: Infinity });
      const text = await update();
      expect(text).toMatch(/key is valid \(it belongs to Ada Quist\) but lacks a permission/);
      expect(text).toMatch(/administrator/);
      expect(text).toContain('Close says "Unauthorized"');
      expect(text).toContain(unchanged);
      expect(text).toMatch(/the same call will fail again/i);
      expect(text).toContain(traceId);
      expect(puts(sandbox)).toHaveLength(method === "PUT" ? 1 : 0);
    },
  );

  test("names both where GET /me/ tells nothing", async () => {
    sandbox.fault({ ...refusal, method: "GET", path: "/opportunity/" });
    sandbox.fault({ kind: "answer", status: 403, path: "/me/", body: "no", times: Infinity });
    const text = await update();
    expect(text).toMatch(/a bad key or a missing permission/);
    expect(text).toContain("CLOSE_API_KEY");
    expect(text).toMatch(/administrator/);
    expect(text).toContain(unchanged);
  });
});

describe("a refusal", () => {
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
    ["405", { status: 405, body: '{"error": "Method."}' }, /not Close's API/, /CLOSE_BASE_URL/],
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
    const text = await update();
    expect(text).toContain(String(answer.status));
    expect(text).toMatch(meaning);
    expect(text).toMatch(words);
    expect(text).toContain(unchanged);
    expect(text).toMatch(/the same call will fail again/i);
    expect(text).toContain(`Close's trace-id: ${traceId}`);
    expect(sentBodies(sandbox)).toEqual([{ confidence: 75 }]);
    expect(confidence()).toBe(50);
  });

  test.each([
    [403, "text/plain", "Forbidden for you"],
    [404, "application/json", '{"error": "Empty query: Opportunity matching query does not exist."}'],
  ])("of the read before the update (%i) is final: no PUT is sent", async (status, type, body) => {
    sandbox.fault({ kind: "answer", status, headers: { "content-type": type }, body, method: "GET" });
    const text = await update();
    expect(puts(sandbox)).toEqual([]);
    expect(text).toContain(String(status));
    expect(text).toContain(unchanged);
  });

  test("is what an id that Close does not know leads to", async () => {
    const text = await failedCall(host, sandbox.apiKey, { id: "oppo_NobodyKnows", confidence: 75 });
    expect(puts(sandbox)).toEqual([]);
    expect(text).toMatch(/no such opportunity/);
    expect(text).toContain("Opportunity matching query does not exist");
    expect(text).toContain(unchanged);
  });
});

test("a rate limit that lasts longer than a call may (429) is reported with how long it lasts", async () => {
  // A server keeps to the limit that it was told, so it is none of the others'.
  const limited = await startHostFor(sandbox);
  try {
    answerPut({
      status: 429,
      headers: { ratelimit: "limit=100, remaining=0, reset=120.25", "retry-after": "300" },
      body: '{"error": {"rate_reset": 400}}',
    });
    const text = await failedCall(limited, sandbox.apiKey, { id: acmeExpansion, confidence: 75 });
    expect(text).toMatch(/rate limit/);
    expect(text).toMatch(/call again in (121|120\.25) seconds/i);
    expect(text).toContain(unchanged);
    expect(text).toContain(traceId);
    expect(confidence()).toBe(50);
  } finally {
    await limited.close();
  }
});

describe("a redirect of an update", () => {
  test.each([302, 308])("is not followed, and leaves it in doubt: %i", async (status) => {
    const elsewhere = await startHttpPeer(() => ({ status: 200, body: `{"id": "${acmeExpansion}"}` }));
    try {
      loseSightAfterTheFirstRead();
      answerPut({ status, headers: { location: `${elsewhere.url}/api/v2/?token=t` }, applied: true });
      const text = await update();
      expect(elsewhere.requests).toEqual([]);
      expect(text).toContain(`${elsewhere.url}/api/v2/`);
      expect(text).toMatch(/redirect/);
      expect(text).toMatch(inDoubt);
      expect(text).not.toContain(unchanged);
      expect(text).toContain("CLOSE_BASE_URL");
      expect(puts(sandbox)).toHaveLength(1);
    } finally {
      await elsewhere.close();
    }
  });
});

describe("a success that cannot be understood leaves the update in doubt", () => {
  const rows: [string, Answer, RegExp][] = [
    [
      "HTML",
      { status: 200, headers: { "content-type": "text/html" }, body: "<html>Log in</html>" },
      /text\/html.*Log in/,
    ],
    ["no content", { status: 204 }, /204.*empty body/s],
    ["half an object", { status: 200, body: '{"id": "oppo_' }, /not a JSON object/],
    ["a body past 5 MB", { status: 200, body: `{"note": "${"x".repeat(5_300_000)}"}` }, /5 MB/],
  ];

  test.each(rows)("%s", async (_name, answer, what) => {
    loseSightAfterTheFirstRead();
    answerPut({ ...answer, applied: true });
    const text = await update();
    expect(text).toMatch(what);
    expect(text).toMatch(inDoubt);
    expect(text).not.toContain(unchanged);
    expect(text).toMatch(/dry_run/);
    expect(text.length).toBeLessThan(2_000);
    expect(confidence()).toBe(75);
  });
});

describe("an answer to the PUT that a gateway gave up with is read back: an update that was applied is a success", () => {
  test.each([303, 408, 460, 499])("%i", async (status) => {
    answerPut({ status, applied: true, body: "gave up" });
    const told = await host.call({ id: acmeExpansion, confidence: 75 });
    expect(told).toMatchObject({ isError: false, structured: { confidence: 75 } });
    expect(warningsOf(told)).toContain(String(status));
    expect(puts(sandbox)).toHaveLength(1);
  });
});

describe("a 200 that is not the opportunity", () => {
  const rows: [string, unknown][] = [
    ["an error object", { error: "Something went wrong." }],
    ["another opportunity", { id: elmStreetVisits, confidence: 3 }],
    ["a list", { data: [] }],
  ];

  test.each(rows)("is no success of the update, whose outcome is read back: %s", async (_name, body) => {
    answerPut({ status: 200, body: JSON.stringify(body), applied: true });
    const told = await host.call({ id: acmeExpansion, confidence: 75 });
    expect(told).toMatchObject({ isError: false, structured: { id: acmeExpansion, confidence: 75 } });
    expect(told.structured.changes).toMatchObject([{ field: "confidence", from: 50, to: 75 }]);
    expect(warningsOf(told)).toContain("not the opportunity");
  });

  test.each(rows)("is no read before the update, from which nothing is computed: %s", async (_name, body) => {
    const path = "/opportunity/";
    sandbox.fault({ kind: "answer", status: 200, body: JSON.stringify(body), method: "GET", path });
    const told = await host.call({
      id: acmeExpansion,
      custom_fields: [{ field: "Visit days", action: "add", value: "Friday" }],
    });
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${ids.customFields.visitDays}.add`]: "Friday" }]);
    expect(warningsOf(told)).toMatch(/could not be read before the update/);
  });
});

test("a search whose page is no list fails, and does not report that nothing was found", async () => {
  sandbox.fault({ kind: "answer", status: 200, body: '{"error": "Not now."}', path: "/opportunity/" });
  const text = await failedCall(host, sandbox.apiKey, { status_type: "active" }, "find_opportunities");
  expect(text).toContain("Not now.");
  expect(text).toContain("not a page of a list");
});

describe("Close in trouble (5xx) on the PUT leaves the update in doubt", () => {
  const rows = [
    { status: 500, applied: false, happened: "did not happen" },
    { status: 504, applied: true, happened: "happened" },
  ];

  test.each(rows)("$status, where it $happened", async ({ status, applied }) => {
    loseSightAfterTheFirstRead();
    // 504 is the empty one with the content type of JSON.
    answerPut({ status, applied, ...(status !== 504 && { body: '{"error": "Oops."}' }) });
    const text = await update();
    expect(text).toContain(String(status));
    expect(text).toMatch(inDoubt);
    expect(text).not.toContain(unchanged);
    expect(text).toMatch(/dry_run/);
    expect(text).toContain(traceId);
    expect(confidence()).toBe(applied ? 75 : 50);
  });
});

describe("a connection that breaks on the PUT leaves the update in doubt", () => {
  test.each([
    ["before", 50],
    ["during", 75],
    ["after", 75],
  ] as const)("%s it is carried out", async (when, afterwards) => {
    loseSightAfterTheFirstRead();
    sandbox.fault({ kind: "reset", when, method: "PUT", times: Infinity });
    const text = await update();
    expect(text).toMatch(inDoubt);
    expect(text).not.toContain(unchanged);
    expect(text).toMatch(/dry_run/);
    expect(text).toContain("PUT");
    expect(confidence()).toBe(afterwards);
  });

  test("and a dry run with the same arguments then tells whether it was carried out", async () => {
    loseSightAfterTheFirstRead();
    sandbox.fault({ kind: "reset", when: "after", method: "PUT", times: Infinity });
    expect(await update()).toMatch(/changes lists what is still missing/);
    const { organization } = sandbox;
    const carriedOut = organization.opportunities.get(acmeExpansion);
    sandbox.reset();
    if (carriedOut) organization.opportunities.set(acmeExpansion, carriedOut);
    const after = await host.call({ id: acmeExpansion, confidence: 75, dry_run: true });
    expect(after.structured.changes).toEqual([]);
    sandbox.reset();
    const before = await host.call({ id: acmeExpansion, confidence: 75, dry_run: true });
    expect(before.structured.changes).toMatchObject([{ field: "confidence", from: 50, to: 75 }]);
  });
});

test("a refused connection leaves the opportunity unchanged", async () => {
  const url = await closedPort();
  const other = await startHostFor(sandbox, {
    env: { CLOSE_BASE_URL: `${url}/api/v1`, CLOSE_LOG_LEVEL: "debug" },
  });
  try {
    const text = await failedCall(other, sandbox.apiKey, { id: acmeExpansion, confidence: 75 });
    expect(text).toContain("ECONNREFUSED");
    expect(text).toContain(unchanged);
    expect(text).not.toMatch(inDoubt);
    expect(text).toMatch(/call again/i);
  } finally {
    await other.close();
  }
});

describe("where the read before the update fails, the update goes on without the values before and says so", () => {
  const path = "/opportunity/";
  const failing: [string, Fault][] = [
    ["503", { kind: "answer", status: 503, method: "GET", path, times: Infinity }],
    ["a redirect", { kind: "answer", status: 302, headers: { location: "/login" }, method: "GET", path }],
    [
      "HTML",
      {
        kind: "answer",
        status: 200,
        headers: { "content-type": "text/html" },
        body: "<html/>",
        method: "GET",
        path,
        times: Infinity,
      },
    ],
    ["an empty body", { kind: "answer", status: 200, method: "GET", path, times: Infinity }],
    ["a list", { kind: "answer", status: 200, body: "[]", method: "GET", path, times: Infinity }],
    [
      "a body past 5 MB",
      { kind: "answer", status: 200, body: "x".repeat(5_300_000), method: "GET", path, times: Infinity },
    ],
    ["a broken connection", { kind: "reset", when: "during", method: "GET", path, times: Infinity }],
  ];

  test.each(failing)("%s", async (_name, fault) => {
    sandbox.fault(fault);
    const told = await host.call({
      id: acmeExpansion,
      confidence: 75,
      custom_fields: [{ field: "Visit days", action: "add", value: "Friday" }],
    });
    const key = `custom.${ids.customFields.visitDays}`;
    expect(sentBodies(sandbox)).toEqual([{ confidence: 75, [`${key}.add`]: "Friday" }]);
    expect(told.structured).toMatchObject({ id: acmeExpansion, confidence: 75, [key]: ["Monday", "Friday"] });
    expect(told.structured.changes).toEqual([
      { field: "confidence", label: "confidence", from: null, to: 75, requested: true },
      { field: key, label: "Visit days", from: null, to: ["Monday", "Friday"], requested: true },
    ]);
    expect(warningsOf(told)).toMatch(/could not be read before the update/);
    expectBothForms(told);
  });

  test("but does not call a field empty whose value before is not known", async () => {
    sandbox.fault({ kind: "answer", status: 500, method: "GET", path, times: Infinity });
    const told = await host.call({ id: acmeExpansion, confidence: 75 });
    expect(told.summary).not.toMatch(/confidence empty/);
  });

  test.each([
    ["a dry run", { dry_run: true }],
    ["an expected date_updated", { expected_date_updated: "2024-01-08T09:15:00Z" }],
  ])("but not with %s, which needs the read: nothing is sent", async (_name, args) => {
    sandbox.fault({ kind: "answer", status: 500, method: "GET", path, times: Infinity });
    const text = await failedCall(host, sandbox.apiKey, { id: acmeExpansion, confidence: 75, ...args });
    expect(puts(sandbox)).toEqual([]);
    expect(text).toContain("500");
    expect(text).toContain(unchanged);
  });
});

test("mistaken arguments are an error result in the caller's names, and nothing is sent", async () => {
  const args = { id: acmeExpansion, confidence: 150, valeu: 5, date_won: "2026-02-30" };
  const text = await failedCall(host, sandbox.apiKey, args);
  for (const name of ["confidence", "valeu", "date_won"]) expect(text).toContain(name);
  expect(text).toContain(unchanged);
  expect(sandbox.requests).toEqual([]);
});

describe("an opportunity that has changed since the caller saw it", () => {
  test("is left alone, and the caller told when and by whom it was changed", async () => {
    const seen = "2024-01-01T00:00:00Z";
    const text = await failedCall(host, sandbox.apiKey, {
      id: acmeExpansion,
      confidence: 75,
      expected_date_updated: seen,
    });
    expect(puts(sandbox)).toEqual([]);
    expect(text).toContain(seen);
    expect(text).toContain("2024-01-08T09:15:00");
    expect(text).toContain("Ada Quist");
    expect(text).toContain(unchanged);
  });

  test.each(["2024-01-08T09:15:00.000000+00:00", "2024-01-08T09:15:00Z", "2024-01-08T10:15:00+01:00"])(
    "is not suspected where the moment is the same: %s",
    async (seen) => {
      await host.call({ id: acmeExpansion, confidence: 75, expected_date_updated: seen });
      expect(sentBodies(sandbox)).toEqual([{ confidence: 75 }]);
    },
  );
});

describe("without credentials", () => {
  test.each([
    ["missing", undefined],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a host passes on where nobody filled it in.
    ["a placeholder", "${CLOSE_API_KEY}"],
  ])("the tools are listed all the same, and each call names the variable to set: %s", async (_name, key) => {
    const env = { CLOSE_BASE_URL: sandbox.url, ...(key !== undefined && { CLOSE_API_KEY: key }) };
    const bare = await startHost({ env });
    try {
      const { tools } = await bare.client.listTools();
      expect(tools.map(({ name }) => name)).toContain("update_opportunity");
      for (const args of [{ id: acmeExpansion, confidence: 75 }, {}]) {
        const text = await failedCall(bare, sandbox.apiKey, args);
        expect(text).toContain("CLOSE_API_KEY");
        expect(text).toContain("CLOSE_ACCESS_TOKEN");
        expect(text).toMatch(/Settings > Developer > API Keys/);
        expect(text).toContain(unchanged);
        expect(text).toMatch(/calling again before that will fail/i);
      }
      expect(sandbox.requests).toEqual([]);
    } finally {
      await bare.close();
    }
  });
});

describe("the credentials", () => {
  const echo = () => {
    const basic = Buffer.from(`${sandbox.apiKey}:`).toString("base64");
    return `Your request: Authorization: Basic ${basic}, that is ${sandbox.apiKey}`;
  };
  const answers: [string, (words: string) => Answer][] = [
    ["an error body", (words) => ({ status: 400, body: JSON.stringify({ error: words }) })],
    [
      "a proxy's HTML",
      (words) => ({ status: 502, headers: { "content-type": "text/html" }, body: `<pre>${words}</pre>` }),
    ],
    ["a success that is no JSON", (words) => ({ status: 200, body: words })],
    [
      "a redirect",
      () => ({ status: 302, headers: { location: `https://${sandbox.apiKey}:@proxy.example.com/` } }),
    ],
    ["the trace-id", () => ({ status: 403, headers: { "trace-id": `key-${sandbox.apiKey}` }, body: "No" })],
  ];

  // `failedCall` looks for them in the text and in the log, at debug level.
  test.each(answers)("stay out of the text also where the answer repeats them: %s", async (_name, answer) => {
    loseSightAfterTheFirstRead();
    answerPut(answer(echo()));
    expect(await update()).toContain("Close");
  });

  test("stay out of a result's warnings where the failing read's answer repeats them", async () => {
    sandbox.fault({
      kind: "answer",
      status: 302,
      headers: { location: `https://${sandbox.apiKey}:@proxy.example.com/` },
      method: "GET",
      path: "/opportunity/",
      times: Infinity,
    });
    const told = await host.call({ id: acmeExpansion, confidence: 75 });
    for (const form of formsOf(sandbox.apiKey)) expect(told.text).not.toContain(form);
  });

  test("stay out of the whole log at its most talkative", async () => {
    const note = "The last words of this log";
    await host.call({ id: acmeExpansion, note });
    // stderr and stdout reach a host independently.
    await vi.waitFor(() => expect(host.log()).toContain(note), { timeout: 10_000 });
    expect(host.log()).toContain('"level":"debug"');
    for (const form of formsOf(sandbox.apiKey)) expect(host.log()).not.toContain(form);
  });

  test("are in every request, so that the tests above look for what was really sent", async () => {
    await host.call({
      id: elmStreetVisits,
      status_id: "Won",
      user_id: "Ben Quist",
      custom_fields: [{ field: "Seats", action: "set", value: 3 }],
    });
    const basic = `Basic ${Buffer.from(`${sandbox.apiKey}:`).toString("base64")}`;
    expect(sandbox.requests.length).toBeGreaterThan(1);
    for (const { headers } of sandbox.requests) expect(headers.authorization).toBe(basic);
    const secret = basic.slice("Basic ".length).replace(/=+$/, "");
    expect(formsOf(sandbox.apiKey)).toContain(secret);
  });
});

test("every request names the program and the offset from UTC, look-ups and GET /me/ included", async () => {
  sandbox.fault({ kind: "answer", status: 401, method: "PUT", times: Infinity });
  await failedCall(host, sandbox.apiKey, {
    id: elmStreetVisits,
    status_id: "No such status",
    user_id: "Nobody",
    custom_fields: [{ field: "No such field", action: "unset" }],
    time_zone: "Asia/Kathmandu",
  });
  await update();
  const paths = sandbox.requests.map(({ path }) => path);
  for (const path of ["/pipeline/", "/user/", "/custom_field_schema/opportunity/", "/me/"]) {
    expect(paths).toContain(path);
  }
  for (const { headers } of sandbox.requests) {
    expect(headers["x-tz-offset"]).toMatch(/^(0|5\.75)$/);
    expect(headers["user-agent"]).toMatch(/^close-opportunity-mcp\/\d+\.\d+\.\d+/);
  }
});

describe("a protocol error", () => {
  test("is the answer to a tool that does not exist, and only to that", async () => {
    const call = host.client.callTool({ name: "update_oportunity", arguments: { id: acmeExpansion } });
    await expect(call).rejects.toMatchObject({
      code: -32602,
      message: expect.stringMatching(/update_oportunity.*update_opportunity/s),
    });
    expect(sandbox.requests).toEqual([]);
  });
});
