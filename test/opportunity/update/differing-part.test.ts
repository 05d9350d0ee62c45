import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differingParts } from "../../../src/opportunity/update/differing-part.ts";

const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `This is line ${from + index}.`).join("\n");

describe("of two long texts only the part that differs is shown", () => {
  test.each([
    [
      "a line added at the end",
      lines(1, 60),
      `${lines(1, 60)}\nCall Ada`,
      /^….{20,40}$/s,
      /^….*line 60\.\nCall Ada$/s,
    ],
    [
      "a line added at the beginning",
      lines(1, 60),
      `Call Ada\n${lines(1, 60)}`,
      /^This.{10,40}…$/s,
      /^Call Ada\nThis.*…$/s,
    ],
    [
      "a word in the middle",
      `${lines(1, 30)} red ${lines(31, 60)}`,
      `${lines(1, 30)} blue ${lines(31, 60)}`,
      /^….* red .*…$/s,
      /^….* blue .*…$/s,
    ],
    ["a text that is cut off", lines(1, 60), lines(1, 50), /^….*line 60\.$/s, /^….*line 50\.$/s],
  ])("%s", (_, from, to, shownFrom, shownTo) => {
    const [left, right] = differingParts(from, to);
    expect(left).toMatch(shownFrom);
    expect(right).toMatch(shownTo);
    expect(right.length).toBeLessThan(120);
  });

  test("cut at words if there are any", () => {
    const [left] = differingParts(
      `${"lamps ".repeat(50)}red${" desks".repeat(50)}`,
      `${"lamps ".repeat(50)}blue${" desks".repeat(50)}`,
    );
    expect(left).toMatch(/^…(lamps )+red( desks)+…$/);
  });

  test("and never in the middle of a character", () => {
    const families = "👨‍👩‍👧‍👦".repeat(60);
    const [left, right] = differingParts(`${families}a${families}`, `${families}b${families}`);
    expect(left).toMatch(/^…(👨‍👩‍👧‍👦)+a(👨‍👩‍👧‍👦)+…$/u);
    expect(right).toMatch(/^…(👨‍👩‍👧‍👦)+b(👨‍👩‍👧‍👦)+…$/u);
  });
});

test("short texts and texts that have nothing in common stay whole", () => {
  expect(differingParts("Active", "Activated")).toEqual(["Active", "Activated"]);
  const [from, to] = ["a".repeat(300), "b".repeat(400)];
  expect(differingParts(from, to)).toEqual([from, to]);
});

test("whatever the texts are, what is shown is a part of each, and the two parts differ", () => {
  const part = fc.string({ unit: "grapheme", maxLength: 300 });
  const limits = fc.constantFrom(undefined, { maxWhole: 30, context: 10 });
  fc.assert(
    fc.property(part, part, part, part, limits, (start, a, b, end, given) => {
      const [from, to] = [start + a + end, start + b + end];
      const shown = differingParts(from, to, given);
      [from, to].forEach((text, side) => {
        const bare = (shown[side] ?? "").replace(/^…|…$/g, "");
        expect(text).toContain(bare.replace(/^…|…$/g, ""));
        expect(Buffer.from(bare).toString()).toBe(bare);
      });
      if (from !== to) expect(shown[0]).not.toBe(shown[1]);
    }),
    { numRuns: 1000 },
  );
});

test("of texts of a million characters as well, only the part that differs is shown", () => {
  const text = "x".repeat(1_000_000);
  const [left] = differingParts(`${text}a${text}`, `${text}b${text}`);
  expect(left).toMatch(/^…x{40}ax{40}…$/);
});
