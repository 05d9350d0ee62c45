import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import { fieldOf } from "../../src/opportunity/fields.ts";
import { historyOf, replacedUnseen } from "../../src/opportunity/history.ts";
import { nothingKnown } from "../../src/organization/lists.ts";

test("the creation of an opportunity is shown without changes", () => {
  const event = {
    action: "created",
    user_id: "user_x",
    date_created: "2026-11-02T08:00:00.000000",
    data: { value: 1 },
  };
  expect(historyOf([{ ...event, changed_fields: [], previous_data: {} }], nothingKnown, "UTC")).toEqual({
    entries: [{ date: "2026-11-02T08:00:00.000000Z", user: "user_x", action: "created", changes: [] }],
    lines: ['2026-11-02 08:00 (UTC) "user_x": created'],
    hidesValues: false,
  });
});

/** What the history says of an update with these data, and those before. */
const changesOf = (previous_data: JsonObject, data: JsonObject, fields = Object.keys({ ...previous_data, ...data })) =>
  historyOf([{ action: "updated", changed_fields: fields, previous_data, data }], nothingKnown, "UTC").entries[0]
    ?.changes;

test.each<[string, JsonObject, JsonObject, string[], unknown[]]>([
  [
    "the status before a change is not named by the label of the one after it",
    { status_id: "stat_old" },
    { status_id: "stat_new", status_label: "Won" },
    ["status_id"],
    [{ field: "status_id", label: "status", from: "stat_old", to: "Won" }],
  ],
  [
    "a changed field that one side leaves out was or became empty",
    { contact_id: "cont_x" },
    { date_won: "2026-11-23" },
    ["date_won", "contact_id"],
    [
      { field: "date_won", label: "date_won", from: null, to: "2026-11-23" },
      { field: "contact_id", label: "contact", from: "cont_x", to: null },
    ],
  ],
  [
    "an entry has only what changed, whatever else the event holds",
    { confidence: 10 },
    { confidence: 20, value: 5, "custom.cf_x": "y" },
    ["confidence"],
    [{ field: "confidence", label: "confidence", from: 10, to: 20 }],
  ],
])("%s", (_rule, previous, data, fields, expected) => {
  expect(changesOf(previous, data, fields)).toEqual(expected);
});

test("long texts in the history are cut", () => {
  expect(JSON.stringify(changesOf({ note: "" }, { note: "x".repeat(100_000) })).length).toBeLessThan(11_000);
});

test("no event of any form makes the history fail", () => {
  const event = fc.record(
    {
      action: fc.anything(),
      user_id: fc.anything(),
      date_updated: fc.anything(),
      changed_fields: fc.oneof(
        fc.array(fc.oneof(fc.constantFrom("value", "note", "custom.cf_x"), fc.anything())),
        fc.anything(),
      ),
      previous_data: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.anything()),
      data: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.anything()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const { entries, lines } = historyOf(events, nothingKnown, "UTC");
      expect(entries).toHaveLength(lines.length);
    }),
  );
});

/** Called at 9:00, when the note was "Lamps": the update made it "Lamps\nCalled." at 12:00. */
const appended = {
  edits: [{ field: fieldOf("note", nothingKnown), action: "set", value: "Lamps\nCalled.", isComputed: true }] as const,
  after: { note: "Lamps\nCalled." },
};
const read = { note: "Lamps", note_html: null, date_updated: "2026-11-23T09:00:00.000000+00:00" };

function noteEvent(user_id: string, time: string, from: unknown, to: unknown): JsonObject {
  const date = `2026-11-23T${time}.000000`;
  const changed = { changed_fields: ["note"], previous_data: { note: from }, data: { note: to } };
  return { action: "updated", user_id, date_created: date, date_updated: date, ...changed };
}
/** Of a colleague's change at 11:00, and of the update. */
const own = noteEvent("user_own", "12:00:00", "Call Kit.", "Lamps\nCalled.");
const theirs = noteEvent("user_ben", "11:00:00", "Lamps", "Call Kit.");

test("what an update replaced unseen is what its event says was there, by whoever wrote that", () => {
  const replaced = replacedUnseen(appended, read, [own, theirs]);
  expect(replaced).toMatchObject({ before: { ...read, note: "Call Kit." }, userId: "user_ben" });
  expect(replaced?.fields.map(({ key }) => key)).toEqual(["note"]);
});

test.each<[string, JsonObject[]]>([
  ["there are no events", []],
  ["the update is not among them yet", [theirs]],
  ["none shows that anybody changed what was read: the update may be a part of an event with an older one", [own]],
  [
    "the update is a part of an event that began before the read",
    [{ ...own, date_created: "2026-11-23T08:59:00.000000" }],
  ],
  [
    "the update is a part of an event that began with the state that was read",
    [{ ...own, date_created: "2026-11-23T09:00:00.000000" }],
  ],
  ["the event does not say when it began", [{ ...own, date_created: null }, theirs]],
  ["the event keeps what was there to itself", [{ ...own, previous_data: null }, theirs]],
  ["what was there is what was read", [noteEvent("user_own", "12:00:00", "Lamps", "Lamps\nCalled.")]],
])("nothing is said to have been replaced if %s", (_case, events) => {
  expect(replacedUnseen(appended, read, events)).toBeUndefined();
});

test("what was not computed from what was read replaces whatever is there, as asked", () => {
  const asked = { ...appended, edits: appended.edits.map((edit) => ({ ...edit, isComputed: false })) };
  expect(replacedUnseen(asked, read, [own, theirs])).toBeUndefined();
});
