import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { expect, test } from "vitest";
import { z } from "zod/v3";

const root = fileURLToPath(new URL("../..", import.meta.url));
const entry = z.object({
  command: z.string(),
  args: z.array(z.string()),
  env: z.record(z.string()).optional(),
});
const { mcpServers } = z
  .object({ mcpServers: z.record(entry) })
  .parse(JSON.parse(readFileSync(new URL("../../mcp.json", import.meta.url), "utf8")));

test("mcp.json has an entry for the real account and one for the sandbox, without any key", () => {
  expect(Object.keys(mcpServers)).toEqual(["close-opportunity", "close-opportunity-sandbox"]);
  expect(mcpServers["close-opportunity"]?.env).toEqual({
    CLOSE_API_KEY: expect.stringMatching(/^\$\{CLOSE_API_KEY\}$/),
  });
  expect(mcpServers["close-opportunity-sandbox"]?.env).toBeUndefined();
});

test.each(Object.entries(mcpServers))(
  "a host can start the entry %s of mcp.json as it is",
  async (_, server) => {
    const client = new Client({ name: "test-host", version: "1.0.0" });
    await client.connect(
      new StdioClientTransport({ ...server, env: server.env ?? {}, cwd: root, stderr: "ignore" }),
    );
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain("update_opportunity");
    await client.close();
  },
);
