import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import { readCommand } from "../../src/config.ts";
import { ids } from "../../src/sandbox/sandbox.ts";
import { openToolbox } from "../../src/server/toolbox.ts";
import { puts } from "../support/host.ts";
import { startSandbox } from "../support/sandbox/sandbox.ts";

const sandbox = await startSandbox();
const command = readCommand([], { CLOSE_API_KEY: sandbox.apiKey, CLOSE_BASE_URL: sandbox.url });
if (command.run !== "serve") throw new Error("It does not serve.");
const toolbox = openToolbox(command.config, () => {});

beforeEach(() => sandbox.reset());
afterAll(() => sandbox.close());

/** The places that the refusal of a call names, in the order of the alphabet. */
async function refusedPlaces(tool: string, args: JsonObject): Promise<string[]> {
  const limits = { signal: new AbortController().signal };
  const { isError, content } = CallToolResultSchema.parse(await toolbox.call(tool, args, limits));
  const text = content.map((block) => (block.type === "text" ? block.text : "")).join("\n");
  expect(isError, text).toBe(true);
  expect(puts(sandbox)).toEqual([]);
  return [...text.matchAll(/^- (?!Ignored)([^:]+): /gm)].map(([, place = ""]) => place).sort();
}

/** Operations on custom fields, each with the places in it where it is mistaken: "" is the operation itself. */
const operations: readonly { what: unknown; places: readonly string[] }[] = [
  { what: { field: "Seats", action: "set", value: ["7"] }, places: [] },
  { what: { field: "Nope", action: "set", value: ["x"] }, places: [""] },
  { what: { field: "Nope", action: "unset" }, places: [""] },
  { what: { field: "Nope", action: "remove", value: ["x"] }, places: [""] },
  { what: { field: "Nope", action: "sett", value: ["x"] }, places: ["", ".action"] },
  { what: { field: "Nope", action: "set", value: [true] }, places: ["", ".value[0]"] },
  { what: { field: "Nope", action: "set", value: { a: 1 } }, places: ["", ".value"] },
  { what: { field: "Seats", action: "sett" }, places: [".action"] },
  { what: { field: "Seats", value: ["7"] }, places: [".action"] },
  { what: { field: "Sales engineer", action: "add", value: ["7"] }, places: [""] },
  {
    what: { field: "Seats", action: "set", value: ["many", null], colour: "red" },
    places: ["", ".colour", ".value[1]"],
  },
  { what: { action: "set", value: ["7"] }, places: [".field"] },
  { what: { field: "Source", action: "set", value: ["Newspaper"] }, places: [""] },
  { what: { field: "Source", action: "set", value: ["Newspaper"], colour: "red" }, places: ["", ".colour"] },
  { what: { field: "Tags", action: "add" }, places: [""] },
  { what: "Seats", places: [""] },
];

/** What can be wrong with the arguments of one change, by the places where it is: no two have an argument in common. */
const faults: readonly { args: JsonObject; places: readonly string[] }[] = [
  { args: { value: "12.5" }, places: ["value"] },
  { args: { value: 1.5, clear: ["value", "lead"] }, places: ["value", "value, clear", "clear[1]"] },
  { args: { date_won: "2026-02-30" }, places: ["date_won"] },
  { args: { colour: "red" }, places: ["colour"] },
  { args: { note: "a", note_html: "<body>a</body>" }, places: ["note, note_html"] },
  { args: { note: 5, note_append: "a" }, places: ["note", "note_append, note"] },
  { args: { contact_id: "cont_x", clear: ["contact_id"] }, places: ["contact_id, clear"] },
  { args: { user_id: "Nobody Here" }, places: ["user_id"] },
  { args: { user_id: ["Ada Quist"] }, places: ["user_id"] },
  { args: { value_period: "weekly" }, places: ["value_period"] },
];

/** A change with mistakes in it, and the places in it that a refusal has to name. */
const changes = fc
  .record({
    planted: fc.subarray([...faults], { maxLength: 4 }),
    fields: fc.array(fc.constantFrom(...operations), { maxLength: 4 }),
    conflict: fc.boolean(),
  })
  .filter(({ planted }) => {
    const names = planted.flatMap(({ args }) => Object.keys(args));
    return new Set(names).size === names.length;
  })
  .map(({ planted, fields, conflict }) => {
    const own = conflict
      ? ["set", "unset"].map((action) => ({
          field: "Competitor",
          action,
          ...(action === "set" && { value: ["x"] }),
        }))
      : [];
    const custom_fields = [...fields.map(({ what }) => what), ...own];
    const args: JsonObject = Object.assign(
      {},
      ...planted.map((fault) => fault.args),
      custom_fields.length > 0 ? { custom_fields } : {},
    );
    const [first, second] = [fields.length, fields.length + 1];
    return {
      args,
      places: [
        ...planted.flatMap(({ places }) => places),
        ...fields.flatMap(({ places }, at) => places.map((place) => `custom_fields[${at}]${place}`)),
        ...(conflict ? [`custom_fields[${first}], custom_fields[${second}]`] : []),
      ],
    };
  });

/** `note, clear` in the second entry is `updates[1].note, updates[1].clear`. */
const placedIn = (entry: string, places: readonly string[]) =>
  places.map((place) => place.replace(/(^|, )/g, `$1${entry}.`));

test("a call names all places of one update that are mistaken, whatever else is mistaken", async () => {
  await fc.assert(
    fc.asyncProperty(
      changes,
      fc.constantFrom(undefined, "acme", ids.opportunities.acmeExpansion),
      async ({ args, places }, id) => {
        const ofId = id === ids.opportunities.acmeExpansion ? [] : ["id"];
        const ofAll = Object.keys(args).length === 0 ? ["arguments"] : [];
        const expected = [...ofId, ...ofAll, ...places];
        fc.pre(expected.length > 0);
        expect(await refusedPlaces("update_opportunity", { ...(id && { id }), ...args })).toEqual(
          expected.sort(),
        );
      },
    ),
    { numRuns: 200 },
  );
});

describe("a call for many", () => {
  /** The opportunities of an entry: none, or some of the form that ids have, of another form, or those of an earlier entry. */
  const named = fc.record({
    good: fc.nat(2),
    isMistaken: fc.boolean(),
    isRepeated: fc.boolean(),
    isNoList: fc.boolean(),
  });
  const entries = fc.array(
    fc.oneof({ weight: 6, arbitrary: fc.tuple(changes, named) }, { weight: 1, arbitrary: fc.constant("x") }),
    {
      minLength: 1,
      maxLength: 5,
    },
  );

  test("names all places of all entries that are mistaken, whatever else is mistaken in any entry", async () => {
    await fc.assert(
      fc.asyncProperty(entries, async (planted) => {
        const expected: string[] = [];
        let earlier: string | undefined;
        const updates = planted.map((entry, at) => {
          const here = `updates[${at}]`;
          if (typeof entry === "string") {
            expected.push(here);
            return entry;
          }
          const [{ args, places }, { good, isMistaken, isRepeated, isNoList }] = entry;
          const own = Array.from({ length: good }, (_, index) => `oppo_Of${at}And${index}`);
          const repeated = isRepeated && earlier !== undefined ? [earlier] : [];
          const all = [...(isMistaken ? ["acme"] : []), ...own, ...repeated];
          if (isNoList) expected.push(`${here}.ids`);
          else if (all.length === 0) expected.push(`${here}.ids`);
          else {
            if (isMistaken) expected.push(`${here}.ids[0]`);
            if (repeated.length > 0) expected.push(`${here}.ids[${all.length - 1}]`);
            earlier ??= own[0];
          }
          if (Object.keys(args).length === 0) expected.push(here);
          expected.push(...placedIn(here, places));
          return { ids: isNoList ? { all } : all, ...args };
        });
        // An entry of nothing at all is one that a host filled in.
        fc.pre(
          expected.length > 0 &&
            updates.some((entry) => typeof entry === "string" || JSON.stringify(entry) !== '{"ids":[]}'),
        );
        expect(await refusedPlaces("update_opportunities", { updates })).toEqual(expected.sort());
      }),
      { numRuns: 300 },
    );
  });

  test("names the mistakes also of the entries that can be read of too many", async () => {
    const updates = Array.from({ length: 201 }, (_, at) => ({ ids: [`oppo_${at}`], confidence: 42 }));
    const places = await refusedPlaces("update_opportunities", {
      updates: updates.with(7, { ids: ["oppo_3"], confidence: 142 }),
    });
    expect(places).toEqual(["updates", "updates[7].confidence", "updates[7].ids[0]"]);
  });
});

test("a search names all custom fields that there are not, whatever else is mistaken", async () => {
  const custom_fields = ["Nope", true, "Seats", "Neither"];
  const args = { custom_fields, limit: 1000, user: "Nobody Here", lead_name: 5, lead_id: "lead_x" };
  expect(await refusedPlaces("find_opportunities", args)).toEqual([
    "custom_fields[0]",
    "custom_fields[1]",
    "custom_fields[3]",
    "lead_name",
    "lead_name, lead_id",
    "limit",
    "user",
  ]);
});
