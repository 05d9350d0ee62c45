import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, statuses, users, contacts, customFields } = ids;
/** Sales / Active, $500 once, no date_won, no contact, on Mondays. */
const id = opportunities.acmeExpansion;

const { sandbox, host, accepted, refused, stored } = await serveUpdates();

describe("an empty value counts as not given", () => {
  const optional = [
    "status_id",
    "date_won",
    "value",
    "value_period",
    "confidence",
    "note",
    "note_html",
    "contact_id",
    "user_id",
    "custom_fields",
    "clear",
    "time_zone",
    "dry_run",
    "expected_date_updated",
  ];
  const strays = [null, "", "null", "  ", "None", " undefined ", "nil", "<nil>", "NULL"];
  const cases = optional.flatMap((argument) => strays.map((stray) => [argument, stray] as const));

  test.each(cases)("and is reported as ignored: %s %j", async (argument, stray) => {
    const [other, body] =
      argument === "value"
        ? [{ confidence: 20 }, { confidence: 20 }]
        : [{ value: 60_000 }, { value: 60_000 }];
    const reply = await accepted({ id: opportunities.blueHeronShop, ...other, [argument]: stray });
    expect(sentBodies(sandbox)).toEqual([body]);
    expect(reply.structured.warnings).toEqual([
      expect.stringMatching(new RegExp(`Ignored.*: ${argument}\\.`)),
    ]);
    expect(reply.summary).toContain("Ignored");
  });

  test("and is reported as ignored in all arguments at once, as some hosts send it", async () => {
    const untouched = Object.fromEntries(optional.map((argument) => [argument, null]));
    const reply = await accepted({ ...untouched, id, value: 60_000 });
    expect(sentBodies(sandbox)).toEqual([{ value: 60_000 }]);
    const ignored = optional.filter((argument) => argument !== "value").join(", ");
    expect(reply.structured.warnings).toEqual([expect.stringContaining(ignored)]);
  });

  test("so that an empty note leaves the note as it is, and only clear empties it", async () => {
    await accepted({ id, note: "", value: 60_000 });
    expect(stored(id).note).toBe("Second warehouse needs lamps.");
    await accepted({ id, note: "", clear: ["note"] });
    expect(stored(id).note).toBe("");
    expect(sentBodies(sandbox)).toEqual([{ value: 60_000 }, { note: "" }]);
  });

  test.each([
    ["null", { value: null, date_won: null }, "value, date_won"],
    ["an empty note", { note: "" }, "note"],
  ])(
    "and is refused with the way to empty a field if nothing else is given: %s",
    async (_what, given, names) => {
      const text = await refused({ id, ...given });
      expect(text).toContain("no change was given");
      expect(text).toMatch(new RegExp(`Ignored.*: ${names}\\..*clear`));
    },
  );
});

describe("a value that a host has made text, or a text a list,", () => {
  test.each([
    ["value", "50001", { value: 50_001 }],
    ["value", " 50001 ", { value: 50_001 }],
    ["value", "0", { value: 0 }],
    ["confidence", "80", { confidence: 80 }],
    ["clear", '["note"]', { note: "" }],
    ["clear", "[]", { value_period: "annual" }],
    [
      "custom_fields",
      '[{"field": "Seats", "action": "set", "value": 7}]',
      { [`custom.${customFields.seats}`]: 7 },
    ],
    [
      "custom_fields",
      ['{"field": "Seats", "action": "set", "value": "7"}'],
      { [`custom.${customFields.seats}`]: 7 },
    ],
  ])("is read as what it was: %s %j", async (argument, given, body) => {
    const other = given === "[]" ? { value_period: "annual" } : {};
    await accepted({ id, ...other, [argument]: given });
    expect(sentBodies(sandbox)).toEqual([body]);
  });

  test.each([true, "true", "True", " TRUE "])(
    "is read as true if it says so, and nothing is sent: dry_run %j",
    async (dry_run) => {
      const reply = await accepted({ id, value: 1, dry_run });
      expect(sentBodies(sandbox)).toEqual([]);
      expect(reply.structured.dry_run).toBe(true);
    },
  );

  test.each([false, "false"])(
    "is read as false if it says so, and the update is sent: dry_run %j",
    async (dry_run) => {
      await accepted({ id, value: 1, dry_run });
      expect(sentBodies(sandbox)).toEqual([{ value: 1 }]);
    },
  );

  test.each([
    ["dry_run", "yes", "must be true or false"],
    ["dry_run", 1, "must be true or false"],
    ["clear", '["note"', "must be a list"],
    ["clear", '{"note": true}', "must be a list"],
    ["custom_fields", "Seats = 7", "must be a list"],
    ["custom_fields", { field: "Seats", action: "unset" }, "must be a list"],
  ])("is refused with what is needed if it cannot be read so: %s %j", async (argument, given, reason) => {
    expect(await refused({ id, value: 1, [argument]: given })).toContain(`${argument}: ${reason}`);
  });
});

describe("keys that hosts add beside the arguments", () => {
  const added = {
    toolCallId: "call_1",
    sessionId: "s",
    chatInput: "hi",
    action: "sendMessage",
    tool: "update",
  };

  test("are ignored with a warning that names them", async () => {
    const reply = await accepted({
      id,
      value: 60_000,
      ...added,
      task_progress: "- [x] find",
      wait_for_previous: true,
    });
    expect(sentBodies(sandbox)).toEqual([{ value: 60_000 }]);
    expect(reply.structured.warnings).toEqual([
      "Ignored, because added by the host: toolCallId, sessionId, chatInput, action, tool, task_progress, wait_for_previous.",
    ]);
  });

  test.each([
    ["find_opportunities", { lead_name: "Acme" }],
    ["get_opportunity", { id }],
    ["describe_opportunity_fields", {}],
    ["update_opportunities", { updates: [{ ids: [id], value: 1 }] }],
  ])("are ignored by %s as well", async (tool, args) => {
    const reply = await host.call({ ...args, ...added }, tool);
    expect(reply.isError).toBe(false);
    expect(reply.structured.warnings).toEqual([expect.stringContaining("toolCallId")]);
  });

  test("beside a mistake are named in the refusal, but are no mistakes themselves", async () => {
    const text = await refused({ id, confidence: 101, ...added });
    expect(text).toContain("was called with 1 invalid argument.");
    expect(text).toContain("added by the host: toolCallId");
  });
});

describe("white space around ids, names and days", () => {
  test.each([
    [{ id: ` ${id}\n` }, { value: 1 }],
    [
      { id, status_id: ` ${statuses.salesWon} ` },
      { status_id: statuses.salesWon, value: 1 },
    ],
    [
      { id, user_id: `\t${users.benQuist}` },
      { user_id: users.benQuist, value: 1 },
    ],
    [
      { id, contact_id: `${contacts.leoPark} ` },
      { contact_id: contacts.leoPark, value: 1 },
    ],
    [
      { id, date_won: " 2026-12-31 " },
      { date_won: "2026-12-31", value: 1 },
    ],
  ])("is taken off: %j", async (given, body) => {
    await accepted({ value: 1, ...given });
    expect(sentBodies(sandbox)).toEqual([body]);
  });
});

test.each<[string, string[]]>([
  ["an empty list", []],
  ["a word for null", ["None"]],
])("an operation to unset a custom field ignores a value that a host filled in: %s", async (_what, value) => {
  await accepted({
    id: opportunities.acmeRenewal,
    custom_fields: [{ field: "Seats", action: "unset", value }],
  });
  expect(sentBodies(sandbox)).toEqual([{ [`custom.${customFields.seats}`]: null }]);
});

describe("an agent that fills in every argument", () => {
  const filledIn = {
    ...Object.fromEntries(
      ["status_id", "date_won", "note", "note_append", "note_html", "contact_id", "user_id"].map((name) => [
        name,
        "",
      ]),
    ),
    value: 0,
    value_period: "one_time",
    confidence: 0,
    custom_fields: [],
    clear: [],
    time_zone: "",
    dry_run: false,
    expected_date_updated: "",
  };
  const held = { value: 50_000, confidence: 50 };

  test("is refused if its zeros would wipe what is there, with how to call again", async () => {
    const text = await refused({ ...filledIn, id });
    expect(text).toContain(
      "that would replace value ($500.00 one-time) and confidence (50). Call again with only the arguments",
    );
    expect(stored(id)).toMatchObject(held);
  });

  test("is refused also if it wants something else besides", async () => {
    await refused({ ...filledIn, id, status_id: "Won", date_won: "2026-11-23" });
    expect(stored(id)).toMatchObject({ ...held, status_id: statuses.salesActive });
  });

  test("gets through with value and confidence as they are", async () => {
    await accepted({ ...filledIn, id, ...held, status_id: "Won" });
    expect(sentBodies(sandbox)).toEqual([
      { status_id: statuses.salesWon, ...held, value_period: "one_time" },
    ]);
  });

  test("gets through with zeros that are meant, if it shows that it has read the opportunity", async () => {
    await accepted({ ...filledIn, id, expected_date_updated: stored(id).date_updated });
    expect(stored(id)).toMatchObject({ value: 0, confidence: 0 });
  });

  test("is not mistaken for a strict host, which sends null for what is not given, and means its zeros", async () => {
    const nulls = Object.fromEntries(Object.keys(filledIn).map((name) => [name, null]));
    const reply = await accepted({ ...nulls, id, value: 0, confidence: 0 });
    expect(sentBodies(sandbox)).toEqual([{ value: 0, confidence: 0 }]);
    expect(reply.structured.warnings).toEqual([expect.stringContaining("Ignored because null or empty")]);
  });

  test("in part is warned of the zero, with what was there", async () => {
    const reply = await accepted({ id, value: 0, note: "", contact_id: "" });
    expect(sentBodies(sandbox)).toEqual([{ value: 0 }]);
    expect(reply.structured.warnings).toContainEqual(
      "value was given as 0, and note, contact_id as empty text. Before, value was $500.00 one-time: if the 0 was only filled in as well, set it back.",
    );
  });

  test("in an entry of update_opportunities, is refused in that row alone", async () => {
    const { time_zone, dry_run, ...entry } = filledIn;
    const updates = [
      { ...entry, ids: [id], id: "" },
      { ids: [opportunities.acmeRenewal], confidence: 70 },
    ];
    const reply = await host.call({ updates }, "update_opportunities");
    expect(reply.isError).toBe(false);
    expect(reply.structured.results).toMatchObject([
      { id, outcome: "refused", error: expect.stringContaining("every argument was given") },
      { id: opportunities.acmeRenewal, outcome: "updated" },
    ]);
    expect(stored(id)).toMatchObject(held);
  });
});
