import { expect, test, vi } from "vitest";
import { memoizeByObject } from "../../src/base/once.ts";

test("what is made of an object is made once, and for each object anew", () => {
  const make = vi.fn((key: { name: string }) => ({ made: key.name }));
  const made = memoizeByObject(make);
  const [one, other] = [{ name: "Ada" }, { name: "Ada" }];
  expect(made(one)).toBe(made(one));
  expect(made(other)).not.toBe(made(one));
  expect(make).toHaveBeenCalledTimes(2);
});
