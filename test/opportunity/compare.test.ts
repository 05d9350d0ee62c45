import fc from "fast-check";
import { expect, test } from "vitest";
import { same } from "../../src/opportunity/compare.ts";

/** Values in the spellings that Close and its callers use, near one another so that they often meet. */
const spelled = fc.oneof(
  fc.constantFrom(
    null,
    "",
    0,
    "0",
    12,
    "12",
    "12.0",
    " 12 ",
    true,
    "true",
    "2026-06-27",
    "2026-06-27T22:00:00Z",
    "2026-06-27T22:00:00.000000+00:00",
    "2026-06-28T00:00:00+02:00",
    "Monday",
    "Monday ",
    "line\nline",
    "line\r\nline",
  ),
  fc.jsonValue(),
);
const value = fc.oneof(spelled, fc.array(spelled, { maxLength: 4 }));

test("every value means the same as itself", () => {
  fc.assert(
    fc.property(value, (a) => {
      expect(same(a, structuredClone(a))).toBe(true);
    }),
  );
});

test("whether two values mean the same does not depend on which comes first", () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(same(a, b)).toBe(same(b, a));
    }),
    {
      numRuns: 1000,
      examples: [
        [
          ["Monday", "Monday"],
          ["Monday", "Friday"],
        ],
      ],
    },
  );
});

test("a list means the same in every order", () => {
  const shuffled = fc
    .array(value, { maxLength: 5 })
    .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
  fc.assert(
    fc.property(shuffled, ([list, other]) => {
      expect(same(list, other)).toBe(true);
    }),
  );
});

test.each([
  ["an unset field and null", undefined, null],
  ["an emptied note and null", "", null],
  ["no values and an unset field", [], undefined],
  ["one value and a list of it", "Monday", ["Monday"]],
  ["a number and its text", 12.5, "12.50"],
  ["zero and minus zero", 0, -0],
  ["an instant in two offsets", "2026-06-27T22:00:00-08:00", "2026-06-28T06:00:00+00:00"],
  ["an instant with and without fractions", "2026-06-27T22:00:00Z", "2026-06-27T22:00:00.000000+00:00"],
  ["a day and a time on it", "2026-06-27", "2026-06-27T22:00:00-08:00"],
  ["text with the line ends of two systems", "a\r\nb", "a\nb\n"],
])("%s mean the same", (_what, a, b) => {
  expect(same(a, b)).toBe(true);
});

test.each([
  ["zero and an empty field", 0, null],
  ["false and an empty field", false, null],
  ["two instants", "2026-06-27T22:00:00Z", "2026-06-27T22:00:01Z"],
  ["two days", "2026-06-27", "2026-06-28"],
  ["two cases of a text", "monday", "Monday"],
  ["two spellings of a number in a text field", "12", "12.0"],
  ["true and its text", true, "true"],
  ["a list and a longer one", ["Monday"], ["Monday", "Friday"]],
  ["a list with a repetition and one without", ["Monday", "Monday"], ["Monday", "Friday"]],
])("%s do not mean the same", (_what, a, b) => {
  expect([same(a, b), same(b, a)]).toEqual([false, false]);
});
