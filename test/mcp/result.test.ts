import { expect, test } from "vitest";
import { success } from "../../src/mcp/result.ts";

const huge = Object.fromEntries(
  Array.from({ length: 12_000 }, (_, at) => [`custom.cf_${at}`, "x".repeat(900)]),
);

test("a result too large even with its texts cut says so, and not that nothing was changed", () => {
  const ignored = "Close accepted the request but does not show what was sent: value.";
  const data = { id: "oppo_x", ...huge, changes: [{ field: "value" }] };
  const { structuredContent } = success({ lines: ["Updated"], data, warnings: [ignored] });
  expect(structuredContent).toEqual({
    id: "oppo_x",
    warnings: [ignored, expect.stringContaining("too large to return: read the opportunity in Close")],
  });
});

test("a result whose long texts make it too large has them cut, and nothing left out", () => {
  const data = { id: "oppo_x", note: "x".repeat(7_000_000), changes: [] };
  const { structuredContent } = success({ lines: ["Updated"], data, warnings: [] });
  expect(structuredContent).toEqual({
    id: "oppo_x",
    note: `${"x".repeat(1000)}…`,
    changes: [],
    warnings: [expect.stringContaining("long texts were truncated")],
  });
});
