import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldOf } from "../../src/opportunity/fields.ts";
import { editsOf, rowFor } from "../../src/opportunity/plans/plan.ts";
import { createFiles } from "../../src/state/files.ts";
import { createPlans } from "../../src/state/plans.ts";
import { knowing } from "../support/known.ts";

const known = knowing([
  { id: "cf_tags", name: "Tags", type: "choices", accepts_multiple_values: true },
  { id: "cf_seats", name: "Seats", type: "number" },
]);
const keys = [
  "status_id",
  "value",
  "date_won",
  "note",
  "note_html",
  "custom.cf_tags",
  "custom.cf_seats",
  "custom.cf_x",
];

const opened = () => {
  const files = { change: createFiles(undefined, () => {}), undo: createFiles(undefined, () => {}) };
  return { files, plans: createPlans(files) };
};
const sentence = (word: string) => `Win 1: Acme Corp · ${word}`;

/** As an answer holds it: JSON knows no -0. */
const asRead = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const edit = fc
  .record({
    key: fc.constantFrom(...keys),
    action: fc.constantFrom("set", "add", "remove"),
    value: fc.jsonValue({ maxDepth: 2 }).map(asRead),
    expected: fc.option(fc.jsonValue({ maxDepth: 2 }).map(asRead), { nil: undefined }),
    isComputed: fc.option(fc.boolean(), { nil: undefined }),
  })
  .map(({ key, ...others }) => ({ field: fieldOf(key, known), ...others }));
const rows = fc.array(fc.array(edit, { maxLength: 5 }), { minLength: 1, maxLength: 5 });
const kind = fc.constantFrom("change", "undo");

describe("a plan that was kept", () => {
  test("has the same edits when it is found again, whatever their values", () => {
    const { plans } = opened();
    fc.assert(
      fc.property(kind, rows, fc.string({ unit: "binary" }), (of, edits, reason) => {
        const kept = plans.keep(
          { kind: of, reason, rows: edits.map((own, at) => rowFor(`oppo_${at}`, own, false)) },
          sentence,
        );
        const found = plans.find(kept.word);
        expect(found).toEqual(kept);
        expect(found?.rows.map((row) => editsOf(row, known))).toEqual(edits);
      }),
      { numRuns: 40 },
    );
  });

  test("remembers which of its rows were carried out, and when", () => {
    const { plans } = opened();
    const made = plans.keep({ kind: "undo", rows: ["oppo_a", "oppo_b"].map((id) => rowFor(id, [], false)) }, sentence);
    plans.markApplied(made, 1);
    expect(plans.appliedAt(made, 0)).toBeUndefined();
    expect(plans.appliedAt(made, 1)).toMatch(/^20.*Z$/);
  });
});

test("whatever a file holds, it is a plan or none: nothing is thrown", () => {
  const plan = { kind: "undo", word: "k7f3a9", sentence: "x · k7f3a9", madeAt: new Date().toISOString(), rows: [] };
  const likePlan = fc
    .record({ key: fc.constantFrom(...Object.keys(plan)), value: fc.jsonValue() })
    .map(({ key, value }) => ({ ...plan, [key]: value }));
  const line = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    likePlan.map((one) => JSON.stringify(one)),
    fc.constant(JSON.stringify(plan)),
    fc.constant(JSON.stringify(plan).slice(0, 40)),
  );
  const { files, plans } = opened();
  let found = 0;
  fc.assert(
    fc.property(kind, fc.array(line, { maxLength: 4 }), (of, lines) => {
      files[of].write("k7f3a9", lines.join("\n"));
      if (plans.find("k7f3a9") !== undefined) found += 1;
      files[of].write("k7f3a9", "");
    }),
    { numRuns: 500 },
  );
  expect(found).toBeGreaterThan(0);
});
