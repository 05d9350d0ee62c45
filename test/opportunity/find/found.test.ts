import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  byOrder,
  compact,
  describeCount,
  describeFound,
  describeTotals,
  sumOfTotals,
  totalsOf,
} from "../../../src/opportunity/find/found.ts";
import { nothingKnown } from "../../../src/organization/lists.ts";

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

describe("the note of a found opportunity", () => {
  test.each([
    ["of 200 characters is whole", "x".repeat(200), { note: "x".repeat(200) }],
    ["of more is cut and says so", "x".repeat(201), { note: "x".repeat(200), note_is_cut: true }],
    ["that is empty is shown so", "", { note: "" }],
  ])("%s", (_, note, expected) => {
    expect(compact({ id: "oppo_x", note }, [], nothingKnown)).toEqual({ id: "oppo_x", ...expected });
  });
});

describe("custom fields of one name", () => {
  test("are kept apart by their keys", () => {
    const shown = ["a", "b"].map((id) => ({ key: `custom.cf_${id}`, name: "Seats", definition: undefined }));
    expect(compact({ id: "oppo_x", "custom.cf_a": 1, "custom.cf_b": 2 }, shown, nothingKnown)).toEqual({
      id: "oppo_x",
      custom_fields: { "Seats (custom.cf_a)": 1, "Seats (custom.cf_b)": 2 },
    });
  });
});

describe("sums of values", () => {
  test("are read by period as far as the answer states them", () => {
    expect(totalsOf({ total_value_one_time: 5, total_value_monthly: "6" })).toEqual({ one_time: 5 });
    expect(totalsOf({ data: [] })).toBeUndefined();
  });

  test("of several lists are stated only for periods that all lists state", () => {
    expect(sumOfTotals([{ one_time: 1, annual: 2 }, { one_time: 3 }])).toEqual({ one_time: 4 });
    expect(sumOfTotals([{ one_time: 1 }, undefined])).toBeUndefined();
  });

  test("are money with its period, without periods that have none", () => {
    expect(describeTotals({ one_time: 50_000, monthly: 0, annual: 1 }, "EUR")).toBe(
      "Total value: €500.00 one-time, €0.01 annual",
    );
    expect(describeTotals({ one_time: 0 }, "EUR")).toBeUndefined();
  });
});

test("a count says how many are shown only if that is not all of them", () => {
  expect(describeCount(3, 3)).toBe("3 found:");
  expect(describeCount(30, 3)).toBe("30 found, 3 shown:");
});

test("no name in a line can be taken for another part of it", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (label, user) => {
      const line = describeFound({ id: "oppo_x", status_label: label, user_name: user });
      const outside = line.replace(/"(?:\\.|[^"\\])*"/g, "…");
      expect(outside.match(/,/g)).toHaveLength(3);
      expect(outside.match(/:/g)).toHaveLength(1);
    }),
  );
});
