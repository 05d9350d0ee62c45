import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldOf, type Kind } from "../../src/opportunity/fields.ts";
import { holdsExactly, shows } from "../../src/opportunity/update/edit.ts";
import { identical, includesValue, keyOf, keysOf, same } from "../../src/opportunity/values.ts";
import { nothingKnown } from "../../src/organization/lists.ts";
import { editsOf } from "../support/edits.ts";
import { knowing } from "../support/known.ts";

/** Values in the spellings that Close and its callers use, near one another so that they often meet. */
const spelled = fc.oneof(
  fc.constantFrom<unknown>(...[null, "", 0, "0", 12, "12", "12.0", " 12 ", true, "true", "Monday", "Monday "]),
  fc.constantFrom("2026-06-27", "2026-06-27T22:00:00Z", "2026-06-27T22:00:00.000000+00:00"),
  fc.constantFrom("2026-06-28T00:00:00+02:00", "line\nline", "line\r\nline"),
  fc.jsonValue(),
);
const value = fc.oneof(spelled, fc.array(spelled, { maxLength: 4 }));
const kind = fc.constantFrom<Kind>("text", "number", "date", "datetime", "unknown");

describe.each([
  ["same", same],
  ["identical", identical],
] as const)("the comparison %s", (_name, equals) => {
  test("holds of every value and itself, in either order, and of a list in every order", () => {
    const shuffled = fc
      .array(value, { maxLength: 5 })
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(value, value, kind, shuffled, (a, b, of, [list, other]) => {
        expect(equals(a, structuredClone(a), of)).toBe(true);
        expect(equals(a, b, of)).toBe(equals(b, a, of));
        expect(equals(list, other, of)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("reads each value of two long lists a few times at most", () => {
    let reads = 0;
    const list = Array.from({ length: 1_000 }, (_, at) => ({
      toJSON() {
        reads += 1;
        return `Value ${at}`;
      },
    }));
    expect(equals(list, list.toReversed(), "text")).toBe(true);
    expect(equals(list, [...list.slice(1), "other"], "text")).toBe(false);
    expect(reads).toBeLessThanOrEqual(8 * list.length);
  });
});

test("what is the same to the letter also means the same", () => {
  fc.assert(
    fc.property(value, value, kind, (a, b, of) => {
      if (identical(a, b, of)) expect(same(a, b, of)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("a set of values holds exactly what means the same as one of them", () => {
  const one = spelled.filter((each) => each !== null && each !== "" && !Array.isArray(each));
  fc.assert(
    fc.property(fc.array(one, { maxLength: 5 }), one, fc.constantFrom<Kind>("text", "date"), (list, each, of) => {
      const isThere = list.some((other) => same(other, each, of));
      expect([keysOf(list, of).has(keyOf(each, of)), includesValue(list, each, of)]).toEqual([isThere, isThere]);
    }),
  );
});

const [day, morning, sameMorning] = ["2026-11-23", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00.000+01:00"];

test.each<[Kind, unknown, unknown]>([
  ["text", undefined, null],
  ["text", "", null],
  ["text", [], undefined],
  ["text", "Monday", ["Monday"]],
  ["text", ["Monday", "Monday"], ["Monday"]],
  ["text", "a\r\nb", "a\nb\n"],
  ["text", "Cafe\u0301\u00a0 5", "Café\t5\u200b"],
  [
    "html",
    "<p>R&amp;D &#8211; <B>caf&eacute;</B><br/></p>",
    "<p>R&#38;D – <strong title='x'>cafe\u0301</strong><br></p>",
  ],
  ["html", '<img src="/a?signed=1"/>', "<img alt='A' src='/a?signed=2'>"],
  ["number", 12.5, "12.50"],
  ["unknown", "41", 41],
  ["date", day, "2026-11-23T22:00:00-08:00"],
  ["datetime", morning, sameMorning],
  ["datetime", morning, "2026-11-23T04:00:00.5-0500"],
  ["datetime", morning, "2026-11-23 09:00+0000"],
  ["text", 12, "12"],
])("in a %s field, %j means the same as %j", (of, a, b) => {
  expect(same(a, b, of)).toBe(true);
});

test.each<[Kind, unknown, unknown]>([
  ["text", false, null],
  ["html", "<p><b>a</b></p>", "<p>a</p>"],
  ["html", '<a href="https://a.com/1">a</a>', '<a href="https://a.com/2">a</a>'],
  ["text", day, morning],
  ["text", morning, sameMorning],
  ["text", 7, "007"],
  ["text", "12", "12.0"],
  ["text", "monday", "Monday"],
  ["text", ["Monday"], ["Monday", "Friday"]],
  ["number", 0, null],
  ["unknown", morning, sameMorning],
  ["date", day, "2026-11-24"],
  ["datetime", morning, "2026-11-23T09:00:01Z"],
  ["datetime", day, morning],
])("in a %s field, %j does not mean the same as %j", (of, a, b) => {
  expect(same(a, b, of)).toBe(false);
});

describe("a field's kind", () => {
  const types = ["date", "datetime", "number", "choices"];
  const known = knowing(types.map((type) => ({ id: `cf_${type}`, name: type, type })));

  test("is that of the field, or of a custom field's type, as far as it is known", () => {
    const own = ["date_won", "value", "note", "a_field_to_come"];
    expect(own.map((name) => fieldOf(name, known).kind)).toEqual(["date", "number", "text", "text"]);
    const custom = [...types, "other"].map((type) => fieldOf(`custom.cf_${type}`, known).kind);
    expect(custom).toEqual(["date", "datetime", "number", "text", "unknown"]);
  });

  test("decides what a removal has removed", () => {
    const held = {
      "custom.cf_choices": ["2026-11-23T09:00 moved"],
      "custom.cf_date": "2026-11-23T00:00:00Z",
    };
    const isRemoved = (key: string) =>
      editsOf({ [`${key}.remove`]: "2026-11-23" }, known).every((edit) => shows(held, edit));
    expect([isRemoved("custom.cf_choices"), isRemoved("custom.cf_date")]).toEqual([true, false]);
  });
});

test("a correction of the spelling alone does not hold yet", () => {
  const holds = (note: string) =>
    editsOf({ note }, nothingKnown).every((edit) => holdsExactly({ note: "Hello" }, edit));
  expect([holds("Hello\n"), holds("Hello")]).toEqual([false, true]);
});
