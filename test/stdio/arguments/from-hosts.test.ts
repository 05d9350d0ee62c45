import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, customFields } = ids;
/** Sales / Active, $500 once, no date_won, no contact, on Mondays. */
const id = opportunities.acmeExpansion;

const { sandbox, host, accepted, refused, stored } = await serveUpdates();

describe("an empty value counts as not given", () => {
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
