import { describe, expect, test } from "vitest";
import { updateArguments } from "../../../src/opportunity/update/arguments.ts";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, statuses, customFields } = ids;
/** Sales / Active, $500 once, no date_won, no contact, on Mondays. */
const id = opportunities.acmeExpansion;

const { sandbox, host, accepted, refused, stored } = await serveUpdates();

describe("an empty value counts as not given", () => {
  // Every argument with every such value: the tests of the reader in test/mcp/.
  test.each([
    ["confidence", "<nil>"],
    ["note", " None "],
    ["custom_fields", "null"],
    ["clear", ""],
    ["dry_run", null],
  ])("and is reported as ignored: %s %j", async (argument, stray) => {
    const reply = await accepted({ id, value: 60_000, [argument]: stray });
    expect(sentBodies(sandbox)).toEqual([{ value: 60_000 }]);
    expect(reply.structured.warnings).toEqual([
      `Ignored because null or empty: ${argument}. An empty value never empties a field: that takes clear, or the action unset for a custom field.`,
    ]);
    expect(reply.summary).toContain("Ignored");
  });

  test("also beside zeros that are meant, from hosts that send null for all that is not given", async () => {
    const nulls = { status_id: null, note: null, note_append: null, custom_fields: null, dry_run: null };
    const reply = await accepted({ ...nulls, id, value: 0, confidence: 0 });
    expect(sentBodies(sandbox)).toEqual([{ value: 0, confidence: 0 }]);
    const ignored = Object.keys(nulls).join(", ");
    expect(reply.structured.warnings).toEqual([expect.stringContaining(`: ${ignored}.`)]);
  });

  test("so that an empty note leaves the note as it is, and only clear empties it", async () => {
    await accepted({ id, note: "", value: 60_000 });
    expect(stored(id).note).toBe("Second warehouse needs lamps.");
    await accepted({ id, note: "", clear: ["note"] });
    expect(sentBodies(sandbox)).toEqual([{ value: 60_000 }, { note: "" }]);
  });

  test("and is refused with the way to empty a field if nothing else is given", async () => {
    const text = await refused({ id, value: null, date_won: null });
    expect(text).toContain("no change was given");
    expect(text).toMatch(/Ignored.*: value, date_won\..*clear/);
  });
});

describe("a value that a host has made text, or a text a list,", () => {
  const seats = '{"field": "Seats", "action": "set", "value": "7"}';
  test.each([
    ["value", " 50001 ", { value: 50_001 }],
    ["clear", '["note"]', { note: "" }],
    ["custom_fields", `[${seats}]`, { [`custom.${customFields.seats}`]: 7 }],
    ["custom_fields", [seats], { [`custom.${customFields.seats}`]: 7 }],
  ])("is read as what it was: %s %j", async (argument, given, body) => {
    await accepted({ id, [argument]: given });
    expect(sentBodies(sandbox)).toEqual([body]);
  });

  test("is read as true or false if it says so: dry_run", async () => {
    expect((await accepted({ id, value: 1, dry_run: " TRUE " })).structured.dry_run).toBe(true);
    expect(sentBodies(sandbox)).toEqual([]);
    await accepted({ id, value: 1, dry_run: "false" });
    expect(sentBodies(sandbox)).toEqual([{ value: 1 }]);
  });

  test("is refused with what is needed if it cannot be read so", async () => {
    const text = await refused({ id, value: 1, dry_run: 1, clear: '["note"', custom_fields: "Seats = 7" });
    expect(text).toContain("- dry_run: must be true or false");
    expect(text).toContain("- clear: must be a list");
    expect(text).toContain("- custom_fields: must be a list of operations");
  });
});

describe("keys that hosts add beside the arguments", () => {
  const added = { toolCallId: "call_1", sessionId: "s", chatInput: "hi", action: "sendMessage" };

  test.each([
    ["update_opportunity", { id, value: 60_000 }],
    ["find_opportunities", { lead_names: ["Acme"] }],
    ["describe_opportunity_fields", {}],
    ["update_opportunities", { updates: [{ ids: [id], value: 1 }] }],
  ])("are ignored by %s, with a warning that names them", async (tool, args) => {
    const reply = await host.call({ ...args, ...added }, tool);
    expect(reply.isError).toBe(false);
    expect(reply.structured.warnings).toEqual([
      "Ignored, because added by the host: toolCallId, sessionId, chatInput, action.",
    ]);
  });

  test("beside a mistake are named in the refusal, but are no mistakes themselves", async () => {
    const text = await refused({ id, confidence: 101, ...added });
    expect(text).toContain("was called with 1 invalid argument.");
    expect(text).toContain("added by the host: toolCallId");
  });
});

test("white space around ids, names and days is taken off", async () => {
  await accepted({
    id: ` ${id}\n`,
    status_id: ` ${statuses.salesWon} `,
    date_won: " 2026-12-31 ",
  });
  expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.salesWon, date_won: "2026-12-31" }]);
});

describe("an agent that fills in every argument", () => {
  const filledIn = {
    ...Object.fromEntries(Object.keys(updateArguments.shape).map((name) => [name, ""])),
    value: 0,
    value_period: "one_time",
    confidence: 0,
    custom_fields: [],
    clear: [],
    dry_run: false,
  };
  const held = { value: 50_000, confidence: 50 };

  test("is refused with how to call again, as its zeros would replace what is there", async () => {
    const text = await refused({ ...filledIn, id, status_id: "Won", date_won: "2026-11-23" });
    expect(text).toContain("every argument was given");
    expect(text).toContain("call again with only the arguments that are meant");
    expect(stored(id)).toMatchObject({ ...held, status_id: statuses.salesActive });
  });

  test("is refused in an entry of update_opportunities too, by its place", async () => {
    const { id: _, time_zone, dry_run, ...entry }: Record<string, unknown> = filledIn;
    const { isError, text } = await host.call(
      {
        updates: [
          { ids: [id], confidence: 70 },
          { ...entry, ids: [opportunities.acmeRenewal], id: "" },
        ],
      },
      "update_opportunities",
    );
    expect(isError).toBe(true);
    expect(text).toContain("- updates[1]: every argument was given");
    expect(sentBodies(sandbox)).toEqual([]);
  });
});
