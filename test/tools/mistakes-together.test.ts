import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import { readCommand } from "../../src/config.ts";
import { ids } from "../../src/sandbox/sandbox.ts";
import { openToolbox } from "../../src/server/toolbox.ts";
import { puts } from "../support/host.ts";
import { startSandbox } from "../support/sandbox/sandbox.ts";
import { stateEnvironment } from "../support/state-folder.ts";

const sandbox = await startSandbox();
const command = readCommand([], { ...stateEnvironment(), CLOSE_API_KEY: sandbox.apiKey, CLOSE_BASE_URL: sandbox.url });
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

const id = ids.opportunities.acmeExpansion;
const set = { action: "set", value: ["7"] };

/** A change that is mistaken in its shape, and in names as well; and the places where its shape is. */
const misshapen = {
  ...{ value: "12.5", clear: ["value", "lead"], colour: "red", amount: 5, note: 5, user_id: "Nobody Here" },
  custom_fields: [
    { field: "Nope", action: "sett", value: ["x"] },
    { ...set, field: "Seats", value: ["7", null], colour: "red" },
    { ...set, field: "Nope" },
    "Seats",
  ],
};
const itsShape = [
  ...["amount", "clear[1]", "colour", "note", "value"],
  ...["custom_fields[0].action", "custom_fields[1].colour", "custom_fields[1].value[1]", "custom_fields[3]"],
];

/** The same for what contradicts itself, and for names. */
const contradictory = {
  note: "a",
  note_html: "<body>a</body>",
  value: 5,
  clear: ["value"],
  user_id: "Nobody",
};
const itsContradictions = ["note, note_html", "value, clear"];
const custom_fields = [
  { ...set, field: "Nope" },
  { ...set, field: "Seats" },
  { ...set, field: "Source", value: ["Newspaper"] },
  { ...set, field: "Sales engineer", action: "add" },
];
const misnamed = { user_id: "Nobody", value: 5, custom_fields };
const itsNames = ["custom_fields[0]", "custom_fields[2]", "custom_fields[3]", "user_id"];

/** `note, clear` in the second entry is `updates[1].note, updates[1].clear`. */
const placedIn = (at: number, places: readonly string[]) =>
  places.map((place) => place.replace(/(^|, )/g, `$1updates[${at}].`));

describe("all that is mistaken is named at once, and nothing is sent", () => {
  test("of a call for one: its shape, then what contradicts itself, then its names", async () => {
    const places = (args: JsonObject) => refusedPlaces("update_opportunity", args);
    expect(await places({ id: "acme", ...misshapen })).toEqual(["id", ...itsShape].sort());
    expect(await places({ id, ...contradictory })).toEqual(itsContradictions);
    const all = { id, ...misnamed, status_id: "Nothing", contact_id: "Nobody" };
    expect(await places(all)).toEqual(["contact_id", ...itsNames, "status_id"].sort());
  });

  test("of a call for many, in every entry", async () => {
    const places = (...updates: unknown[]) => refusedPlaces("update_opportunities", { updates });
    const shapes = [{ ids: ["oppo_a", "acme"], ...misshapen }, "x", { id: "oppo_b", ...misshapen }];
    const inThem = [...placedIn(0, ["ids[1]", ...itsShape]), "updates[1]", ...placedIn(2, itsShape)];
    expect(await places(...shapes)).toEqual(inThem.sort());
    const twice = { id: "oppo_b", ...contradictory };
    expect(await places({ ids: ["oppo_a", "oppo_b"], ...contradictory }, twice, { value: 1 })).toEqual(
      [...placedIn(0, itsContradictions), ...placedIn(1, ["id", ...itsContradictions]), "updates[2].ids"].sort(),
    );
    const inNames = [...placedIn(0, itsNames), ...placedIn(1, itsNames)];
    expect(await places({ id: "oppo_a", ...misnamed }, { ids: ["oppo_b"], ...misnamed })).toEqual(inNames);
  });

  test("of a search: its shape, then its names", async () => {
    const places = (args: JsonObject) => refusedPlaces("find_opportunities", args);
    const shape = { custom_fields: ["Nope", true], limit: 1000, user: "Nobody Here", contact: 5 };
    expect(await places(shape)).toEqual(["contact", "custom_fields[1]", "limit"]);
    const names = { custom_fields: ["Nope", "Seats", "Neither"], user: "Nobody Here", pipeline: "None such" };
    expect(await places(names)).toEqual(["custom_fields[0]", "custom_fields[2]", "pipeline", "user"]);
  });
});
