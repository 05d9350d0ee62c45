import { beforeEach, describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { statuses, pipelines } = ids;
const { acmeExpansion } = ids.opportunities;

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
  test("reports all its mistakes at once, under Close's internal names, and changes nothing", async () => {
    const { json: before } = await close.get(acmeExpansion);
    const sent = { status_id: "stat_none", user_id: "user_none", contact_id: "cont_none", confidence: 90 };
    const { status, json } = await close.put(acmeExpansion, { ...sent, value: 12.5, lead_id: "lead_x" });
    const [user, contact] = ["Object does not exist.", "Object does not exist."];
    const names = { status: "Not a valid choice.", user, contact };
    const others = { value: "Value must be of int type.", lead_id: "Unknown field." };
    expect([status, json]).toEqual([400, { errors: [], "field-errors": { ...names, ...others } }]);
    expect((await close.get(acmeExpansion)).json).toEqual(before);
  });

  test.each<[string, unknown]>([
    ["confidence", 101],
    ["value_period", "weekly"],
    ["note_html", "<p>bare</p>"],
    ["date_won", "2026-02-29"],
    ["custom.__proto__", "x"],
  ])("is refused for its %s %j", async (field, value) => {
    expect(Object.keys(Object((await update({ [field]: value }))["field-errors"]))).toEqual([field]);
  });
});

describe("the status", () => {
  test("brings its label, type and pipeline along, and the pipeline's name if two have the label", async () => {
    expect((await close.get(acmeExpansion)).json.status_display_name).toBe("Active (Sales)");
    expect(await update({ status_id: statuses.renewalsInReview })).toMatchObject({
      status_label: "In review",
      status_display_name: "In review",
      status_type: "active",
      pipeline_id: pipelines.renewals,
      pipeline_name: "Renewals",
    });
  });

  test.each<[string, string, string]>([
    ["2026-07-02T03:30:00Z", "-4", "2026-07-01"],
    ["2026-07-01T18:20:00Z", "5.75", "2026-07-02"],
    ["2026-07-01T23:59:00Z", "0", "2026-07-01"],
  ])("set to won at %s fills an empty date_won with today %s hours from UTC: %s", async (moment, hours, today) => {
    now = new Date(moment);
    const body = { status_id: statuses.salesWon };
    expect((await close.put(acmeExpansion, body, { "x-tz-offset": "-240" })).status).toBe(400);
    expect((await update(body, { "x-tz-offset": hours })).date_won).toBe(today);
  });
});

test.each([
  [50_000, "one_time", "$500", 50_000],
  [500, "monthly", "$5 monthly", 6_000],
  [null, "monthly", "", null],
])("the value of %s cents %s reads %s", async (value, value_period, value_formatted, annualized_value) => {
  expect(await update({ value, value_period })).toMatchObject({ value_formatted, annualized_value });
});
