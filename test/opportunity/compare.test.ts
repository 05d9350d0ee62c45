import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { identical, type Kind, kindsIn, same, ValueSet } from "../../src/opportunity/compare.ts";
import { holdsExactly, shows } from "../../src/opportunity/update/body.ts";
import { type CustomField, nothingKnown } from "../../src/organization/lists.ts";
import { knowing } from "../support/known.ts";

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
const kinds: Kind[] = ["text", "number", "date", "datetime", "unknown"];
const kind = fc.constantFrom(...kinds);

describe.each([
  ["same", same],
  ["identical", identical],
] as const)("the comparison %s", (_name, equals) => {
  test("holds of every value and itself", () => {
    fc.assert(
      fc.property(value, kind, (a, of) => {
        expect(equals(a, structuredClone(a), of)).toBe(true);
      }),
    );
  });

  test("does not depend on which of two values comes first", () => {
    fc.assert(
      fc.property(value, value, kind, (a, b, of) => {
        expect(equals(a, b, of)).toBe(equals(b, a, of));
      }),
      { numRuns: 1000, examples: [[["Monday", "Monday"], ["Monday", "Friday"], "text"]] },
    );
  });

  test("holds of a list in every order", () => {
    const shuffled = fc
      .array(value, { maxLength: 5 })
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(shuffled, kind, ([list, other], of) => {
        expect(equals(list, other, of)).toBe(true);
      }),
    );
  });
});

test("what is the same to the letter also means the same", () => {
  fc.assert(
    fc.property(value, value, kind, (a, b, of) => {
      if (identical(a, b, of)) expect(same(a, b, of)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("a set of values holds exactly what means the same as one of them", () => {
  fc.assert(
    fc.property(
      fc.array(spelled, { maxLength: 5 }),
      spelled,
      fc.constantFrom<Kind>("text", "date"),
      (list, one, of) => {
        const isNothing = (each: unknown) => each === null || each === "";
        fc.pre(![...list, one].some((each) => isNothing(each) || Array.isArray(each)));
        expect(new ValueSet(list, of).has(one)).toBe(list.some((each) => same(each, one, of)));
      },
    ),
    { numRuns: 1000 },
  );
});

test.each<[string, unknown, unknown, Kind]>([
  ["an unset field and null", undefined, null, "text"],
  ["an emptied note and null", "", null, "text"],
  ["no values and an unset field", [], undefined, "text"],
  ["one value and a list of it", "Monday", ["Monday"], "text"],
  ["a list with a repetition and one without", ["Monday", "Monday"], ["Monday"], "text"],
  ["a number and its text in a number field", 12.5, "12.50", "number"],
  ["a number and its text, which only a number field can show", "41", 41, "unknown"],
  ["zero and minus zero", 0, -0, "number"],
  ["an instant in two offsets", "2026-06-27T22:00:00-08:00", "2026-06-28T06:00:00+00:00", "datetime"],
  [
    "an instant with and without fractions",
    "2026-06-27T22:00:00Z",
    "2026-06-27T22:00:00.000000+00:00",
    "datetime",
  ],
  ["a day and a time on it in a date field", "2026-06-27", "2026-06-27T22:00:00-08:00", "date"],
  ["text with the line ends of two systems", "a\r\nb", "a\nb\n", "text"],
])("%s mean the same", (_what, a, b, of) => {
  expect([same(a, b, of), same(b, a, of)]).toEqual([true, true]);
});

test.each<[string, unknown, unknown, Kind]>([
  ["zero and an empty field", 0, null, "number"],
  ["false and an empty field", false, null, "text"],
  ["two instants", "2026-06-27T22:00:00Z", "2026-06-27T22:00:01Z", "datetime"],
  ["two days", "2026-06-27", "2026-06-28", "date"],
  ["a day and an instant on it in a datetime field", "2026-06-27", "2026-06-27T22:00:00Z", "datetime"],
  ["a day and text that begins with it", "2026-11-23", "2026-11-23T09:00 kickoff moved", "text"],
  ["a day and an instant on it in a text field", "2026-11-23", "2026-11-23T09:00:00Z", "text"],
  ["one instant in two offsets in a text field", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00+01:00", "text"],
  ["a day and an instant on it in a field of unknown type", "2026-11-23", "2026-11-23T09:00:00Z", "unknown"],
  [
    "one instant in two offsets in a field of unknown type",
    "2026-11-23T09:00:00Z",
    "2026-11-23T10:00:00+01:00",
    "unknown",
  ],
  ["a number and its text in a text field", 12, "12", "text"],
  ["two cases of a text", "monday", "Monday", "text"],
  ["two spellings of a number in a text field", "12", "12.0", "text"],
  ["true and its text", true, "true", "text"],
  ["a list and a longer one", ["Monday"], ["Monday", "Friday"], "text"],
  ["a list with a repetition and another one", ["Monday", "Monday"], ["Monday", "Friday"], "text"],
])("%s do not mean the same", (_what, a, b, of) => {
  expect([same(a, b, of), same(b, a, of)]).toEqual([false, false]);
});

describe("a field's kind", () => {
  const field = (id: string, type: string): CustomField => ({ id, name: id, type });
  const kindOf = kindsIn(
    knowing([
      field("cf_Date", "date"),
      field("cf_Time", "datetime"),
      field("cf_Seats", "number"),
      field("cf_Tags", "choices"),
    ]),
  );

  test.each<[string, Kind]>([
    ["date_won", "date"],
    ["date_updated", "datetime"],
    ["value", "number"],
    ["note", "text"],
    ["status_id", "text"],
    ["a_field_to_come", "text"],
    ["custom.cf_Date", "date"],
    ["custom.cf_Time", "datetime"],
    ["custom.cf_Seats", "number"],
    ["custom.cf_Tags", "text"],
    ["custom.cf_Other", "unknown"],
  ])("%s is compared as %s", (name, expected) => {
    expect(kindOf(name)).toBe(expected);
  });

  test("is unknown for every custom field if their definitions could not be read", () => {
    const unread = kindsIn({ customFields: { state: "failed", reason: "403", isPassing: false } });
    expect([unread("custom.cf_Date"), unread("date_won")]).toEqual(["unknown", "date"]);
  });

  test("decides what a removal has removed", () => {
    const held = {
      "custom.cf_Tags": ["2026-11-23T09:00 kickoff moved"],
      "custom.cf_Date": "2026-11-23T00:00:00Z",
    };
    expect(shows(held, "custom.cf_Tags.remove", "2026-11-23", kindOf)).toBe(true);
    expect(shows(held, "custom.cf_Date.remove", "2026-11-23", kindOf)).toBe(false);
  });
});

describe.each([
  ["same", same],
  ["identical", identical],
] as const)("the comparison %s of two long lists", (_name, equals) => {
  test.each([
    ["another order", (list: unknown[]) => list.toReversed(), true],
    ["another last value", (list: unknown[]) => [...list.slice(0, -1), "other"], false],
  ])("reads each value a few times at most: %s", (_what, make, expected) => {
    let reads = 0;
    const list = Array.from({ length: 1_000 }, (_, at) => ({
      toJSON() {
        reads += 1;
        return `Value ${at}`;
      },
    }));
    expect(equals(list, make(list), "text")).toBe(expected);
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThanOrEqual(4 * list.length);
  });
});

test("a correction of the spelling alone does not hold yet", () => {
  const kindOf = kindsIn(nothingKnown);
  expect(holdsExactly({ note: "Hello" }, "note", "Hello\n", kindOf)).toBe(false);
  expect(holdsExactly({ note: "Hello" }, "note", "Hello", kindOf)).toBe(true);
});
