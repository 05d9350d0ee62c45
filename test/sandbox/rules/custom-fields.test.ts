import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { customFields: fields, users } = ids;
const id = ids.opportunities.elmStreetVisits;

const sandbox = await openSandbox();
const close = clientOf(sandbox);

describe("custom.ID", () => {
  test.each<[string, string, unknown, unknown]>([
    ["date, sent as a datetime", fields.contractStart, "2026-03-01T22:00:00-08:00", "2026-03-01"],
    ["choices", fields.source, "Referral", "Referral"],
    ["several choices", fields.visitDays, ["Friday", "Monday", "Friday"], ["Friday", "Monday"]],
    ["user", fields.salesEngineer, users.samDoyle, users.samDoyle],
    ["an empty list: no value, and no key", fields.visitDays, [], undefined],
  ])("replaces the value: %s", async (_type, field, sent, answered) => {
    const { status, json } = await close.put(id, { [`custom.${field}`]: sent });
    expect(status).toBe(200);
    expect(json[`custom.${field}`]).toEqual(answered);
  });

  test.each([
    ["a number for text", fields.competitor, 5],
    ["text for a number", fields.seats, "12"],
    ["no day of the calendar", fields.contractStart, "2026-02-30"],
    ["a choice that is none", fields.source, "referral"],
    ["a single value for several", fields.visitDays, "Monday"],
    ["an unknown user", fields.salesEngineer, "user_none"],
    ["an unknown field", "cf_none", "x"],
    ["a list to add", `${fields.visitDays}.add`, ["Monday"]],
    ["an addition to a field of a single value", `${fields.source}.add`, "Referral"],
  ])("refuses %s", async (_what, field, value) => {
    const { json: before } = await close.get(id);
    expect(await close.put(id, { [`custom.${field}`]: value })).toMatchObject({
      status: 400,
      json: { errors: [], "field-errors": { [`custom.${field}`]: expect.any(String) } },
    });
    expect((await close.get(id)).json).toEqual(before);
  });
});
