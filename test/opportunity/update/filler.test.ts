import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { updateArguments } from "../../../src/opportunity/update/arguments.ts";
import { fillerIn } from "../../../src/opportunity/update/filler.ts";

const names = Object.keys(updateArguments.shape);
const texts = [
  "status_id",
  "date_won",
  "note",
  "note_append",
  "note_html",
  "contact_id",
  "user_id",
  "time_zone",
];
const filledIn = { given: names, blank: texts };
const zeros = { id: "oppo_x", value: 0, confidence: 0 };
const before = { id: "oppo_x", value: 50_000, value_currency: "USD", confidence: 60 };

describe("a call that fills in every argument, with zeros", () => {
  test("is refused, with what the zeros would replace and how to call again", () => {
    const { mistakes } = fillerIn(zeros, filledIn, before);
    expect(mistakes).toEqual([{ argument: "arguments", problem: expect.any(String) }]);
    expect(mistakes[0]?.problem).toMatch(
      /replace value \(\$500\.00\) and confidence \(60\)\. Call again with only/,
    );
  });

  test("is refused also if only one of them would replace something", () => {
    expect(fillerIn(zeros, filledIn, { ...before, confidence: 0 }).mistakes).toHaveLength(1);
    expect(fillerIn(zeros, filledIn, { ...before, value: null }).mistakes).toHaveLength(1);
  });

  test("is accepted if the zeros replace nothing", () => {
    for (const held of [
      { value: 0, confidence: 0 },
      { value: null, confidence: 0 },
      { value: null, confidence: null },
    ]) {
      expect(fillerIn(zeros, filledIn, { ...before, ...held }).mistakes).toEqual([]);
    }
  });

  test("can always be made in another way, by a host that leaves nothing out", () => {
    const held = fc.record({
      value: fc.option(fc.nat({ max: 1_000_000 })),
      confidence: fc.option(fc.integer({ min: 0, max: 100 })),
    });
    fc.assert(
      fc.property(held, ({ value, confidence }) => {
        const record = { ...before, value, confidence };
        const asItIs = { id: "oppo_x", value: value ?? 0, confidence: confidence ?? 0 };
        expect(fillerIn(asItIs, filledIn, record).mistakes).toEqual([]);
        const meant = { ...zeros, expected_date_updated: "2026-11-23T10:00:00Z" };
        expect(fillerIn(meant, filledIn, record).mistakes).toEqual([]);
      }),
    );
  });
});

describe("a zero beside a few empty texts", () => {
  test("is accepted, and a warning names it and what was there", () => {
    const call = { given: ["id", "value", "note"], blank: ["note"] };
    const { mistakes, warnings } = fillerIn({ id: "oppo_x", value: 0 }, call, before);
    expect(mistakes).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/^value was given as 0, and note as empty text\. Before, value was \$500\.00: /),
    ]);
  });

  test("is not mentioned if 0 is what was there", () => {
    const call = { given: ["id", "value", "note"], blank: ["note"] };
    expect(fillerIn({ id: "oppo_x", value: 0 }, call, { ...before, value: 0 }).warnings).toEqual([]);
  });
});

test("zeros without any empty text are meant, whatever else is given as null", () => {
  fc.assert(
    fc.property(fc.subarray(names), (given) => {
      const call = { given: [...new Set([...given, "id", "value", "confidence"])], blank: [] };
      expect(fillerIn(zeros, call, before)).toEqual({ mistakes: [], warnings: [] });
    }),
  );
});

test("only a call without any argument missing is refused", () => {
  fc.assert(
    fc.property(fc.subarray(names, { maxLength: names.length - 1 }), (given) => {
      const blank = texts.filter((name) => given.includes(name));
      expect(fillerIn(zeros, { given, blank }, before).mistakes).toEqual([]);
    }),
  );
});
