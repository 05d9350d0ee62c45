import { AjvJsonSchemaValidator } from "@modelcontextprotocol/sdk/validation/ajv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isObject, type JsonObject } from "../../../src/base/json.ts";
import { publishedOutput } from "../../../src/mcp/schema.ts";
import { opportunitySchema } from "../../../src/opportunity/opportunity.ts";
import { changesBetween } from "../../../src/opportunity/update/changes.ts";
import { publishedChange, resultOf, updateResultSchema } from "../../../src/opportunity/update/result.ts";
import { review } from "../../../src/opportunity/update/review.ts";
import { undoOf } from "../../../src/opportunity/update/undo.ts";
import { knowing } from "../../support/known.ts";

const id = "oppo_x";
const known = knowing([{ id: "cf_seats", name: "Seats", type: "number" }]);

const schema: JsonObject = publishedOutput(updateResultSchema);
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
  const transition = { before, after, body, known };
  const { changes, undo, warnings: reviewed } = review(transition, "2026-11-23", "UTC");
  const facts = { id, before, after, changes, undo, known, isIgnored: false, warnings: reviewed };
  const { data, warnings } = resultOf({ kind: "updated", ...facts });
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
          path: `/opportunity/${id}/`,
          headers: { accept: "x" },
          body,
        } as const;
        const { data: structured } = resultOf({
          kind: "preview",
          id,
          before,
          changes: [],
          warnings: [],
          request,
        });
        expect(isValid(overTheWire(structured))).toMatchObject({ valid: true });
        expect(structured).toMatchObject({ dry_run: true, request: { method: "PUT" } });
      }),
    );
  });

  test("nothing of the answer is lost: what is not valid is under unexpected, with a warning", () => {
    fc.assert(
      fc.property(answers, (after) => {
        const { structured } = resultOfUpdate(undefined, {}, after);
        const unexpected = new Map(
          Object.entries(isObject(structured.unexpected) ? structured.unexpected : {}),
        );
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
  ["a number as text", "value", "50000"],
  ["an object for text", "note", { text: "x" }],
  ["text for an object", "stall_status", "stalled"],
  ["a list with something else in it", "attachments", ["file"]],
  ["an id that is none", "id", 12],
  ["a key of this server's own", "changes", "many"],
])("%s is moved under unexpected", (_what, field, value) => {
  const { structured } = resultOfUpdate(undefined, {}, { id, [field]: value });
  expect(structured).toMatchObject({ id, unexpected: { [field]: value } });
  expect(structured.warnings).toEqual([expect.stringContaining(`moved under unexpected: ${field}.`)]);
});

test.each(["stall_reason", "constructor", "toString", "__proto__"])(
  "%s, when only the second of two answers has it, is no change: Close leaves optional keys out at will",
  (name) => {
    const after = Object.fromEntries([
      ["id", id],
      [name, "x"],
    ]);
    expect(resultOfUpdate({ id }, { confidence: 5 }, after).structured.changes).toEqual([]);
  },
);

test("the published schema refuses an answer that was not made valid", () => {
  expect(isValid({ id, value: "50000" })).toMatchObject({ valid: false });
  expect(isValid({ value: 50_000 })).toMatchObject({ valid: false });
});

test("a change of one field with its undo takes few bytes, so that many of them can be shown at once", () => {
  const longId = `oppo_${"x".repeat(43)}`;
  const before = {
    id: longId,
    lead_name: "Harbour Lights and Sons",
    value: 900_000,
    date_updated: "2026-06-19T12:06:03.159000+00:00",
  };
  const transition = { before, after: { ...before, value: 1_250_000 }, body: { value: 1_250_000 }, known };
  const changes = changesBetween(transition).map(publishedChange);
  const row = { id: longId, lead_name: before.lead_name, outcome: "updated", changes, ...undoOf(transition) };
  expect(Buffer.byteLength(JSON.stringify(row))).toBeLessThanOrEqual(400);
});
