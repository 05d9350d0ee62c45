import { PassThrough, Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { expect, test, vi } from "vitest";
import { stdioTransport } from "../../src/server/stdio.ts";

/** A transport between streams of the test's own, and what it does. */
async function started(output: Writable = new PassThrough()) {
  const input = new PassThrough();
  const [onDiscovered, onEnd] = [vi.fn(), vi.fn()];
  const transport = stdioTransport({
    input,
    output,
    instructions: "",
    onDiscovered,
    onEnd,
    log: () => {},
  });
  const handedOn: JSONRPCMessage[] = [];
  transport.onmessage = (message) => handedOn.push(message);
  await transport.start();
  return { input, output, onDiscovered, onEnd, transport, handedOn };
}

const _meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

const ping = (id: number) => `{"id":${id},"method":"ping"}\n`;

test("a host that does not read is answered when it reads on, every message in its order", async () => {
  const { input, output, handedOn } = await started(new PassThrough({ highWaterMark: 10 }));
  input.write(`nonsense\n${ping(1)}${ping(2)}`);
  await setImmediate();
  input.write(ping(3));
  await setImmediate();
  expect(handedOn).toEqual([]);
  output.on("data", () => {});
  await vi.waitFor(() => expect(handedOn).toHaveLength(3));
  expect(handedOn).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }]);
});

test("the end of input is seen although the host does not read", async () => {
  const { input, onEnd, handedOn } = await started(new PassThrough({ highWaterMark: 10 }));
  input.end(`nonsense\n${ping(1)}`);
  await vi.waitFor(() => expect(onEnd).toHaveBeenCalledWith("end of input, and of reading"), 20_000);
  expect(handedOn).toEqual([]);
});

test("what came before the end of input is dealt with first if the host reads on", async () => {
  const { input, output, onEnd, handedOn } = await started(new PassThrough({ highWaterMark: 10 }));
  const seen: number[] = [];
  onEnd.mockImplementation(() => seen.push(handedOn.length));
  input.end(`nonsense\n${ping(1)}nonsense\n${ping(2)}`);
  await setImmediate();
  output.on("data", () => {});
  await vi.waitFor(() => expect(seen).toEqual([2]));
  expect(onEnd).toHaveBeenCalledWith("end of input");
});

test("a host that does not read is not read from after 32 MB, until it reads on", async () => {
  const { input, output } = await started(new PassThrough({ highWaterMark: 10 }));
  input.write("nonsense\n");
  const line = `${" ".repeat(1024 * 1024)}\n`;
  for (let lines = 0; lines < 33; lines += 1) input.write(line);
  await vi.waitFor(() => expect(input.isPaused()).toBe(true));
  output.on("data", () => {});
  await vi.waitFor(() => expect(input.isPaused()).toBe(false));
});

test("the newer protocol begins once the answer to server/discover has been handed over, and not before", async () => {
  const waiting: (() => void)[] = [];
  const slow = new Writable({ write: (_chunk, _encoding, done) => void waiting.push(done) });
  const { input, onDiscovered } = await started(slow);
  input.write(`${JSON.stringify({ id: 1, method: "server/discover", params: { _meta } })}\n`);
  await setImmediate();
  expect(waiting).toHaveLength(1);
  expect(onDiscovered).not.toHaveBeenCalled();
  while (waiting.length > 0) {
    waiting.shift()?.();
    await setImmediate();
  }
  expect(onDiscovered).toHaveBeenCalledOnce();
});

test("the ends of input and output are reported, after the last line has been read", async () => {
  const { input, output, onEnd, handedOn } = await started();
  input.end('{"id":1,"method":"ping"}');
  await vi.waitFor(() => expect(onEnd).toHaveBeenCalledWith("end of input"));
  expect(handedOn).toEqual([expect.objectContaining({ method: "ping" })]);
  output.destroy(new Error("EPIPE"));
  await vi.waitFor(() => expect(onEnd).toHaveBeenCalledWith("output closed"));
});

test("what the SDK answers after a cancellation is not sent", async () => {
  const output = new PassThrough();
  const { input, transport, handedOn } = await started(output);
  input.write('{"id":"a","method":"ping"}\n{"id":"b","method":"ping"}\n');
  input.write('{"method":"notifications/cancelled","params":{"requestId":"a"}}\n');
  await setImmediate();
  const ids = handedOn.flatMap((message) => ("id" in message && message.id !== undefined ? message.id : []));
  expect(handedOn.at(-1)).toMatchObject({ method: "notifications/cancelled", params: { requestId: ids[0] } });
  for (const id of ids) await transport.send({ jsonrpc: "2.0", id, result: {} });
  expect(String(output.read())).toBe('{"jsonrpc":"2.0","id":"b","result":{}}\n');
});
