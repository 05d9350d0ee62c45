import { beforeEach, describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { statuses, pipelines, users, contacts } = ids;
const { acmeExpansion, blueHeronPilot, blueHeronShop } = ids.opportunities;

let now: Date;
const sandbox = await openSandbox({ now: () => now });
const close = clientOf(sandbox);
beforeEach(() => {
  now = new Date("2026-02-10T12:00:00.250Z");
});

/** Updates the expansion, which has no date_won. */
const update = async (body: unknown, headers?: Record<string, string>) =>
  (await close.put(acmeExpansion, body, headers)).json;

describe("an update", () => {
  test("changes the keys it names and leaves the others alone", async () => {
    const { json: before } = await close.get(acmeExpansion);
    const after = await update({ confidence: 80 });
    expect(after).toEqual({
      ...before,
      confidence: 80,
      expected_value: 40_000,
      annualized_expected_value: 40_000,
      date_updated: "2026-02-10T12:00:00.250000+00:00",
      updated_by: users.adaQuist,
      updated_by_name: "Ada Quist",
    });
    expect((await close.get(acmeExpansion)).json).toEqual(after);
  });

  test("of nothing changes nothing, not even date_updated", async () => {
    const { json: before } = await close.get(acmeExpansion);
    expect(await update({})).toEqual(before);
  });

  test("reports all its mistakes at once, under Close's internal names, and changes nothing", async () => {
    const { json: before } = await close.get(acmeExpansion);
    const sent = { status_id: "stat_none", user_id: "user_none", contact_id: "cont_none", confidence: 90 };
    expect(await close.put(acmeExpansion, { ...sent, value: 12.5, lead_id: "lead_x" })).toMatchObject({
      status: 400,
      json: {
        errors: [],
        "field-errors": {
          status: "Not a valid choice.",
          user: "Object does not exist.",
          contact: "Object does not exist.",
          value: "Value must be of int type.",
          lead_id: "Unknown field.",
        },
      },
    });
    expect((await close.get(acmeExpansion)).json).toEqual(before);
  });

  test.each([
    ["confidence", { confidence: 101 }],
    ["value_period", { value_period: "weekly" }],
    ["value", { value: "500" }],
    ["note", { note: 5 }],
    ["note_html", { note_html: "<p>bare</p>" }],
    ["contact", { contact_id: contacts.rosaLindqvist }],
    ["date_won", { date_won: "2026-02-29" }],
    ["date_won", { date_won: "2026-02-10T00:00:00Z" }],
    ["constructor", { constructor: 1 }],
    ["custom.__proto__", { "custom.__proto__": "x" }],
  ])("is refused for its %s in %j", async (field, body) => {
    expect(Object.keys(Object((await update(body))["field-errors"]))).toEqual([field]);
  });
});

describe("the status", () => {
  test("brings its label, type and pipeline along", async () => {
    expect(await update({ status_id: statuses.renewalsInReview })).toMatchObject({
      status_id: statuses.renewalsInReview,
      status_label: "In review",
      status_display_name: "In review",
      status_type: "active",
      pipeline_id: pipelines.renewals,
      pipeline_name: "Renewals",
    });
  });

  test("is displayed with its pipeline if two pipelines have the label", async () => {
    const { json } = await close.get(acmeExpansion);
    expect(json).toMatchObject({ status_label: "Active", status_display_name: "Active (Sales)" });
  });

  test.each<[string, string, Record<string, string>, string]>([
    ["New York at 23:30", "2026-07-02T03:30:00Z", { "x-tz-offset": "-4" }, "2026-07-01"],
    ["Kathmandu after midnight", "2026-07-01T18:20:00Z", { "x-tz-offset": "5.75" }, "2026-07-02"],
    ["nowhere in particular: UTC", "2026-07-01T23:59:00Z", {}, "2026-07-01"],
  ])("set to won fills an empty date_won with today: in %s", async (_place, moment, headers, today) => {
    now = new Date(moment);
    expect((await update({ status_id: statuses.salesWon }, headers)).date_won).toBe(today);
  });

  test.each(["five", "+5:45", "-240"])(
    "is refused with the offset %s, which no clock has",
    async (offset) => {
      const body = { status_id: statuses.salesWon };
      expect((await close.put(acmeExpansion, body, { "x-tz-offset": offset })).status).toBe(400);
      expect((await close.get(acmeExpansion)).json.status_id).toBe(statuses.salesActive);
    },
  );

  test("set to won keeps a date_won that is filled, even one in the future", async () => {
    const { json } = await close.put(blueHeronShop, { status_id: statuses.salesWon });
    expect(json.date_won).toBe("2031-06-30");
  });

  test.each([null, "2026-01-31"])("set to won leaves a date_won of %j beside it", async (date_won) => {
    expect((await update({ status_id: statuses.salesWon, date_won })).date_won).toBe(date_won);
  });

  test("leaving won does not clear date_won", async () => {
    const { json } = await close.put(blueHeronPilot, { status_id: statuses.salesActive });
    expect(json.date_won).toBe("2024-05-17");
  });

  test("set to lost sets date_lost, and leaving lost clears it", async () => {
    const lost = "2026-02-10T12:00:00.250000+00:00";
    expect((await update({ status_id: statuses.salesLost })).date_lost).toBe(lost);
    now = new Date("2026-02-11T12:00:00Z");
    expect((await update({ status_id: statuses.renewalsChurned })).date_lost).toBe(lost);
    expect((await update({ status_id: statuses.salesActive })).date_lost).toBe(null);
  });
});

describe("the value", () => {
  test.each([
    [50_000, "one_time", "$500", 50_000],
    [500, "monthly", "$5 monthly", 6_000],
    [123_450, "annual", "$1,234.50 annual", 123_450],
    [null, "monthly", "", null],
  ])("of %s cents %s reads %s", async (value, value_period, value_formatted, annualized_value) => {
    const json = await update({ value, value_period });
    expect(json).toMatchObject({ value, value_period, value_formatted, annualized_value });
  });

  test("weighs with the confidence", async () => {
    const json = await update({ value: 999, value_period: "monthly", confidence: 50 });
    expect(json).toMatchObject({ expected_value: 500, annualized_expected_value: 5994 });
  });
});

describe("the note", () => {
  test("is answered rich as well, a paragraph for each line", async () => {
    const note = "Fish & chips\n<lamps>";
    const note_html = "<body><p>Fish &amp; chips</p><p>&lt;lamps&gt;</p></body>";
    expect(await update({ note })).toMatchObject({ note, note_html });
  });

  test("is answered plain as well, and the rich one wins if both are sent", async () => {
    const note_html = "<body><p><strong>Fish</strong> &amp; chips</p><ul><li>lamps</li></ul></body>";
    expect(await update({ note_html, note: "other" })).toMatchObject({
      note_html,
      note: "Fish & chips\nlamps",
    });
  });
});

test("contact and owner bring their names along", async () => {
  const body = { contact_id: contacts.leoPark, user_id: users.benQuist };
  expect(await update(body)).toMatchObject({ ...body, contact_name: "Leo Park", user_name: "Ben Quist" });
});

test.each([
  [{ note: "" }, { note: "", note_html: null }],
  [{ note_html: null }, { note: "", note_html: null }],
  [{ contact_id: null }, { contact_id: null, contact_name: null }],
  [{ user_id: null }, { user_id: null, user_name: null }],
  [{ date_won: null }, { date_won: null }],
])("%j empties a field", async (body, emptied) => {
  expect((await close.put(blueHeronShop, body)).json).toMatchObject(emptied);
});
