import { beforeEach, describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { type Operation, serveUpdates } from "../../support/updates.ts";

const { contacts, customFields: fields, opportunities, statuses, users } = ids;
const { acmeExpansion, elmStreetVisits } = opportunities;

// It reads every list for every call.
const { sandbox, host, accepted, refused } = await serveUpdates(undefined, { forgets: true });

function fail(path: string, status: number): void {
  sandbox.fault({ kind: "answer", status, body: "No", path, times: Infinity });
}

const forbid = (path: string) => fail(path, 403);

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
      warnings: [expect.stringContaining("The custom fields could not be read")],
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

describe("whether calling again helps", () => {
  const seats = { field: "Seats", action: "set", value: 7 } as const;
  const watchers = { field: "Watchers", action: "add", value: "Ben Quist" } as const;
  const correct = "Correct this and call again; the same arguments will be refused again.";
  /** A request that Close gave up on is not sent again by itself, so that no test waits. */
  const passing = 408;

  describe.each<[string, string, Record<string, unknown>]>([
    ["statuses", "/pipeline/", { id: acmeExpansion, status_id: "Won" }],
    ["contacts", "/contact/", { id: acmeExpansion, contact_id: "Leo Park" }],
    ["users", "/user/", { id: acmeExpansion, user_id: "Ben Quist" }],
    ["users, named in a field", "/user/", operating(watchers)],
    ["key's user", "/me/", { id: acmeExpansion, user_id: "me" }],
    ["custom fields", "/custom_field_schema/", operating(seats)],
  ])("if the %s cannot be read", (_list, path, args) => {
    test("for a passing reason, the refusal says to call again, and no more", async () => {
      fail(path, passing);
      expect((await refused(args)).split("\n").at(-1)).toBe("Call again in a moment.");
      sandbox.reset();
      await accepted(args);
    });

    test("for a passing reason, and something else is mistaken, that is to be corrected first", async () => {
      fail(path, passing);
      const text = await refused({ ...args, value: "12.5", contact: "x" });
      expect(text.split("\n").at(-1)).toMatch(/^Correct the rest, then call again in a moment; /);
    });

    test("for a reason that stays, the refusal says that the same will be refused again", async () => {
      forbid(path);
      expect((await refused(args)).split("\n").at(-1)).toBe(correct);
    });

    test("what cannot be done here is to be left out, whatever passes", async () => {
      fail(path, passing);
      const text = await refused({ ...args, currency: "EUR" });
      expect(text).toMatch(/^Leave out what this server cannot do, .* Then call again in a moment\.$/m);
    });
  });

  test("is said by the lists that a search needs as well", async () => {
    fail("/pipeline/", passing);
    const { text } = await find({ status: "Won" });
    expect(text.split("\n").at(-1)).toBe("Call again in a moment.");
  });

  test("is said in the line of a row that cannot be checked just now", async () => {
    fail("/pipeline/", passing);
    const updates = [{ ids: [acmeExpansion], status_id: "Won" }];
    const { text } = await host.call({ updates }, "update_opportunities");
    expect(text).toMatch(
      /status_id: "Won" cannot be looked up.*Give the stat_… id\. Call again in a moment\./,
    );
  });

  test("is said if no list at all can be read", async () => {
    sandbox.fault({ kind: "answer", status: passing, times: Infinity });
    const passed = await host.call({}, "describe_opportunity_fields");
    expect(passed.text.split("\n").at(-1)).toBe("Call again in a moment.");
    sandbox.reset();
    sandbox.fault({ kind: "answer", status: 403, times: Infinity });
    const stays = await host.call({}, "describe_opportunity_fields");
    expect(stays.text.split("\n").at(-1)).toBe("Fix the problems above, then call again.");
  });

  test("is said if it is the opportunity itself that cannot be read just now", async () => {
    fail("/opportunity/", passing);
    const visits = { field: "Visit days", action: "add", value: ["Monday", "Friday"] };
    for (const args of [{ note_append: "More." }, { contact_id: "Leo Park" }, { custom_fields: [visits] }]) {
      const text = await refused({ id: acmeExpansion, ...args });
      expect(text.split("\n").at(-1)).toBe("Call again in a moment.");
    }
    const mixed = await refused({ id: acmeExpansion, status_id: "Won", value: "12.5", dry_run: true });
    expect(mixed).toMatch(/^- id: .*408/m);
    expect(mixed.split("\n").at(-1)).toMatch(/^Correct the rest, then call again in a moment; /);
  });
});
