import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { type Host, sentBodies, startHostFor } from "../support/host.ts";
import { refusal } from "../support/refusal.ts";
import { serveSandbox } from "../support/served.ts";

const { opportunities, users, contacts, customObjects, customFields: fields } = ids;
/** No custom field has a value. */
const empty = opportunities.fjordFleet;
/** Every custom field has one: visits on Tuesday and Thursday, Ada Quist and the first Sam Doyle watching. */
const full = opportunities.elmStreetVisits;

type Operation = { field: string; action: string; value?: unknown };

const { sandbox, host } = await serveSandbox();

/** Makes a call with these operations that must go through, and gives what the agent was told. */
async function accepted(id: string, operations: Operation[], others: Record<string, unknown> = {}) {
  const told = await host.call({ id, custom_fields: operations, ...others });
  expect(told.text).not.toContain("Nothing was sent");
  expect(told.isError).toBe(false);
  return told;
}

/** Makes a call with these operations that must be refused with nothing written, and gives what the agent was told. */
const refused = (id: string, ...operations: Operation[]) =>
  refusal(host, sandbox, { id, custom_fields: operations });

describe("a field is named", () => {
  test.each([
    ["by its cf_… id", fields.visitDays],
    ["by custom. and its id, as Close's answers have it", `custom.${fields.visitDays}`],
    ["by its name", "Visit days"],
    ["by its name in another case and spacing", " visit  DAYS"],
  ])("%s", async (_how, field) => {
    await accepted(empty, [{ field, action: "set", value: "Monday" }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.visitDays}`]: ["Monday"] }]);
  });

  test.each([
    ["Discount", 5, { [`custom.${fields.discount}`]: 5 }],
    ["discounts", "Spring", { [`custom.${fields.discounts}`]: "Spring" }],
  ])("exactly: %s is not taken for the one that is nearly called so", async (field, value, body) => {
    await accepted(empty, [{ field, action: "set", value }]);
    expect(sentBodies(sandbox)).toEqual([body]);
  });

  test("the change is told by wire name and by the name that people know", async () => {
    const told = await accepted(full, [{ field: fields.seats, action: "set", value: 20 }]);
    expect(told.structured.changes).toEqual([
      { field: `custom.${fields.seats}`, label: "Seats", from: 12, to: 20, requested: true },
    ]);
    expect(told.summary).toContain("Seats 12 → 20");
  });

  test.each([
    ["Seets", "Seats"],
    ["visit day", "Visit days"],
    ["custom.Region", "Region"],
    ["engineer", "Sales engineer"],
  ])(
    "a name that no field has is refused with the nearest one and all there are: %s",
    async (field, near) => {
      const text = await refused(empty, { field, action: "unset" });
      expect(text).toContain(
        `custom_fields[0]: there is no custom field ${JSON.stringify(field)}. Did you mean ${JSON.stringify(near)}?`,
      );
      for (const name of ["Competitor", "Region", "Installations"])
        expect(text).toContain(JSON.stringify(name));
    },
  );

  test.each(["cf_gone", "custom.cf_gone", "lcf_gone"])(
    "an id that no field has is refused: %s",
    async (field) => {
      const text = await refused(empty, { field, action: "set", value: "x" });
      expect(text).toContain(`custom_fields[0]: there is no custom field "${field}"`);
      expect(text).toContain('"Competitor"');
    },
  );

  test("a field made in Close since the fields were read is found", async () => {
    await accepted(empty, [{ field: "Seats", action: "set", value: 1 }]);
    addField("cf_lamps", "Lamps");
    await accepted(empty, [{ field: "Lamps", action: "set", value: 21 }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.seats}`]: 1 }, { "custom.cf_lamps": 21 }]);
  });

  test("a choice, and a type, changed in Close since the fields were read are found", async () => {
    await accepted(empty, [{ field: "Seats", action: "set", value: 1 }]);
    const changed = (id: string) => sandbox.organization.customFields.find((field) => field.id === id);
    changed(fields.source)?.choices?.push("Podcast");
    Object.assign(changed(fields.competitor) ?? {}, { type: "choices", choices: ["Glow & Co"] });
    Object.assign(changed(fields.seats) ?? {}, { type: "text" });
    await accepted(empty, [
      { field: "Source", action: "set", value: "podcast" },
      { field: "Seats", action: "set", value: "a dozen" },
    ]);
    expect(sentBodies(sandbox)[1]).toEqual({
      [`custom.${fields.source}`]: "Podcast",
      [`custom.${fields.seats}`]: "a dozen",
    });
  });

  test("a choice with invisible characters is found by what the refusal prints of it", async () => {
    sandbox.organization.customFields
      .find(({ id }) => id === fields.tags)
      ?.choices?.push("👩\u200d💻 Dev\u200cOps");
    const fresh = await startHostFor(sandbox);
    try {
      const given = (value: string) => ({
        id: empty,
        custom_fields: [{ field: "Tags", action: "set", value }],
      });
      const text = await refusal(fresh, sandbox, given("Sales"));
      const printed = /"([^"]* Dev[^"]*)"/.exec(text)?.[1] ?? "";
      expect(printed).not.toContain("\u200d");
      await fresh.call(given(printed));
      expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.tags}`]: ["👩\u200d💻 Dev\u200cOps"] }]);
    } finally {
      await fresh.close();
    }
  });

  test("a name that two fields bear is refused with the ids of both", async () => {
    addField("cf_polesold", "Poles");
    addField("cf_polesnew", "Poles");
    const text = await refused(empty, { field: "poles", action: "set", value: 21 });
    expect(text).toContain('"poles" is ambiguous. It can be cf_polesold (number), cf_polesnew (number)');
  });

  function addField(id: string, name: string) {
    sandbox.organization.customFields.push({
      id,
      name,
      description: "",
      type: "number",
      accepts_multiple_values: false,
      is_shared: false,
      referenced_custom_type_id: null,
    });
  }
});

describe("set replaces the value", () => {
  test.each([
    ["text", fields.competitor, "Glow & Co", "Glow & Co"],
    ["text, given as a number", fields.competitor, 42, "42"],
    ["hidden", fields.importKey, "row-0018", "row-0018"],
    ["number", fields.seats, 0, 0],
    ["number with decimals", fields.discount, 12.456, 12.456],
    ["number, given as text", fields.seats, "120", 120],
    ["number with decimals, given as text", fields.discount, "-0.5", -0.5],
    ["date", fields.contractStart, "2028-02-29", "2028-02-29"],
    ["datetime with an offset", fields.nextDemo, "2026-06-27T22:00:00-08:00", "2026-06-27T22:00:00-08:00"],
    ["datetime in UTC", fields.nextDemo, "2026-06-27T22:00:00Z", "2026-06-27T22:00:00Z"],
    ["choice", fields.source, "Referral", "Referral"],
    ["choice in another case", fields.source, "cold CALL", "Cold call"],
    ["shared choice in another case", fields.region, "overseas", "Overseas"],
    ["several choices", fields.visitDays, ["Monday", "Friday"], ["Monday", "Friday"]],
    ["several choices in another case", fields.visitDays, ["monday", "FRIDAY"], ["Monday", "Friday"]],
    ["several choices, one given twice", fields.visitDays, ["Monday", "monday"], ["Monday"]],
    ["several choices as JSON text", fields.visitDays, '["Monday", "friday"]', ["Monday", "Friday"]],
    ["one of several choices", fields.tags, "weekend", ["Weekend"]],
    ["user by id", fields.salesEngineer, users.adaQuist, users.adaQuist],
    ["user by e-mail address", fields.salesEngineer, "Sam.Doyle.Berlin@example.com", users.samDoyleBerlin],
    ["user by name", fields.salesEngineer, "ada quist", users.adaQuist],
    [
      "several users by id, e-mail address and name",
      fields.watchers,
      [users.samDoyle, "ada.quist@example.com", "Ben Quist"],
      [users.samDoyle, users.adaQuist, users.benQuist],
    ],
    ["one of several users", fields.watchers, "ben.quist@example.com", [users.benQuist]],
    ["contact by id", fields.signatory, contacts.eirikDal, contacts.eirikDal],
    ["contact of the lead by name", fields.signatory, "eirik dal", contacts.eirikDal],
    ["contact of the lead by e-mail address", fields.signatory, "Eirik.Dal@example.com", contacts.eirikDal],
    ["the user whose key it is", fields.salesEngineer, "me", users.adaQuist],
    ["one choice in a list", fields.source, ["Referral"], "Referral"],
    ["number in a list", fields.seats, ["120"], 120],
    [
      "one of several objects",
      fields.installations,
      customObjects.harbourLights,
      [customObjects.harbourLights],
    ],
    [
      "several objects",
      fields.installations,
      [customObjects.warehouseLights, customObjects.harbourLights],
      [customObjects.warehouseLights, customObjects.harbourLights],
    ],
  ])("%s", async (_type, field, value, sent) => {
    const told = await accepted(empty, [{ field, action: "set", value }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${field}`]: sent }]);
    expect(told.structured.changes).toHaveLength(1);
    expect(told.structured.warnings).toBeUndefined();
  });

  test("several fields are set in one request, beside what is no custom field", async () => {
    await accepted(
      empty,
      [
        { field: "Seats", action: "set", value: 21 },
        { field: "Region", action: "set", value: "north" },
      ],
      { confidence: 40 },
    );
    expect(sentBodies(sandbox)).toEqual([
      { confidence: 40, [`custom.${fields.seats}`]: 21, [`custom.${fields.region}`]: "North" },
    ]);
  });

  test("the same value set twice, by id and by name, is sent once", async () => {
    await accepted(empty, [
      { field: "Source", action: "set", value: "Website" },
      { field: fields.source, action: "set", value: "website" },
    ]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.source}`]: "Website" }]);
  });

  test.each([
    ["a list in another order", fields.visitDays, ["Thursday", "Tuesday"]],
    ["a datetime in another offset", fields.nextDemo, "2024-08-12T16:30:00+02:00"],
    ["a number as text", fields.seats, "12.0"],
  ])("where the field holds just that already, nothing is sent: %s", async (_what, field, value) => {
    const told = await accepted(full, [{ field, action: "set", value }]);
    expect(sentBodies(sandbox)).toEqual([]);
    expect(told.structured.changes).toEqual([]);
    expect(told.summary).toContain("Nothing to change");
  });

  test.each([
    ["no number", fields.seats, "a dozen", '"Seats" takes a number, not "a dozen"'],
    ["a number with a thousands separator", fields.seats, "1,200", '"Seats" takes a number, not "1,200"'],
    ["a number past all bounds", fields.seats, "1e999", '"Seats" takes a number'],
    ["a number that would not be kept exactly", fields.seats, "9007199254740993", "kept exactly"],
    ["several numbers", fields.seats, ["1", "2"], '"Seats" accepts one value only'],
    [
      "a number of 100,000 digits and an x",
      fields.seats,
      `${"1".repeat(100_000)}x`,
      '"Seats" takes a number',
    ],
    [
      "20,000 values",
      fields.visitDays,
      Array.from({ length: 20_000 }, (_, at) => `Day ${at}`),
      "has 20000 entries, and at most 1000 are possible",
    ],
    ["a day in another form", fields.contractStart, "01.09.2024", '"Contract start" takes a day'],
    ["a day that the calendar lacks", fields.contractStart, "2026-02-29", '"Contract start" takes a day'],
    ["a datetime for a day", fields.contractStart, "2026-02-28T10:00:00Z", "YYYY-MM-DD"],
    ["a day for a datetime", fields.nextDemo, "2026-02-28", '"Next demo" takes a date and time'],
    ["a datetime without an offset", fields.nextDemo, "2026-02-28T10:00:00", "with its offset"],
    [
      "several values for one choice",
      fields.source,
      ["Website", "Referral"],
      '"Source" accepts one value only',
    ],
    ["another lead's contact", fields.signatory, "Eirik Dal", '"Signatory": there is no contact "Eirik Dal"'],
    ["a user for a contact", fields.signatory, users.adaQuist, '"Signatory": there is no contact "user_'],
    [
      "an unknown user",
      fields.salesEngineer,
      "Ben Quits",
      '"Sales engineer": there is no user "Ben Quits". Did you mean "Ben Quist"?',
    ],
    ["an empty list", fields.visitDays, [], "use unset"],
    ["an object", fields.competitor, { name: "Glow" }, "must be a list of texts"],
    ["a boolean", fields.competitor, true, "must be a list of texts"],
    ["a list with a number", fields.visitDays, ["Monday", 5], '"5" is not a choice of "Visit days"'],
  ])("%s is refused, saying what the field takes", async (_what, field, value, words) => {
    expect(await refused(full, { field, action: "set", value })).toContain(words);
  });

  test("a choice that the field does not have is refused with the nearest one and all there are", async () => {
    expect(await refused(full, { field: "Source", action: "set", value: "Refferal" })).toContain(
      '"Refferal" is not a choice of "Source". Did you mean "Referral"? Choices: "Website", "Referral", "Trade fair", "Cold call"',
    );
  });

  test("of several choices every one that the field does not have is named", async () => {
    const text = await refused(full, { field: "Tags", action: "set", value: ["upsell", "Sunday", "Monday"] });
    expect(text).toContain('"Sunday" is not a choice of "Tags"');
    expect(text).toContain('"Monday" is not a choice of "Tags"');
    expect(text).not.toContain('"upsell" is not');
  });

  test("a name that two users bear is refused with both", async () => {
    const text = await refused(full, { field: "Sales engineer", action: "set", value: "Sam Doyle" });
    expect(text).toContain('"Sales engineer": "Sam Doyle" is ambiguous');
    expect(text).toContain(users.samDoyle);
    expect(text).toContain(users.samDoyleBerlin);
  });

  test.each([
    ["without a value", {}],
    ["with null", { value: null }],
    ["with empty text", { value: "" }],
    ["with the text null", { value: "null" }],
  ])("%s is refused, and the way to empty the field told", async (_what, value) => {
    expect(await refused(full, { field: "Competitor", action: "set", ...value })).toContain(
      'custom_fields[0]: set of "Competitor" needs a value; to empty the field use unset',
    );
  });
});

describe("unset leaves no value", () => {
  test.each([
    ["text", fields.competitor],
    ["number", fields.seats],
    ["date", fields.contractStart],
    ["datetime", fields.nextDemo],
    ["choice", fields.source],
    ["shared choice", fields.region],
    ["several choices", fields.visitDays],
    ["user", fields.salesEngineer],
    ["several users", fields.watchers],
    ["contact", fields.signatory],
    ["hidden", fields.importKey],
    ["several objects", fields.installations],
  ])("%s", async (_type, field) => {
    const told = await accepted(full, [{ field, action: "unset" }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${field}`]: null }]);
    expect(told.structured.changes).toEqual([
      expect.objectContaining({ field: `custom.${field}`, to: null, requested: true }),
    ]);
    expect(told.structured).not.toHaveProperty([`custom.${field}`]);
  });

  test("a null or empty value beside it is ignored", async () => {
    await accepted(full, [
      { field: "Competitor", action: "unset", value: null },
      { field: "Seats", action: "unset", value: "" },
    ]);
    expect(sentBodies(sandbox)).toEqual([
      { [`custom.${fields.competitor}`]: null, [`custom.${fields.seats}`]: null },
    ]);
  });

  test("with a value is refused: it is unclear which is meant", async () => {
    expect(await refused(full, { field: "Tags", action: "unset", value: "Upsell" })).toContain(
      'custom_fields[0]: unset of "Tags" takes no value',
    );
  });

  test.each([fields.competitor, fields.visitDays])(
    "of a field without a value sends nothing and says so",
    async (field) => {
      const told = await accepted(empty, [{ field, action: "unset" }]);
      expect(sentBodies(sandbox)).toEqual([]);
      expect(told.structured.changes).toEqual([]);
      expect(told.summary).toContain("Nothing to change");
    },
  );
});

describe("add and remove", () => {
  test.each([
    ["choice", fields.visitDays, "Monday", "Monday"],
    ["choice in another case", fields.visitDays, "monday", "Monday"],
    ["choice in a list of one", fields.visitDays, ["Monday"], "Monday"],
    ["choice in a list of one as JSON text", fields.visitDays, '["Monday"]', "Monday"],
    ["choice, named twice", fields.visitDays, ["Monday", "MONDAY"], "Monday"],
    ["user by id", fields.watchers, users.benQuist, users.benQuist],
    ["user by e-mail address", fields.watchers, "ben.quist@example.com", users.benQuist],
    ["user by name", fields.watchers, "Ben Quist", users.benQuist],
    ["object", fields.installations, customObjects.harbourLights, customObjects.harbourLights],
  ])("one %s is added by custom.ID.add", async (_type, field, value, sent) => {
    const told = await accepted(full, [{ field, action: "add", value }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${field}.add`]: sent }]);
    expect(told.structured.changes).toEqual([
      expect.objectContaining({ field: `custom.${field}`, requested: true }),
    ]);
    expect(told.structured[`custom.${field}`]).toContain(sent);
  });

  test.each([
    ["choice", fields.visitDays, "Tuesday", "Tuesday"],
    ["choice in another case", fields.visitDays, "TUESDAY", "Tuesday"],
    ["user by id", fields.watchers, users.adaQuist, users.adaQuist],
    ["user by e-mail address", fields.watchers, "ada.quist@example.com", users.adaQuist],
    ["object", fields.installations, customObjects.warehouseLights, customObjects.warehouseLights],
  ])("one %s is removed by custom.ID.remove", async (_type, field, value, sent) => {
    const told = await accepted(full, [{ field, action: "remove", value }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${field}.remove`]: sent }]);
    expect(told.structured[`custom.${field}`] ?? []).not.toContain(sent);
  });

  test("add makes the first value of a field", async () => {
    await accepted(empty, [{ field: "Visit days", action: "add", value: "Monday" }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.visitDays}.add`]: "Monday" }]);
  });

  test("the change is told as the list before and after", async () => {
    const told = await accepted(full, [{ field: "Visit days", action: "add", value: "Monday" }]);
    expect(told.summary).toContain("Visit days Tuesday, Thursday → Tuesday, Thursday, Monday");
  });

  test("on different fields go together in one request", async () => {
    await accepted(full, [
      { field: "Visit days", action: "add", value: "Monday" },
      { field: "Watchers", action: "remove", value: "ada.quist@example.com" },
      { field: "Tags", action: "set", value: "Weekend" },
      { field: "Source", action: "unset" },
    ]);
    expect(sentBodies(sandbox)).toEqual([
      {
        [`custom.${fields.visitDays}.add`]: "Monday",
        [`custom.${fields.watchers}.remove`]: users.adaQuist,
        [`custom.${fields.tags}`]: ["Weekend"],
        [`custom.${fields.source}`]: null,
      },
    ]);
  });

  const single = [
    "Competitor",
    "Seats",
    "Contract start",
    "Next demo",
    "Source",
    "Sales engineer",
    "Signatory",
  ];
  test.each(
    [...single, "Import key", "Region"].flatMap((field) => [
      ["add", field] as const,
      ["remove", field] as const,
    ]),
  )("%s is refused for %s, which accepts one value only", async (action, field) => {
    expect(await refused(full, { field, action, value: "x" })).toContain(
      `custom_fields[0]: "${field}" accepts one value only, so ${action} does not apply: use set or unset`,
    );
  });

  test.each(["add", "remove"])("%s of what is no choice is refused with the choices", async (action) => {
    const text = await refused(full, { field: "Visit days", action, value: "Sunday" });
    expect(text).toContain('"Sunday" is not a choice of "Visit days"');
    expect(text).toContain('"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"');
  });

  test.each(["add", "remove"])("%s without a value is refused", async (action) => {
    expect(await refused(full, { field: "Visit days", action })).toContain(
      `custom_fields[0]: ${action} of "Visit days" needs a value`,
    );
  });
});

describe("several additions and removals on one field become one list", () => {
  const add = (...value: string[]) => ({ field: "Visit days", action: "add", value });
  const remove = (...value: string[]) => ({ field: "Visit days", action: "remove", value });

  test.each([
    ["two additions", [add("Monday"), add("friday")], ["Tuesday", "Thursday", "Monday", "Friday"]],
    [
      "two additions in one operation",
      [add("Monday", "Friday")],
      ["Tuesday", "Thursday", "Monday", "Friday"],
    ],
    ["an addition and a removal", [add("Monday"), remove("Tuesday")], ["Thursday", "Monday"]],
    ["a removal and an addition", [remove("Tuesday"), add("Monday")], ["Thursday", "Monday"]],
    [
      "the field named in two ways",
      [add("Monday"), { field: `custom.${fields.visitDays}`, action: "remove", value: "thursday" }],
      ["Tuesday", "Monday"],
    ],
    [
      "what changes nothing left out",
      [add("Monday", "Tuesday", "Friday"), remove("Wednesday")],
      ["Tuesday", "Thursday", "Monday", "Friday"],
    ],
  ])("%s", async (_what, operations, list) => {
    const told = await accepted(full, operations);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.visitDays}`]: list }]);
    expect(told.structured[`custom.${fields.visitDays}`]).toEqual(list);
  });

  test("none where all are removed", async () => {
    const told = await accepted(full, [remove("Tuesday"), remove("Thursday")]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.visitDays}`]: null }]);
    expect(told.structured.changes).toEqual([expect.objectContaining({ label: "Visit days", to: null })]);
  });

  test("computed from what the field holds at the time of the call", async () => {
    await accepted(full, [{ field: "Visit days", action: "set", value: "Wednesday" }]);
    await accepted(full, [add("Monday"), add("Friday")]);
    expect(sentBodies(sandbox)).toEqual([
      { [`custom.${fields.visitDays}`]: ["Wednesday"] },
      { [`custom.${fields.visitDays}`]: ["Wednesday", "Monday", "Friday"] },
    ]);
  });

  test("of users, told by their names", async () => {
    const told = await accepted(full, [
      { field: "Watchers", action: "add", value: "ben.quist@example.com" },
      { field: "Watchers", action: "remove", value: users.adaQuist },
    ]);
    expect(sentBodies(sandbox)).toEqual([
      { [`custom.${fields.watchers}`]: [users.samDoyle, users.benQuist] },
    ]);
    expect(told.summary).toContain("Watchers Ada Quist, Sam Doyle → Sam Doyle, Ben Quist");
  });
});

describe("what changes nothing is left out and reported", () => {
  const already = { field: "Visit days", action: "add", value: "tuesday" };
  const absent = { field: "Visit days", action: "remove", value: "Monday" };
  const reports = [
    '"Visit days" already holds "Tuesday": nothing to add.',
    '"Visit days" does not hold "Monday": nothing to remove.',
  ];

  test("alone: no request is sent", async () => {
    const told = await accepted(full, [already, absent]);
    expect(sentBodies(sandbox)).toEqual([]);
    expect(told.structured.changes).toEqual([]);
    expect(told.structured.warnings).toEqual(reports);
    for (const report of reports) expect(told.summary).toContain(report);
  });

  test("beside another change of the same field, which is then a single one", async () => {
    const told = await accepted(full, [already, { field: "Visit days", action: "add", value: "Friday" }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.visitDays}.add`]: "Friday" }]);
    expect(told.structured.warnings).toEqual(reports.slice(0, 1));
  });

  test("beside a change of another field", async () => {
    const told = await accepted(full, [already, absent], { confidence: 60 });
    expect(sentBodies(sandbox)).toEqual([{ confidence: 60 }]);
    expect(told.structured.warnings).toEqual(reports);
  });

  test("on a dry run too", async () => {
    const told = await accepted(full, [absent], { dry_run: true });
    expect(sentBodies(sandbox)).toEqual([]);
    expect(told.structured).toMatchObject({ dry_run: true, changes: [], warnings: reports.slice(1) });
  });

  test("users by the id that Close keeps", async () => {
    await accepted(full, [{ field: "Watchers", action: "add", value: "ada.quist@example.com" }]);
    expect(sentBodies(sandbox)).toEqual([]);
  });
});

describe("conflicting actions on one field are refused, saying which", () => {
  const on = (field: string, action: string, value?: unknown) => ({ field, action, value });

  test.each([
    ["two values", "Source", [on("Source", "set", "Website"), on("Source", "set", "Referral")], "set, set"],
    [
      "a value and none",
      "Source",
      [on("Source", "set", "Website"), on(fields.source, "unset")],
      "set, unset",
    ],
    [
      "a list and an addition",
      "Tags",
      [on("Tags", "set", "Upsell"), on("Tags", "add", "Weekend")],
      "set, add",
    ],
    [
      "an addition and a list",
      "Tags",
      [on("Tags", "add", "Weekend"), on("Tags", "set", "Upsell")],
      "add, set",
    ],
    ["none and an addition", "Tags", [on("Tags", "unset"), on("tags", "add", "Weekend")], "unset, add"],
    [
      "one value added and removed",
      "Tags",
      [on("Tags", "add", "Weekend"), on(`custom.${fields.tags}`, "remove", "weekend")],
      "add, remove",
    ],
    [
      "two lists of which one is part of the other",
      "Tags",
      [on("Tags", "set", ["Upsell"]), on("Tags", "set", ["Upsell", "Weekend"])],
      "set, set",
    ],
  ])("%s", async (_what, name, operations, actions) => {
    expect(await refused(full, ...operations)).toContain(
      `custom_fields[0], custom_fields[1]: conflicting actions on "${name}" (${actions})`,
    );
  });

  test("fields without a conflict in the same call are not sent either", async () => {
    await refused(full, on("Source", "set", "Website"), on("Source", "unset"), on("Seats", "set", 1));
  });
});

describe("an operation in another form is refused", () => {
  test.each([
    [
      "an unknown action",
      { field: "Seats", action: "append", value: 7 },
      "custom_fields[0].action: must be one of set, unset, add, remove",
    ],
    ["no action", { field: "Seats", value: 7 }, "custom_fields[0].action: is required"],
    ["no field", { action: "set", value: 7 }, "custom_fields[0].field: is required"],
    [
      "an unknown key",
      { field: "Seats", action: "set", values: 7 },
      'custom_fields[0].values: unknown argument. Did you mean "value"?',
    ],
    ["a list", ["Seats", "set", 7], "custom_fields[0]: must be an operation such as"],
    ["null", null, "no change was given"],
  ])("%s", async (_what, operation, words) => {
    expect(await refusal(host, sandbox, { id: full, custom_fields: [operation] })).toContain(words);
  });

  test("several mistaken operations are told together, each by its place", async () => {
    const text = await refused(
      full,
      { field: "Seats", action: "set", value: "a dozen" },
      { field: "Competitor", action: "set", value: "Glow & Co" },
      { field: "Regoin", action: "unset" },
      { field: "Watchers", action: "add", value: "Ben Quits" },
      { field: "Source", action: "add", value: "Website" },
    );
    expect(text).toContain("4 invalid arguments");
    for (const start of [
      'custom_fields[0]: "Seats" takes a number',
      'custom_fields[2]: there is no custom field "Regoin"',
      'custom_fields[3]: "Watchers": there is no user "Ben Quits"',
      'custom_fields[4]: "Source" accepts one value only',
    ]) {
      expect(text).toContain(`\n- ${start}`);
    }
  });
});

describe("where the custom fields cannot be read", () => {
  /** A host that has not read them before. */
  let unknowing: Host;

  beforeAll(async () => {
    unknowing = await startHostFor(sandbox);
  });
  beforeEach(() => {
    sandbox.fault({
      kind: "answer",
      status: 403,
      body: "Forbidden",
      path: "/custom_field_schema/",
      times: Number.POSITIVE_INFINITY,
    });
  });
  afterAll(() => unknowing.close());

  test.each([
    ["set", { field: fields.seats, action: "set", value: 7 }, { [`custom.${fields.seats}`]: 7 }],
    [
      "set of several",
      { field: fields.visitDays, action: "set", value: ["Monday"] },
      { [`custom.${fields.visitDays}`]: ["Monday"] },
    ],
    ["unset", { field: `custom.${fields.seats}`, action: "unset" }, { [`custom.${fields.seats}`]: null }],
    [
      "add",
      { field: fields.visitDays, action: "add", value: "Monday" },
      { [`custom.${fields.visitDays}.add`]: "Monday" },
    ],
    [
      "remove",
      { field: fields.visitDays, action: "remove", value: "Tuesday" },
      { [`custom.${fields.visitDays}.remove`]: "Tuesday" },
    ],
  ])("%s by id goes through, with a warning that it was not checked", async (_action, operation, body) => {
    const told = await unknowing.call({ id: full, custom_fields: [operation] });
    expect(sentBodies(sandbox)).toEqual([body]);
    expect(told.isError).toBe(false);
    expect(told.structured.warnings).toEqual(
      expect.arrayContaining([expect.stringMatching(/custom fields could not be read.*403.*not checked/)]),
    );
    expect(told.summary).toContain("not checked");
  });

  test("a name is refused, and an id asked for", async () => {
    const text = await refusal(unknowing, sandbox, {
      id: full,
      custom_fields: [{ field: "Seats", action: "set", value: 7 }],
    });
    expect(text).toMatch(
      /^- custom_fields\[0\]: "Seats" cannot be looked up.*could not be read.*403.*Give the cf_… id/m,
    );
  });

  test("a call without custom fields does not mind, nor ask for them", async () => {
    const told = await unknowing.call({ id: full, confidence: 60 });
    expect(sentBodies(sandbox)).toEqual([{ confidence: 60 }]);
    expect(told.structured.warnings).toBeUndefined();
    expect(sandbox.requests.map(({ path }) => path)).not.toContain("/custom_field_schema/opportunity/");
  });

  test("what Close then refuses is told in the field's id", async () => {
    const told = await unknowing.call({
      id: full,
      custom_fields: [{ field: fields.source, action: "set", value: "website" }],
    });
    expect(told.isError).toBe(true);
    expect(told.text).toContain(`custom.${fields.source}: Close says "Not a valid choice."`);
    expect(told.text).toContain("The opportunity is unchanged.");
  });

  test("once they can be read, they are", async () => {
    sandbox.reset();
    const told = await unknowing.call({
      id: full,
      custom_fields: [{ field: "source", action: "set", value: "website" }],
    });
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.source}`]: "Website" }]);
    expect(told.structured.warnings).toBeUndefined();
  });
});

describe("where the users cannot be read", () => {
  let unknowing: Host;

  beforeAll(async () => {
    unknowing = await startHostFor(sandbox);
  });
  beforeEach(() => {
    sandbox.fault({ kind: "answer", status: 403, path: "/user/", times: Number.POSITIVE_INFINITY });
  });
  afterAll(() => unknowing.close());

  test("a user field takes an id", async () => {
    await unknowing.call({
      id: full,
      custom_fields: [{ field: "Watchers", action: "add", value: users.benQuist }],
    });
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.watchers}.add`]: users.benQuist }]);
  });

  test("and refuses an e-mail address, asking for an id", async () => {
    const text = await refusal(unknowing, sandbox, {
      id: full,
      custom_fields: [{ field: "Watchers", action: "add", value: "ben.quist@example.com" }],
    });
    expect(text).toMatch(/"Watchers": .*users could not be read.*user_… id/);
  });
});

test("users are read once for all updates of a user field", async () => {
  const agent = await startHostFor(sandbox);
  for (const value of [users.benQuist, users.samDoyle, "Ada Quist"]) {
    await agent.call({ id: empty, custom_fields: [{ field: "Sales engineer", action: "set", value }] });
  }
  expect(sandbox.requests.filter(({ path }) => path === "/user/")).toHaveLength(1);
  await agent.close();
});

test.each(["0.12345678901234567890123", "1e-400"])(
  "%s is refused as a number that cannot be kept",
  async (value) => {
    expect(await refused(empty, { field: "Discount", action: "set", value })).toContain(
      "cannot be kept exactly",
    );
  },
);
