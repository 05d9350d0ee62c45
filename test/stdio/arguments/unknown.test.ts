import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, customFields } = ids;
const id = opportunities.acmeExpansion;

const { sandbox, host, accepted, refused } = await serveUpdates();

describe("an unknown argument", () => {
  test.each([
    ["statusId", "status_id"],
    ["status", "status_id"],
    ["data_won", "date_won"],
    ["valeu", "value"],
    ["VALUE", "value"],
    ["valuePeriod", "value_period"],
    ["confidense", "confidence"],
    ["notes", "note_append"],
    ["noteHtml", "note_html"],
    ["contact", "contact_id"],
    ["user", "user_id"],
    ["custom_field", "custom_fields"],
    ["timezone", "time_zone"],
    ["dryRun", "dry_run"],
    ["expected_date_update", "expected_date_updated"],
  ])("is refused with the nearest one that there is: %s, %s", async (unknown, near) => {
    expect(await refused({ id, value_period: "annual", [unknown]: "x" })).toMatch(
      new RegExp(`^- ${unknown}: unknown argument\\. Did you mean "${near}"`, "m"),
    );
  });

  test("is refused with all that there are if it resembles none, even if its value is empty", async () => {
    const text = await refused({ id, value: 1, zodiac: null });
    expect(text).toMatch(/^- zodiac: unknown argument\. Known: id, status_id, .*expected_date_updated\. If/m);
  });

  test.each([
    [`custom.${customFields.seats}`, "custom_fields"],
    [customFields.seats, "custom_fields"],
    ["custom", "custom_fields"],
    ["pipeline_id", "status_id"],
    ["lead_id", "cannot be changed or renamed here"],
    ["date_lost", "does not let this be changed"],
    ["value_currency", "cannot be changed here"],
    ["expected_value", "does not let this be changed"],
    ["annualized_value", "does not let this be changed"],
    ["created_by", "does not let this be changed"],
  ])("is refused with where it belongs, or that it cannot be changed: %s", async (unknown, advice) => {
    const text = await refused({ id, value: 1, [unknown]: "x" });
    const line = text.split("\n").find((one) => one.startsWith(`- ${unknown}: unknown argument.`));
    expect(line?.replace(/Known: .*/, "")).toContain(advice);
  });

  test.each(["custom", "customFields", "custom_field_values", "fields", "properties"])(
    "is refused with the operations that it means: %s of fields and their values",
    async (unknown) => {
      const text = await refused({ id, [unknown]: { Seats: 55, "Tags.add": ["Monday"] } });
      expect(text).toContain(
        `- ${unknown}: unknown argument. Did you mean "custom_fields"? It must be a list of operations: [{"field":"Seats","action":"set","value":["55"]}, {"field":"Tags","action":"add","value":["Monday"]}]`,
      );
    },
  );

  test.each(["constructor", "toString", "hasOwnProperty", "__proto__"])(
    "is refused also if every object seems to have it: %s",
    async (name) => {
      const text = await refused({ id, value: 1, [name]: "x" });
      expect(text).toContain("with 1 invalid argument.");
      expect(text).toContain(`- ${name}: unknown argument. Known: `);
    },
  );

  test.each(["find_opportunities", "describe_opportunity_fields", "update_opportunities"])(
    "named __proto__ is refused by %s too",
    async (tool) => {
      const { isError, text } = await host.call({ ["__proto__"]: { limit: 1 } }, tool);
      expect(isError).toBe(true);
      expect(text).toContain("- __proto__: unknown argument. Known: ");
    },
  );
});

describe("a word of another system", () => {
  test.each([
    ...["close_at", "close_date", "closeDate", "expected_date", "expected_close_date"].map((word) => [
      word,
      '"date_won"',
    ]),
    ...["amount", "price", "deal_value", "dealValue"].map((word) => [word, '"value"? It is in cents']),
    ...["owner", "assignee", "owner_id", "ownerId", "assigned_to"].map((word) => [word, '"user_id"']),
    ...["stage", "status", "dealstage", "pipeline"].map((word) => [word, '"status_id"']),
    ...["probability", "win_probability"].map((word) => [word, '"confidence"']),
    ...["tags", "labels"].map((word) => [word, `{"field":"${word}","action":"add","value":["x"]}`]),
    ...["contact", "contact_name"].map((word) => [word, '"contact_id"']),
    ...["notes", "comment", "description"].map((word) => [
      word,
      '"note_append", which adds to the note, or "note"',
    ]),
    ["ids", "use update_opportunities"],
  ])("is refused with the word of this one: %s, %s", async (word, ours) => {
    const text = await refused({ id, confidence: 20, [String(word)]: "x" });
    const line = text.split("\n").find((one) => one.startsWith(`- ${word}: unknown argument.`));
    expect(line).toContain(ours);
  });

  test.each([
    ["name", "has no name of its own"],
    ["title", "has no name of its own"],
    ["currency", "cannot be changed here"],
    ["lead_name", "cannot be changed or renamed here"],
    ["lead_id", "cannot be changed or renamed here"],
    ["date_created", "Close does not let this be changed"],
  ])("is not taken for what it is not, and calling again is not advised: %s %s", async (word, reason) => {
    const text = await refused({ id, [word]: "x" });
    expect(text).toContain(`- ${word}: unknown argument.`);
    expect(text).toContain(reason);
    expect(text).not.toContain("Did you mean");
    expect(text).not.toContain("call again");
  });

  test("is refused in an entry of update_opportunities too, by its place", async () => {
    const updates = [{ ids: [id], stage: "Won", name: "x", "custom.cf_x": 5 }];
    const { isError, text } = await host.call({ updates }, "update_opportunities");
    expect(isError).toBe(true);
    expect(text).toContain('- updates[0].stage: unknown argument. Did you mean "status_id"?');
    expect(text).toContain(
      "- updates[0].name: unknown argument. An opportunity in Close has no name of its own",
    );
    expect(text).toContain('custom_fields: [{"field":"custom.cf_x","action":"set","value":["5"]}]');
    expect(text).toContain(
      "Leave out what this server cannot do, whatever the arguments, and report that to the user. Correct the rest, then call again",
    );
  });

  test.each([
    ["status_id", "status"],
    ["owner", "user"],
    ["assignee", "user"],
    ["user_id", "user"],
    ["company", "lead_name"],
    ["name", "lead_name"],
    ["close_date", "date_won_from"],
    ["sort", "order_by"],
    ["offset", "skip"],
    ["page_size", "limit"],
  ])("is refused in find_opportunities too, with the word of this one: %s, %s", async (word, ours) => {
    const { isError, text } = await host.call({ [word]: "x" }, "find_opportunities");
    expect(isError).toBe(true);
    expect(text).toMatch(/^find_opportunities was called with 1 invalid argument\.$/m);
    expect(text).toContain(`- ${word}: unknown argument. Did you mean "${ours}"`);
    expect(text).not.toMatch(/unchanged|Nothing was sent/);
  });
});

describe("an argument at another level than its own is refused with the level where it belongs", () => {
  test.each(["dry_run", "note", "clear", "dateWon", "time_zone"])("%s in an operation", async (name) => {
    const operation = { field: "Seats", action: "set", value: ["7"], [name]: "x" };
    const text = await refused({ id, custom_fields: [operation] });
    expect(text).toMatch(
      /: unknown argument\. [a-z_]+ belongs beside custom_fields, not in an operation\.$/m,
    );
    expect(text).not.toContain("If it is a custom field");
  });

  test("field beside custom_fields", async () => {
    const text = await refused({ id, field: "Seats", value: 7 });
    expect(text).toContain("- field: unknown argument. field belongs in an operation on a custom field: ");
    expect(text).not.toContain("If it is a custom field");
  });
});

describe("the list of operations that a refusal shows works as it is", () => {
  /** The JSON of a list in a text. */
  function shownList(text: string): unknown {
    const [list] = /\[\{.*\}\]/.exec(text) ?? [];
    return JSON.parse(list ?? "null");
  }

  test.each<[string, Record<string, unknown>, unknown]>([
    ["for a map of fields", { custom_fields: { Seats: 55 } }, { [`custom.${customFields.seats}`]: 55 }],
    [
      "for a map of two fields, as JSON text",
      { custom_fields: '{"Seats": "55", "Competitor": "None"}' },
      { [`custom.${customFields.seats}`]: 55, [`custom.${customFields.competitor}`]: "None" },
    ],
    [
      "for one operation that is not in a list",
      { custom_fields: { field: "Seats", action: "set", value: 55 } },
      { [`custom.${customFields.seats}`]: 55 },
    ],
    [
      "for an operation without its action",
      { custom_fields: { field: "Seats", value: 55 } },
      { [`custom.${customFields.seats}`]: 55 },
    ],
    [
      "for Close's own key",
      { [`custom.${customFields.seats}`]: 55 },
      { [`custom.${customFields.seats}`]: 55 },
    ],
    ["for an id alone", { [customFields.seats]: "55" }, { [`custom.${customFields.seats}`]: 55 }],
    [
      "for Close's own key to add to",
      { [`custom.${customFields.tags}.add`]: "Wednesday" },
      { [`custom.${customFields.tags}.add`]: "Wednesday" },
    ],
    ["for a field's name", { Seats: 55 }, { [`custom.${customFields.seats}`]: 55 }],
  ])("%s", async (_what, given, body) => {
    const text = await refused({ id, ...given });
    await accepted({ id, custom_fields: shownList(text) });
    expect(sentBodies(sandbox)).toEqual([body]);
  });

  test("and never empties what a host filled in as null", async () => {
    expect(await refused({ id, value: 1, Seats: null })).not.toContain("unset");
  });
});

describe("a tool that does not exist", () => {
  test("is answered with a protocol error that names the nearest one, and Close is not asked", async () => {
    const call = host.client.callTool({ name: "update_oportunity", arguments: { id } });
    await expect(call).rejects.toMatchObject({
      code: -32602,
      message: expect.stringMatching(/update_oportunity.*update_opportunity/s),
    });
    expect(sandbox.requests).toEqual([]);
  });
});
