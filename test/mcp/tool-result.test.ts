import { expect, test } from "vitest";
import { success } from "../../src/mcp/tool-result.ts";
import { rowsResult } from "../../src/opportunity/update/many/rows.ts";
import type { Failed } from "../../src/opportunity/update/result.ts";

const tooLarge = expect.stringContaining("too large to return: read the opportunity in Close");

test("a result that is too large keeps its id and its warnings, and does not say that nothing was changed", () => {
  const ignored = "Close accepted the request but does not show what was sent: value.";
  const data = { id: "oppo_x", note: "x".repeat(5_000_000), changes: [{ field: "note" }] };
  const result = { lines: ["Updated"], data, brief: { id: "oppo_x" }, warnings: [ignored] };
  const { structuredContent, isError } = success(result, (text) => text);
  expect(structuredContent).toEqual({ id: "oppo_x", warnings: [ignored, tooLarge] });
  expect(isError).toBeUndefined();
});

test("a result of many that is too large keeps what became of each, whatever else is left out", () => {
  const rows = Array.from({ length: 200 }, (_, at): Failed => {
    const error = `${at}${"x".repeat(100_000)}`;
    return {
      ...{ kind: "failed", id: `oppo_x${at}`, opportunity: {}, outcome: "in_doubt" },
      error,
      cause: undefined,
      warnings: [],
    };
  });
  const { structuredContent } = success({ ...rowsResult(rows, { timeZone: "UTC" }), warnings: [] }, (text) => text);
  expect(structuredContent).toMatchObject({
    results: rows.map(({ id, outcome }) => ({ id, outcome })),
    counts: { in_doubt: 200 },
  });
  expect(JSON.stringify(structuredContent).length).toBeLessThan(60_000);
});
