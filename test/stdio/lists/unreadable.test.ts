import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { type Operation, serveUpdates } from "../../support/updates.ts";

const { contacts, customFields: fields, statuses, users } = ids;
const { acmeExpansion, elmStreetVisits } = ids.opportunities;

// It reads every list for every call.
const { sandbox, host, accepted, refused } = await serveUpdates(undefined, { forgets: true });

function fail(path: string, status: number): void {
  sandbox.fault({ kind: "answer", status, body: "No", path, times: Infinity });
}

const operating = (operation: Operation) => ({ id: elmStreetVisits, custom_fields: [operation] });
const find = (args: Record<string, unknown>) => host.call(args, "find_opportunities");
const visits = { field: fields.visitDays, action: "add", value: "Monday" };
const seats = { field: fields.seats, action: "set", value: 7 };

describe("if a list cannot be read, an id in its place is sent as it is:", () => {
  test.each<[string, string, Record<string, unknown>, Record<string, unknown>]>([
    ["a status's", "/pipeline/", { id: acmeExpansion, status_id: statuses.salesWon }, { status_id: statuses.salesWon }],
    ["a contact's", "/contact/", { id: acmeExpansion, contact_id: contacts.leoPark }, { contact_id: contacts.leoPark }],
    [
      "a user's in a field",
      "/user/",
      operating({ field: "Watchers", action: "add", value: users.benQuist }),
      { [`custom.${fields.watchers}.add`]: users.benQuist },
    ],
  ])("%s", async (_whose, path, args, body) => {
    fail(path, 403);
    await accepted(args);
    expect(sentBodies(sandbox)).toEqual([body]);
  });

  test.each([
    ["set", seats, { [`custom.${fields.seats}`]: 7 }],
    ["add", visits, { [`custom.${fields.visitDays}.add`]: "Monday" }],
  ])("a custom field's to %s, with a warning that it was not checked", async (_what, operation, body) => {
    fail("/custom_field_schema/", 403);
    const reply = await accepted(operating(operation));
    expect(sentBodies(sandbox)).toEqual([body]);
    expect(reply.structured.warnings).toEqual([
      expect.stringMatching(/not checked. The custom fields could not be read.*403/),
    ]);
    expect(reply.summary).toContain("not checked");
  });
});

describe("if a list cannot be read, a name ends the call, which asks for an id, and says whether calling again helps:", () => {
  test.each<[string, string, string, Record<string, unknown>]>([
    ["status_id", "pipelines", "/pipeline/", { id: acmeExpansion, status_id: "Won" }],
    ["contact_id", "contacts", "/contact/", { id: acmeExpansion, contact_id: "Leo Park" }],
    ["user_id", "key's user", "/me/", { id: acmeExpansion, user_id: "me" }],
    ["custom_fields[0]", "custom fields", "/custom_field_schema/", operating({ ...seats, field: "Seats" })],
    ["custom_fields[0]", "users", "/user/", operating({ field: "Watchers", action: "add", value: "Ben Quist" })],
  ])("%s, by the %s", async (argument, noun, path, args) => {
    const problem = `${argument} cannot be looked up. The ${noun} could not be read: `;
    fail(path, 403);
    const lasting = await refused(args);
    expect(lasting).toContain(problem);
    expect(lasting).toMatch(/\nGive an id instead of the name\. .* The same call will fail again\.$/);
    sandbox.reset();
    // A request that Close gave up on is not sent again by itself, so that no test waits.
    fail(path, 408);
    const passing = await refused(args);
    expect(passing).toContain(problem);
    expect(passing).toMatch(/\nGive an id instead of the name\. Call again in a moment\./);
    sandbox.reset();
    await accepted(args);
  });

  test("in the line of a row that cannot be checked just now", async () => {
    fail("/contact/", 408);
    const rows = { updates: [{ ids: [acmeExpansion], contact_id: "Leo Park" }] };
    const { text } = await host.call(rows, "update_opportunities");
    expect(text).toMatch(/refused: contact_id cannot be looked up\..*Call again in a moment/);
  });
});

test("what depends on what the opportunity holds is not sent if that cannot be read", async () => {
  fail("/opportunity/", 408);
  for (const args of [
    { id: acmeExpansion, note_append: "x" },
    operating({ field: "Tags", action: "add", value: ["Weekend", "Wednesday"] }),
  ]) {
    expect(await refused(args)).toMatch(
      /depends on what the opportunity holds, and that could not be read\..*Call again in a moment/s,
    );
  }
});

describe("opportunities are found with a warning", () => {
  const { seats: id } = fields;
  test.each([
    ["custom fields", "/custom_field_schema/", id, { [id]: 12 }],
    ["users", "/user/", "Sales engineer", { "Sales engineer": users.benQuist }],
  ])("if the %s cannot be read, under ids", async (noun, path, field, custom_fields) => {
    fail(path, 403);
    const reply = await find({ custom_fields: [field], limit: 100 });
    expect(reply.structured).toMatchObject({
      opportunities: expect.arrayContaining([expect.objectContaining({ id: elmStreetVisits, custom_fields })]),
      warnings: [expect.stringContaining(`The ${noun} could not be read`)],
    });
  });
});
