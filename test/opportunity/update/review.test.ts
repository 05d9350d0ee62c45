import { describe, expect, test } from "vitest";
import { type JsonObject, parseObject } from "../../../src/base/json.ts";
import { changesBetween } from "../../../src/opportunity/update/changes.ts";
import { resultOf } from "../../../src/opportunity/update/result.ts";
import { review } from "../../../src/opportunity/update/review.ts";
import { type Known, nothingKnown } from "../../../src/organization/lists.ts";
import { knowing } from "../../support/known.ts";

const known = knowing([
  { id: "cf_tags", name: "Tags", type: "choices", accepts_multiple_values: true },
  { id: "cf_rival", name: "Competitor", type: "text" },
  { id: "cf_odd", name: "Size; status → Won", type: "number" },
]);

const update = {
  kind: "updated",
  id: "oppo_x",
  undo: undefined,
  known: nothingKnown,
  isIgnored: false,
} as const;

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

/** Summary and warnings of an update of `before` that Close answered with `facts` changed. */
function reviewOf(body: JsonObject, facts: JsonObject, before: JsonObject = open, lists: Known = known) {
  // As it is read: without what is undefined.
  const after = { ...parseObject(JSON.stringify({ ...before, ...facts })) };
  const transition = { before, after, body, known: lists };
  const { changes, warnings: reviewed } = review(transition, today, "UTC");
  const { lines, warnings } = resultOf({
    ...update,
    before,
    after: transition.after,
    changes,
    warnings: reviewed,
  });
  return { summary: lines.join("\n").replace(/^Updated .*?\(oppo_x\): /, ""), warnings };
}

describe("money stands with its period", () => {
  test.each([
    ["a new value", { value: 1_250_000 }, {}, "value €9,000.00 monthly → €12,500.00 monthly"],
    [
      "a new period",
      { value_period: "annual" },
      {},
      "value_period monthly → annual (value €9,000.00 monthly → €9,000.00 annual)",
    ],
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
    [
      "a period that Close does not document",
      { value: 100 },
      { value_period: 'per "day"; x' },
      String.raw`value €9,000.00 "per \"day\"; x" → €1.00 "per \"day\"; x"`,
    ],
  ])("%s", (_, body, before, summary) => {
    expect(reviewOf(body, body, { ...open, ...before }).summary).toBe(summary);
  });
});

describe("what people wrote stands in quotes, so that it cannot be taken for the summary's own words", () => {
  test("a lead's name", () => {
    const before = { ...open, lead_name: "Acme (oppo_x): status Open → Won; value" };
    const transition = { before, after: { ...before, confidence: 60 }, body: { confidence: 60 }, known };
    const changes = changesBetween(transition);
    expect(resultOf({ ...update, before, after: transition.after, changes, warnings: [] }).lines).toEqual([
      'Updated "Acme (oppo_x): status Open → Won; value" (oppo_x): confidence 50 → 60',
    ]);
  });

  test.each([
    ["a note", { note: "x; status → Won" }, 'note "Lamps" → "x; status → Won"'],
    ["a note of one word", { note: "empty" }, 'note "Lamps" → "empty"'],
    [
      "a note with a quote and a line break",
      { note: 'a" → "b\nc' },
      String.raw`note "Lamps" → "a\" → \"b\nc"`,
    ],
    ["a custom field's text", { "custom.cf_rival": "Won" }, 'Competitor empty → "Won"'],
    ["the text of a field that is not known", { "custom.cf_new": "Won" }, 'custom.cf_new empty → "Won"'],
    ["a field's name", { "custom.cf_odd": 7 }, '"Size; status → Won" empty → 7'],
    [
      "a status",
      { status_id: "stat_y", status_label: "Open; value → $0" },
      'status Open → "Open; value → $0"',
    ],
    [
      "a status that is called empty",
      { status_id: "stat_y", status_label: "empty" },
      'status Open → "empty"',
    ],
    [
      "an owner",
      { user_id: "user_y", user_name: "Ada (set by Close); x" },
      'owner empty → "Ada (set by Close); x"',
    ],
    [
      "a choice among others",
      { "custom.cf_tags": ["Upsell", "Weekend, x → y"] },
      'Tags Upsell, Weekend → Upsell, "Weekend, x → y"',
    ],
  ])("%s", (_, facts, summary) => {
    const { status_label, user_name, ...body }: JsonObject = facts;
    expect(reviewOf(body, facts).summary).toBe(summary);
  });

  test.each([
    ["Proposal sent"],
    ["Ada O’Neill-Quist"],
    ["In Prüfung 2"],
    ["ada.quist@example.com"],
    ["R&D / phase 2"],
  ])("but names of plain words stand as they are: %s", (status_label) => {
    const { summary } = reviewOf({ status_id: "stat_y" }, { status_id: "stat_y", status_label });
    expect(summary).toBe(`status Open → ${status_label}`);
  });
});

describe("a change that was not asked for", () => {
  test.each([
    ["date_won on winning", won, { date_won: today }, `date_won empty → ${today} (set by Close)`],
    [
      "date_lost on losing",
      lost,
      { date_lost: "2026-11-23T08:00:00+00:00" },
      "date_lost empty → 2026-11-23T08:00:00+00:00 (set by Close)",
    ],
    [
      "what Close thinks of the deal",
      won,
      { date_won: today, is_stalled: true },
      "is_stalled false → true (set by Close)",
    ],
    [
      "the pipeline of another status",
      { status_id: "stat_z", status_label: "Due" },
      { pipeline_id: "pipe_y", pipeline_name: "Renewals" },
      "pipeline Sales → Renewals (set by Close)",
    ],
  ])("is Close's if a rule of Close's explains it: %s", (_, status, side, words) => {
    const { summary, warnings } = reviewOf({ status_id: status.status_id }, { ...status, ...side });
    expect(summary).toContain(words);
    expect(warnings.join()).not.toContain("in the meantime");
  });

  test.each([
    ["a confidence on winning", { ...won, date_won: today }, { confidence: 100 }, "confidence"],
    ["a date_won without a win", {}, { date_won: "2027-01-01" }, "date_won"],
    ["a date_won that was there before", won, { date_won: "2027-01-01" }, "date_won"],
    ["a note", won, { note: "Desks" }, "note"],
    ["another owner", {}, { user_id: "user_y", user_name: "Ben" }, "owner"],
  ])("is somebody else's otherwise: %s", (_, status: JsonObject, side, label) => {
    const before = { ...open, date_won: "2026-12-24", user_id: "user_x", user_name: "Ada" };
    const body = "status_id" in status ? { status_id: status.status_id } : { value: 1 };
    const { summary, warnings } = reviewOf(body, { ...body, ...status, ...side }, before);
    expect(summary).toMatch(
      new RegExp(`${label} [^;]+ → [^;]+ \\(changed by somebody or something else in the meantime\\)`),
    );
    expect(warnings).toContainEqual(
      expect.stringMatching(
        new RegExp(`^Changed by somebody or something else in the meantime: .*"${label}"`),
      ),
    );
  });

  test("is somebody else's by name if they updated it last", () => {
    const me: Known = { ...known, me: { state: "read", fresh: true, items: [{ id: "user_me" }] } };
    const by = (updated_by: string) =>
      reviewOf({ value: 1 }, { value: 1, confidence: 9, updated_by, updated_by_name: "Ben Quist" }, open, me);
    expect(by("user_ben").warnings.join()).toContain('last updated by "Ben Quist"');
    expect(by("user_me").warnings.join()).not.toContain("Ben Quist");
  });
});

describe("values of a custom field that are gone", () => {
  test.each<[string, JsonObject, unknown]>([
    ["another was added", { "custom.cf_tags.add": "Rush" }, ["Weekend", "Rush"]],
    ["another was removed", { "custom.cf_tags.remove": "Weekend" }, undefined],
    ["another field was changed", { value: 1 }, ["Weekend"]],
  ])("are named if %s", (_, body, tags) => {
    const facts = { ...("value" in body && body), "custom.cf_tags": tags };
    expect(reviewOf(body, facts).warnings).toEqual([
      expect.stringContaining('"Tags" no longer holds "Upsell", although that was not asked for'),
    ]);
  });

  test.each<[string, JsonObject, unknown]>([
    ["they were removed", { "custom.cf_tags.remove": "Upsell" }, ["Weekend"]],
    ["they were replaced", { "custom.cf_tags": ["Rush"] }, ["Rush"]],
    ["the field was emptied", { "custom.cf_tags": null }, undefined],
    ["they only changed their places", { value: 1 }, ["Weekend", "Upsell"]],
  ])("are not named if %s", (_, body, tags) => {
    const facts = { ...("value" in body && body), "custom.cf_tags": tags };
    expect(reviewOf(body, facts).warnings).toEqual([]);
  });
});

describe("an answer that is only a part of the opportunity", () => {
  const part = { id: "oppo_x", lead_name: "Acme" };
  const reviewed = (body: JsonObject, answer: JsonObject) =>
    review({ before: open, after: answer, body, known }, today, "UTC");

  test("says nothing of custom fields that it lacks", () => {
    expect(reviewed({ confidence: 75 }, part)).toEqual({
      changes: [],
      undo: undefined,
      isIgnored: false,
      warnings: [expect.stringContaining("its answer does not include confidence")],
    });
  });

  test("does not show that a custom field was emptied", () => {
    const { changes, warnings } = reviewed({ "custom.cf_tags": null }, part);
    expect(changes).toEqual([]);
    expect(warnings[0]).toContain("its answer does not include custom.cf_tags");
  });

  test("does not keep undo from bringing back all that may have changed", () => {
    const answer = { ...part, value: 1, date_updated: "2026-05-11T08:15:00.000000+00:00" };
    const { undo } = reviewed({ value: 1, "custom.cf_tags.add": "Rush" }, answer);
    const tags = { field: "cf_tags", action: "set", value: ["Upsell", "Weekend"] };
    expect(undo).toMatchObject({ id: "oppo_x", value: 900_000, custom_fields: [tags] });
  });
});

test("another spelling of a text is a change if it was asked for, and not somebody else's", () => {
  const facts = { note: "Lamps\n", note_html: "<body><p>Lamps</p><p></p></body>" };
  const before = { ...open, note_html: "<body><p>Lamps</p></body>" };
  expect(reviewOf({ note: "Lamps\n" }, facts, before)).toEqual({
    summary: 'note "Lamps" → "Lamps\\n"',
    warnings: [],
  });
});

test("an update is ignored only if the answer shows all of it as it was", () => {
  const isIgnored = (body: JsonObject, after: JsonObject) =>
    review({ before: open, after, body, known }, today, "UTC").isIgnored;
  expect(isIgnored({ confidence: 75 }, open)).toBe(true);
  expect(isIgnored({ confidence: 75, value: 1 }, { ...open, value: 1 })).toBe(false);
  expect(isIgnored({ confidence: 75 }, { id: "oppo_x" })).toBe(false);
});

test("a field that comes back in a form that says nothing is no change of anybody's", () => {
  expect(reviewOf({ value: 1 }, { value: 1, lead_name: 7, is_stalled: "yes" })).toEqual({
    summary: expect.not.stringContaining("is_stalled"),
    warnings: [expect.stringContaining("moved under unexpected: lead_name, is_stalled")],
  });
});

describe("the date of a win", () => {
  test.each([
    ["after today, sent with the status", { status_id: "stat_Won", date_won: "2026-11-24" }, open],
    ["after today, sent alone", { date_won: "2026-11-24" }, { ...open, ...won, date_won: "2026-11-20" }],
  ])("is doubted if it is %s", (_, body, before) => {
    expect(reviewOf(body, { ...won, ...body }, before).warnings).toEqual([
      "The status is won but date_won is 2026-11-24, which is after today (2026-11-23 in UTC).",
    ]);
  });

  test("is doubted once if it was left from the days before the win", () => {
    const { warnings } = reviewOf({ status_id: "stat_Won" }, won, { ...open, date_won: "2031-01-01" });
    expect(warnings).toEqual([expect.stringContaining("date_won is 2031-01-01, not today")]);
  });

  test.each<[string, JsonObject, JsonObject]>([
    ["today", { status_id: "stat_Won", date_won: today }, open],
    ["before today, as it was sent", { status_id: "stat_Won", date_won: "2026-11-20" }, open],
    ["that of an expected close, of an active opportunity", { date_won: "2027-01-01" }, open],
    [
      "of a win long ago, whose status is sent again",
      { status_id: "stat_Won", value: 1 },
      { ...open, ...won, date_won: "2024-01-01" },
    ],
  ])("is not doubted if it is %s", (_, body, before) => {
    const status = "status_id" in body ? won : {};
    expect(reviewOf(body, { ...status, ...body }, before).warnings).toEqual([]);
  });
});

test("a value that somebody else made 100 times as much is not taken for the caller's mistake", () => {
  const { warnings } = reviewOf({ confidence: 60 }, { confidence: 60, value: 90_000_000 });
  expect(warnings.join()).not.toContain("mixed up");
});

test("a move to another pipeline is pointed out, even if the answers lack the pipeline", () => {
  const pipelines: Known["pipelines"] = {
    state: "read",
    fresh: true,
    items: [
      { id: "pipe_Sales", name: "Sales", statuses: [{ id: "stat_Open", label: "Open", type: "active" }] },
      { id: "pipe_R", name: "Renewals", statuses: [{ id: "stat_Due", label: "Due", type: "active" }] },
    ],
  };
  const { pipeline_id, pipeline_name, ...older } = open;
  const { warnings } = reviewOf({ status_id: "stat_Due" }, { status_id: "stat_Due" }, older, {
    ...known,
    pipelines,
  });
  expect(warnings).toEqual([expect.stringContaining('from pipeline "Sales" to "Renewals"')]);
});

test("what undo cannot bring back is named: an empty confidence, a period that Close does not document", () => {
  const before = { ...open, confidence: null, value_period: "weekly" };
  const body = { confidence: 60, value_period: "annual" };
  expect(reviewOf(body, body, before).warnings).toEqual([
    'undo cannot bring back what was in "confidence", "value_period".',
  ]);
});

describe("a contact in a custom field is shown by its name", () => {
  const signatory = (id: string | string[]) => ({ "custom.cf_signatory": id });

  test("as far as the lead's contacts were read", () => {
    const lists: Known = {
      ...known,
      contacts: { state: "read", fresh: true, items: [{ id: "cont_Nina", name: "Nina Okafor" }] },
    };
    expect(reviewOf(signatory("cont_Nina"), signatory("cont_Nina"), open, lists).summary).toContain(
      'empty → "Nina Okafor"',
    );
  });

  test("if it is the opportunity's own contact before or after, and by its id otherwise", () => {
    const leo = { contact_id: "cont_Leo", contact_name: "Leo Park" };
    const before = { ...open, ...leo, ...signatory(["cont_Leo", "cont_Other"]) };
    const facts = { contact_id: "cont_Nina", contact_name: "Nina Okafor", ...signatory(["cont_Nina"]) };
    expect(reviewOf({ contact_id: "cont_Nina", ...signatory(["cont_Nina"]) }, facts, before).summary).toBe(
      'contact Leo Park → Nina Okafor; custom.cf_signatory "Leo Park", "cont_Other" → "Nina Okafor"',
    );
  });
});
