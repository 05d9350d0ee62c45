import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { name, version } from "../../src/base/version.ts";
import { expectBothForms } from "../support/both-forms.ts";
import { startHost } from "../support/host.ts";
import { type PeerRequest, startHttpPeer } from "../support/http-peer.ts";

/**
 * The shapes of recorded and documented traffic, with made-up ids and names. What is not recorded here does
 * not exist: the peer answers it with 404.
 */
const apiKey = "api_3kXqFh2mTz.9vLbRwYcNd";
const user = "user_7QmZcVhK2xWpLd9RtYbNfGsJeAu4ToXiEr5Hv1Bk8Mn";
const lead = "lead_5TnVbQyXkLmZ3rWcDfGhJpAs8UeIoRt2Yw6Ek9Hq1Zx";
const organization = "orga_9HdKqWmZxRtYcVbN4fGsJpLe7AuToXiEr2Hv5Bk8Mn";
const stats = {
  active: "stat_2WpLdKxRtYbNfGsJeAu7QmZcVhT4oXiEr9Hv3Bk6Mn1",
  won: "stat_8FgHjKlZxCvBnMqWeRtYuIoPaSdTr5Gb2Vc7Xz4Lk9",
};

/** As Close answers since 2026: note_html and all computed keys are there. */
const newest = {
  annualized_expected_value: 37_500,
  annualized_value: 75_000,
  attachments: [],
  confidence: 50,
  contact_id: null,
  contact_name: null,
  created_by: user,
  created_by_name: "Robin Vale",
  date_created: "2026-05-11T08:14:53.517000+00:00",
  date_lost: null,
  date_updated: "2026-05-11T08:14:53.517000+00:00",
  date_won: null,
  expected_value: 37_500,
  id: "oppo_4RtYuIoPaSdFgHjKlZxCvBnMqWe7Tb2Vc9Xz5Lk1Nh",
  integration_links: [],
  lead_id: lead,
  lead_name: "Larkfield Dairy",
  note: "Cold storage for the second hall",
  note_html: "<body><p>Cold storage for the second hall</p></body>",
  organization_id: organization,
  pipeline_id: "pipe_6YuIoPaSdFgHjKlZxCvBnM",
  pipeline_name: "Sales",
  status_display_name: "Demo Completed",
  status_id: stats.active,
  status_label: "Demo Completed",
  status_type: "active",
  updated_by: user,
  updated_by_name: "Robin Vale",
  user_id: user,
  user_name: "Robin Vale",
  value: 75_000,
  value_currency: "USD",
  value_formatted: "$750 annual",
  value_period: "annual",
};

/** As Close answered in 2017: no pipeline, no expected or annualized values, no note_html, no attachments. */
const older = {
  date_updated: "2017-08-14T09:02:31.112000+00:00",
  created_by_name: "Sync User",
  value_currency: "USD",
  contact_id: null,
  lead_name: "Quarry & Sons",
  contact_name: null,
  id: "oppo_1NhLk5Xz9Vc2Tb7WeMqBnCvZxKlJhGfDsAoPiUyTr3",
  confidence: 90,
  user_id: user,
  value_period: "monthly",
  created_by: user,
  note: "",
  updated_by_name: "Sync User",
  user_name: "Sync User",
  status_type: "active",
  updated_by: user,
  status_id: stats.active,
  value_formatted: "$5 monthly",
  organization_id: organization,
  integration_links: [],
  date_won: null,
  lead_id: lead,
  date_lost: null,
  value: 500,
  status_label: "Active",
  date_created: "2017-08-14T08:55:01.962000+00:00",
};

/** As Close's documentation shows it: without the names of users and contacts. */
const documented = {
  annualized_expected_value: 56_250,
  annualized_value: 75_000,
  confidence: 75,
  contact_id: null,
  created_by: user,
  date_created: "2013-01-15T00:54:51.337000+00:00",
  date_lost: null,
  date_updated: "2013-01-15T00:54:51.337000+00:00",
  date_won: null,
  expected_value: 56_250,
  id: "oppo_9Xz5Lk1NhTr3UyPiAoDsGfJhKlZxCvBnMqWe7Tb2Vc",
  lead_id: lead,
  lead_name: "Marlow Shipyard (Sample Lead)",
  note: "A new dock",
  note_html: "<body><p>A new dock</p></body>",
  organization_id: organization,
  pipeline_id: "pipe_6YuIoPaSdFgHjKlZxCvBnM",
  pipeline_name: "Sales",
  status_id: stats.active,
  status_label: "Active",
  status_type: "active",
  updated_by: user,
  user_id: user,
  user_name: "Kit Hale",
  value: 75_000,
  value_currency: "USD",
  value_formatted: "$750",
  value_period: "one_time",
};

/** 23:30 of the day before in New York. */
const now = new Date("2026-07-15T03:30:00Z");

const recorded = new Map<string, unknown>();
const peer = await startHttpPeer((method, target) => {
  const answer = recorded.get(`${method} ${target}`);
  return answer === undefined
    ? { status: 404, body: '{"error": "Not found."}' }
    : { status: 200, headers: { date: now.toUTCString() }, body: JSON.stringify(answer) };
});
const env = { CLOSE_BASE_URL: `${peer.url}/api/v1/`, CLOSE_API_KEY: apiKey, CLOSE_TIME_ZONE: "America/New_York" };
const host = await startHost({ env, now });
beforeEach(() => {
  peer.requests.length = 0;
  recorded.clear();
});
afterAll(async () => {
  await host.close();
  await peer.close();
});

function record(before: { id: string }, after: Record<string, unknown>): void {
  recorded.set(`GET /api/v1/opportunity/${before.id}/`, before);
  recorded.set(`PUT /api/v1/opportunity/${before.id}/`, { ...before, ...after });
}

/** The requests must be the read and the update, each exactly as Close expects it. */
function expectReadThenUpdate(requests: PeerRequest[], id: string, body: string): void {
  expect(requests.map(({ line }) => line)).toEqual([
    `GET /api/v1/opportunity/${id}/ HTTP/1.1`,
    `PUT /api/v1/opportunity/${id}/ HTTP/1.1`,
  ]);
  const [read, update] = requests;
  expect(update?.body).toBe(body);
  expect(update?.headers).toMatchObject({
    host: new URL(peer.url).host,
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
  });
  expect(read?.body).toBe("");
  expect(read?.headers).not.toHaveProperty("content-type");
  for (const { headers, headerNames } of requests) {
    expect(headers).toMatchObject({
      authorization: `Basic ${Buffer.from(`${apiKey}:`).toString("base64")}`,
      "x-tz-offset": "-4",
      "user-agent": `${name}/${version}`,
      accept: "application/json",
    });
    expect(headers).not.toHaveProperty("transfer-encoding");
    expect(headerNames).toEqual([...new Set(headerNames)]);
  }
}

/** The sentence of an undo, whatever it is found by. */
const takingBack = (lead: string) => expect.stringMatching(new RegExp(`^Take back 1 update: ${lead} · \\w{6}$`));

describe("an update that Close answers as it did on record", () => {
  test("in 2026: the confidence of an opportunity with every key", async () => {
    record(newest, {
      confidence: 80,
      expected_value: 60_000,
      annualized_expected_value: 60_000,
      date_updated: "2026-07-15T03:30:01.159000+00:00",
    });
    const reply = await host.call({ id: newest.id, confidence: 80 });
    expectReadThenUpdate(peer.requests, newest.id, '{"confidence":80}');
    expect(reply.structured).toEqual({
      ...newest,
      confidence: 80,
      expected_value: 60_000,
      annualized_expected_value: 60_000,
      date_updated: "2026-07-15T03:30:01.159000+00:00",
      changes: [{ field: "confidence", label: "confidence", from: 50, to: 80, requested: true }],
      undo: takingBack("Larkfield Dairy"),
    });
    expect(reply.summary).toBe(`Updated "Larkfield Dairy" (${newest.id}): confidence 50 → 80`);
    expectBothForms(reply);
  });

  test("in 2017: the note of an opportunity that lacks many keys", async () => {
    const note = "Übergabe am Montag – 10 °C ❄";
    record(older, { note, date_updated: "2017-08-14T09:16:47.350000+00:00" });
    const reply = await host.call({ id: older.id, note });
    expectReadThenUpdate(peer.requests, older.id, JSON.stringify({ note }));
    expect(reply.structured).toEqual({
      ...older,
      note,
      date_updated: "2017-08-14T09:16:47.350000+00:00",
      changes: [{ field: "note", label: "note", from: null, to: note, requested: true }],
      undo: takingBack("Quarry & Sons"),
    });
    expectBothForms(reply);
  });

  test("in both: a key that comes or goes between two answers is not reported as a change", async () => {
    const { note_html, expected_value, attachments, ...fewer } = newest;
    recorded.set(`GET /api/v1/opportunity/${newest.id}/`, newest);
    recorded.set(`PUT /api/v1/opportunity/${newest.id}/`, { ...fewer, confidence: 80, is_stalled: false });
    const reply = await host.call({ id: newest.id, confidence: 80 });
    expectReadThenUpdate(peer.requests, newest.id, '{"confidence":80}');
    expect(reply.structured.changes).toMatchObject([{ field: "confidence" }]);
    expect(reply.structured).not.toHaveProperty("warnings");
  });

  test("in the documentation: a win by the status's id, for which no list of pipelines is needed", async () => {
    record(documented, {
      status_id: stats.won,
      status_label: "Won",
      status_type: "won",
      date_won: "2026-07-14",
      date_updated: "2026-07-15T03:30:01.248000+00:00",
    });
    const reply = await host.call({ id: documented.id, status_id: stats.won });
    expectReadThenUpdate(peer.requests, documented.id, JSON.stringify({ status_id: stats.won }));
    expect(reply.structured.changes).toEqual([
      { field: "status_id", label: "status", from: "Active", to: "Won", requested: true },
      { field: "date_won", label: "date_won", from: null, to: "2026-07-14", requested: false },
    ]);
    expect(reply.structured).not.toHaveProperty("warnings");
    expectBothForms(reply);
  });

  test("in the documentation: a win that is dated another day than today is pointed out", async () => {
    record(documented, {
      status_id: stats.won,
      status_label: "Won",
      status_type: "won",
      date_won: "2026-07-16",
    });
    const reply = await host.call({ id: documented.id, status_id: stats.won });
    expectReadThenUpdate(peer.requests, documented.id, JSON.stringify({ status_id: stats.won }));
    const others = expect.stringContaining('somebody or something else in the meantime: "date_won"');
    expect(reply.structured.warnings).toEqual([expect.stringMatching(/2026-07-16.*2026-07-14/), others]);
  });

  test("with the value null, before and after", async () => {
    const unpriced = { ...older, value: null, value_period: "one_time", value_formatted: "" };
    record(unpriced, { confidence: 70 });
    const reply = await host.call({ id: unpriced.id, confidence: 70 });
    expectReadThenUpdate(peer.requests, unpriced.id, '{"confidence":70}');
    expect(reply.structured).toEqual({
      ...unpriced,
      confidence: 70,
      changes: [{ field: "confidence", label: "confidence", from: 90, to: 70, requested: true }],
      undo: takingBack("Quarry & Sons"),
    });
    expectBothForms(reply);
  });

  test("with a value set where there was null, and null again if it is cleared", async () => {
    const unpriced = { ...older, value: null, value_formatted: "" };
    record(unpriced, { value: 500, value_formatted: "$5 monthly" });
    const priced = await host.call({ id: unpriced.id, value: 500 });
    expectReadThenUpdate(peer.requests, unpriced.id, '{"value":500}');
    expect(priced.structured.changes).toMatchObject([{ field: "value", from: null, to: 500 }]);
    expect(priced.summary).toContain("value empty → $5.00");

    peer.requests.length = 0;
    record(older, { value: null, value_formatted: "" });
    const cleared = await host.call({ id: older.id, clear: ["value"] });
    expectReadThenUpdate(peer.requests, older.id, '{"value":null}');
    expect(cleared.structured.changes).toMatchObject([{ field: "value", from: 500, to: null }]);
    expect(cleared.structured).not.toHaveProperty("warnings");
  });

  test("with an expected close date in the future, which an unrelated update leaves alone", async () => {
    const open = {
      ...newest,
      date_won: "2026-11-18",
      contact_id: "cont_3VbNmQwErTyUiOpAsDfGhJkLzXc8Rt5Yw2Ek7Hq4Bd",
      contact_name: "Jo Fenn",
      integration_links: [{ name: "Send a document", url: "https://docs.example.com/new?for=oppo" }],
    };
    record(open, { value: 80_000, value_formatted: "$800 annual" });
    const reply = await host.call({ id: open.id, value: 80_000 });
    expectReadThenUpdate(peer.requests, open.id, '{"value":80000}');
    expect(reply.structured).toMatchObject({ ...open, value: 80_000, value_formatted: "$800 annual" });
    expect(reply.structured.changes).toMatchObject([{ field: "value", from: 75_000, to: 80_000 }]);
    expect(reply.structured).not.toHaveProperty("warnings");
  });
});

test("custom fields that nothing answers for are sent by id, unchecked and with a warning", async () => {
  const field = "cf_8LkJhGfDsAzXcVbNmQwErTyUiOp4Rt7Yw1Ek5Hq9Bd";
  record(newest, { [`custom.${field}`]: ["Wednesday"] });
  const reply = await host.call({
    id: newest.id,
    custom_fields: [{ field, action: "add", value: "Wednesday" }],
  });
  const update = peer.requests.find(({ line }) => line.startsWith("PUT"));
  expect(update?.body).toBe(JSON.stringify({ [`custom.${field}.add`]: "Wednesday" }));
  expect(reply.structured.changes).toEqual([
    { field: `custom.${field}`, label: expect.any(String), from: null, to: ["Wednesday"], requested: true },
  ]);
  expect(reply.structured.warnings).toEqual([expect.stringMatching(/custom fields could not be read/)]);
  expectBothForms(reply);
});

describe("the same from older ids and later hosts", () => {
  test("an id of another length than usual is sent as it is", async () => {
    const short = { ...older, id: "oppo_1a2B" };
    record(short, { confidence: 10 });
    await host.call({ id: short.id, confidence: 10 });
    expectReadThenUpdate(peer.requests, short.id, '{"confidence":10}');
  });

  test.each(["", "oppo_", "../lead/x", "oppo_a/../../lead/x", "oppo_a?x=1", "oppo_a%2F", "oppo_a\nb"])(
    "an id that would reach another resource reaches none: %j",
    async (id) => {
      const reply = await host.call({ id, confidence: 10 });
      expect(reply.isError).toBe(true);
      expect(peer.requests).toEqual([]);
    },
  );
});
