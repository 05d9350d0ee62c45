import fc from "fast-check";
import { expect, test } from "vitest";
import { lineReader } from "../../src/server/lines.ts";

const limits = { maxBytes: 20, keptBytes: 8 };

function linesOf(chunks: readonly Buffer[]) {
  const reader = lineReader(limits.maxBytes, limits.keptBytes);
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()].map(({ bytes, isCut }) => ({
    text: bytes.toString("latin1"),
    isCut,
  }));
}

/** What a reader that sees all at once returns. */
function expectedLines(text: string) {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => {
    const isCut = line.length > limits.maxBytes;
    const both = line.slice(0, limits.keptBytes) + line.slice(-limits.keptBytes);
    return { text: isCut ? both : line, isCut };
  });
}

const input = fc.array(
  fc.oneof({ weight: 8, arbitrary: fc.constantFrom(..."abc\r\xe2\x82") }, fc.constant("\n")),
  {
    maxLength: 200,
  },
);
const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 20 });

test("where chunks begin and end never matters", () => {
  fc.assert(
    fc.property(input, cuts, (characters, positions) => {
      const bytes = Buffer.from(characters.join(""), "latin1");
      const ends = [...positions, bytes.length].sort((a, b) => a - b);
      const chunks = ends.map((end, at) => bytes.subarray(ends[at - 1] ?? 0, end));
      expect(linesOf(chunks)).toEqual(expectedLines(bytes.toString("latin1")));
    }),
  );
});

test("a last line without a line break is returned at the end, and an empty one is not", () => {
  expect(linesOf([Buffer.from("a\nb")])).toEqual(expectedLines("a\nb\n"));
  expect(linesOf([Buffer.from("a\n")])).toHaveLength(1);
});

test("of a line that is too long both ends are kept, and the next line is whole", () => {
  const long = `begins ${"x".repeat(1_000)}and ends`;
  expect(linesOf([Buffer.from(`${long}\nnext\n`)])).toEqual([
    { text: "begins xand ends", isCut: true },
    { text: "next", isCut: false },
  ]);
});
