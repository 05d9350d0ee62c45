import { beforeEach, describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { type Operation, serveUpdates } from "../../support/updates.ts";

const { contacts, customFields: fields, opportunities, statuses, users } = ids;
const { acmeExpansion, elmStreetVisits } = opportunities;

// It reads every list for every call.
const { sandbox, host, accepted, refused } = await serveUpdates(undefined, { forgets: true });

function forbid(path: string): void {
  sandbox.fault({ kind: "answer", status: 403, body: "Forbidden", path, times: Infinity });
}

const operating = (operation: Operation) => ({ id: elmStreetVisits, custom_fields: [operation] });

const find = (args: Record<string, unknown>) => host.call(args, "find_opportunities");

describe("if the statuses cannot be read", () => {
  beforeEach(() => forbid("/pipeline/"));

  test("an id is sent as it is", async () => {
    await accepted({ id: acmeExpansion, status_id: statuses.salesWon });
    expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.salesWon }]);
  });

  test("a label is refused, and an id asked for", async () => {
    expect(await refused({ id: acmeExpansion, status_id: "Won" })).toMatch(
      /status_id: .*could not be read.*stat_… id/,
    );
  });
});

describe("if the contacts of the lead cannot be read", () => {
  beforeEach(() => forbid("/contact/"));

  test("an id is sent as it is", async () => {
    await accepted({ id: acmeExpansion, contact_id: contacts.leoPark });
    expect(sentBodies(sandbox)).toEqual([{ contact_id: contacts.leoPark }]);
  });

  test("a name is refused, and an id asked for", async () => {
    expect(await refused({ id: acmeExpansion, contact_id: "Leo Park" })).toMatch(
      /contact_id: "Leo Park" cannot be looked up.*403.*Give the cont_… id/,
    );
  });
});

describe("if the custom fields cannot be read", () => {
  beforeEach(() => forbid("/custom_field_schema/"));

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
    const reply = await accepted(operating(operation));
    expect(sentBodies(sandbox)).toEqual([body]);
    expect(reply.structured.warnings).toEqual(
      expect.arrayContaining([expect.stringMatching(/custom fields could not be read.*403.*not checked/)]),
    );
    expect(reply.summary).toContain("not checked");
  });

  test("a name is refused, and an id asked for", async () => {
    expect(await refused(operating({ field: "Seats", action: "set", value: 7 }))).toMatch(
      /^- custom_fields\[0\]: "Seats" cannot be looked up.*could not be read.*403.*Give the cf_… id/m,
    );
  });

  test("a call without custom fields neither asks for them nor warns", async () => {
    const reply = await accepted({ id: elmStreetVisits, confidence: 60 });
    expect(sentBodies(sandbox)).toEqual([{ confidence: 60 }]);
    expect(reply.structured.warnings).toBeUndefined();
    expect(sandbox.requests.map(({ path }) => path)).not.toContain("/custom_field_schema/opportunity/");
  });

  test("a value that Close then refuses is reported by the field's id", async () => {
    const reply = await host.call(operating({ field: fields.source, action: "set", value: "website" }));
    expect(reply.isError).toBe(true);
    expect(reply.text).toContain(`custom.${fields.source}: Close says "Not a valid choice."`);
    expect(reply.text).toContain("The opportunity is unchanged.");
  });

  test("those of the opportunities found are shown under their ids, with a warning", async () => {
    const reply = await find({ custom_fields: [fields.seats], limit: 100 });
    expect(reply.structured).toMatchObject({
      opportunities: expect.arrayContaining([
        expect.objectContaining({ id: elmStreetVisits, custom_fields: { [fields.seats]: 12 } }),
      ]),
      warnings: [expect.stringContaining("names of custom fields could not be read")],
    });
  });

  test("a search that names one is refused", async () => {
    expect(await find({ custom_fields: ["Seats"] })).toMatchObject({ isError: true });
  });
});

describe("if the users cannot be read", () => {
  beforeEach(() => forbid("/user/"));

  test("a user field takes an id", async () => {
    await accepted(operating({ field: "Watchers", action: "add", value: users.benQuist }));
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${fields.watchers}.add`]: users.benQuist }]);
  });

  test("an e-mail address in a user field is refused, and an id asked for", async () => {
    expect(
      await refused(operating({ field: "Watchers", action: "add", value: "ben.quist@example.com" })),
    ).toMatch(/"Watchers": .*users could not be read.*user_… id/);
  });

  test("user fields of the opportunities found are shown as ids, with a warning", async () => {
    const reply = await find({ custom_fields: ["Sales engineer"], limit: 100 });
    expect(reply.structured).toMatchObject({
      opportunities: expect.arrayContaining([
        expect.objectContaining({
          id: elmStreetVisits,
          custom_fields: { "Sales engineer": users.benQuist },
        }),
      ]),
      warnings: [expect.stringContaining("The users could not be read")],
    });
  });
});
