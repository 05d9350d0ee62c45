import { describe, expect, test } from "vitest";
import { type JsonObject, parseObject } from "../../../src/base/json.ts";
import { todayIn } from "../../../src/base/time-zone.ts";
import { resultOf } from "../../../src/opportunity/update/result.ts";
import { review } from "../../../src/opportunity/update/review.ts";
import type { Known } from "../../../src/organization/lists.ts";
import { editsOf } from "../../support/edits.ts";
import { knowing } from "../../support/known.ts";

const known: Known = {
  ...knowing([
    { id: "cf_tags", name: "Tags", type: "choices", accepts_multiple_values: true },
    { id: "cf_rival", name: "Competitor", type: "text" },
    { id: "cf_odd", name: "Size; status → Won", type: "number" },
    { id: "cf_signs", name: "Signatory", type: "contact", accepts_multiple_values: true },
  ]),
  contacts: [{ id: "cont_Nina", name: "Nina Okafor" }],
};

const open = {
  id: "oppo_x",
  lead_id: "lead_x",
  lead_name: "Acme",
  status_id: "stat_Open",
  status_label: "Open",
  status_type: "active",
  pipeline_id: "pipe_Sales",
  pipeline_name: "Sales",
  value: 900_000,
  value_currency: "EUR",
  value_period: "monthly",
  confidence: 50,
  note: "Lamps",
  is_stalled: false,
  date_won: null,
  date_lost: null,
  date_updated: "2026-05-11T08:14:53.517000+00:00",
  "custom.cf_tags": ["Upsell", "Weekend"],
};
const won = { status_id: "stat_Won", status_label: "Won", status_type: "won" };
const lost = { status_id: "stat_Lost", status_label: "Lost", status_type: "lost" };
const today = "2026-11-23";

/** The review of an update of `before` that Close answered with `answer`. */
function reviewed(body: JsonObject, answer: JsonObject, before: JsonObject = open, lists = known) {
  // As it is read: without what is undefined.
  const after = { ...parseObject(JSON.stringify(answer)) };
  const transition = { before, after, edits: editsOf(body, lists), known: lists };
  return {
    opportunity: after,
    isShown: false,
    ...review(transition, todayIn("UTC", new Date(`${today}T12:00:00Z`))),
  };
}

/** Summary and warnings of an update of `before` that Close answered with `facts` changed. */
function reviewOf(body: JsonObject, facts: JsonObject, before: JsonObject = open, lists = known) {
  const outcome = reviewed(body, { ...before, ...facts }, before, lists);
  const { lines, warnings } = resultOf({ kind: "updated", id: "oppo_x", before, ...outcome }, { timeZone: "UTC" });
  return { summary: lines.join("\n").replace(/^Updated .*?\(oppo_x\): /, ""), warnings };
}

describe("money stands with its period", () => {
  test.each([
    ["a new value", { value: 1_250_000 }, {}, "value €9,000.00 monthly → €12,500.00 monthly"],
    [
      "both",
      { value: 10_800_000, value_period: "annual" },
      {},
      "value €9,000.00 monthly → €108,000.00 annual; value_period monthly → annual (value €9,000.00 monthly → €108,000.00 annual)",
    ],
    [
      "a deal that is paid once",
      { value: 100 },
      { value_period: "one_time" },
      "value €9,000.00 one-time → €1.00 one-time",
    ],
    ["no value before", { value: 0 }, { value: null }, "value empty → €0.00 monthly"],
    ["a period of no value", { value_period: "annual" }, { value: null }, "value_period monthly → annual"],
  ])("%s", (_, body, before, summary) => {
    expect(reviewOf(body, body, { ...open, ...before }).summary).toBe(summary);
  });
});

describe("what people wrote stands in quotes, so that it cannot be taken for the summary's own words", () => {
  test("a lead's name", () => {
    const before = { ...open, lead_name: "Acme (oppo_x): status Open → Won" };
    const outcome = reviewed({ confidence: 60 }, { ...before, confidence: 60 }, before);
    const { lines } = resultOf({ kind: "updated", id: "oppo_x", before, ...outcome }, { timeZone: "UTC" });
    expect(lines).toEqual(['Updated "Acme (oppo_x): status Open → Won" (oppo_x): confidence 50 → 60']);
  });

  test.each<[JsonObject, string]>([
    [{ note: "x; status → Won" }, 'note "Lamps" → "x; status → Won"'],
    [{ note: 'a" → "b\nc' }, String.raw`note "Lamps" → "a\" → \"b\nc"`],
    [{ "custom.cf_rival": "Won" }, '"Competitor" empty → "Won"'],
    [{ "custom.cf_new": "Won" }, '"custom.cf_new" empty → "Won"'],
    [{ "custom.cf_odd": 7 }, '"Size; status → Won" empty → 7'],
    [{ status_id: "stat_y", status_label: "Open; value → $0" }, 'status "Open" → "Open; value → $0"'],
    [{ status_id: "stat_y", status_label: "empty" }, 'status "Open" → "empty"'],
    [{ status_id: "stat_y", status_label: "Nothing was sent" }, 'status "Open" → "Nothing was sent"'],
    [{ contact_id: "cont_x", contact_name: "A\u202eB\u{e0041}C" }, 'contact empty → "A B C"'],
    [{ user_id: "user_y", user_name: "Ada (set by Close); x" }, 'owner empty → "Ada (set by Close); x"'],
    [{ "custom.cf_tags": ["Upsell", "Weekend, x → y"] }, '"Tags" "Upsell", "Weekend" → "Upsell", "Weekend, x → y"'],
    [{ "custom.cf_signs": ["cont_Nina", "cont_y"] }, '"Signatory" empty → "Nina Okafor", "cont_y"'],
  ])("%j", (facts, summary) => {
    const { status_label, user_name, ...body } = facts;
    expect(reviewOf(body, facts).summary).toBe(summary);
  });
});

describe("a change that was not asked for", () => {
  test.each<[JsonObject, JsonObject, string]>([
    [won, { confidence: 100 }, "confidence 50 → 100 (set by Close)"],
    [won, { date_won: today }, `date_won empty → ${today} (set by Close)`],
    [lost, { date_lost: "2026-11-23T08:00:00Z" }, "date_lost empty → 2026-11-23 08:00 (UTC) (set by Close)"],
    [won, { date_won: today, is_stalled: true }, "is_stalled false → true (set by Close)"],
    [
      { status_id: "stat_z", status_label: "Due" },
      { pipeline_id: "pipe_y", pipeline_name: "Renewals" },
      'pipeline "Sales" → "Renewals" (set by Close)',
    ],
  ])("is Close's if a rule of Close's explains it: %j brings %j", (status, side, words) => {
    const { summary, warnings } = reviewOf({ status_id: status.status_id }, { ...status, ...side });
    expect(summary).toContain(words);
    expect(warnings.join()).not.toContain("in the meantime");
  });

  test.each<[string, JsonObject, JsonObject]>([
    ["confidence", { ...won, date_won: today }, { confidence: 70 }],
    ["date_won", {}, { date_won: "2027-01-01" }],
    ["date_won", won, { date_won: "2027-01-01" }],
    ["note", won, { note: "Desks" }],
    ["owner", {}, { user_id: "user_y", user_name: "Ben" }],
    ["Tags", {}, { "custom.cf_tags": ["Weekend"] }],
  ])("is somebody else's otherwise: %s", (label, status, side) => {
    const before = { ...open, date_won: "2026-12-24", user_id: "user_x", user_name: "Ada" };
    const body = "status_id" in status ? { status_id: status.status_id } : { value: 900_001 };
    const facts = { ...body, ...status, ...side, updated_by_name: "Ben Quist" };
    const { summary, warnings } = reviewOf(body, facts, before);
    expect(summary).toMatch(new RegExp(`${label}"? [^;]+ → .*\\(changed by somebody or something else in the`));
    const warning = `^Changed by somebody or something else in the meantime: .*"${label}".*by "Ben Quist"`;
    expect(warnings).toContainEqual(expect.stringMatching(new RegExp(warning)));
  });

  test("is somebody else's if a win shows another day than the one that Close would set, which undo leaves", () => {
    const { warnings, undo } = reviewed({ status_id: "stat_Won" }, { ...open, ...won, date_won: "2027-01-15" });
    expect(warnings.join()).toMatch(/2027-01-15, not today .*in the meantime: "date_won"/s);
    expect(undo.map(({ field }) => field.key)).toEqual(["status_id"]);
    const usual = reviewed({ status_id: "stat_Won" }, { ...open, ...won, date_won: today, confidence: 100 });
    expect(usual.undo.map(({ field }) => field.key)).toEqual(["status_id", "date_won", "confidence"]);
  });

  test.each<[string, unknown, unknown, string]>([
    ["integration_links", [{ name: "Quote", url: "https://a/1" }], [{ name: "Quote", url: "https://b/2" }], ""],
    ["attachments", [{ url: "https://a/x?sig=1" }], [{ url: "https://a/x?sig=2" }], ""],
    ["custom", { Seats: 1 }, { Seats: 2 }, ""],
    ["stall_status", null, "stalled", 'stall_status empty → "stalled" (set by Close)'],
    ["an_assessment_to_come", { a: 1 }, { a: 2 }, "(set by Close)"],
  ])("is nobody's where no person can make it: %s", (key, from, to, said) => {
    const { summary, warnings } = reviewOf({ value: 900_001 }, { value: 900_001, [key]: to }, { ...open, [key]: from });
    expect(warnings).toEqual([]);
    expect(summary.includes(key)).toBe(said !== "");
    expect(summary).toContain(said);
  });

  test.each<[string, JsonObject, unknown, boolean]>([
    ["another was added", { "custom.cf_tags.add": "Rush" }, ["Weekend", "Rush"], true],
    ["another was removed", { "custom.cf_tags.remove": "Weekend" }, undefined, true],
    ["they were removed", { "custom.cf_tags.remove": "Upsell" }, ["Weekend"], false],
    ["they were replaced", { "custom.cf_tags": ["Rush"] }, ["Rush"], false],
    ["the field was emptied", { "custom.cf_tags": null }, undefined, false],
    ["they only changed their places", { value: 900_001 }, ["Weekend", "Upsell"], false],
  ])("of a list is seen by the values that are gone: if %s", (_, body, tags, isOthers) => {
    const { warnings } = reviewOf(body, { ...("value" in body && body), "custom.cf_tags": tags });
    const warning = 'Changed by somebody or something else in the meantime: "Tags".';
    expect(warnings).toEqual(isOthers ? [warning] : []);
  });

  test("is none if a field comes back in a form that says nothing", () => {
    expect(reviewOf({ value: 900_001 }, { value: 900_001, lead_name: 7, is_stalled: "yes" })).toEqual({
      summary: expect.not.stringContaining("is_stalled"),
      warnings: [expect.stringContaining("moved under unexpected: lead_name, is_stalled")],
    });
  });
});

test("from an answer that is only a part of the opportunity nothing follows, but undo takes back all that may be", () => {
  const part = { id: "oppo_x", lead_name: "Acme" };
  const lacking = (key: string) => [expect.stringContaining(`its answer does not include ${key}`)];
  const nothing = { changes: [], isIgnored: false };
  const confidence = reviewed({ confidence: 75 }, part);
  expect(confidence).toMatchObject({ ...nothing, warnings: lacking("confidence") });
  expect(confidence.undo).toMatchObject([{ field: { key: "confidence" }, action: "set", value: 50 }]);
  const emptied = reviewed({ "custom.cf_tags": null }, { ...part, date_updated: "2026-05-11T08:15:00Z" });
  expect(emptied).toMatchObject({ changes: [], warnings: lacking("custom.cf_tags") });
  expect(emptied.undo).toMatchObject([
    { field: { key: "custom.cf_tags" }, action: "add", value: "Upsell" },
    { field: { key: "custom.cf_tags" }, action: "add", value: "Weekend" },
  ]);
});

test("another spelling of a text is a change if it was asked for, and not somebody else's", () => {
  const facts = { note: "Lamps\n", note_html: "<body><p>Lamps</p><p></p></body>" };
  const before = { ...open, note_html: "<body><p>Lamps</p></body>" };
  expect(reviewOf({ note: "Lamps\n" }, facts, before)).toEqual({
    summary: 'note "Lamps" → "Lamps\\n"',
    warnings: [],
  });
});

test("a note in another form that means the same is nobody's change", () => {
  const before = { ...open, note: "Café – 5", note_html: "<body><p>Caf&eacute; &ndash; <b class='x'>5</b></p></body>" };
  const rendered = { note: "Cafe\u0301\u00a0– 5\n", note_html: "<body><p>Café&nbsp;– <strong>5</strong></p></body>" };
  expect(reviewOf({ confidence: 60 }, { confidence: 60, ...rendered }, before).warnings).toEqual([]);
  const other = { ...rendered, note_html: "<body><p>Café – 5</p></body>" };
  expect(reviewOf({ confidence: 60 }, { confidence: 60, ...other }, before).warnings).toEqual([
    'Changed by somebody or something else in the meantime: "note_html".',
  ]);
});

test("an update is ignored only if the answer shows all of it as it was", () => {
  expect(reviewed({ confidence: 75 }, open).isIgnored).toBe(true);
  expect(reviewed({ confidence: 75, value: 1 }, { ...open, value: 1 }).isIgnored).toBe(false);
  expect(reviewed({ confidence: 75 }, { id: "oppo_x" }).isIgnored).toBe(false);
});

describe("the date of a win", () => {
  const doubt = (body: JsonObject, before: JsonObject = open) =>
    reviewOf(body, { ...("status_id" in body && won), ...body }, before).warnings;

  test("is doubted if it is after today", () => {
    const warning = "The status is won but date_won is 2026-11-24, which is after today (2026-11-23 in UTC).";
    expect(doubt({ status_id: "stat_Won", date_won: "2026-11-24" })).toEqual([warning]);
    expect(doubt({ date_won: "2026-11-24" }, { ...open, ...won, date_won: today })).toEqual([warning]);
  });

  test("is doubted once if it was left from the days before the win", () => {
    expect(doubt({ status_id: "stat_Won" }, { ...open, date_won: "2031-01-01" })).toEqual([
      expect.stringContaining("date_won is 2031-01-01, not today"),
    ]);
  });

  test("is not doubted today, before today as sent, for an expected close, or of a win long ago", () => {
    expect(doubt({ status_id: "stat_Won", date_won: today })).toEqual([]);
    expect(doubt({ status_id: "stat_Won", date_won: "2026-11-20" })).toEqual([]);
    expect(doubt({ date_won: "2027-01-01" })).toEqual([]);
    const longAgo = { ...open, ...won, date_won: "2024-01-01" };
    expect(doubt({ status_id: "stat_Won", value: 900_001 }, longAgo)).toEqual([]);
  });
});

test("a value 100 times as much is doubted if the caller sent it, and not if somebody else did", () => {
  const sent = reviewOf({ value: 90_000_000 }, { value: 90_000_000 });
  expect(sent.warnings).toEqual([expect.stringContaining("if €9,000.00 monthly was meant, send value 900000")]);
  const theirs = reviewOf({ confidence: 60 }, { confidence: 60, value: 90_000_000 });
  expect(theirs.warnings.join()).not.toContain("mixed up");
});

test("a status that Close calls otherwise by now is pointed out", () => {
  const statuses = [
    { id: "stat_Open", label: "Open", type: "active" },
    { id: "stat_Due", label: "Due", type: "active" },
  ];
  const lists = { ...known, pipelines: [{ id: "pipe_Sales", name: "Sales", statuses }] };
  const body = { status_id: "stat_Due" };
  const warningsWhere = (status_label: string) => reviewOf(body, { ...body, status_label }, open, lists).warnings;
  expect(warningsWhere("Due")).toEqual([]);
  expect(warningsWhere("Old due")).toEqual([expect.stringContaining('"Due", which Close calls "Old due" by now')]);
});

test("a new form of the same words that Close ignores is said not to show", () => {
  const plain = { ...open, note: "Signed", note_html: "<body><p>Signed</p></body>" };
  const { warnings } = reviewOf({ note_html: "<body><p><b>Signed</b></p></body>" }, {}, plain);
  expect(warnings).toEqual([expect.stringContaining("does not show what was sent: note_html was sent as")]);
});

test("a move to another pipeline is pointed out, even if the answers lack the pipeline", () => {
  const pipelines = [
    { id: "pipe_Sales", name: "Sales", statuses: [{ id: "stat_Open", label: "Open", type: "active" }] },
    { id: "pipe_R", name: "Renewals", statuses: [{ id: "stat_Due", label: "Due", type: "active" }] },
  ];
  const { pipeline_id, pipeline_name, ...older } = open;
  const body = { status_id: "stat_Due" };
  const { warnings } = reviewOf(body, body, older, { ...known, pipelines });
  expect(warnings).toEqual([expect.stringContaining('from pipeline "Sales" to "Renewals"')]);
});

test("what undo cannot bring back is named: an empty confidence, a period or choice that Close does not have", () => {
  const before = { ...open, confidence: null, value_period: "weekly", "custom.cf_tags": ["Fax"] };
  const fields = { confidence: 60, value_period: "annual" };
  const tags = { id: "cf_tags", name: "Tags", type: "choices", accepts_multiple_values: true, choices: ["Upsell"] };
  const body = { ...fields, "custom.cf_tags.remove": "Fax" };
  expect(reviewOf(body, { ...fields, "custom.cf_tags": [] }, before, knowing([tags])).warnings).toEqual([
    'undo cannot bring back what was in "confidence", "value_period", "Tags".',
  ]);
});
