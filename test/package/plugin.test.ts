import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod/v3";
import packageFile from "../../package.json" with { type: "json" };
import { toolsFor } from "../../src/tools/index.ts";
import { buildBundles } from "../support/bundles.ts";
import { connectHost } from "../support/host.ts";

const { folder, plugin } = buildBundles();
afterAll(() => rmSync(folder, { recursive: true }));

const server = z.object({ command: z.string(), args: z.array(z.string()) });
const servers = z.object({ mcpServers: z.object({ "close-opportunity": server }).strict() });
const read = (path: string): unknown => JSON.parse(readFileSync(join(plugin, path), "utf8"));

describe("the plugin folder", () => {
  // What each host puts in the place of the plugin's folder.
  test.each([
    ["hosts of Agent Plugins", "mcp.json", "PLUGIN_ROOT"],
    ["Claude Code", ".claude-plugin/plugin.json", "CLAUDE_PLUGIN_ROOT"],
    ["Gemini CLI", "gemini-extension.json", "extensionPath"],
  ])("starts the server as %s do, from %s", async (_, path, root) => {
    const { command, args } = servers.parse(read(path)).mcpServers["close-opportunity"];
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
    const { name, version } = packageFile;
    for (const path of ["plugin.json", ".claude-plugin/plugin.json", "gemini-extension.json"]) {
      expect(read(path), path).toMatchObject({ name, version });
    }
  });

  test("has a skill that speaks of every tool, and of no other", () => {
    const skill = readFileSync(join(plugin, "skills/close-opportunities/SKILL.md"), "utf8");
    const tools = toolsFor({ readOnly: false }).map(({ name }) => `\`${name}\``);
    expect(new Set(skill.match(/`\w*opportunit\w*`/g))).toEqual(new Set(tools));
    expect(skill).toMatch(/^---\nname: close-opportunities\ndescription: .{50,1024}\n---\n/);
  });
});
