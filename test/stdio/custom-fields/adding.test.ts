import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveOperations } from "../../support/updates.ts";

const { users, customObjects, customFields: fields } = ids;

const { sandbox, empty, full, accepted, refused } = await serveOperations();

const add = (...value: string[]) => ({ field: "Visit days", action: "add", value });
const remove = (...value: string[]) => ({ field: "Visit days", action: "remove", value });
const days = `custom.${fields.visitDays}`;

describe("one addition or removal on a field", () => {
  test("is sent as custom.ID.add or custom.ID.remove, beside those of other fields", async () => {
    const reply = await accepted(full, [
      { field: "Visit days", action: "add", value: ["monday", "MONDAY"] },
      { field: "Watchers", action: "remove", value: "ada.quist@example.com" },
      { field: "Installations", action: "remove", value: customObjects.warehouseLights },
      { field: "Tags", action: "add", value: '["Weekend"]' },
      { field: "Source", action: "unset" },
    ]);
    expect(sentBodies(sandbox)).toEqual([
      {
        [`${days}.add`]: "Monday",
        [`custom.${fields.watchers}.remove`]: users.adaQuist,
        [`custom.${fields.installations}.remove`]: customObjects.warehouseLights,
        [`custom.${fields.tags}.add`]: "Weekend",
        [`custom.${fields.source}`]: null,
      },
    ]);
    expect(reply.summary).toContain('"Visit days" "Tuesday", "Thursday" → "Tuesday", "Thursday", "Monday"');
    expect(reply.summary).toContain(
      '"Watchers" "Ada Quist", "Sam Doyle (sam.doyle@example.com)" → "Sam Doyle (sam.doyle@example.com)"',
    );
  });

  test("makes the first value of a field", async () => {
    await accepted(empty, [add("Monday"), { field: "Watchers", action: "add", value: "Ben Quist" }]);
    expect(sentBodies(sandbox)).toEqual([
      { [`${days}.add`]: "Monday", [`custom.${fields.watchers}.add`]: users.benQuist },
    ]);
  });

  test("is refused for a field of one value, for what is no choice, and without a value", async () => {
    const single = ["Competitor", "Seats", "Next demo", "Source", "Signatory", "Import key", "Region"];
    const text = await refused(
      full,
      ...single.map((field, at) => ({ field, action: at % 2 === 0 ? "add" : "remove", value: "x" })),
      { field: "Visit days", action: "add", value: "Sunday" },
      { field: "Visit days", action: "remove" },
    );
    for (const [at, field] of single.entries()) {
      expect(text).toContain(
        `\n- custom_fields[${at}]: "${field}" accepts one value only, so ${at % 2 === 0 ? "add" : "remove"} does not apply: use set or unset`,
      );
    }
    expect(text).toContain('\n- custom_fields[7]: "Sunday" is not a choice of "Visit days". Choices: "');
    expect(text).toContain('\n- custom_fields[8]: remove of "Visit days" needs a value');
  });
});

describe("an addition or removal that changes nothing is left out and reported", () => {
  const reports = [
    '"Visit days" already holds "Tuesday": nothing to add.',
    '"Visit days" does not hold "Monday": nothing to remove.',
  ];

  test.each([false, true])("alone: no request is sent, dry run or not", async (dry_run) => {
    const watchers = { field: "Watchers", action: "add", value: users.adaQuist };
    const reply = await accepted(full, [add("tuesday"), remove("Monday"), watchers], { dry_run });
    expect(sentBodies(sandbox)).toEqual([]);
    expect(reply.structured.changes).toEqual([]);
    expect(reply.structured.warnings).toEqual([...reports, '"Watchers" already holds "Ada Quist": nothing to add.']);
    for (const report of reports) expect(reply.summary).toContain(report);
  });
});

describe("conflicting operations on one field are refused by their places", () => {
  const on = (field: string, action: string, value?: unknown) => ({ field, action, value });

  test.each([
    ["Source", [on("Source", "set", "Website"), on("Source", "set", "Referral")], "set, set"],
    ["Source", [on("Source", "set", "Website"), on(fields.source, "unset")], "set, unset"],
    ["Tags", [on("Tags", "add", "Weekend"), on("tags", "set", "Upsell")], "add, set"],
    ["Tags", [on("Tags", "add", "Weekend"), on(fields.tags, "remove", "weekend")], "add, remove"],
    ["Tags", [on("Tags", "set", ["Upsell"]), on("Tags", "set", ["Upsell", "Weekend"])], "set, set"],
  ])("%s: %j", async (name, operations, actions) => {
    expect(await refused(full, ...operations, on("Seats", "set", 1))).toContain(
      `custom_fields[0], custom_fields[1]: conflicting actions on "${name}" (${actions})`,
    );
  });
});
