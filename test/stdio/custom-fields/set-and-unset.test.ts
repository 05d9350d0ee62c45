import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveOperations } from "../../support/updates.ts";

const { users, contacts, customObjects, customFields: fields } = ids;

const { sandbox, empty, full, accepted, refused } = await serveOperations();

describe("set", () => {
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
  ])("replaces what the field holds: %s", async (_type, field, value, sent) => {
    const reply = await accepted(empty, [{ field, action: "set", value }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${field}`]: sent }]);
    expect(reply.structured.changes).toHaveLength(1);
    expect(reply.structured.warnings).toBeUndefined();
  });

  test("of several fields goes in one request, beside what is no custom field", async () => {
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

  test("of the same value twice, by id and by name, is sent once", async () => {
    await accepted(empty, [
      { field: "Source", action: "set", value: "Website" },
      { field: fields.source, action: "set", value: "website" },
    ]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.source}`]: "Website" }]);
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
    ["an empty list as text", fields.visitDays, "[]", "use unset"],
    ["an empty list as text in a list", fields.visitDays, [" [ ] "], "use unset"],
    ["an object", fields.competitor, { name: "Glow" }, "must be a list of texts"],
    ["a boolean", fields.competitor, true, "must be a list of texts"],
    ["a list with a number", fields.visitDays, ["Monday", 5], '"5" is not a choice of "Visit days"'],
  ])("is refused with what the field takes: %s", async (_what, field, value, words) => {
    expect(await refused(full, { field, action: "set", value })).toContain(words);
  });

  test("of a choice that the field does not have is refused with the nearest one and all there are", async () => {
    expect(await refused(full, { field: "Source", action: "set", value: "Refferal" })).toContain(
      '"Refferal" is not a choice of "Source". Did you mean "Referral"? Choices: "Website", "Referral", "Trade fair", "Cold call"',
    );
  });

  test("of several choices is refused with every one that the field does not have", async () => {
    const text = await refused(full, { field: "Tags", action: "set", value: ["upsell", "Sunday", "Monday"] });
    expect(text).toContain('"Sunday" is not a choice of "Tags"');
    expect(text).toContain('"Monday" is not a choice of "Tags"');
    expect(text).not.toContain('"upsell" is not');
  });

  test("of a name that two users have is refused with both", async () => {
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
  ])("%s is refused with the way to empty the field", async (_what, value) => {
    expect(await refused(full, { field: "Competitor", action: "set", ...value })).toContain(
      'custom_fields[0]: set of "Competitor" needs a value; to empty the field use unset',
    );
  });

  test.each(["0.12345678901234567890123", "1e-400"])(
    "of a number that cannot be kept exactly is refused: %s",
    async (value) => {
      expect(await refused(empty, { field: "Discount", action: "set", value })).toContain(
        "cannot be kept exactly",
      );
    },
  );
});

describe("unset", () => {
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
  ])("leaves no value: %s", async (_type, field) => {
    const reply = await accepted(full, [{ field, action: "unset" }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${field}`]: null }]);
    expect(reply.structured.changes).toEqual([
      expect.objectContaining({ field: `custom.${field}`, to: null, requested: true }),
    ]);
    expect(reply.structured).not.toHaveProperty([`custom.${field}`]);
  });

  test("ignores a null or empty value", async () => {
    await accepted(full, [
      { field: "Competitor", action: "unset", value: null },
      { field: "Seats", action: "unset", value: "" },
    ]);
    expect(sentBodies(sandbox)).toEqual([
      { [`custom.${fields.competitor}`]: null, [`custom.${fields.seats}`]: null },
    ]);
  });

  test("with a value is refused, as it is unclear which is meant", async () => {
    expect(await refused(full, { field: "Tags", action: "unset", value: "Upsell" })).toContain(
      'custom_fields[0]: unset of "Tags" takes no value',
    );
  });
});
