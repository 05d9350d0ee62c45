import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, statuses, users, contacts, customFields } = ids;
const id = opportunities.acmeExpansion;
const seats = `custom.${customFields.seats}`;

const { sandbox, host, accepted, refused } = await serveUpdates();

describe("another word for an argument", () => {
  test.each([
    ["valuePeriod", "monthly", "value_period", { value_period: "monthly" }],
    ["deal-stage", "Won", "status_id", { status_id: statuses.salesWon }],
    ["expectedCloseDate", "2026-12-31", "date_won", { date_won: "2026-12-31" }],
    ["owner", "Ben Quist", "user_id", { user_id: users.benQuist }],
    ["contact", "Leo Park", "contact_id", { contact_id: contacts.leoPark }],
    ["customFields", [{ field: "Seats", action: "set", value: 7 }], "custom_fields", { [seats]: 7 }],
  ])("is understood, and a warning says so: %s", async (word, value, ours, body) => {
    const reply = await accepted({ id, [word]: value });
    expect(sentBodies(sandbox)).toEqual([body]);
    expect(reply.structured.warnings).toEqual([`${word} was read as ${ours}.`]);
  });

  test("is refused beside the argument itself", async () => {
    expect(await refused({ id, stage: "Won", status_id: "Lost" })).toContain(
      "- stage: is another word for status_id, which is given as well",
    );
  });

  test("is understood in an entry of update_opportunities and in an operation, and its place is said", async () => {
    const updates = [{ ids: [id], stage: "Won", custom_fields: [{ name: "Seats", op: "set", value: 7 }] }];
    const reply = await host.call({ updates }, "update_opportunities");
    expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.salesWon, [seats]: 7 }]);
    expect(reply.structured.warnings).toEqual([
      "updates[0].stage was read as status_id.",
      "updates[0].custom_fields[0].name was read as field.",
      "updates[0].custom_fields[0].op was read as action.",
    ]);
  });

  test("is understood in find_opportunities", async () => {
    const args = { company: "Acme Corp", owner: "Ada Quist", sort: "-value", page_size: 1 };
    const reply = await host.call(args, "find_opportunities");
    expect(reply.isError).toBe(false);
    expect(reply.structured.warnings).toEqual(
      expect.arrayContaining(["company was read as lead_names.", "page_size was read as limit."]),
    );
  });

  test.each<[string, unknown, Record<string, unknown>]>([
    ["a map of names and values", { Seats: 55 }, { [seats]: 55 }],
    [
      "a map as JSON text",
      '{"Seats": "55", "Competitor": "None"}',
      { [seats]: 55, [`custom.${customFields.competitor}`]: "None" },
    ],
    ["one operation", { field: "Seats", action: "set", value: 55 }, { [seats]: 55 }],
  ])("or form is understood for the list of operations: %s", async (_what, custom_fields, body) => {
    const reply = await accepted({ id, custom_fields });
    expect(sentBodies(sandbox)).toEqual([body]);
    expect(reply.structured.warnings).toEqual(["custom_fields was read as a list."]);
  });
});

describe("another spelling of a value is understood, and a warning says so:", () => {
  const link = `https://app.close.com/opportunity/${id}/`;
  test.each<[Record<string, unknown>, Record<string, unknown>, string]>([
    [{ value_period: "yearly" }, { value_period: "annual" }, 'value_period: "yearly" was read as "annual".'],
    [{ value_period: "Annual", value: 1 }, { value_period: "annual", value: 1 }, '"Annual" was read as "annual".'],
    [{ confidence: "51%" }, { confidence: 51 }, 'confidence: "51%" was read as 51.'],
    [{ value: 1, dry_run: "no" }, { value: 1 }, 'dry_run: "no" was read as false.'],
    [
      { date_won: "2026-12-31T00:00:00" },
      { date_won: "2026-12-31" },
      '"2026-12-31T00:00:00" was read as "2026-12-31".',
    ],
    [
      { custom_fields: [{ field: "Seats", value: 7 }] },
      { [seats]: 7 },
      "custom_fields[0] has no action and was read as set.",
    ],
    [{ id: link, value: 1 }, { value: 1 }, `id: "${link}" was read as "${id}".`],
    [{ id: `[Acme](${link})`, value: 1 }, { value: 1 }, `was read as "${id}".`],
    [{ id: ` "${id}" `, value: 1 }, { value: 1 }, `was read as "${id}".`],
    [
      { clear: ["contact", "owner"] },
      { contact_id: null, user_id: null },
      'clear[0]: "contact" was read as "contact_id".',
    ],
  ])("%j", async (args, body, warning) => {
    const reply = await accepted({ id, ...args });
    expect(sentBodies(sandbox)).toEqual([body]);
    expect([reply.structured.warnings].flat().join()).toContain(warning);
  });

  test("several ids in one text, in update_opportunities", async () => {
    const updates = [{ ids: `${id}, ${opportunities.fjordFleet}`, value: 1 }];
    const reply = await host.call({ updates }, "update_opportunities");
    expect(sentBodies(sandbox)).toEqual([{ value: 1 }, { value: 1 }]);
    expect([reply.structured.warnings].flat()).toContain("updates[0].ids was read as a list of 2.");
  });

  test("history as true, and a link, in get_opportunity", async () => {
    const reply = await host.call({ id: link, history: true }, "get_opportunity");
    expect(reply.structured).toMatchObject({ id, history: [] });
    expect([reply.structured.warnings].flat()).toContain("history: true was read as 10.");
  });
});

describe("a word that is never guessed is refused with what to send", () => {
  test.each([
    ["amount", "Cents or dollars? Send value, in cents: $500.00 = 50000"],
    ["notes", "Send note_append to add to the note, or note to replace it"],
    ["probability", "Send confidence, in whole percent"],
    ["pipeline_id", "Send status_id: `Pipeline / Label` moves it to another pipeline"],
    ["tags", 'Send custom_fields with the action add: [{"field": "…", "action": "add", "value": ["…"]}]'],
    ["fields", 'Send custom_fields: [{"field": "…", "action": "set", "value": ["…"]}]'],
    ["ids", "For several opportunities use update_opportunities"],
    ["title", "An opportunity in Close has no name of its own"],
    ["currency", "The currency of an opportunity cannot be changed here"],
    ["lead_id", "The lead of an opportunity cannot be changed or renamed here"],
    ["date_lost", "Close does not let this be changed"],
  ])("%s: %s", async (word, advice) => {
    expect(await refused({ id, value_period: "annual", [word]: "x" })).toContain(`\n- ${word}: ${advice}`);
  });

  test("names both readings of an amount", async () => {
    expect(await refused({ id, price: 500 })).toContain("in cents: 50000 if it is dollars, 500 if it is cents");
  });

  test.each(["arguments", "update", "opportunity"])("is what encloses the arguments: %s", async (word) => {
    expect(await refused({ id, [word]: { value: 5 } })).toContain(
      `- ${word}: Send what is in it as arguments themselves`,
    );
  });

  test("in find_opportunities too, which says nothing of records that it does not change", async () => {
    const { text } = await host.call({ close_date: "2026-12-31" }, "find_opportunities");
    expect(text).toMatch(/^find_opportunities was called with 1 invalid argument\.$/m);
    expect(text).toContain("- close_date: Send date_won_from and date_won_to");
    expect(text).not.toMatch(/unchanged|Nothing was sent/);
  });
});

describe("any other unknown argument", () => {
  test("is refused with those that there are, the nearest first, once a call", async () => {
    const text = await refused({ id, confidense: 20, valeu: 5 });
    expect(text).toContain("was called with 2 invalid arguments.");
    expect(text).toMatch(/^- confidense: unknown argument\. Known: confidence, .*expected_date_updated/m);
    expect(text).toMatch(/^- valeu: unknown argument\. If it is a custom field, send custom_fields: \[\{/m);
  });

  test("beside updates is refused with where changes belong", async () => {
    const updates = [{ ids: [id], confidence: 42 }];
    const { text } = await host.call({ updates, status_id: "Won" }, "update_opportunities");
    expect(text).toContain("- status_id: unknown argument. Known: ");
    expect(text).toContain("What is to be changed goes into an entry of updates: [{");
    expect(sentBodies(sandbox)).toEqual([]);
  });

  test("is ignored if it is empty, and never empties a field of that name", async () => {
    const reply = await accepted({ id, value: 1, Seats: null });
    expect(sentBodies(sandbox)).toEqual([{ value: 1 }]);
    expect(reply.structured.warnings).toEqual([expect.stringContaining("null or empty: Seats.")]);
  });

  // Unlike a literal, a computed key makes an ordinary one of "__proto__".
  const ofEveryObject = { constructor: "x", toString: "x", ["__proto__"]: "x" };

  test("is refused also if every object seems to have it, at every level", async () => {
    const operation = { field: "Seats", action: "set", value: ["7"], ...ofEveryObject };
    const updates = [{ ids: [id], value: 1, custom_fields: [operation], ...ofEveryObject }];
    const { text } = await host.call({ updates, ...ofEveryObject }, "update_opportunities");
    expect(text).toContain("was called with 9 invalid arguments.");
    for (const place of ["", "updates[0].", "updates[0].custom_fields[0]."]) {
      for (const key of Object.keys(ofEveryObject)) {
        expect(text).toContain(`\n- ${place}${key}: unknown argument`);
      }
    }
  });
});

test("a tool that does not exist is answered with a protocol error that names the nearest one", async () => {
  const call = host.client.callTool({ name: "update_oportunity", arguments: { id } });
  await expect(call).rejects.toMatchObject({
    code: -32602,
    message: expect.stringMatching(/update_oportunity.*update_opportunity/s),
  });
  expect(sandbox.requests).toEqual([]);
});
