import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveOperations } from "../../support/updates.ts";

const { users, contacts, customObjects, customFields: fields } = ids;

// It reads the custom fields for every call, as tests change them.
const { sandbox, host, empty, full, accepted, refused } = await serveOperations({ forgets: true });

const set = (field: string, value: unknown) => ({ field, action: "set", value });

/** Operations that are mistaken, each with the beginning of what is said of it. */
type Mistaken = readonly (readonly [operation: unknown, said: string])[];

/** Makes a call of all of them, which must be refused with a line for each. */
async function refusedEach(mistaken: Mistaken): Promise<void> {
  const text = await refused(full, ...mistaken.map(([operation]) => operation));
  expect(text).toContain(`with ${mistaken.length} invalid arguments.`);
  for (const [at, [, said]] of mistaken.entries()) expect(text).toContain(`\n- custom_fields[${at}]${said}`);
}

describe("a custom field", () => {
  test.each([fields.visitDays, `custom.${fields.visitDays}`, " visit  DAYS"])(
    "is found by its id, in two forms, and by its name in another case and spacing: %s",
    async (field) => {
      await accepted(empty, [set(field, "Monday")]);
      expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.visitDays}`]: ["Monday"] }]);
    },
  );

  test("that there is not is refused with all there are, the nearest first", async () => {
    await refusedEach([
      [set("Seets", 7), ': there is no custom field "Seets". Custom fields: "Seats", "'],
      [set("visit day", "x"), ': there is no custom field "visit day". Custom fields: "Visit days", "'],
      [set("custom.Region", "x"), ': there is no custom field "custom.Region". Custom fields: "Region", "'],
      [set("cf_gone", "x"), ': there is no custom field "cf_gone". Custom fields: "'],
    ]);
  });

  test("is refused with the ids of both if two have its name", async () => {
    const [template] = sandbox.organization.customFields;
    if (template === undefined) throw new Error("The sandbox has no custom fields.");
    for (const id of ["cf_polesold", "cf_polesnew"]) {
      sandbox.organization.customFields.push({ ...template, id, name: "Poles", type: "number" });
    }
    expect(await refused(empty, set("poles", 21))).toContain(
      '"poles" is ambiguous. It can be "Poles" (cf_polesold, number), "Poles" (cf_polesnew, number)',
    );
  });
});

describe("set", () => {
  type Values = readonly (readonly [field: string, value: unknown, sent: unknown])[];
  const types: Values = [
    [fields.competitor, 42, "42"],
    [fields.importKey, "row-0018", "row-0018"],
    [fields.seats, 0, 0],
    [fields.discount, "-0.5", -0.5],
    [fields.contractStart, "2028-02-29", "2028-02-29"],
    [fields.nextDemo, "2026-06-27T22:00:00-08:00", "2026-06-27T22:00:00-08:00"],
    [fields.source, "cold CALL", "Cold call"],
    [fields.region, "overseas", "Overseas"],
    [fields.visitDays, ["monday", "FRIDAY", "Monday"], ["Monday", "Friday"]],
    [fields.tags, "weekend", ["Weekend"]],
    [fields.salesEngineer, "Sam.Doyle.Berlin@example.com", users.samDoyleBerlin],
    [
      fields.watchers,
      [users.samDoyle, "ada.quist@example.com", "Ben Quist"],
      [users.samDoyle, users.adaQuist, users.benQuist],
    ],
    [fields.signatory, "eirik dal", contacts.eirikDal],
    [fields.installations, customObjects.harbourLights, [customObjects.harbourLights]],
  ];
  const forms: Values = [
    [fields.seats, ["120"], 120],
    [fields.source, ["Referral"], "Referral"],
    [fields.visitDays, '["Monday", "friday"]', ["Monday", "Friday"]],
    [fields.salesEngineer, "me", users.adaQuist],
    [fields.watchers, "ben.quist@example.com", [users.benQuist]],
    [fields.signatory, "Eirik.Dal@example.com", contacts.eirikDal],
  ];

  test.each([
    ["of every type", types],
    ["as text, lists and names", forms],
  ])("replaces what fields hold in one request: values %s", async (_what, values) => {
    const operations = values.map(([field, value]) => set(field, value));
    const reply = await accepted(empty, operations, { confidence: 40 });
    const custom = Object.fromEntries(values.map(([field, , sent]) => [`custom.${field}`, sent]));
    expect(sentBodies(sandbox)).toEqual([{ confidence: 40, ...custom }]);
    expect(reply.structured.changes).toHaveLength(1 + values.length);
    expect(reply.structured.warnings).toBeUndefined();
  });

  test.each([
    ["2026-06-27T22:00:00+0000", "2026-06-27T22:00:00+00:00", false],
    ["2026-06-27T22:00:00.5-0500", "2026-06-27T22:00:00.5-05:00", false],
    ["2026-06-27 22:00z", "2026-06-27T22:00:00Z", false],
    ["2026-06-27T22:00", "2026-06-27T22:00:00-04:00", true],
    ["2026-01-27 22:00:00", "2026-01-27T22:00:00-05:00", true],
  ])(
    "of a date and time is sent with its offset, if need be the zone's, and known again: %s",
    async (given, sent, isLocal) => {
      const reply = await accepted(empty, [set("Next demo", given)], { time_zone: "America/New_York" });
      expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.nextDemo}`]: sent }]);
      const said = `"${given}" was read as ${sent}, in America/New_York.`;
      expect(reply.structured.warnings).toEqual(isLocal ? [said] : undefined);
    },
  );

  test.each([
    ["2026-03-08T02:30:00", "clocks are put forward then"],
    ["2026-11-01T01:30:00", "give 2026-11-01T01:30:00-04:00 or 2026-11-01T01:30:00-05:00"],
  ])("of a local time that there is not, or twice, is refused: %s", async (given, said) => {
    const args = { id: empty, custom_fields: [set("Next demo", given)], time_zone: "America/New_York" };
    expect((await host.call(args)).text).toContain(said);
    expect(sentBodies(sandbox)).toEqual([]);
  });

  test("of a day at midnight is sent as that day", async () => {
    const reply = await accepted(empty, [set("Contract start", "2026-02-28T00:00:00")]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.contractStart}`]: "2026-02-28" }]);
    expect(reply.structured.warnings).toEqual(['"2026-02-28T00:00:00" was read as 2026-02-28.']);
  });

  test("of what the field does not take is refused with what it takes", async () => {
    await refusedEach([
      [set("Seats", "1,200"), ': "Seats" takes a number, not "1,200"'],
      [set("Seats", "1e999"), ': "Seats" takes a number'],
      [set("Seats", `${"1".repeat(100_000)}x`), ': "Seats" takes a number, not "111'],
      [set("Seats", "9007199254740993"), ': "Seats": "9007199254740993" cannot be kept exactly'],
      [set("Discount", "1e-400"), ': "Discount": "1e-400" cannot be kept exactly'],
      [set("Seats", ["1", "2"]), ': "Seats" accepts one value only'],
      [set("Contract start", "2026-02-29"), ': "Contract start" takes a day of the calendar as YYYY-MM-DD'],
      [set("Contract start", "2026-02-28T10:00:00Z"), ': "Contract start" takes a day'],
      [set("Next demo", "2026-02-28"), ': "Next demo" takes a date and time'],
      [set("Next demo", "2026-02-30T10:00:00Z"), ': "Next demo" takes a date and time'],
      [set("Discount", "0.99999999999999999"), ': "Discount": "0.99999999999999999" cannot be kept exactly'],
      [set("Signatory", "Leo Park"), ': "Signatory": there is no contact "Leo Park"'],
      [set("Sales engineer", "Ben Quits"), ': "Sales engineer": there is no user "Ben Quits". Users: "Ben Qu'],
      [set("Sales engineer", "Sam Doyle"), ': "Sales engineer": "Sam Doyle" is ambiguous'],
      [
        set("Source", "Refferal"),
        ': "Refferal" is not a choice of "Source". Choices: "Referral", "Trade fair", "Website", "Cold call"',
      ],
      [
        set("Tags", ["upsell", "Sunday", "Monday"]),
        ': "Sunday" is not a choice of "Tags". Choices: "Key account", "Wednesday", "Upsell", "Weekend"; "Monday" is not',
      ],
      [{ field: "Tags", action: "unset", value: "Upsell" }, ': unset of "Tags" takes no value'],
      [{ field: "Competitor", action: "set" }, ': set of "Competitor" needs a value'],
      [set("Competitor", null), ': set of "Competitor" needs a value'],
      [set("Visit days", "[]"), ': set of "Visit days" needs a value; to empty the field use unset'],
    ]);
  });

  test("of many values or of none that a text could be is refused by its form, as any operation is", async () => {
    const days = Array.from({ length: 20_000 }, (_, at) => `Day ${at}`);
    await refusedEach([
      [set("Visit days", days), ".value: has 20000 entries, and at most 1000 are possible"],
      [set("Competitor", { name: "Glow" }), ".value: must be a list of texts"],
      [set("Competitor", true), ".value: must be a list of texts"],
      [{ field: "Seats", action: "append", value: 7 }, ".action: must be one of set, unset, add, remove"],
      [{ field: "Seats" }, ".action: is required"],
      [{ action: "set", value: 7 }, ".field: is required"],
      [["Seats", "set", 7], ": must be an operation such as"],
    ]);
  });
});

test("unset leaves no value in a field of any type, whatever empty value a host has filled in", async () => {
  const { discount, discounts, ...filled } = fields;
  const strays = [undefined, null, "", [], ["None"]];
  const operations = Object.values(filled).map((field, at) => ({
    field,
    action: "unset",
    value: strays[at % strays.length],
  }));
  const reply = await accepted(full, operations);
  const keys = Object.values(filled).map((field) => `custom.${field}`);
  expect(sentBodies(sandbox)).toEqual([Object.fromEntries(keys.map((key) => [key, null]))]);
  expect(reply.structured.changes).toEqual(
    keys.map((field) => expect.objectContaining({ field, to: null, requested: true })),
  );
  for (const key of keys) expect(reply.structured).not.toHaveProperty([key]);
  expect(reply.structured.warnings).toBeUndefined();
});
