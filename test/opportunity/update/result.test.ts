import { AjvJsonSchemaValidator } from "@modelcontextprotocol/sdk/validation/ajv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isObject, type JsonObject } from "../../../src/base/json.ts";
import { todayIn } from "../../../src/base/time-zone.ts";
import { published } from "../../../src/mcp/schema.ts";
import { opportunitySchema } from "../../../src/opportunity/opportunity.ts";
import { resultOf, updateResultSchema } from "../../../src/opportunity/update/result.ts";
import { review } from "../../../src/opportunity/update/review.ts";
import { editsOf } from "../../support/edits.ts";
import { knowing } from "../../support/known.ts";

const id = "oppo_x";
const known = knowing([{ id: "cf_seats", name: "Seats", type: "number" }]);

const schema: JsonObject = published(updateResultSchema);
const isValid = new AjvJsonSchemaValidator().getValidator(schema);

const keys = fc.oneof(
  fc.constantFrom(...Object.keys(opportunitySchema.shape)),
  fc.constantFrom("changes", "warnings", "dry_run", "request", "unexpected", "undo"),
  fc.constantFrom("__proto__", "constructor", "toString", "custom.cf_seats", "custom.cf_unknown"),
  fc.string(),
);
const values = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(null, "", 0, 50_000, 5_000_000, "won", "USD", "no currency", "2026-11-23", ["a", 1], {}),
);
/** Any JSON object that could come instead of an opportunity, "__proto__" as an ordinary key included. */
const answers: fc.Arbitrary<JsonObject> = fc
  .array(fc.tuple(keys, values), { maxLength: 20 })
  .map((entries) => Object.fromEntries(entries));

/** The result of an update that Close answered with `after`. */
function resultOfUpdate(before: JsonObject | undefined, body: JsonObject, after: JsonObject) {
  const transition = { before, after, edits: editsOf(body, known), known };
  const { changes, undo, warnings: reviewed } = review(transition, todayIn("UTC", new Date("2026-11-23T12:00:00Z")));
  const facts = { id, before, opportunity: after, changes, undo, isShown: false, isIgnored: false };
  const { data, warnings } = resultOf({ kind: "updated", ...facts, warnings: reviewed }, { timeZone: "UTC" });
  const structured: JsonObject = { ...data, ...(warnings.length > 0 && { warnings }) };
  return { structured };
}

/** What a client receives of it. */
function overTheWire(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json));
}

describe("whatever JSON object Close answers with", () => {
  test("the result is valid by the published schema, so that no client refuses it", () => {
    const befores = fc.option(answers, { nil: undefined });
    fc.assert(
      fc.property(befores, answers, answers, (before, body, after) => {
        const { structured } = resultOfUpdate(before, body, after);
        expect(isValid(structured)).toMatchObject({ valid: true });
        expect(isValid(overTheWire(structured))).toMatchObject({ valid: true });
      }),
      { numRuns: 1000 },
    );
  });

  test("the preview of a dry run is valid as well", () => {
    fc.assert(
      fc.property(answers, answers, (before, body) => {
        const request = {
          method: "PUT",
          path: "/opportunity/oppo_x/",
          headers: { accept: "x" },
          body,
        } as const;
        const nothing = { after: {}, asked: [], changes: [], warnings: [] };
        const preview = { kind: "preview", id, opportunity: before, request, ...nothing } as const;
        const { data } = resultOf(preview, { isDryRun: true, timeZone: "UTC" });
        expect(isValid(overTheWire(data))).toMatchObject({ valid: true });
        expect(data).toMatchObject({ dry_run: true, request: { method: "PUT" } });
      }),
    );
  });

  test("nothing of the answer is lost: what is not valid is under unexpected, with a warning", () => {
    fc.assert(
      fc.property(answers, (after) => {
        const { structured } = resultOfUpdate(undefined, {}, after);
        const unexpected = new Map(Object.entries(isObject(structured.unexpected) ? structured.unexpected : {}));
        const kept = new Map(Object.entries(structured));
        for (const [key, value] of Object.entries(after)) {
          expect(unexpected.has(key) ? unexpected.get(key) : kept.get(key)).toEqual(value);
        }
        const warnings = String(structured.warnings ?? "");
        for (const key of unexpected.keys()) expect(warnings).toContain(key);
      }),
      { numRuns: 500 },
    );
  });
});

test.each([
  ["value", "50000"],
  ["note", { text: "x" }],
  ["id", 12],
  ["changes", "many"],
])("%s is moved under unexpected if it is %j", (field, value) => {
  const { structured } = resultOfUpdate(undefined, {}, { id, [field]: value });
  expect(structured).toMatchObject({ id, unexpected: { [field]: value } });
  expect(structured.warnings).toEqual([expect.stringContaining(`moved under unexpected: ${field}.`)]);
});

test("a key that only the second of two answers has is no change: Close leaves optional keys out at will", () => {
  for (const name of ["stall_reason", "constructor", "__proto__"]) {
    const after = Object.fromEntries(Object.entries({ id }).concat([[name, "x"]]));
    expect(resultOfUpdate({ id }, { confidence: 5 }, after).structured.changes).toEqual([]);
  }
});

test("the published schema refuses an answer that was not made valid", () => {
  expect(isValid({ id, value: "50000" })).toMatchObject({ valid: false });
  expect(isValid({ value: 50_000 })).toMatchObject({ valid: false });
});
