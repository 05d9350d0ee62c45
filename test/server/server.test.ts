import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createServer } from "../../src/server/server.ts";
import { opening } from "../support/raw-program.ts";

const metaOf = (clientInfo: object) => ({
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": clientInfo,
});
const handshake = (clientInfo: object) => ({ method: "initialize", params: { ...opening, clientInfo } });
const toolCall = (_meta = {}) => ({ method: "tools/call", params: { name: "tool", _meta } });

/** Sends the requests one after the other, and returns which host the tool is told of by the last one. */
async function hostAfter(...requests: { method: string; params: object }[]): Promise<unknown> {
  const call = vi.fn().mockResolvedValue({ content: [] });
  const { server } = createServer({ definitions: [], call }, "", () => {});
  const [ours, its] = InMemoryTransport.createLinkedPair();
  await server.connect(its);
  onTestFinished(() => server.close());
  const answers: JSONRPCMessage[] = [];
  ours.onmessage = (message) => void answers.push(message);
  for (const [id, request] of requests.entries()) {
    await ours.send({ jsonrpc: "2.0", id, ...request, params: { ...request.params } });
    await vi.waitFor(() => expect(answers).toHaveLength(id + 1));
  }
  expect(call).toHaveBeenCalledOnce();
  return call.mock.lastCall?.[2].host;
}

describe("a tool is told the name and version of the host", () => {
  const desk = { name: "desk", version: "2.1" };

  test("that it gave in the handshake", async () => {
    expect(await hostAfter(handshake({ ...desk, title: "The desk" }), toolCall())).toEqual(desk);
  });

  test("that a request of the newer revision carries, whatever a handshake said", async () => {
    const call = toolCall(metaOf({ ...desk, title: "The desk" }));
    expect(await hostAfter(call)).toEqual(desk);
    expect(await hostAfter(handshake({ name: "older", version: "1" }), call)).toEqual(desk);
  });

  test("each cut to 200 characters", async () => {
    const long = metaOf({ name: "n".repeat(500), version: "v".repeat(500) });
    expect(await hostAfter(toolCall(long))).toEqual({ name: "n".repeat(200), version: "v".repeat(200) });
  });

  test.each([{}, { name: "desk" }, { name: 1, version: ["2"] }])(
    "and of none if it says no more than %j",
    async (said) => expect(await hostAfter(toolCall(metaOf(said)))).toBeUndefined(),
  );
});
