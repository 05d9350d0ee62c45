import { expect, test } from "vitest";
import { success } from "../../src/mcp/tool-result.ts";
import {
  failedRow,
  manyResultSchema,
  type Row,
  rowsResult,
} from "../../src/opportunity/update/many/result.ts";

const huge = Object.fromEntries(
  Array.from({ length: 12_000 }, (_, at) => [`custom.cf_${at}`, "x".repeat(900)]),
);

test("a result too large even with its texts cut says so, and not that nothing was changed", () => {
  const ignored = "Close accepted the request but does not show what was sent: value.";
  const data = { id: "oppo_x", ...huge, changes: [{ field: "value" }] };
  const result = { lines: ["Updated"], data, brief: { id: "oppo_x" }, warnings: [ignored] };
  const { structuredContent } = success(result, (text) => text);
  expect(structuredContent).toEqual({
    id: "oppo_x",
    warnings: [ignored, expect.stringContaining("too large to return: read the opportunity in Close")],
  });
});

test("a result of many that is too large keeps what became of each, as its output schema requires", () => {
  const warnings = Array.from({ length: 100 }, (_, at) => `${at} ${"x".repeat(990)}`);
  const rows = Array.from({ length: 200 }, (_, at): Row => {
    return { ...failedRow(`oppo_x${at}`, {}, "in_doubt"), warnings };
  });
  const { structuredContent } = success(rowsResult(rows, false), (text) => text);
  expect(manyResultSchema.parse(structuredContent)).toEqual({
    results: rows.map(({ id, outcome }) => ({ id, outcome })),
    counts: { in_doubt: 200 },
    warnings: [expect.stringContaining("too large to return")],
  });
});

test("a result whose long texts make it too large has them cut, and nothing left out", () => {
  const data = { id: "oppo_x", note: "x".repeat(7_000_000), changes: [] };
  const { structuredContent } = success({ lines: ["Updated"], data, warnings: [] }, (text) => text);
  expect(structuredContent).toEqual({
    id: "oppo_x",
    note: `${"x".repeat(1000)}…`,
    changes: [],
    warnings: [expect.stringContaining("long texts were truncated")],
  });
});

test("an undo whose texts would be cut is left out, as it would bring back the cut ones", () => {
  const undo = { id: "oppo_x", note: "x".repeat(3_000) };
  const whole = success({ lines: ["Updated"], data: { id: "oppo_x", undo }, warnings: [] }, (text) => text);
  expect(whole.structuredContent).toHaveProperty("undo", undo);

  const long = { id: "oppo_x", note: "x".repeat(2_000_000), undo };
  const { structuredContent, content } = success(
    { lines: ["Updated"], data: long, warnings: [] },
    (text) => text,
  );
  expect(structuredContent).toHaveProperty("undo", undo);
  expect(JSON.stringify(content)).not.toContain("undo");

  const tooLong = { id: "oppo_x", note: "x".repeat(7_000_000), undo };
  const cut = success({ lines: ["Updated"], data: tooLong, warnings: [] }, (text) => text);
  expect(cut.structuredContent).not.toHaveProperty("undo");
  expect(cut.structuredContent?.warnings).toEqual([
    expect.stringContaining("every undo that has one is left out"),
  ]);
});

test("no undo of a row is passed on with its texts truncated, and every other one is", () => {
  const short = { id: "oppo_short", undo: { note: "Call Ada" } };
  const long = Array.from({ length: 8 }, (_, at) => ({
    id: `oppo_${at}`,
    undo: { note: "x".repeat(1_000_000) },
  }));
  const rows = [short, ...long];
  const { content, structuredContent } = success(
    { lines: [], data: { results: rows }, warnings: [] },
    (text) => text,
  );
  expect(structuredContent?.results).toEqual([short, ...long.map(({ id }) => ({ id }))]);
  expect(JSON.stringify(content).match(/undo\\+":/g)).toHaveLength(1);
});

test("rows whose texts together are longer than any text can be are reported all the same", () => {
  const note = "x".repeat(1_000_000);
  const results = Array.from({ length: 600 }, (_, at) => ({ id: `oppo_${at}`, undo: { note } }));
  const { structuredContent } = success(
    { lines: ["Updated"], data: { results }, warnings: [] },
    (text) => text,
  );
  expect(structuredContent?.results).toEqual(results.map(({ id }) => ({ id })));
  expect(structuredContent?.warnings).toEqual([
    expect.stringContaining("every undo that has one is left out"),
  ]);
});
