import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod/v3";
import packageFile from "../../package.json" with { type: "json" };
import { buildPlugin } from "../../scripts/publish/plugin.ts";
import { toolsFor } from "../../src/tools/index.ts";
import { connectHost } from "../support/host.ts";

let folder: string;
let plugin: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plugin-"));
  plugin = await buildPlugin(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const server = z.object({ command: z.string(), args: z.array(z.string()) });
const read = (path: string): unknown => JSON.parse(readFileSync(join(plugin, path), "utf8"));

/** What each host puts in the place of the plugin's folder. */
const hosts = [
  ["hosts of Agent Plugins", "mcp.json", "PLUGIN_ROOT"],
  ["Claude Code", ".claude-plugin/plugin.json", "CLAUDE_PLUGIN_ROOT"],
  ["Gemini CLI", "gemini-extension.json", "extensionPath"],
] as const;

describe("the plugin folder", () => {
  test.each(hosts)("starts the server as %s do, from %s", async (_, path, root) => {
    const { mcpServers } = z.object({ mcpServers: z.record(server) }).parse(read(path));
    expect(Object.keys(mcpServers)).toEqual(["close-opportunity"]);
    const { command = "", args = [] } = mcpServers["close-opportunity"] ?? {};
    const host = await connectHost({
      command,
      args: args.map((arg) => arg.replaceAll(`\${${root}}`, plugin).replaceAll(`\${/}`, "/")),
      env: { PATH: process.env.PATH ?? "", CLOSE_API_KEY: "api_placeholder" },
    });
    const { tools } = await host.client.listTools();
    await host.close();
    expect(tools.map(({ name }) => name)).toContain("update_opportunity");
  });

  test("names the present version in every manifest that has one", () => {
    for (const path of ["plugin.json", ".claude-plugin/plugin.json", "gemini-extension.json"]) {
      expect(read(path), path).toMatchObject({ name: packageFile.name, version: packageFile.version });
    }
  });

  test("has a skill that speaks of every tool, and of no other", () => {
    const skill = readFileSync(join(plugin, "skills/close-opportunities/SKILL.md"), "utf8");
    const named = new Set(skill.match(/`\w*opportunit\w*`/g));
    expect([...named].sort()).toEqual(
      toolsFor({ readOnly: false })
        .map(({ name }) => `\`${name}\``)
        .sort(),
    );
    expect(skill).toMatch(/^---\nname: close-opportunities\ndescription: .{50,1024}\n---\n/);
  });

  test("has a square PNG icon of 512 pixels", () => {
    const icon = readFileSync(join(plugin, "icon.png"));
    expect(icon.subarray(1, 4).toString("latin1")).toBe("PNG");
    expect([icon.readUInt32BE(16), icon.readUInt32BE(20)]).toEqual([512, 512]);
  });
});
