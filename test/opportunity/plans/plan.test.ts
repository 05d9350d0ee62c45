import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/base/json.ts";
import { changedSince, expecting } from "../../../src/opportunity/plans/plan.ts";
import { applied } from "../../../src/opportunity/update/edit.ts";
import { undoOf } from "../../../src/opportunity/update/undo.ts";
import { editsOf } from "../../support/edits.ts";
import { knowing } from "../../support/known.ts";

const known = knowing([
  { id: "cf_tags", name: "Tags", type: "text", accepts_multiple_values: true },
  { id: "cf_seats", name: "Seats", type: "number" },
]);

const note = fc.constantFrom("", "Lamps", "Lamps and bulbs", "a < b");
const tags = fc.subarray(["Upsell", "Weekend", "Key account"]);
const facts = {
  value: fc.constantFrom(null, 0, 50_000),
  confidence: fc.constantFrom(0, 50, 100),
  note,
  date_won: fc.constantFrom(null, "2026-11-23"),
  user_id: fc.constantFrom(null, "user_ada", "user_ben"),
  "custom.cf_tags": tags,
  "custom.cf_seats": fc.constantFrom(null, 7, 12),
};
const opportunity = fc.record(facts);
const body: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record(facts, { requiredKeys: [] }),
  fc.record({ "custom.cf_tags.add": fc.constantFrom("Upsell", "Weekend") }),
  fc.record({ "custom.cf_tags.remove": fc.constantFrom("Upsell", "Weekend"), confidence: facts.confidence }),
);

describe("the edits of a plan", () => {
  test("find what they expect in the opportunity that they were made from, and after they were carried out", () => {
    fc.assert(
      fc.property(opportunity, body, (before, asked) => {
        const edits = expecting(editsOf(asked, known), before);
        expect(changedSince(edits, before)).toEqual([]);
        expect(changedSince(edits, edits.reduce(applied, before))).toEqual([]);
      }),
    );
  });

  test("of an undo find what they expect in the opportunity that it takes back", () => {
    fc.assert(
      fc.property(opportunity, body, (before, asked) => {
        const edits = editsOf(asked, known);
        const after = edits.reduce(applied, before);
        const { undo } = undoOf({ before, after, edits, known });
        expect(changedSince(undo, after)).toEqual([]);
      }),
    );
  });

  test("do not find what they expect where just those fields hold something else", () => {
    fc.assert(
      fc.property(opportunity, opportunity, body, (before, now, asked) => {
        const edits = expecting(editsOf(asked, known), before);
        const changed = changedSince(edits, now).map(({ field }) => field.key);
        for (const { field, action, value } of edits) {
          const [was, is, wanted] = [before, now, { ...before, [field.key]: value }].map((one: JsonObject) =>
            JSON.stringify(one[field.key]),
          );
          const isExpected = action !== "set" || is === was || is === wanted;
          expect(changed.includes(field.key), field.key).toBe(!isExpected);
        }
      }),
    );
  });
});
