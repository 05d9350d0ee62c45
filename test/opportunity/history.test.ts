import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import { historyOf } from "../../src/opportunity/history.ts";
import { nothingKnown } from "../../src/organization/lists.ts";

test("the creation of an opportunity is shown without changes", () => {
  const event = {
    action: "created",
    user_id: "user_x",
    date_created: "2026-11-02T08:00:00.000000",
    data: { value: 1 },
  };
  expect(historyOf([{ ...event, changed_fields: [], previous_data: {} }], nothingKnown)).toEqual({
    entries: [{ date: "2026-11-02T08:00:00.000000Z", user: "user_x", action: "created", changes: [] }],
    lines: ['2026-11-02T08:00:00.000000Z "user_x": created'],
    hidesValues: false,
  });
});

/** What the history says of an update with these data, and those before. */
const changesOf = (previous_data: JsonObject, data: JsonObject, fields = Object.keys({ ...previous_data, ...data })) =>
  historyOf([{ action: "updated", changed_fields: fields, previous_data, data }], nothingKnown).entries[0]?.changes;

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
      const { entries, lines } = historyOf(events, nothingKnown);
      expect(entries).toHaveLength(lines.length);
    }),
  );
});
