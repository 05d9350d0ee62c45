import fc from "fast-check";
import { expect, test } from "vitest";
import { lineReader, readLine } from "../../src/server/messages.ts";

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

test("messages are the same wherever chunks begin and end", () => {
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

const lineOf = (bytes: Buffer, isCut = false) => ({ bytes, isCut });
const read = (text: string) => readLine(lineOf(Buffer.from(text)));
const id = fc.oneof(fc.integer(), fc.string());

test("whatever a JSON value is, it becomes a message, and one with an id and a method a request", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.json().map((json) => `{"id":1,"params":${json}}`),
      ),
      (text) => {
        expect(read(text)).toBeDefined();
      },
    ),
  );
  fc.assert(
    fc.property(id, fc.string(), fc.dictionary(fc.string(), fc.jsonValue()), (given, method, params) => {
      const message = read(JSON.stringify({ id: given, method, params }));
      expect(message).toMatchObject({ kind: "request", id: given, method });
    }),
  );
});

test("no bytes are repaired: what is not UTF-8 is malformed, with the id that the request has", () => {
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom("first", "last"), (given, order) => {
      const params = { name: "update_opportunity", arguments: { id: "oppo_x", note: "caf\xe9" } };
      const request =
        order === "first"
          ? { id: given, method: "x", params }
          : { method: "x", params, jsonrpc: "2.0", id: given };
      const message = readLine(lineOf(Buffer.from(JSON.stringify(request), "latin1")));
      expect(message).toMatchObject({ kind: "malformed", id: given, error: { code: -32_700 } });
    }),
  );
});

test.each([
  ['{"jsonrpc":"2.0","id":7,"method":"ping"', 7],
  ['{"id":"a-7","method":"ping",}', "a-7"],
  ['{"jsonrpc":"2.0","method":"x","id":7,"params":{"a":}}', 7],
  ['{"method":"x","params":{"a":},"jsonrpc":"2.0","id":7}', 7],
  ['{"method":"x","params":{"a":},"id":7,"jsonrpc":"2.0"}', 7],
  // An id of something else: of what the request is about, or of nothing at all.
  ['{"method":"tools/call","params":{"arguments":{"id":"oppo_x"}', null],
  ['{"method":"tools/call","params":{"arguments":{"id":"oppo_x"},}}', null],
  ["nonsense", null],
])("of what is not JSON the id is returned if it can be made out: %s", (text, expected) => {
  expect(read(text)).toMatchObject({ kind: "malformed", id: expected, error: { code: -32_700 } });
});

test("of a message that is too large the id is returned, wherever it stands", () => {
  const beginning = '{"jsonrpc":"2.0","id":7,"method":"x","params":{"a":"xxx';
  const ending = 'xxx"},"jsonrpc":"2.0","id":8}';
  const isTooLarge = (text: string, expected: number | null) =>
    expect(readLine(lineOf(Buffer.from(text), true))).toMatchObject({
      kind: "malformed",
      id: expected,
      error: { code: -32_600 },
    });
  isTooLarge(`${beginning}xxx"}}`, 7);
  isTooLarge(`{"method":"x","params":{"a":"xxx${ending}`, 8);
  isTooLarge('{"method":"x","params":{"a":"xxx', null);
});
