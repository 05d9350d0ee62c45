import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect, test } from "vitest";
import { program } from "../support/host.ts";
import { startRaw } from "../support/raw-program.ts";

/** Asks on the connection that it goes on with: the SDK's own class asks of a second process. */
class InPlace extends StdioClientTransport {}

test.each([
  ["of a second process", StdioClientTransport],
  ["on the same connection", InPlace],
])("a client that asks for the newer protocol first, %s, falls back at once", async (_, Transport) => {
  const client = new Client({ name: "newer", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
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
  expect(client.getNegotiatedProtocolVersion()).toBe("2025-11-25");
  const found = await client.callTool({ name: "find_opportunities", arguments: { lead_name: "Acme" } });
  expect(found.structuredContent).toMatchObject({ total: 3 });
  await client.close();
  expect(log).toBe("");
});

test("a question in the newer protocol is declined, logs nothing and spoils nothing", async () => {
  const server = startRaw(["--sandbox"]);
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "newer", version: "1.0.0" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  expect((await server.request("server/discover", { _meta })).error?.code).toBe(-32601);
  expect((await server.initialize()).result).toMatchObject({ protocolVersion: "2025-06-18" });
  expect((await server.request("tools/list", { _meta })).error).toBeUndefined();
  server.endInput();
  expect(await server.ended).toMatchObject({ code: 0, stderr: "" });
});
