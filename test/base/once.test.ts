import { expect, test, vi } from "vitest";
import { oncePerText } from "../../src/base/once.ts";

test("what is made of a text is made once for each object, and again after as many other texts as are kept", () => {
  const made = oncePerText<string>(3);
  const make = vi.fn(() => "made");
  const [one, other] = [{}, {}];
  for (let time = 0; time < 5; time += 1) expect(made(one, "text", make)).toBe("made");
  expect(make).toHaveBeenCalledTimes(1);
  made(other, "text", make);
  expect(make).toHaveBeenCalledTimes(2);
  for (const text of ["a", "b", "c"]) made(one, text, make);
  made(one, "text", make);
  expect(make).toHaveBeenCalledTimes(6);
});

test("what is found among as many texts as are kept leaves the others there", () => {
  const made = oncePerText<string>(2);
  const make = vi.fn(() => "made");
  const owner = {};
  for (const text of ["a", "b", "a", "b", "a"]) made(owner, text, make);
  expect(make).toHaveBeenCalledTimes(2);
});
