import { expect, test } from "vitest";
import { isCut, parseObject } from "../../src/base/json.ts";

const nested = (levels: number) => `{"a": ${"[".repeat(levels)}${"]".repeat(levels)}}`;

test("what is nested deeply is cut, and beyond 10,000 levels the text counts as no object", () => {
  expect(JSON.stringify(parseObject(nested(9_999)))).toContain(
    "too large or nested too deeply to be passed on",
  );
  expect(parseObject(nested(10_000))).toBeUndefined();
});

test("brackets in strings, and beside each other, are not levels", () => {
  const note = `${"[{".repeat(20_000)} \\" ${"[".repeat(20_000)}`;
  const lists = Array.from({ length: 12_000 }, () => []);
  expect(parseObject(JSON.stringify({ [note]: note, lists }))).toEqual({ [note]: note, lists });
});

test.each([0, 1, 2, 3, 4])("a string ends at its quotation mark after %i backslashes", (count) => {
  const deep = "[".repeat(20_000);
  const quoted = { before: `${"\\".repeat(count)}"${deep}`, end: "\\".repeat(count), after: [deep] };
  expect(parseObject(JSON.stringify(quoted))).toEqual(quoted);
});

test("of an object of more values than wanted only what is not nested is read", () => {
  const list = (length: number) => Array.from({ length }, (_, at) => at);
  const small = { name: "Acme", list: list(24_990), other: { a: [1] } };
  expect(parseObject(JSON.stringify(small), 25_000)).toEqual(small);
  const read =
    parseObject(JSON.stringify({ name: "Acme", list: list(25_000), other: { a: [1] } }), 25_000) ?? {};
  expect(read.name).toBe("Acme");
  expect([read.list, read.other].every(isCut)).toBe(true);
});

test("an object of more than 110,000 keys counts as none, one with as many values further in does not", () => {
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 1]));
  expect(parseObject(JSON.stringify(keys(110_001)))).toBeUndefined();
  expect(parseObject(JSON.stringify({ data: keys(110_001) }))).toHaveProperty("data.k110000");
});
