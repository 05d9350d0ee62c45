import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import { argumentReader } from "../../src/mcp/arguments.ts";
import { updateArguments, updateReading } from "../../src/opportunity/update/arguments.ts";

const known = Object.keys(updateArguments.shape);
const read = argumentReader(updateArguments, updateReading);

const keys = fc.oneof(
  fc.constantFrom(...known),
  fc.constantFrom("__proto__", "constructor", "toString", "status", "custom.cf_x", "lead_id", ""),
  fc.string(),
);
const values = fc.oneof(
  fc.jsonValue(),
  fc.json(),
  fc.constantFrom("oppo_x", "cont_x", "50000", "true", "2026-11-23", ["note"], '["note"]'),
  fc.array(
    fc.record({ field: fc.jsonValue(), action: fc.jsonValue(), value: fc.jsonValue() }, { requiredKeys: [] }),
  ),
);
/** Any JSON object that a host could send as arguments. */
const objects: fc.Arbitrary<JsonObject> = fc
  .array(fc.tuple(keys, values), { maxLength: 12 })
  .map((entries) => Object.fromEntries(entries));

describe("whatever JSON object is given as arguments", () => {
  test("every unknown argument is named in a mistake", () => {
    fc.assert(
      fc.property(objects, (raw) => {
        const named = read(raw).mistakes.map(({ argument }) => argument);
        expect(named).toEqual(expect.arrayContaining(Object.keys(raw).filter((key) => !known.includes(key))));
      }),
      { numRuns: 1000 },
    );
  });

  test("every known argument is read, named in a mistake or ignored as empty", () => {
    fc.assert(
      fc.property(objects, (raw) => {
        const { args, mistakes, ignored } = read({ ...raw, id: "oppo_x" });
        const accounted = [
          ...Object.keys(args ?? {}),
          ...ignored.stray,
          ...ignored.ofHost,
          ...mistakes.map(({ argument }) => argument),
        ];
        for (const key of Object.keys(raw).filter((name) => known.includes(name))) {
          // A mistake within a list is named by its place: clear[0], custom_fields[1].action.
          expect(accounted.map((name) => name.replace(/\[.*/, ""))).toContain(key);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("there are arguments to go on with, or a mistake that says why not", () => {
    fc.assert(
      fc.property(objects, (raw) => {
        const { args, mistakes } = read(raw);
        expect(args !== undefined || mistakes.length > 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

test("text for a whole number is taken exactly or not at all", () => {
  const texts = fc.oneof(
    fc.bigInt({ min: -20n, max: 2n ** 70n }).map(String),
    fc.double().map(String),
    fc
      .tuple(fc.nat(), fc.constantFrom(".0", ".5", "e2", " ", "%", ",000"))
      .map(([number, end]) => number + end),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const { args, mistakes, ignored } = read({ id: "oppo_x", value: text });
      if (args?.value === undefined) {
        expect([...ignored.stray, ...mistakes.map(({ argument }) => argument)]).toEqual(["value"]);
      } else {
        expect(BigInt(args.value)).toBe(BigInt(text));
      }
    }),
    { numRuns: 1000, examples: [["50000"], ["9007199254740991"], ["9007199254740993"], ["500.00"]] },
  );
});
