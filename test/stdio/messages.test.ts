import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type RawProgram, startRaw } from "../support/raw-program.ts";

type Answer = Record<string, unknown> | Record<string, unknown>[];

let shared: RawProgram;
let pings = 0;
beforeAll(() => {
  shared = startRaw(["--sandbox"]);
});
afterAll(async () => {
  shared.endInput();
  expect((await shared.ended).code).toBe(0);
});

/** Writes a line to the server that the tables share, and a ping: returns all answers but that to the ping. */
async function answersOfShared(input: string | Uint8Array, count: number): Promise<Answer[]> {
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

/** Writes lines to a server of their own, a ping after them and no more: returns all answers but that to the ping. */
async function answersTo(...input: (string | Uint8Array)[]): Promise<Answer[]> {
  const server = startRaw(["--sandbox"]);
  for (const part of input) server.write(typeof part === "string" ? `${part}\n` : part);
  server.write('{"jsonrpc":"2.0","id":"afterwards","method":"ping"}\n');
  server.endInput();
  const { code, stdout } = await server.ended;
  expect(code).toBe(0);
  const answers = stdout
    .trimEnd()
    .split("\n")
    .map((line): Answer => JSON.parse(line));
  const isPing = (answer: Answer) => "id" in answer && answer.id === "afterwards";
  expect(answers.filter(isPing)).toEqual([{ jsonrpc: "2.0", id: "afterwards", result: {} }]);
  return answers.filter((answer) => !isPing(answer));
}

const initialize = (protocolVersion: string) =>
  JSON.stringify({
    jsonrpc: "2.0",
    id: "opening",
    method: "initialize",
    params: { protocolVersion, capabilities: {}, clientInfo: { name: "raw", version: "1.0.0" } },
  });
const ping = (id: unknown) => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"ping"}`;
const error = (id: string | number | null, code: number) => ({
  jsonrpc: "2.0",
  id,
  // One line of our own, and no library's.
  error: { code, message: expect.stringMatching(/^(?!MCP error)[^\n[\]]+$/) },
});
const result = (id: string | number, content: object = {}) => ({
  jsonrpc: "2.0",
  id,
  result: expect.objectContaining(content),
});
const tools = { tools: expect.any(Array) };

describe("what can be understood is answered with a result", () => {
  test.each([
    ["params that are null", '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":null}', tools],
    ["_meta that is null", '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":null}}', tools],
    ["_meta that is a text", '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":"x"}}', tools],
    ...["null", "1.5", "{}", "[]", "true"].map((token): [string, string, object] => [
      `a progress token that is ${token}`,
      `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"progressToken":${token}}}}`,
      tools,
    ]),
    [
      "arguments that are null",
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find_opportunities","arguments":null}}',
      { structuredContent: expect.objectContaining({ total: expect.any(Number) }) },
    ],
    [
      "a task, which this server does not know",
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find_opportunities","task":{"ttl":"x"}}}',
      { structuredContent: expect.objectContaining({ total: expect.any(Number) }) },
    ],
    [
      "metadata of a form that the protocol does not have",
      '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/related-task":7}}}',
      tools,
    ],
    ...["null", '""'].map((cursor): [string, string, object] => [
      `a cursor that is ${cursor}`,
      `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":${cursor}}}`,
      tools,
    ]),
    ["no jsonrpc", '{"id":1,"method":"ping"}', {}],
    ["jsonrpc that is null", '{"jsonrpc":null,"id":1,"method":"ping"}', {}],
    ["a member more", '{"jsonrpc":"2.0","id":1,"method":"ping","trace":"x"}', {}],
    ["the members in another order", '{"params":{},"method":"ping","id":1,"jsonrpc":"2.0"}', {}],
    [
      "an opening without params",
      '{"jsonrpc":"2.0","id":1,"method":"initialize"}',
      { protocolVersion: "2025-11-25" },
    ],
    [
      "an opening for a revision that does not exist",
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2030-01-01"}}',
      { protocolVersion: "2025-11-25" },
    ],
    ["a list before the opening", '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', tools],
    ["a carriage return before the line break", `${ping(1)}\r`, {}],
    ["blank lines around it", `\n \r\n${ping(1)}\n\n`, {}],
  ])("%s", async (_name, line, content) => {
    expect(await answersOfShared(line, 1)).toEqual([result(1, content)]);
  });

  test.each([0, -1, 2 ** 53 - 1, "", "a", "0", "__proto__", '\u2028 and a " quote'])(
    "a request with the id %j",
    async (id) => {
      expect(await answersOfShared(ping(id), 1)).toEqual([result(id)]);
    },
  );

  test("a first message after a byte-order mark", async () => {
    expect(await answersTo(`\ufeff${ping(1)}`)).toEqual([result(1)]);
  });

  test("a last line without a line break", async () => {
    expect(await answersTo(`${ping(1)}\n${ping(2)}`)).toEqual([result(1), result(2)]);
    const server = startRaw(["--sandbox"]);
    server.write('{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
    server.endInput();
    const { stdout } = await server.ended;
    expect(JSON.parse(stdout)).toEqual(result(1, tools));
  });

  test("a message whose characters are cut by the chunks in which they arrive", async () => {
    const bytes = Buffer.from(`${ping("a→é")}\n`);
    const answers = await answersTo(...Array.from(bytes, (byte) => Uint8Array.of(byte)));
    expect(answers).toEqual([result("a→é")]);
  });
});

describe("what cannot be answered gets an error with the id there is", () => {
  const call = (params: string) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`;
  test.each<[string, string | Uint8Array, string | number | null, number]>([
    ["what is not JSON", "nonsense", null, -32_700],
    ["JSON that breaks off", '{"jsonrpc":"2.0","id":1,"method":"ping"', 1, -32_700],
    ["a number", "7", null, -32_600],
    ["null", "null", null, -32_600],
    ["an empty object", "{}", null, -32_600],
    ["an id alone", '{"jsonrpc":"2.0","id":1}', 1, -32_600],
    ["a method that is no text", '{"jsonrpc":"2.0","id":1,"method":7}', 1, -32_600],
    ["another version of JSON-RPC", '{"jsonrpc":"1.0","id":1,"method":"ping"}', 1, -32_600],
    ["an id that is null", ping(null), null, -32_600],
    ["an id that is a boolean", ping(true), null, -32_600],
    ["an id that is an object", ping({}), null, -32_600],
    ["an id that is a fraction", ping(1.5), 1.5, -32_600],
    [
      "an id that no double holds",
      '{"jsonrpc":"2.0","id":12345678901234567890,"method":"ping"}',
      null,
      -32_600,
    ],
    ["params that are a text", '{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}', 1, -32_600],
    ["params that are a list", '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', 1, -32_602],
    ["an empty batch", "[]", null, -32_600],
    [
      "a cursor, as this server returns none",
      '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"2"}}',
      1,
      -32_602,
    ],
    ["an unknown method", '{"jsonrpc":"2.0","id":1,"method":"tools/explode"}', 1, -32_601],
    [
      "a method named as what every object has",
      '{"jsonrpc":"2.0","id":1,"method":"constructor"}',
      1,
      -32_601,
    ],
    [
      "a part of the protocol that this server does not have",
      '{"jsonrpc":"2.0","id":1,"method":"resources/list"}',
      1,
      -32_601,
    ],
    ["a call without params", '{"jsonrpc":"2.0","id":1,"method":"tools/call"}', 1, -32_602],
    ["a call without a tool's name", call("{}"), 1, -32_602],
    ["a tool's name that is no text", call('{"name":7}'), 1, -32_602],
    ["arguments that are a list", call('{"name":"update_opportunity","arguments":[]}'), 1, -32_602],
    ["arguments that are a text", call('{"name":"update_opportunity","arguments":"x"}'), 1, -32_602],
    ["an unknown tool", call('{"name":"delete_everything","arguments":{}}'), 1, -32_602],
    [
      "a note that is not UTF-8",
      Buffer.from(
        `${call('{"name":"update_opportunity","arguments":{"id":"oppo_x","note":"caf\xe9"}}')}\n`,
        "latin1",
      ),
      1,
      -32_700,
    ],
    ["bytes that are no text at all", Uint8Array.of(0xff, 0xfe, 0x00, 0x0a), null, -32_700],
  ])("%s", async (_name, input, id, code) => {
    expect(await answersOfShared(input, 1)).toEqual([error(id, code)]);
  });
});

describe("what asks for nothing is not answered", () => {
  test.each([
    [
      "a notification that is unknown",
      '{"jsonrpc":"2.0","method":"notifications/whatever","params":{"_meta":null}}',
    ],
    [
      "a notification for a request that is unknown",
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9}}',
    ],
    ["a notification without params", '{"jsonrpc":"2.0","method":"notifications/cancelled"}'],
    ["an answer to nothing", '{"jsonrpc":"2.0","id":1,"result":{}}'],
    ["an error for nothing", '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}'],
    ["a blank line", " "],
  ])("%s", async (_name, line) => {
    expect(await answersOfShared(line, 0)).toEqual([]);
  });
});

describe("a batch", () => {
  const agreed = initialize("2025-03-26");

  test("is answered with one list if the revision that has them was agreed", async () => {
    const batch = `[${ping(1)},{"method":"notifications/x"},7,{"id":2,"method":"tools/explode"},{"id":3,"method":"tools/list"}]`;
    const [opened, answers = [], ...more] = await answersTo(agreed, batch);
    expect(opened).toEqual(result("opening", { protocolVersion: "2025-03-26" }));
    expect(more).toEqual([]);
    expect(answers).toHaveLength(4);
    expect(answers).toEqual(
      expect.arrayContaining([result(1), error(null, -32_600), error(2, -32_601), result(3, tools)]),
    );
  });

  test("of notifications alone is not answered", async () => {
    const answers = await answersTo(agreed, '[{"method":"notifications/x"},{"method":"notifications/y"}]');
    expect(answers).toEqual([result("opening")]);
  });

  test("is answered without the request in it that is cancelled", async () => {
    const call = '{"id":1,"method":"tools/call","params":{"name":"find_opportunities"}}';
    const cancel = '{"method":"notifications/cancelled","params":{"requestId":1}}';
    expect(await answersTo(agreed, `[${call},${ping(2)}]`, cancel)).toEqual([result("opening"), [result(2)]]);
    expect(await answersTo(agreed, `[${call},${cancel}]`)).toEqual([result("opening")]);
  });

  test("that is empty or has too many messages is refused", async () => {
    const many = `[${Array(1_001).fill(ping(1)).join()}]`;
    const answers = await answersTo(agreed, "[]", many);
    expect(answers.filter((answer) => !("result" in answer))).toEqual([
      error(null, -32_600),
      error(null, -32_600),
    ]);
  });

  test.each(["2024-11-05", "2025-06-18", "2025-11-25"])(
    "is refused in revision %s, each request by its id",
    async (revision) => {
      const answers = await answersTo(
        initialize(revision),
        `[${ping(1)},${ping(2)},{"method":"x"}]`,
        '[{"method":"x"}]',
      );
      expect(answers.filter((answer) => !("result" in answer))).toEqual([
        error(1, -32_600),
        error(2, -32_600),
        error(null, -32_600),
      ]);
    },
  );

  test("is refused by the id of every message that has one, also of those that cannot be understood", async () => {
    const malformed = [
      '{"id":4,"method":5}',
      '{"jsonrpc":"1.0","id":5,"method":"ping"}',
      '{"id":6}',
      '{"id":"seven","method":"ping","params":[]}',
      '{"id":1.5,"method":"ping"}',
    ];
    const noRequests = ['{"id":8,"result":{}}', '{"method":"notifications/x"}', "7", ping(null)];
    expect(await answersTo(`[${[ping(2), ...malformed, ...noRequests].join()}]`)).toEqual(
      [2, 4, 5, 6, "seven", 1.5].map((id) => error(id, -32_600)),
    );
    expect(await answersTo(`[${malformed[0]}]`, `[${noRequests.join()}]`)).toEqual([
      error(4, -32_600),
      error(null, -32_600),
    ]);
  });

  test("is refused before anything was agreed", async () => {
    expect(await answersTo(`[${ping(1)}]`)).toEqual([error(1, -32_600)]);
  });
});

test("a message of more than 16 MB is answered, and the next ones are read", async () => {
  const note = "x".repeat(17 * 1024 * 1024);
  const answers = await answersTo(
    `{"method":"tools/call","params":{"name":"update_opportunity","arguments":{"note":"${note}"}},"jsonrpc":"2.0","id":1}`,
    ping(2),
  );
  expect(answers).toEqual([error(1, -32_600), result(2)]);
});

test("two requests under one id are both answered", async () => {
  const answers = await answersTo(ping(1), '{"id":1,"method":"tools/list"}');
  expect(answers).toEqual([result(1), result(1, tools)]);
});
