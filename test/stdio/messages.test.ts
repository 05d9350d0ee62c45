import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Message, type RawProgram, startRaw } from "../support/raw-program.ts";

let shared: RawProgram;
let pings = 0;
beforeAll(() => {
  shared = startRaw(["--sandbox"]);
});
afterAll(async () => {
  // A last line needs no line break.
  shared.write(ping("last"));
  shared.endInput();
  expect((await shared.ended).code).toBe(0);
  expect(shared.messages().at(-1)).toEqual(result("last"));
});

/** Writes to the server that all tests share, and a ping: returns all answers but that to the ping. */
async function answersTo(input: string | Uint8Array, count: number): Promise<Message[]> {
  const before = shared.messages().length;
  pings += 1;
  const id = `ping-${pings}`;
  shared.write(typeof input === "string" ? `${input}\n` : input);
  shared.write(`${ping(id)}\n`);
  const answers = () => shared.messages().slice(before);
  await vi.waitFor(() => expect(answers()).toHaveLength(count + 1), { timeout: 20_000, interval: 5 });
  expect(answers()).toContainEqual(result(id));
  return answers().filter((answer) => answer.id !== id);
}

const request = (method: string, params: string) => `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${params}}`;
const ping = (id: unknown) => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"ping"}`;
const error = (id: string | number | null, code: number) => ({
  jsonrpc: "2.0",
  id,
  error: { code, message: expect.any(String) },
});
const result = (id: string | number, content: object = {}) => ({
  jsonrpc: "2.0",
  id,
  result: expect.objectContaining(content),
});
const tools = { tools: expect.any(Array) };
const found = { structuredContent: expect.objectContaining({ total: expect.any(Number) }) };

describe("is answered with a result:", () => {
  test.each<[string, string, object]>([
    ["params that are null", request("tools/list", "null"), tools],
    [
      "a cursor and a progress token that are null",
      request("tools/list", '{"cursor":null,"_meta":{"progressToken":null}}'),
      tools,
    ],
    ["arguments that are null", request("tools/call", '{"name":"find_opportunities","arguments":null}'), found],
    ["the members in another order", '{"params":{},"method":"ping","id":1,"jsonrpc":"2.0"}', {}],
    ["a carriage return before the line break", `${ping(1)}\r`, {}],
    ["blank lines around it", `\n \r\n${ping(1)}\n\n`, {}],
    ["a byte-order mark before it", `\ufeff${ping(1)}`, {}],
    [
      "an opening for a revision that does not exist",
      request(
        "initialize",
        '{"protocolVersion":"2030-01-01","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}',
      ),
      { protocolVersion: "2025-11-25" },
    ],
  ])("%s", async (_name, line, content) => {
    expect(await answersTo(line, 1)).toEqual([result(1, content)]);
  });

  test.each([0, -1, "", "0", "__proto__", '\u2028 and a " quote'])("the id %j", async (id) => {
    expect(await answersTo(ping(id), 1)).toEqual([result(id)]);
  });

  test("a message whose characters are cut by the chunks in which they arrive", async () => {
    for (const byte of Buffer.from(ping("a→é"))) shared.write(Uint8Array.of(byte));
    expect(await answersTo("", 1)).toEqual([result("a→é")]);
  });
});

test.each<[string, string | Uint8Array, string | number | null, number]>([
  ["what is not JSON", "nonsense", null, -32_700],
  ["JSON that breaks off", '{"jsonrpc":"2.0","id":1,"method":"ping"', null, -32_700],
  ["bytes that are not UTF-8", Buffer.from(`${ping("caf\xe9")}\n`, "latin1"), null, -32_700],
  ["a number", "7", null, -32_600],
  ["an object that is no message", '{"jsonrpc":"2.0","id":1}', 1, -32_600],
  ["a batch", `[${ping(1)}]`, null, -32_600],
  ["another version of JSON-RPC", '{"jsonrpc":"1.0","id":1,"method":"ping"}', 1, -32_600],
  ["an id that is null", ping(null), null, -32_600],
  ["params that are a text", request("ping", '"x"'), 1, -32_600],
  ["a message of more than 16 MB", request("ping", `{"x":"${"x".repeat(17 * 1024 * 1024)}"}`), null, -32_600],
  ["an unknown method", request("constructor", "{}"), 1, -32_601],
  ["a part of the protocol that this server does not have", request("resources/list", "{}"), 1, -32_601],
  ["a call without a tool's name", request("tools/call", "{}"), 1, -32_602],
  ["arguments that are a list", request("tools/call", '{"name":"find_opportunities","arguments":[]}'), 1, -32_602],
  ["an unknown tool", request("tools/call", '{"name":"delete_everything"}'), 1, -32_602],
])("is answered with an error, and with the id there is: %s", async (_name, input, id, code) => {
  expect(await answersTo(input, 1)).toEqual([error(id, code)]);
});

test.each([
  ["a notification that is unknown", '{"jsonrpc":"2.0","method":"notifications/x","params":{"_meta":null}}'],
  [
    "the cancelling of a request that is unknown",
    '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9}}',
  ],
  ["an answer to nothing", '{"jsonrpc":"2.0","id":1,"result":{}}'],
  ["a blank line", " "],
])("is not answered: %s", async (_name, line) => {
  expect(await answersTo(line, 0)).toEqual([]);
});
