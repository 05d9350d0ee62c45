import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { namesIn } from "../../support/known.ts";
import { planned, refused } from "../../support/wanted.ts";

const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
const key = "custom.cf_days";
const names = namesIn({
  customFields: [{ id: "cf_days", name: "Visit days", type: "choices", choices: days, accepts_multiple_values: true }],
});
const holding = (list: readonly string[]) => ({ id: "oppo_x", [key]: list });

type Operation = { field: string; action: "add" | "remove"; value: string[] };

const spelling = fc.constantFrom<(choice: string) => string>(
  (choice) => choice,
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

/** The choices that operations of this action name, in the field's spelling. */
function named(operations: readonly Operation[], action: Operation["action"]): Set<string> {
  const texts = operations.filter((one) => one.action === action).flatMap(({ value }) => value);
  return new Set(texts.flatMap((text) => days.find((day) => fits(day, text)) ?? []));
}

const fits = (day: string, text: string) => day.toLowerCase() === text.trim().toLowerCase();

function isContradictory(operations: readonly Operation[]): boolean {
  const removed = named(operations, "remove");
  return [...named(operations, "add")].some((day) => removed.has(day));
}

const some = fc.array(operation, { minLength: 1, maxLength: 6 });
const possible = some.filter((list) => !isContradictory(list));

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
  test("come to what they would one by one: .add or .remove if one value differs, and one list if several do", async () => {
    await fc.assert(
      fc.asyncProperty(held, possible, async (list, custom_fields) => {
        const { body, warnings } = await planned({ custom_fields }, holding(list), names);
        const [toAdd, toRemove] = [named(custom_fields, "add"), named(custom_fields, "remove")];
        const added = [...toAdd].filter((day) => !list.includes(day));
        const removed = list.filter((day) => toRemove.has(day));
        const after = new Set([...list.filter((day) => !toRemove.has(day)), ...added]);
        expect(carriedOut(list, body)).toEqual(after);
        const one = added.length === 1 ? [`${key}.add`] : [`${key}.remove`];
        const count = added.length + removed.length;
        expect(Object.keys(body)).toEqual(count === 0 ? [] : count === 1 ? one : [key]);
        // What was there already, or was not there, is reported once.
        const idle = [...toAdd, ...toRemove].filter((day) => !added.includes(day) && !removed.includes(day));
        const reported = warnings.flatMap((warning) => days.filter((day) => warning.includes(`"${day}"`)));
        expect(reported.sort()).toEqual(idle.sort());
        expect(warnings.length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 500 },
    );
  });

  test("are refused if one value is both added and removed", async () => {
    await fc.assert(
      fc.asyncProperty(held, some.filter(isContradictory), async (list, custom_fields) => {
        const [mistake, ...others] = await refused({ custom_fields }, holding(list), names);
        expect(others).toEqual([]);
        expect(mistake?.argument).toContain("custom_fields[0]");
        expect(mistake?.problem).toContain('conflicting actions on "Visit days"');
      }),
    );
  });
});

describe("if the opportunity could not be read", () => {
  const add: Operation = { field: key, action: "add", value: ["monday"] };

  test.each(["add", "remove"] as const)("%s of one value still works: Close knows the list", async (action) => {
    const { body } = await planned({ custom_fields: [{ ...add, action }] }, undefined, names);
    expect(body).toEqual({ [`${key}.${action}`]: "Monday" });
  });

  test("several additions or removals end the call: the list that comes of them is unknown", async () => {
    const custom_fields = [add, { ...add, value: ["Friday"] }];
    await expect(planned({ custom_fields }, undefined, names)).rejects.toMatchObject({
      report: {
        problem:
          'A change of several values of "Visit days" depends on what the opportunity holds, and that could not be read.',
        record: "unchanged",
      },
    });
  });
});
