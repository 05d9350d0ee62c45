import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveOperations } from "../../support/updates.ts";

const { users, customObjects, customFields: fields } = ids;

const { sandbox, empty, full, accepted, refused } = await serveOperations();

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
  ])("send one addition as custom.ID.add: %s", async (_type, field, value, sent) => {
    const reply = await accepted(full, [{ field, action: "add", value }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${field}.add`]: sent }]);
    expect(reply.structured.changes).toEqual([
      expect.objectContaining({ field: `custom.${field}`, requested: true }),
    ]);
    expect(reply.structured[`custom.${field}`]).toContain(sent);
  });

  test.each([
    ["choice", fields.visitDays, "Tuesday", "Tuesday"],
    ["choice in another case", fields.visitDays, "TUESDAY", "Tuesday"],
    ["user by id", fields.watchers, users.adaQuist, users.adaQuist],
    ["user by e-mail address", fields.watchers, "ada.quist@example.com", users.adaQuist],
    ["object", fields.installations, customObjects.warehouseLights, customObjects.warehouseLights],
  ])("send one removal as custom.ID.remove: %s", async (_type, field, value, sent) => {
    const reply = await accepted(full, [{ field, action: "remove", value }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${field}.remove`]: sent }]);
    expect(reply.structured[`custom.${field}`] ?? []).not.toContain(sent);
  });

  test("make the first value of a field", async () => {
    await accepted(empty, [{ field: "Visit days", action: "add", value: "Monday" }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.visitDays}.add`]: "Monday" }]);
  });

  test("show the list before and after", async () => {
    const reply = await accepted(full, [{ field: "Visit days", action: "add", value: "Monday" }]);
    expect(reply.summary).toContain("Visit days Tuesday, Thursday → Tuesday, Thursday, Monday");
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
  )("are refused for a field that accepts one value only: %s, %s", async (action, field) => {
    expect(await refused(full, { field, action, value: "x" })).toContain(
      `custom_fields[0]: "${field}" accepts one value only, so ${action} does not apply: use set or unset`,
    );
  });

  test.each(["add", "remove"])("of what is no choice are refused with the choices: %s", async (action) => {
    const text = await refused(full, { field: "Visit days", action, value: "Sunday" });
    expect(text).toContain('"Sunday" is not a choice of "Visit days"');
    expect(text).toContain('"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"');
  });

  test.each(["add", "remove"])("are refused without a value: %s", async (action) => {
    expect(await refused(full, { field: "Visit days", action })).toContain(
      `custom_fields[0]: ${action} of "Visit days" needs a value`,
    );
  });
});

describe("several additions and removals on one field are sent as one list", () => {
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
    const reply = await accepted(full, operations);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.visitDays}`]: list }]);
    expect(reply.structured[`custom.${fields.visitDays}`]).toEqual(list);
  });

  test("which is emptied if all are removed", async () => {
    const reply = await accepted(full, [remove("Tuesday"), remove("Thursday")]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.visitDays}`]: null }]);
    expect(reply.structured.changes).toEqual([expect.objectContaining({ label: "Visit days", to: null })]);
  });

  test("made from what the field holds at the time of the call", async () => {
    await accepted(full, [{ field: "Visit days", action: "set", value: "Wednesday" }]);
    await accepted(full, [add("Monday"), add("Friday")]);
    expect(sentBodies(sandbox)).toEqual([
      { [`custom.${fields.visitDays}`]: ["Wednesday"] },
      { [`custom.${fields.visitDays}`]: ["Wednesday", "Monday", "Friday"] },
    ]);
  });

  test("of users, shown by their names", async () => {
    const reply = await accepted(full, [
      { field: "Watchers", action: "add", value: "ben.quist@example.com" },
      { field: "Watchers", action: "remove", value: users.adaQuist },
    ]);
    expect(sentBodies(sandbox)).toEqual([
      { [`custom.${fields.watchers}`]: [users.samDoyle, users.benQuist] },
    ]);
    expect(reply.summary).toContain("Watchers Ada Quist, Sam Doyle → Sam Doyle, Ben Quist");
  });
});

describe("an addition or removal that changes nothing is left out and reported", () => {
  const already = { field: "Visit days", action: "add", value: "tuesday" };
  const absent = { field: "Visit days", action: "remove", value: "Monday" };
  const reports = [
    '"Visit days" already holds "Tuesday": nothing to add.',
    '"Visit days" does not hold "Monday": nothing to remove.',
  ];

  test("alone: no request is sent", async () => {
    const reply = await accepted(full, [already, absent]);
    expect(sentBodies(sandbox)).toEqual([]);
    expect(reply.structured.changes).toEqual([]);
    expect(reply.structured.warnings).toEqual(reports);
    for (const report of reports) expect(reply.summary).toContain(report);
  });

  test("of users by their names", async () => {
    const reply = await accepted(full, [
      { field: "Watchers", action: "add", value: users.adaQuist },
      { field: "Watchers", action: "remove", value: users.benQuist },
    ]);
    expect(reply.structured.warnings).toEqual([
      '"Watchers" already holds "Ada Quist": nothing to add.',
      '"Watchers" does not hold "Ben Quist": nothing to remove.',
    ]);
  });

  test("beside another change of the same field, which is then a single one", async () => {
    const reply = await accepted(full, [already, { field: "Visit days", action: "add", value: "Friday" }]);
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.visitDays}.add`]: "Friday" }]);
    expect(reply.structured.warnings).toEqual(reports.slice(0, 1));
  });

  test("beside a change of another field", async () => {
    const reply = await accepted(full, [already, absent], { confidence: 60 });
    expect(sentBodies(sandbox)).toEqual([{ confidence: 60 }]);
    expect(reply.structured.warnings).toEqual(reports);
  });

  test("on a dry run too", async () => {
    const reply = await accepted(full, [absent], { dry_run: true });
    expect(sentBodies(sandbox)).toEqual([]);
    expect(reply.structured).toMatchObject({ dry_run: true, changes: [], warnings: reports.slice(1) });
  });
});
