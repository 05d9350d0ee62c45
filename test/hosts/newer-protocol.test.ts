import { Client, type VersionNegotiationOptions } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { program } from "../support/host.ts";
import { type RawProgram, startRaw } from "../support/raw-program.ts";
import { startSandbox } from "../support/sandbox/sandbox.ts";

const revision = "2026-07-28";
const { acmeExpansion } = ids.opportunities;

describe("the official client of the second generation", () => {
  /** Asks on the connection that it goes on with: the SDK's own class asks of a second process. */
  class InPlace extends StdioClientTransport {}

  test.each<[string, VersionNegotiationOptions, typeof StdioClientTransport, string]>([
    ["that asks first, of a second process", { mode: "auto" }, StdioClientTransport, revision],
    ["that asks first, on the same connection", { mode: "auto" }, InPlace, revision],
    ["that speaks the older revisions alone", { mode: "legacy" }, InPlace, "2025-11-25"],
  ])("%s, updates an opportunity", async (_name, versionNegotiation, Transport, negotiated) => {
    const client = new Client({ name: "newer", version: "1.0.0" }, { versionNegotiation });
    const transport = new Transport({
      command: process.execPath,
      args: [program, "--sandbox"],
      env: {},
      stderr: "pipe",
    });
    let log = "";
    transport.stderr?.on("data", (chunk) => {
      log += String(chunk);
    });
    await client.connect(transport);
    expect(client.getNegotiatedProtocolVersion()).toBe(negotiated);
    expect(client.getServerVersion()).toMatchObject({ name: "close-opportunity-mcp" });
    expect(client.getInstructions()).toContain("find_opportunities");
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("update_opportunity");
    const args = { id: acmeExpansion, confidence: 75 };
    const updated = await client.callTool({ name: "update_opportunity", arguments: args });
    expect(updated.structuredContent).toMatchObject({ confidence: 75, changes: [{ from: 50, to: 75 }] });
    await client.close();
    expect(log).toBe("");
  });
});

const _meta = {
  "io.modelcontextprotocol/protocolVersion": revision,
  "io.modelcontextprotocol/clientInfo": { name: "newer", version: "1.0.0" },
  "io.modelcontextprotocol/clientCapabilities": {},
};
const serverInfo = { name: "close-opportunity-mcp", version: expect.any(String) };
const complete = { resultType: "complete", _meta: { "io.modelcontextprotocol/serverInfo": serverInfo } };
const keepable = { ttlMs: expect.any(Number), cacheScope: expect.stringMatching(/^(public|private)$/) };

function started(env: Record<string, string> = {}, args = ["--sandbox"]): RawProgram {
  const server = startRaw(args, env);
  onTestFinished(async () => {
    server.endInput();
    expect((await server.ended).code).toBe(0);
  });
  return server;
}

describe(`a request of revision ${revision}`, () => {
  test("needs no handshake: what the server is, the list and a call are each answered", async () => {
    const server = started();
    expect((await server.request("server/discover", { _meta })).result).toEqual({
      ...complete,
      ...keepable,
      supportedVersions: [revision],
      capabilities: { tools: {} },
      instructions: expect.stringContaining("find_opportunities"),
    });
    expect((await server.request("tools/list", { _meta })).result).toEqual({
      ...complete,
      ...keepable,
      tools: expect.any(Array),
    });
    const call = { name: "update_opportunity", arguments: { id: acmeExpansion, confidence: 75 }, _meta };
    const { result } = await server.request("tools/call", call);
    expect(result).toMatchObject({ ...complete, structuredContent: { confidence: 75 } });
    expect(result).not.toHaveProperty("ttlMs");
    const failing = { ...call, arguments: { id: "oppo_x" } };
    expect((await server.request("tools/call", failing)).result).toMatchObject({
      ...complete,
      isError: true,
    });
    expect(server.stderr()).toBe("");
  });

  test("and one of an older revision are answered on one connection, each in its own form", async () => {
    const server = started();
    expect((await server.initialize()).result).toMatchObject({ protocolVersion: "2025-06-18" });
    expect((await server.request("tools/list", { _meta })).result).toMatchObject(complete);
    expect(Object.keys(Object(await server.request("tools/list").then(({ result }) => result)))).toEqual(["tools"]);
    expect((await server.request("ping")).result).toEqual({});
  });

  test("reports progress, and is not answered once it is cancelled", async () => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const server = started({ CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: sandbox.apiKey }, []);
    sandbox.fault({ kind: "answer", status: 429, headers: { "retry-after": "0.2" }, method: "PUT" });
    const call = { name: "update_opportunity", arguments: { id: acmeExpansion, confidence: 75 } };
    const { result } = await server.request("tools/call", {
      ...call,
      _meta: { ..._meta, progressToken: "p" },
    });
    expect(result).toMatchObject(complete);
    expect(server.messages()).toContainEqual(expect.objectContaining({ method: "notifications/progress" }));

    sandbox.fault({ kind: "latency", ms: 30_000, method: "GET", path: "/opportunity/" });
    const params = { name: "find_opportunities", arguments: {}, _meta };
    server.write(`${JSON.stringify({ jsonrpc: "2.0", id: 0, method: "tools/call", params })}\n`);
    const isAsked = () => sandbox.requests.some(({ path }) => path.startsWith("/opportunity/?"));
    await vi.waitFor(() => expect(isAsked()).toBe(true), { timeout: 10_000 });
    server.write('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":0}}\n');
    server.endInput();
    expect((await server.ended).code).toBe(0);
    expect(server.messages().some(({ id }) => id === 0)).toBe(false);
  });

  test("is refused with another revision, without one, without capabilities, and for an unknown tool", async () => {
    const server = started();
    const refused = async (method: string, meta: object, error: object) => {
      const answer = await server.request(method, { name: "x", _meta: meta });
      expect(answer.result).toBeUndefined();
      expect(answer.error).toMatchObject(error);
    };
    const { "io.modelcontextprotocol/clientCapabilities": _, ...withoutCapabilities } = _meta;
    for (const [method, requested] of [
      ["tools/list", "1900-01-01"],
      ["tools/call", "2030-01-01"],
    ] as const) {
      const meta = { ..._meta, "io.modelcontextprotocol/protocolVersion": requested };
      await refused(method, meta, { code: -32_022, data: { supported: [revision], requested } });
    }
    await refused("tools/list", withoutCapabilities, { code: -32_602 });
    await refused("server/discover", {}, { code: -32_602 });
    await refused("tools/call", _meta, { code: -32_602 });
  });
});
