import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { customFields: fields, users, contacts, customObjects } = ids;
const id = ids.opportunities.elmStreetVisits;

const sandbox = await openSandbox();
const close = clientOf(sandbox);

describe("custom.ID", () => {
  const { harbourLights } = customObjects;
  test.each<[string, string, unknown, unknown]>([
    ["text", fields.competitor, "Glow & Co", "Glow & Co"],
    ["number", fields.seats, 12.456, 12.456],
    ["date", fields.contractStart, "2026-03-01", "2026-03-01"],
    ["date, sent as a datetime", fields.contractStart, "2026-03-01T22:00:00-08:00", "2026-03-01"],
    ["datetime", fields.nextDemo, "2026-06-27T22:00:00-08:00", "2026-06-28T06:00:00+00:00"],
    ["choices", fields.source, "Referral", "Referral"],
    ["several choices", fields.visitDays, ["Friday", "Monday", "Friday"], ["Friday", "Monday"]],
    ["user", fields.salesEngineer, users.samDoyle, users.samDoyle],
    ["contact", fields.signatory, contacts.eirikDal, contacts.eirikDal],
    ["several custom objects", fields.installations, [harbourLights], [harbourLights]],
    ["null: no value, and no key", fields.competitor, null, undefined],
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
    ["a date for a datetime", fields.nextDemo, "2026-02-10"],
    ["an hour that no day has", fields.nextDemo, "2026-02-10T25:00:00Z"],
    ["a choice that is none", fields.source, "referral"],
    ["a single value for several", fields.visitDays, "Monday"],
    ["several values for a single one", fields.source, ["Website"]],
    ["an unknown user", fields.salesEngineer, "user_none"],
    ["an unknown object among several", fields.installations, [harbourLights, "coi_none"]],
    ["an unknown field", "cf_none", "x"],
    ["a list to add", `${fields.visitDays}.add`, ["Monday"]],
    ["null to remove", `${fields.visitDays}.remove`, null],
    ["an addition to a field of a single value", `${fields.source}.add`, "Referral"],
    ["another operation", `${fields.visitDays}.clear`, "Monday"],
  ])("refuses %s", async (_what, field, value) => {
    const { json: before } = await close.get(id);
    expect(await close.put(id, { [`custom.${field}`]: value })).toMatchObject({
      status: 400,
      json: { errors: [], "field-errors": { [`custom.${field}`]: expect.any(String) } },
    });
    expect((await close.get(id)).json).toEqual(before);
  });
});

describe("custom.ID.add and custom.ID.remove", () => {
  const visitDays = `custom.${fields.visitDays}`;
  const watchers = `custom.${fields.watchers}`;

  test.each([
    ["add one value", { [`${visitDays}.add`]: "Wednesday" }, ["Tuesday", "Thursday", "Wednesday"]],
    ["remove one value", { [`${visitDays}.remove`]: "Tuesday" }, ["Thursday"]],
    ["add nothing that is there", { [`${visitDays}.add`]: "Tuesday" }, ["Tuesday", "Thursday"]],
    ["remove nothing that is not", { [`${visitDays}.remove`]: "Friday" }, ["Tuesday", "Thursday"]],
  ])("%s", async (_what, body, expected) => {
    expect((await close.put(id, body)).json[visitDays]).toEqual(expected);
  });

  test("make the first value of a field, and leave none after the last", async () => {
    const { fjordFleet } = ids.opportunities;
    const first = await close.put(fjordFleet, { [`${watchers}.add`]: users.benQuist });
    expect(first.json[watchers]).toEqual([users.benQuist]);
    const none = await close.put(fjordFleet, { [`${watchers}.remove`]: users.benQuist });
    expect(none.json).not.toHaveProperty([watchers]);
  });
});
