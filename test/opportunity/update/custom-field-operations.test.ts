import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planCustomFields } from "../../../src/opportunity/update/custom-field-operations.ts";
import { knowing } from "../../support/known.ts";

const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
const key = "custom.cf_days";
const known = knowing([
  { id: "cf_days", name: "Visit days", type: "choices", choices: days, accepts_multiple_values: true },
]);

type Operation = { field: string; action: "add" | "remove"; value: string[] };

const spelling = fc.constantFrom<(choice: string) => string>(
  (choice) => choice,
  (choice) => choice.toLowerCase(),
  (choice) => ` ${choice.toUpperCase()}`,
);
const spelledDay = fc.tuple(fc.constantFrom(...days), spelling).map(([day, spell]) => spell(day));
const operation: fc.Arbitrary<Operation> = fc.record({
  field: fc.constantFrom("cf_days", key, "visit days"),
  action: fc.constantFrom("add", "remove"),
  value: fc.array(spelledDay, { minLength: 1, maxLength: 3 }),
});
/** What the field holds: choices, and what was one once. */
const held = fc.shuffledSubarray([...days, "Sunday"]);

/** The choices that an operation names, in the field's spelling. */
function meant({ value }: Operation): string[] {
  return [value]
    .flat()
    .map((text) => days.find((day) => day.toLowerCase() === text.trim().toLowerCase()) ?? text);
}

function named(operations: readonly Operation[], action: Operation["action"]): Set<string> {
  return new Set(operations.filter((one) => one.action === action).flatMap(meant));
}

function isContradictory(operations: readonly Operation[]): boolean {
  const removed = named(operations, "remove");
  return [...named(operations, "add")].some((day) => removed.has(day));
}

/** The field after these operations, one by one. */
function oneByOne(list: readonly string[], operations: readonly Operation[]): Set<string> {
  const result = new Set(list);
  for (const one of operations) {
    for (const day of meant(one)) {
      if (one.action === "add") result.add(day);
      else result.delete(day);
    }
  }
  return result;
}

/** The field after Close has carried out the body, by its update page. */
function carriedOut(list: readonly string[], body: Readonly<Record<string, unknown>>): Set<unknown> {
  const result = new Set<unknown>(list);
  for (const [entry, value] of Object.entries(body)) {
    if (entry === `${key}.add`) result.add(value);
    else if (entry === `${key}.remove`) result.delete(value);
    else return new Set(Array.isArray(value) ? value : []);
  }
  return result;
}

describe("any additions and removals on one field", () => {
  test("come to what they would come to one by one, in at most one entry of the body", () => {
    const operations = fc.array(operation, { maxLength: 6 }).filter((list) => !isContradictory(list));
    fc.assert(
      fc.property(held, operations, (list, given) => {
        const { body, mistakes, lookUps } = planCustomFields(given, { id: "oppo_x", [key]: list }, known);
        expect({ mistakes, lookUps }).toEqual({ mistakes: [], lookUps: [] });
        expect(Object.keys(body).length).toBeLessThanOrEqual(1);
        expect(carriedOut(list, body)).toEqual(oneByOne(list, given));
      }),
      { numRuns: 500 },
    );
  });

  test("use .add or .remove if one value differs, and a list if several do", () => {
    const operations = fc.array(operation, { maxLength: 6 }).filter((list) => !isContradictory(list));
    fc.assert(
      fc.property(held, operations, (list, given) => {
        const { body } = planCustomFields(given, { id: "oppo_x", [key]: list }, known);
        const after = oneByOne(list, given);
        const added = [...after].filter((day) => !list.includes(day));
        const removed = list.filter((day) => !after.has(day));
        const expected =
          added.length + removed.length === 0
            ? []
            : added.length + removed.length > 1
              ? [key]
              : [added.length === 1 ? `${key}.add` : `${key}.remove`];
        expect(Object.keys(body)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test("report each value that was there already, or not there, once", () => {
    const operations = fc.array(operation, { maxLength: 6 }).filter((list) => !isContradictory(list));
    fc.assert(
      fc.property(held, operations, (list, given) => {
        const { warnings } = planCustomFields(given, { id: "oppo_x", [key]: list }, known);
        const idle = [
          ...[...named(given, "add")].filter((day) => list.includes(day)),
          ...[...named(given, "remove")].filter((day) => !list.includes(day)),
        ];
        const reported = warnings.flatMap((warning) => days.filter((day) => warning.includes(`"${day}"`)));
        expect(reported.sort()).toEqual(idle.sort());
        expect(warnings.length).toBeLessThanOrEqual(2);
      }),
    );
  });

  test("are refused if one value is both added and removed", () => {
    const operations = fc.array(operation, { minLength: 2, maxLength: 6 }).filter(isContradictory);
    fc.assert(
      fc.property(held, operations, (list, given) => {
        const { body, mistakes } = planCustomFields(given, { id: "oppo_x", [key]: list }, known);
        expect(body).toEqual({});
        expect(mistakes).toEqual([
          {
            argument: expect.stringContaining("custom_fields[0]"),
            problem: expect.stringContaining("conflicting"),
          },
        ]);
      }),
    );
  });
});

describe("if the opportunity could not be read", () => {
  test.each(["add", "remove"] as const)("%s of one value still works: Close knows the list", (action) => {
    const plan = planCustomFields([{ field: key, action, value: ["monday"] }], undefined, known);
    expect(plan).toMatchObject({ body: { [`${key}.${action}`]: "Monday" }, mistakes: [] });
  });

  test.each(["add", "remove"] as const)(
    "an addition and another %s are refused: the list that comes of them is unknown",
    (action) => {
      const given: Operation[] = [
        { field: key, action: "add", value: ["Monday"] },
        { field: key, action, value: ["Friday"] },
      ];
      const { body, mistakes } = planCustomFields(given, undefined, known);
      expect(body).toEqual({});
      expect(mistakes).toEqual([
        {
          argument: "custom_fields[0], custom_fields[1]",
          problem: expect.stringContaining("one value per call"),
          isPassing: true,
        },
      ]);
    },
  );
});
