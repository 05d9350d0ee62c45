import { beforeEach, describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { opportunities, statuses, pipelines, users, contacts } = ids;

let now = new Date("2026-02-10T12:00:00.250Z");
const sandbox = await openSandbox({ now: () => now });
const close = clientOf(sandbox);
beforeEach(() => {
  now = new Date("2026-02-10T12:00:00.250Z");
});

async function refusals(body: unknown): Promise<unknown> {
  const { status, json } = await close.put(opportunities.acmeExpansion, body);
  expect(status).toBe(400);
  return json["field-errors"];
}

describe("an update", () => {
  test("changes the keys it names and leaves the others alone", async () => {
    const { json: before } = await close.get(opportunities.acmeExpansion);
    const { status, json: after } = await close.put(opportunities.acmeExpansion, { confidence: 80 });
    expect(status).toBe(200);
    expect(after).toEqual({
      ...before,
      confidence: 80,
      expected_value: 40_000,
      annualized_expected_value: 40_000,
      date_updated: "2026-02-10T12:00:00.250000+00:00",
      updated_by: users.adaQuist,
      updated_by_name: "Ada Quist",
    });
    expect((await close.get(opportunities.acmeExpansion)).json).toEqual(after);
  });

  test("of nothing changes nothing, not even date_updated", async () => {
    const { json: before } = await close.get(opportunities.acmeExpansion);
    const { status, json } = await close.put(opportunities.acmeExpansion, {});
    expect(status).toBe(200);
    expect(json).toEqual(before);
    expect(sandbox.requests.at(-1)?.applied).toBe(false);
  });

  test("reports all its mistakes at once, under Close's internal names, and changes nothing", async () => {
    const { json: before } = await close.get(opportunities.acmeExpansion);
    const errors = await refusals({
      status_id: "stat_none",
      user_id: "user_none",
      contact_id: "cont_none",
      value: 12.5,
      lead_id: "lead_x",
      confidence: 90,
    });
    expect(errors).toEqual({
      status: "Not a valid choice.",
      user: "Object does not exist.",
      contact: "Object does not exist.",
      value: "Value must be of int type.",
      lead_id: "Unknown field.",
    });
    expect((await close.get(opportunities.acmeExpansion)).json).toEqual(before);
  });

  test.each([
    ["__proto__", '{"__proto__": {"confidence": 1}}'],
    ["constructor", '{"constructor": 1}'],
    ["custom.__proto__", '{"custom.__proto__": "x"}'],
  ])("takes the key %s for any other unknown field", async (key, body) => {
    expect(Object.entries(Object(await refusals(body)))).toEqual([[key, "Unknown field."]]);
  });
});

describe("the status", () => {
  test("brings its label, type and pipeline along", async () => {
    const { json } = await close.put(opportunities.acmeExpansion, { status_id: statuses.renewalsInReview });
    expect(json).toMatchObject({
      status_id: statuses.renewalsInReview,
      status_label: "In review",
      status_display_name: "In review",
      status_type: "active",
      pipeline_id: pipelines.renewals,
      pipeline_name: "Renewals",
    });
  });

  test("is displayed with its pipeline if two pipelines have the label", async () => {
    const { json } = await close.get(opportunities.acmeExpansion);
    expect(json).toMatchObject({ status_label: "Active", status_display_name: "Active (Sales)" });
  });

  test("set to won fills an empty date_won with today", async () => {
    const { json } = await close.put(opportunities.acmeExpansion, { status_id: statuses.salesWon });
    expect(json.date_won).toBe("2026-02-10");
  });

  test.each([
    ["New York at 23:30", "2026-07-02T03:30:00Z", "-4", "2026-07-01"],
    ["Kathmandu after midnight", "2026-07-01T18:20:00Z", "5.75", "2026-07-02"],
    ["St. John's before midnight, in daylight time", "2026-07-02T02:15:00Z", "-2.5", "2026-07-01"],
    ["nowhere in particular: UTC", "2026-07-01T23:59:00Z", undefined, "2026-07-01"],
  ])("set to won takes today from x-tz-offset: %s", async (_place, moment, offset, today) => {
    now = new Date(moment);
    const headers: Record<string, string> = offset === undefined ? {} : { "x-tz-offset": offset };
    const { json } = await close.put(opportunities.acmeExpansion, { status_id: statuses.salesWon }, headers);
    expect(json.date_won).toBe(today);
  });

  test("set to won keeps a date_won that is filled, even one in the future", async () => {
    const { json } = await close.put(opportunities.blueHeronShop, { status_id: statuses.salesWon });
    expect(json.date_won).toBe("2031-06-30");
  });

  test.each([null, "2026-01-31"])(
    "set to won leaves the date_won of the same request: %s",
    async (date_won) => {
      const { json } = await close.put(opportunities.acmeExpansion, {
        status_id: statuses.salesWon,
        date_won,
      });
      expect(json.date_won).toBe(date_won);
    },
  );

  test.each([statuses.salesActive, statuses.salesLost])(
    "leaving won does not clear date_won",
    async (status_id) => {
      const { json } = await close.put(opportunities.blueHeronPilot, { status_id });
      expect(json.date_won).toBe("2024-05-17");
    },
  );

  test("set to lost sets date_lost, and leaving lost clears it", async () => {
    const lost = await close.put(opportunities.acmeExpansion, { status_id: statuses.salesLost });
    expect(lost.json.date_lost).toBe("2026-02-10T12:00:00.250000+00:00");
    now = new Date("2026-02-11T12:00:00Z");
    const stillLost = await close.put(opportunities.acmeExpansion, { status_id: statuses.renewalsChurned });
    expect(stillLost.json.date_lost).toBe("2026-02-10T12:00:00.250000+00:00");
    const active = await close.put(opportunities.acmeExpansion, { status_id: statuses.salesActive });
    expect(active.json.date_lost).toBe(null);
  });

  test.each(["five", "+5:45", "NaN", "-240"])(
    "is not changed with the offset %s, which no clock has",
    async (offset) => {
      const body = { status_id: statuses.salesWon };
      const { status } = await close.put(opportunities.acmeExpansion, body, { "x-tz-offset": offset });
      expect(status).toBe(400);
      expect((await close.get(opportunities.acmeExpansion)).json.status_id).toBe(statuses.salesActive);
    },
  );
});

describe("date_won", () => {
  test("takes a day and null", async () => {
    const set = await close.put(opportunities.acmeExpansion, { date_won: "2028-02-29" });
    expect(set.json.date_won).toBe("2028-02-29");
    const emptied = await close.put(opportunities.acmeExpansion, { date_won: null });
    expect(emptied.json.date_won).toBe(null);
  });

  test.each(["2026-02-29", "2026-13-01", "10.02.2026", "2026-02-10T00:00:00Z", "", 20260210])(
    "refuses %s",
    async (date_won) => {
      expect(await refusals({ date_won })).toHaveProperty("date_won");
    },
  );
});

describe("the value", () => {
  test.each([
    [50_000, "one_time", "$500", 50_000],
    [500, "monthly", "$5 monthly", 6_000],
    [50_000, "annual", "$500 annual", 50_000],
    [10_000_000, "one_time", "$100,000", 10_000_000],
    [123_450, "one_time", "$1,234.50", 123_450],
    [null, "monthly", "", null],
  ])("of %s cents %s reads %s", async (value, value_period, value_formatted, annualized_value) => {
    const { json } = await close.put(opportunities.acmeExpansion, { value, value_period });
    expect(json).toMatchObject({ value, value_period, value_formatted, annualized_value });
  });

  test("weighs with the confidence", async () => {
    const body = { value: 999, value_period: "monthly", confidence: 50 };
    const { json } = await close.put(opportunities.acmeExpansion, body);
    expect(json).toMatchObject({ expected_value: 500, annualized_expected_value: 5994 });
  });

  test("refuses decimals, text, other periods, and confidences outside of 0 to 100", async () => {
    expect(await refusals({ value: "500" })).toEqual({ value: "Value must be of int type." });
    expect(await refusals({ value: 500.5, confidence: 101, value_period: "weekly" })).toEqual({
      value: "Value must be of int type.",
      confidence: "Value must be between 0 and 100.",
      value_period: "Not a valid choice.",
    });
  });
});

describe("the note", () => {
  test("is answered rich as well, a paragraph for each line", async () => {
    const { json } = await close.put(opportunities.acmeExpansion, { note: "Fish & chips\n<lamps>" });
    expect(json.note_html).toBe("<body><p>Fish &amp; chips</p><p>&lt;lamps&gt;</p></body>");
    expect(json.note).toBe("Fish & chips\n<lamps>");
  });

  test("is answered plain as well, and the rich one wins if both are sent", async () => {
    const note_html = "<body><p><strong>Fish</strong> &amp; chips</p><ul><li>lamps</li></ul></body>";
    const { json } = await close.put(opportunities.acmeExpansion, { note_html, note: "other" });
    expect(json).toMatchObject({ note_html, note: "Fish & chips\nlamps" });
  });

  test.each([{ note: "" }, { note_html: null }])("is emptied by %s", async (body) => {
    const { json } = await close.put(opportunities.acmeExpansion, body);
    expect(json).toMatchObject({ note: "", note_html: null });
  });

  test("has to be text, and a rich one a body", async () => {
    expect(await refusals({ note: 5 })).toEqual({ note: "Value must be of str type." });
    expect(await refusals({ note_html: "<p>bare</p>" })).toHaveProperty("note_html");
  });
});

describe("contact and owner", () => {
  test("bring their names along, and null empties them", async () => {
    const body = { contact_id: contacts.leoPark, user_id: users.benQuist };
    const set = await close.put(opportunities.acmeExpansion, body);
    expect(set.json).toMatchObject({ ...body, contact_name: "Leo Park", user_name: "Ben Quist" });
    const emptied = await close.put(opportunities.acmeExpansion, { contact_id: null, user_id: null });
    expect(emptied.json).toMatchObject({
      contact_id: null,
      contact_name: null,
      user_id: null,
      user_name: null,
    });
  });

  test("refuse a contact of another lead", async () => {
    expect(await refusals({ contact_id: contacts.rosaLindqvist })).toEqual({
      contact: "Object does not exist.",
    });
  });
});
