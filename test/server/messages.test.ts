import fc from "fast-check";
import { expect, test } from "vitest";
import { lineReader, readLine } from "../../src/server/messages.ts";

const input = fc.array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(..."abc\r\xe2\x82") }, fc.constant("\n")), {
  maxLength: 200,
});
const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 20 });

test("lines are the same wherever chunks begin and end", () => {
  fc.assert(
    fc.property(input, cuts, (characters, positions) => {
      const text = characters.join("");
      const bytes = Buffer.from(text, "latin1");
      const lines: (string | undefined)[] = [];
      const reader = lineReader((line) => lines.push(line?.toString("latin1")));
      const ends = [...positions, bytes.length].sort((a, b) => a - b);
      for (const [at, end] of ends.entries()) reader.push(bytes.subarray(ends[at - 1] ?? 0, end));
      reader.end();
      expect(lines).toEqual(text.split("\n"));
    }),
  );
});

test("whatever a JSON value is, it becomes a message or is answered", () => {
  const text = fc.oneof(
    fc.json(),
    fc.json().map((json) => `{"jsonrpc":"2.0","id":1,"method":"x","params":${json}}`),
  );
  fc.assert(
    fc.property(text, (json) => {
      expect(readLine(Buffer.from(json))).toBeDefined();
    }),
  );
});

test("no bytes are repaired: what is not UTF-8 is no message", () => {
  const request = { jsonrpc: "2.0", id: 1, method: "x", params: { note: "caf\xe9" } };
  const line = (encoding: BufferEncoding) => readLine(Buffer.from(JSON.stringify(request), encoding));
  expect(line("utf8")).toEqual({ message: request });
  expect(line("latin1")).toMatchObject({ answer: { id: null, error: { code: -32_700 } } });
});
