import { expect, test } from "vitest";
import { parseJson, parseObject } from "../../src/base/json.ts";

const nested = (levels: number) => `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`;

test("what is no object of JSON is none", () => {
  for (const text of ["", "{", "[]", "null", '"{}"', "<p>"]) expect(parseObject(text)).toBeUndefined();
  expect(parseObject('{"a": [1]}')).toEqual({ a: [1] });
});

test("what nests too deeply to be written again counts as no JSON", () => {
  expect(parseJson(nested(500))).toEqual(JSON.parse(nested(500)));
  expect(parseObject(nested(100_000))).toBeUndefined();
});
