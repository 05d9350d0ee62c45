import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { puts } from "../../support/host.ts";
import { serveRows } from "../../support/rows.ts";

const { acmeExpansion, acmeRenewal, fjordFleet } = ids.opportunities;

const { sandbox, call, copies } = await serveRows();

describe("a mistake in any entry is refused with its place, and nothing is sent", () => {
  const entry = { ids: [acmeExpansion], confidence: 42 };

  test.each([
    ["an opportunity named twice", [entry, { id: acmeExpansion, value: 5 }], "updates[1].id: .*given twice"],
    [
      "a value that is no number of cents",
      [entry, { id: fjordFleet, value: "5.50" }],
      "updates\\[1\\].value: .*cents",
    ],
    ["no opportunity", [{ ...entry, ids: [] }], "updates\\[0\\].ids: is required"],
    ["nothing to change", [entry, { ids: [fjordFleet] }], "updates\\[1\\]: no change was given"],
    [
      "an unknown owner",
      [entry, { id: fjordFleet, user_id: "Nobody Here" }],
      "updates\\[1\\].user_id: .*no user",
    ],
    [
      "an unknown custom field",
      [{ id: fjordFleet, custom_fields: [{ field: "Tagz", action: "add", value: ["x"] }] }],
      'updates\\[0\\].custom_fields\\[0\\]: .*"Tags"',
    ],
    ["an unknown argument", [{ ...entry, stage: "Won" }], "updates\\[0\\].stage: unknown argument"],
    [
      "two notes",
      [{ ...entry, note: "a", note_html: "<body>b</body>" }],
      "updates\\[0\\].note, updates\\[0\\].note_html",
    ],
  ])("if it is %s", async (_name, updates, problem) => {
    const reply = await call({ updates });
    expect(reply.isError).toBe(true);
    expect(reply.text).toMatch(new RegExp(`^- ${problem.replaceAll("[1].id", "\\[1\\].id")}`, "m"));
    expect(puts(sandbox)).toEqual([]);
  });

  test("together with those of all other entries, whatever is mistaken in them", async () => {
    const reply = await call({
      updates: [
        { ids: [acmeExpansion], value: "12.5" },
        { ids: [fjordFleet, acmeExpansion], note: "a", note_html: "<body>b</body>" },
        { value: 5, clear: ["value"] },
        { ids: ["oppo_gone"], confidence: "x", user_id: "Nobody Here" },
        {
          id: acmeRenewal,
          custom_fields: [
            { field: "Nope", action: "set", value: ["x"] },
            { field: "Seats", action: "sett" },
            { field: "Tagz", action: "remove", value: ["x"] },
          ],
        },
        { ids: ["oppo_lost"] },
      ],
    });
    expect(reply.text.split("\n").map((line) => line.replace(/: .*/, ""))).toEqual([
      "Nothing was sent",
      "- updates[0].value",
      "- updates[3].confidence",
      "- updates[4].custom_fields[1].action",
      "- updates[1].ids[1]",
      "- updates[1].note, updates[1].note_html",
      "- updates[2].ids",
      "- updates[2].value, updates[2].clear",
      "- updates[5]",
      "- updates[3].user_id",
      "- updates[4].custom_fields[0]",
      "- updates[4].custom_fields[2]",
      "None of the opportunities was changed.",
      "Correct this and call again; the same arguments will be refused again.",
    ]);
    expect(reply.text).toMatch(
      /^Nothing was sent: update_opportunities was called with 11 invalid arguments\.$/m,
    );
    expect(puts(sandbox)).toEqual([]);
  });

  test("if it makes more than 200 opportunities together", async () => {
    const reply = await call({
      updates: [
        { ids: copies(150), confidence: 1 },
        { ids: copies(100), value: 1 },
      ],
    });
    expect(reply.text).toMatch(/updates: has 250 opportunities, and at most 200/);
    expect(puts(sandbox)).toEqual([]);
  });
});

describe("an argument at another level than its own is refused with the level where it belongs", () => {
  const entry = { ids: [acmeExpansion], confidence: 42 };
  const operation = { field: "Seats", action: "set", value: ["7"] };
  const top = "belongs at the top of the call, beside updates.";
  const inEntry = 'belongs in an entry of updates, as in {"updates": [{"ids"';
  const beside = "belongs beside custom_fields, not in an operation.";

  /** What is said of the only mistake of a call. */
  async function advice(args: Record<string, unknown>): Promise<string> {
    const reply = await call(args);
    expect(puts(sandbox)).toEqual([]);
    const lines = reply.text.split("\n").filter((line) => line.includes(": unknown argument. "));
    expect(lines, reply.text).toHaveLength(1);
    expect(reply.text).not.toContain("If it is a custom field");
    return lines.join().replace(/^.*: unknown argument\. /, "");
  }

  test.each([
    ["dry_run", true, `dry_run ${top}`],
    ["dryRun", true, `dry_run ${top}`],
    ["dry_runn", true, `Did you mean "dry_run"? That ${top}`],
    ["preview", true, `Did you mean "dry_run"? That ${top}`],
    ["time_zone", "UTC", `time_zone ${top}`],
    ["timezone", "UTC", `time_zone ${top}`],
    ["tz", null, `Did you mean "time_zone"? That ${top}`],
    ["updates", [], "updates belongs at the top of the call."],
    ["opportunityIds", [fjordFleet], 'Did you mean "ids"?'],
    ["field", "Seats", "field belongs in an operation on a custom field: custom_fields: [{"],
    ["action", "set", "action belongs in an operation on a custom field: custom_fields: [{"],
    ["stage", "Won", 'Did you mean "status_id"?'],
  ])("if it is in an entry: %s", async (name, value, said) => {
    expect(await advice({ updates: [{ ...entry, [name]: value }] })).toContain(said);
  });

  test.each([
    ["dry_run", true, `dry_run ${top}`],
    ["note", "x", `note ${beside}`],
    ["clear", ["note"], `clear ${beside}`],
    ["id", fjordFleet, 'Did you mean "field"?'],
  ])("if it is in an operation of an entry: %s", async (name, value, said) => {
    const custom_fields = [{ ...operation, [name]: value }];
    expect(await advice({ updates: [{ ...entry, custom_fields }] })).toContain(said);
  });

  test.each([
    ["status_id", "Won", `status_id ${inEntry}`],
    ["statusId", "Won", `status_id ${inEntry}`],
    ["id", fjordFleet, `id ${inEntry}`],
    ["stage", "Won", 'Did you mean "status_id"?'],
    ["stage", "Won", `That ${inEntry}`],
    ["valeu", 5, `Did you mean "value"? That ${inEntry}`],
    ["opportunity_ids", [fjordFleet], `Did you mean "ids"? That ${inEntry}`],
    ["Custom.cf_x", "7", "Known: updates, time_zone, dry_run"],
    ["custom.cf_x", "7", `That ${inEntry}`],
  ])("if it is beside updates: %s", async (name, value, said) => {
    expect(await advice({ updates: [entry], [name]: value })).toContain(said);
  });

  test.each(["__proto__", "constructor", "toString"])(
    "and what every object seems to have is unknown at every level: %s",
    async (key) => {
      // Unlike a literal, this makes an ordinary key of "__proto__".
      const withKey = (object: object) => Object.fromEntries([...Object.entries(object), [key, "x"]]);
      for (const inner of [withKey(entry), { ...entry, custom_fields: [withKey(operation)] }]) {
        const reply = await call({ updates: [inner] });
        expect(reply.text).toContain(`.${key}: unknown argument. Known: `);
      }
    },
  );

  test("and a word for an argument of the call is not sent into an entry", async () => {
    const text = await advice({ updates: [entry], preview: true });
    expect(text).toBe('Did you mean "dry_run"?');
  });

  test.each(["toolCallId", "tool_call_id", "sessionId", "_meta", "chatInput", "requires_approval"])(
    "and %s, which hosts add to calls alone, is unknown elsewhere, and no custom field",
    async (key) => {
      for (const inner of [
        { ...entry, [key]: "x" },
        { ...entry, custom_fields: [{ ...operation, [key]: "x" }] },
      ]) {
        expect(await advice({ updates: [inner] })).toMatch(/^Known: [a-z_, ]+$/);
      }
    },
  );
});
