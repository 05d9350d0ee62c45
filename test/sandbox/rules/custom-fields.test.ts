import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { customFields: fields, users, contacts, customObjects } = ids;
const id = ids.opportunities.elmStreetVisits;

const sandbox = await openSandbox();
const close = clientOf(sandbox);

describe("custom.ID", () => {
  test.each([
    ["text", fields.competitor, "Glow & Co", "Glow & Co"],
    ["hidden", fields.importKey, "row-18", "row-18"],
    ["number", fields.seats, 12.456, 12.456],
    ["date", fields.contractStart, "2026-03-01", "2026-03-01"],
    ["date, sent as a datetime", fields.contractStart, "2026-03-01T22:00:00-08:00", "2026-03-01"],
    ["datetime", fields.nextDemo, "2026-06-27T22:00:00-08:00", "2026-06-28T06:00:00+00:00"],
    ["choices", fields.source, "Referral", "Referral"],
    ["shared choices", fields.region, "Overseas", "Overseas"],
    ["several choices", fields.visitDays, ["Friday", "Monday", "Friday"], ["Friday", "Monday"]],
    ["user", fields.salesEngineer, users.samDoyle, users.samDoyle],
    ["several users", fields.watchers, [users.benQuist], [users.benQuist]],
    ["contact", fields.signatory, contacts.eirikDal, contacts.eirikDal],
    [
      "several custom objects",
      fields.installations,
      [customObjects.harbourLights],
      [customObjects.harbourLights],
    ],
  ])("replaces the value: %s", async (_type, field, sent, answered) => {
    const { status, json } = await close.put(id, { [`custom.${field}`]: sent });
    expect(status).toBe(200);
    expect(json[`custom.${field}`]).toEqual(answered);
  });

  test.each([
    ["null", fields.competitor, null],
    ["an empty list", fields.visitDays, []],
  ])("is absent from the answer after %s", async (_what, field, value) => {
    const { json } = await close.put(id, { [`custom.${field}`]: value });
    expect(json).not.toHaveProperty([`custom.${field}`]);
    expect(json).toHaveProperty([`custom.${fields.seats}`], 12);
  });

  test.each([
    ["a number for text", fields.competitor, 5],
    ["text for a number", fields.seats, "12"],
    ["no day of the calendar", fields.contractStart, "2026-02-30"],
    ["a date for a datetime", fields.nextDemo, "2026-02-10"],
    ["an hour that no day has", fields.nextDemo, "2026-02-10T25:00:00Z"],
    ["a choice that is none", fields.source, "referral"],
    ["one choice among several that is none", fields.visitDays, ["Monday", "Sunday"]],
    ["a single value for several", fields.visitDays, "Monday"],
    ["several values for a single one", fields.source, ["Website"]],
    ["an unknown user", fields.salesEngineer, "user_none"],
    ["an unknown contact", fields.signatory, "cont_none"],
    ["an unknown object", fields.installations, ["coi_none"]],
    ["an unknown field", "cf_none", "x"],
  ])("refuses %s", async (_what, field, value) => {
    const { json: before } = await close.get(id);
    const { status, json } = await close.put(id, { [`custom.${field}`]: value });
    expect(status).toBe(400);
    expect(json).toEqual({ errors: [], "field-errors": { [`custom.${field}`]: expect.any(String) } });
    expect((await close.get(id)).json).toEqual(before);
  });
});

describe("custom.ID.add and custom.ID.remove", () => {
  const visitDays = `custom.${fields.visitDays}`;

  test("add and remove one value of several", async () => {
    const added = await close.put(id, { [`${visitDays}.add`]: "Wednesday" });
    expect(added.json[visitDays]).toEqual(["Tuesday", "Thursday", "Wednesday"]);
    const removed = await close.put(id, { [`${visitDays}.remove`]: "Tuesday" });
    expect(removed.json[visitDays]).toEqual(["Thursday", "Wednesday"]);
  });

  test("leave the list as it is if the value is there already, or not there", async () => {
    const { json } = await close.put(id, {
      [`${visitDays}.add`]: "Tuesday",
      [`${visitDays}.remove`]: "Friday",
    });
    expect(json[visitDays]).toEqual(["Tuesday", "Thursday"]);
  });

  test("make the first value of a field, and leave none after the last", async () => {
    const watchers = `custom.${fields.watchers}`;
    const { fjordFleet } = ids.opportunities;
    const first = await close.put(fjordFleet, { [`${watchers}.add`]: users.benQuist });
    expect(first.json[watchers]).toEqual([users.benQuist]);
    const none = await close.put(fjordFleet, { [`${watchers}.remove`]: users.benQuist });
    expect(none.json).not.toHaveProperty([watchers]);
  });

  test.each([
    ["a list", `${visitDays}.add`, ["Monday"]],
    ["null", `${visitDays}.remove`, null],
    ["a choice that is none", `${visitDays}.add`, "Sunday"],
    ["a field of a single value", `custom.${fields.source}.add`, "Referral"],
    ["another operation", `${visitDays}.clear`, "Monday"],
  ])("refuse %s", async (_what, key, value) => {
    const { status, json } = await close.put(id, { [key]: value });
    expect(status).toBe(400);
    expect(json["field-errors"]).toHaveProperty([key]);
  });
});
