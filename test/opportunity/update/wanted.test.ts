import { describe, expect, test } from "vitest";
import type { WantedChanges } from "../../../src/opportunity/update/arguments.ts";
import { listsNeeded } from "../../../src/opportunity/update/wanted.ts";
import type { Known } from "../../../src/organization/lists.ts";
import { namesIn, unreadable } from "../../support/known.ts";
import { planned, refused } from "../../support/wanted.ts";

const lists: Partial<Known> = {
  pipelines: [
    {
      id: "pipe_Sales",
      name: "Sales",
      statuses: [
        { id: "stat_Open", label: "Open", type: "active" },
        { id: "stat_Won", label: "Won 🎉", type: "won" },
      ],
    },
  ],
  users: [
    { id: "user_ada", first_name: "Ada", last_name: "Quist", email: "ada@example.com" },
    { id: "user_ben", first_name: "Ben", last_name: "Quist", email: "ben@example.com" },
  ],
  me: [{ id: "user_ben" }],
  contacts: [{ id: "cont_nina", name: "Nina Okafor" }],
  customFields: [
    { id: "cf_rep", name: "Engineer", type: "user" },
    { id: "cf_seats", name: "Seats", type: "number" },
    { id: "cf_start", name: "Start", type: "date" },
    { id: "cf_demo", name: "Demo", type: "datetime" },
    { id: "cf_src", name: "Source", type: "choices", choices: ["Web", "Café", "None"] },
    { id: "cf_tags", name: "Tags", type: "text", accepts_multiple_values: true },
  ],
};
const names = namesIn(lists);
const before = {
  id: "oppo_x",
  lead_id: "lead_x",
  pipeline_id: "pipe_Sales",
  note: "Lamps",
  note_html: "<body><p>Lamps</p></body>",
  "custom.cf_tags": ["Old", "Rush"],
};
const set = (field: string, ...value: string[]) => ({ field, action: "set" as const, value });

describe("arguments come to the body of the request", () => {
  test.each<[string, WantedChanges, Record<string, unknown>]>([
    ["plain values as they are", { value: 50_000, confidence: 0 }, { value: 50_000, confidence: 0 }],
    [
      "names as ids",
      { status_id: "won", contact_id: "nina okafor" },
      { status_id: "stat_Won", contact_id: "cont_nina" },
    ],
    ["me as the key's own user", { user_id: "me" }, { user_id: "user_ben" }],
    ["an added note as the whole one", { note_append: "Call" }, { note: "Lamps\nCall" }],
    ["what is to be cleared as what empties it", { clear: ["note", "value", "value"] }, { note: "", value: null }],
    ["a user in a custom field", { custom_fields: [set("Engineer", "Ben")] }, { "custom.cf_rep": "user_ben" }],
    ["a number", { custom_fields: [set("cf_seats", " 1e2 ")] }, { "custom.cf_seats": 100 }],
    ["a choice", { custom_fields: [set("Source", "cafe")] }, { "custom.cf_src": "Café" }],
    ["a choice that is a word for null", { custom_fields: [set("Source", "None")] }, { "custom.cf_src": "None" }],
    ["one value as a list of one", { custom_fields: [set("Tags", "New")] }, { "custom.cf_tags": ["New"] }],
    ["several, each once", { custom_fields: [set("Tags", "A", "B", "B")] }, { "custom.cf_tags": ["A", "B"] }],
    ["unset as null", { custom_fields: [{ field: "Seats", action: "unset" }] }, { "custom.cf_seats": null }],
  ])("%s", async (_what, given, body) => {
    expect((await planned(given, before, names)).body).toEqual(body);
  });

  test("says how a name was understood, and which id no list has", async () => {
    const given = { user_id: "Ada", status_id: "stat_gone", custom_fields: [set("Engineer", "Ada")] };
    expect((await planned(given, before, names)).warnings).toEqual([
      '"Ada" was read as "Ada Quist" (ada@example.com, user_ada).',
      "No pipeline has a status stat_gone: Close will probably refuse it.",
    ]);
  });
});

describe("what is mistaken is refused, all of it at once", () => {
  test("names and operations, each in its place", async () => {
    const given: WantedChanges = {
      status_id: "Signed",
      contact_id: "Leo",
      user_id: "Quist",
      custom_fields: [set("Nope", "x"), set("Seats", "many"), set("Seats", "7"), { field: "Seats", action: "unset" }],
    };
    const places = (await refused(given, before, names)).map(({ argument }) => argument);
    expect(places.sort()).toEqual([
      "contact_id",
      "custom_fields[0]",
      "custom_fields[1]",
      "custom_fields[2], custom_fields[3]",
      "status_id",
      "user_id",
    ]);
  });

  test.each<[NonNullable<WantedChanges["custom_fields"]>[number], RegExp]>([
    [set("Seats", "12,5"), /"Seats" takes a number, not "12,5"/],
    [set("Seats", "12345678901234567890"), /cannot be kept exactly/],
    [set("Seats", "1", "2"), /accepts one value only, but a list of 2 was given/],
    [set("Seats"), /needs a value; to empty the field use unset/],
    [set("Seats", "null"), /needs a value; to empty the field use unset/],
    [set("Start", "2026-02-30"), /takes a day of the calendar as YYYY-MM-DD/],
    [set("Demo", "2026-02-20"), /takes a date and time, such as/],
    [set("Source", "Wbe"), /"Wbe" is not a choice of "Source"\. Choices: "Web", /],
    [set("Engineer", "Nobody"), /"Engineer": there is no user "Nobody"/],
    [{ field: "Seats", action: "add", value: ["1"] }, /accepts one value only, so add does not apply/],
    [{ field: "Seats", action: "unset", value: ["1"] }, /unset of "Seats" takes no value/],
  ])("an operation that the field does not take: %j", async (operation, problem) => {
    expect(await refused({ custom_fields: [operation] }, before, names)).toEqual([
      { argument: "custom_fields[0]", problem: expect.stringMatching(problem) },
    ]);
  });
});

describe("what cannot be read", () => {
  test("ends the call if a name needs it, and nothing if only ids do", async () => {
    const broken = namesIn(lists, { users: unreadable("users"), customFields: unreadable("custom fields") });
    await expect(planned({ user_id: "Ada" }, before, broken)).rejects.toMatchObject({
      report: {
        problem: expect.stringMatching(/^user_id cannot be looked up\. The users could not be read/),
      },
    });
    const given = { user_id: "user_ada", custom_fields: [set("cf_seats", "7")] };
    const { body, warnings } = await planned(given, before, broken);
    expect(body).toEqual({ user_id: "user_ada", "custom.cf_seats": "7" });
    expect(warnings).toEqual([expect.stringContaining("operations were not checked")]);
  });

  test("of the opportunity itself ends the call if a note is to be added to", async () => {
    await expect(planned({ note_append: "Call" }, undefined, names)).rejects.toMatchObject({
      report: { problem: "note_append depends on what the opportunity holds, and that could not be read." },
    });
  });
});

test("the lists that arguments need are those of names alone, and of who has left; of a dry run all that show them", () => {
  const { pipelines, users, former, me, customFields } = names;
  const ids = { status_id: "stat_Open", user_id: "user_ada", contact_id: "cont_nina" };
  expect(listsNeeded({ ...ids, value: 1 }, names)).toEqual([former]);
  expect(listsNeeded(ids, names, true)).toEqual([
    pipelines,
    expect.objectContaining({ readAgain: users.readAgain }),
    former,
  ]);
  expect(listsNeeded({ status_id: "Open", user_id: "me", custom_fields: [set("a", "b")] }, names)).toEqual([
    pipelines,
    me,
    customFields,
  ]);
});
