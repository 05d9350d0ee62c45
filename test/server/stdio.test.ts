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

test("a host that does not read is not read from, until it reads on", async () => {
  const { input, output } = await started(new PassThrough({ highWaterMark: 10 }));
  input.write("nonsense\n");
  await setImmediate();
  expect(input.isPaused()).toBe(true);
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
