import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { expect, test, vi } from "vitest";
import { stdioTransport } from "../../src/server/stdio.ts";

/** A transport between streams of the test's own, and what it does. */
async function started() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const onEnd = vi.fn();
  const transport = stdioTransport(input, output, onEnd);
  const handedOn: JSONRPCMessage[] = [];
  transport.onmessage = (message) => handedOn.push(message);
  await transport.start();
  return { input, output, onEnd, transport, handedOn };
}

test("the ends of input and output are reported, after the last line has been read", async () => {
  const { input, output, onEnd, handedOn } = await started();
  const seen: number[] = [];
  onEnd.mockImplementation(() => seen.push(handedOn.length));
  input.end('{"jsonrpc":"2.0","id":1,"method":"ping"}');
  await vi.waitFor(() => expect(onEnd).toHaveBeenCalledWith("end of input"));
  expect(seen).toEqual([1]);
  output.destroy(new Error("EPIPE"));
  await vi.waitFor(() => expect(onEnd).toHaveBeenCalledWith("output closed"));
});

test.each([0, 7, "a", "0"])(
  "the id %j is truthy to the SDK, in a cancellation too, and as it was to the host",
  async (id) => {
    const { input, output, transport, handedOn } = await started();
    const lines = [
      { jsonrpc: "2.0", id, method: "ping" },
      { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } },
    ];
    input.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    await setImmediate();
    const own = JSON.stringify(id);
    expect(handedOn).toMatchObject([{ id: own }, { params: { requestId: own } }]);
    await transport.send({ jsonrpc: "2.0", id: own, result: {} });
    expect(JSON.parse(String(output.read()))).toEqual({ jsonrpc: "2.0", id, result: {} });
  },
);
