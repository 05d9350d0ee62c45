import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldOf } from "../../../src/opportunity/fields.ts";
import { byOrder, compact, describeFound, sharedBy, shownRows } from "../../../src/opportunity/find/found.ts";
import { nothingKnown } from "../../../src/organization/lists.ts";
import { knowing } from "../../support/known.ts";

describe("the order of opportunities from several lists", () => {
  const values = fc.array(fc.oneof(fc.integer(), fc.constant(null), fc.constant(undefined)));

  test.each([
    ["value", 1],
    ["-value", -1],
  ])("by %s has the empty ones last and the others sorted", (order, direction) => {
    fc.assert(
      fc.property(values, (list) => {
        const sorted = list
          .map((value) => ({ value }))
          .sort(byOrder(order))
          .map(({ value }) => value);
        const filled = sorted.filter((value) => typeof value === "number");
        expect(sorted.slice(0, filled.length)).toEqual(filled);
        expect(filled).toEqual([...filled].sort((a, b) => direction * (a - b)));
      }),
    );
  });

  test("by text is that of its language", () => {
    const names = [{ user_name: "Öz" }, { user_name: "zoe" }, { user_name: "Ada" }];
    expect(names.sort(byOrder("user_name")).map(({ user_name }) => user_name)).toEqual(["Ada", "Öz", "zoe"]);
  });
});

test("the note of a found opportunity is cut after 200 characters, and says so", () => {
  const shown = (note: string) => compact({ id: "oppo_x", note }, { asked: [], shown: [] }, nothingKnown);
  for (const note of ["x", "x".repeat(200)]) expect(shown(note)).toEqual({ id: "oppo_x", note });
  expect(shown("x".repeat(201))).toEqual({ id: "oppo_x", note: "x".repeat(200), note_is_cut: true });
});

test("custom fields of one name, and those that are not known, go by their ids", () => {
  const known = knowing(["a", "b"].map((id) => ({ id: `cf_${id}`, name: "Seats", type: "number" })));
  const shown = ["a", "b", "c"].map((id) => fieldOf(`custom.cf_${id}`, known));
  const found = { id: "oppo_x", "custom.cf_a": 1, "custom.cf_b": 2 };
  expect(compact(found, { asked: [], shown }, known)).toEqual({
    id: "oppo_x",
    custom_fields: { cf_a: 1, cf_b: 2, cf_c: null },
  });
});

test("what holds nothing is left out of a row, and what is the same in all of several rows is said once", () => {
  const row = { id: "oppo_x", date_won: null, contact_name: "", value: 0, confidence: 50 };
  expect(compact(row, { asked: [], shown: [] }, nothingKnown)).toEqual({ id: "oppo_x", value: 0, confidence: 50 });
  const rows = [
    { id: "oppo_x", value: 0, confidence: 50 },
    { id: "oppo_y", value: 1, confidence: 50 },
  ];
  const own = [
    { id: "oppo_x", value: 0 },
    { id: "oppo_y", value: 1 },
  ];
  const shared = sharedBy(rows);
  expect(shared).toEqual({ confidence: 50 });
  expect(shownRows(rows, shared, () => "", 1_000).map(({ row }) => row)).toEqual(own);
  for (const few of [[], rows.slice(1)]) expect(sharedBy(few)).toEqual({});
});

test("no name in a line can be taken for another part of it", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (label, user) => {
      const line = describeFound({ id: "oppo_x", status_label: label, user_name: user }, [], "UTC");
      const outside = line.replace(/"(?:\\.|[^"\\])*"/g, "…");
      expect(outside.match(/,/g)).toHaveLength(3);
      expect(outside.match(/:/g)).toHaveLength(1);
    }),
  );
});
