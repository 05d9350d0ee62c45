import { expect, test } from "vitest";
import { parseObject } from "../../src/base/json.ts";

const nested = (levels: number) => `{"a": ${"[".repeat(levels)}${"]".repeat(levels)}}`;

test("what is nested deeply is cut, and beyond 10,000 levels the text counts as no object", () => {
  expect(JSON.stringify(parseObject(nested(9_999)))).toContain("nested too deeply");
  expect(parseObject(nested(10_000))).toBeUndefined();
});

test("brackets in strings, and beside each other, are not levels", () => {
  const note = `${"[{".repeat(20_000)} \\" ${"[".repeat(20_000)}`;
  const lists = Array.from({ length: 20_000 }, () => []);
  expect(parseObject(JSON.stringify({ [note]: note, lists }))).toEqual({ [note]: note, lists });
});
