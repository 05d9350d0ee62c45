import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveOperations } from "../../support/updates.ts";

const { customFields: fields } = ids;

// It reads the custom fields for every call, as tests change them.
const { sandbox, empty, full, accepted, refused } = await serveOperations({ forgets: true });

describe("a custom field", () => {
  test.each([
    ["by its cf_… id", fields.visitDays],
    ["by custom. and its id, as Close's answers have it", `custom.${fields.visitDays}`],
    ["by its name", "Visit days"],
    ["by its name in another case and spacing", " visit  DAYS"],
  ])("is found %s", async (_how, field) => {
    await accepted(empty, [{ field, action: "set", value: "Monday" }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.visitDays}`]: ["Monday"] }]);
  });

  test.each([
    ["Discount", 5, { [`custom.${fields.discount}`]: 5 }],
    ["discounts", "Spring", { [`custom.${fields.discounts}`]: "Spring" }],
  ])("is not taken for another that is nearly called so: %s", async (field, value, body) => {
    await accepted(empty, [{ field, action: "set", value }]);
    expect(sentBodies(sandbox)).toEqual([body]);
  });

  test("is shown by its name in Close's answers and by the name that people know", async () => {
    const reply = await accepted(full, [{ field: fields.seats, action: "set", value: 20 }]);
    expect(reply.structured.changes).toEqual([
      { field: `custom.${fields.seats}`, label: "Seats", from: 12, to: 20, requested: true },
    ]);
    expect(reply.summary).toContain("Seats 12 → 20");
  });

  test.each([
    ["Seets", "Seats"],
    ["visit day", "Visit days"],
    ["custom.Region", "Region"],
    ["engineer", "Sales engineer"],
  ])(
    "is refused with the nearest one and all there are if there is none of that name: %s",
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
    "is refused with all there are if there is none of that id: %s",
    async (field) => {
      const text = await refused(empty, { field, action: "set", value: "x" });
      expect(text).toContain(`custom_fields[0]: there is no custom field "${field}"`);
      expect(text).toContain('"Competitor"');
    },
  );

  test("has its choice found by what a refusal shows of it, without its invisible characters", async () => {
    sandbox.organization.customFields
      .find(({ id }) => id === fields.tags)
      ?.choices?.push("👩\u200d💻 Dev\u200cOps");
    const tagged = (value: string) => ({ field: "Tags", action: "set", value });
    const printed = /"([^"]* Dev[^"]*)"/.exec(await refused(empty, tagged("Sales")))?.[1] ?? "";
    expect(printed).not.toContain("\u200d");
    await accepted(empty, [tagged(printed)]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.tags}`]: ["👩\u200d💻 Dev\u200cOps"] }]);
  });

  test("is refused with the ids of both if two have its name", async () => {
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

describe("conflicting operations on one field are refused, naming them", () => {
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
  ])("by the places that they have: %s", async (_what, name, operations, actions) => {
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
  ])("with what is needed: %s", async (_what, operation, words) => {
    expect(await refused(full, operation)).toContain(words);
  });

  test("together with other mistaken ones, each by its place", async () => {
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
