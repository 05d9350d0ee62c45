import fc from "fast-check";
import { expect, test } from "vitest";
import { historyOf } from "../../src/opportunity/history.ts";
import { nothingKnown } from "../../src/organization/lists.ts";

test("the creation of an opportunity is shown without changes", () => {
  const event = {
    action: "created",
    user_id: "user_x",
    date_created: "2026-11-02T08:00:00.000000",
    changed_fields: [],
    previous_data: {},
    data: { value: 100 },
  };
  expect(historyOf([event], nothingKnown)).toEqual({
    entries: [{ date: "2026-11-02T08:00:00.000000Z", user: "user_x", action: "created", changes: [] }],
    lines: ['2026-11-02T08:00:00.000000Z "user_x": created'],
    hidesValues: false,
  });
});

test("the status before a change is not named by the label of the one after it", () => {
  const event = {
    action: "updated",
    changed_fields: ["status_id"],
    previous_data: { status_id: "stat_old" },
    data: { status_id: "stat_new", status_label: "Won" },
  };
  expect(historyOf([event], nothingKnown).entries[0]?.changes).toEqual([
    { field: "status_id", label: "status", from: "stat_old", to: "Won" },
  ]);
});

test("a changed field that one side leaves out was or became empty", () => {
  const event = {
    action: "updated",
    changed_fields: ["date_won", "contact_id"],
    previous_data: { contact_id: "cont_x" },
    data: { date_won: "2026-11-23" },
  };
  expect(historyOf([event], nothingKnown).entries[0]?.changes).toEqual([
    { field: "date_won", label: "date_won", from: null, to: "2026-11-23" },
    { field: "contact_id", label: "contact", from: "cont_x", to: null },
  ]);
});

test("an entry of the history has only what changed, whatever else the event holds", () => {
  const event = {
    action: "updated",
    changed_fields: ["confidence"],
    previous_data: { confidence: 10 },
    data: { confidence: 20, value: 5, "custom.cf_x": "y" },
  };
  expect(historyOf([event], nothingKnown).entries[0]?.changes).toEqual([
    { field: "confidence", label: "confidence", from: 10, to: 20 },
  ]);
});

test("long texts in the history are cut", () => {
  const event = {
    action: "updated",
    changed_fields: ["note"],
    previous_data: { note: "" },
    data: { note: "x".repeat(100_000) },
  };
  expect(JSON.stringify(historyOf([event], nothingKnown)).length).toBeLessThan(3000);
});

test("of an event that changed more fields than an opportunity has, the first 300 are shown", () => {
  const valuesOf = (value: string) =>
    Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`custom.cf_${n}`, value]));
  const event = { action: "updated", previous_data: valuesOf("a"), data: valuesOf("b") };
  const changes = historyOf([event], nothingKnown).entries[0]?.changes;
  expect(changes).toHaveLength(300);
  expect(changes?.at(-1)).toMatchObject({ field: "custom.cf_299", from: "a", to: "b" });
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
