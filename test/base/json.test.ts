import { expect, test } from "vitest";
import { briefJson, parseJson, parseObject } from "../../src/base/json.ts";

const nested = (levels: number) => `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`;

test("what is no object of JSON is none", () => {
  for (const text of ["", "{", "[]", "null", '"{}"', "<p>"]) expect(parseObject(text)).toBeUndefined();
  expect(parseObject('{"a": [1]}')).toEqual({ a: [1] });
});

test("what nests too deeply to be written again counts as no JSON, and is only named in a text", () => {
  expect(parseJson(nested(500))).toEqual(JSON.parse(nested(500)));
  expect(parseObject(nested(100_000))).toBeUndefined();
  expect(briefJson(JSON.parse(nested(100_000)), 20)).toBe("something nested too deeply");
});
