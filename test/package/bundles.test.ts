import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { getMcpConfigForManifest, unpackExtension, v0_3 } from "@anthropic-ai/mcpb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod/v3";
import packageFile from "../../package.json" with { type: "json" };
import { ids } from "../../src/sandbox/sandbox.ts";
import { toolsFor } from "../../src/tools/index.ts";
import { connectHost, type Host, program, puts } from "../support/host.ts";
import { startSandbox } from "../support/sandbox/sandbox.ts";

type Settings = Record<string, string | boolean | number>;
type Manifest = (typeof v0_3.McpbManifestSchema)["_output"];

const { acmeExpansion } = ids.opportunities;
const win = { id: acmeExpansion, status_id: "Won", date_won: "2026-11-23" };

const sandbox = await startSandbox();
const folder = mkdtempSync(join(tmpdir(), "bundles-"));
const script = fileURLToPath(new URL("../../scripts/bundles.ts", import.meta.url));
execFileSync(process.execPath, ["--import", "tsx", script, folder]);
const plugin = join(folder, "plugin");
// Claude Desktop's folders have spaces in their names.
const unpacked = join(folder, "Claude Extensions", "close");
let manifest: Manifest;
const hosts: Host[] = [];

beforeAll(async () => {
  await unpackExtension({
    mcpbPath: join(folder, `${packageFile.name}-${packageFile.version}.mcpb`),
    outputDir: unpacked,
    silent: true,
  });
  manifest = v0_3.McpbManifestSchema.parse(JSON.parse(readFileSync(join(unpacked, "manifest.json"), "utf8")));
});
beforeEach(() => sandbox.reset());
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

/** How a host starts the unpacked server with what its user has set, by the rules that Claude Desktop shares. */
function launchFor(userConfig: Settings) {
  return getMcpConfigForManifest({
    manifest,
    extensionPath: unpacked,
    systemDirs: { HOME: folder },
    userConfig,
    pathSeparator: sep,
  });
}

/** Starts the server as the manifest says, but with the sandbox in Close's place. */
async function start(settings: Settings, node: string[] = []): Promise<Host> {
  const launch = await launchFor({ api_key: sandbox.apiKey, ...settings });
  if (launch === undefined) throw new Error("The host would not start it.");
  const { command, args = [], env } = launch;
  const host = await connectHost({
    command,
    args: [...node, ...args],
    env: { ...env, CLOSE_BASE_URL: sandbox.url },
    cwd: folder,
  });
  hosts.push(host);
  return host;
}

describe("the bundle", () => {
  test("holds the program, the licences and the manifest alone", () => {
    expect(readdirSync(unpacked).sort()).toEqual(["LICENSE", "manifest.json", "server"]);
    expect(manifest.compatibility?.runtimes).toEqual({ node: packageFile.engines.node });
    expect(readdirSync(join(unpacked, "server")).sort()).toEqual(readdirSync(dirname(program)).sort());
  });

  test("names the tools that the server has, with what each is for", async () => {
    const { tools } = await (await start({})).client.listTools();
    expect(manifest.tools).toEqual(
      tools.map(({ name, description }) => ({ name, description: description?.split("\n")[0] })),
    );
  });

  test("asks for the key as a secret, cannot be started without it, and hands on every other setting", async () => {
    const { api_key, ...others } = manifest.user_config ?? {};
    expect(api_key).toMatchObject({ type: "string", required: true, sensitive: true });
    for (const { required = false } of Object.values(others)) expect(required).toBe(false);
    expect(await launchFor({ api_key: "" })).toBeUndefined();
    const limits = { confirm: "all", writable_fields: "note", max_updates_per_hour: 9 };
    const files = { audit_log: "/a", state_dir: "off" };
    const launch = await launchFor({ api_key: "k", time_zone: "UTC", read_only: true, ...limits, ...files });
    expect(launch?.env).toEqual({
      CLOSE_API_KEY: "k",
      CLOSE_TIME_ZONE: "UTC",
      CLOSE_READ_ONLY: "true",
      CLOSE_CONFIRM: "all",
      CLOSE_WRITABLE_FIELDS: "note",
      CLOSE_MAX_UPDATES_PER_HOUR: "9",
      CLOSE_AUDIT_LOG: "/a",
      CLOSE_STATE_DIR: "off",
    });
  });
});

describe("the server from the bundle", () => {
  test("updates an opportunity with no more than the key set: templates are left of the rest", async () => {
    const before = readdirSync(folder);
    const host = await start({});
    expect(await host.call(win)).toMatchObject({
      isError: false,
      structured: { id: acmeExpansion, status_label: "Won", date_won: "2026-11-23" },
    });
    expect(host.log()).toBe("");
    // Nothing was taken for the name of an audit file.
    expect(readdirSync(folder)).toEqual(before);
  });

  test("takes the time zone and the audit file from the settings", async () => {
    const audit = join(folder, "audit file.jsonl");
    const host = await start({ time_zone: "Asia/Kathmandu", audit_log: audit });
    expect((await host.call(win)).isError).toBe(false);
    expect(puts(sandbox).map(({ headers }) => headers["x-tz-offset"])).toEqual(["5.75"]);
    expect(readFileSync(audit, "utf8")).toMatch(
      /^\{"time":.*"outcome":"sent".*\}\n\{"time":.*"outcome":"applied".*\}\n$/,
    );
  });

  test("has no tool that changes something with read-only on", async () => {
    const { tools } = await (await start({ read_only: true })).client.listTools();
    expect(tools.filter(({ annotations }) => !annotations?.readOnlyHint)).toEqual([]);
  });

  test("runs if a host loads it into a process of Electron", async () => {
    const electronNode = fileURLToPath(new URL("../support/electron-node.mjs", import.meta.url));
    const host = await start({}, [electronNode]);
    expect((await host.call(win)).structured).toMatchObject({ status_label: "Won" });
    expect(host.log()).toBe("");
  });
});

describe("the plugin folder", () => {
  const server = z.object({ command: z.string(), args: z.array(z.string()) });
  const servers = z.object({ mcpServers: z.object({ "close-opportunity": server }).strict() });
  const read = (path: string): unknown => JSON.parse(readFileSync(join(plugin, path), "utf8"));

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
    hosts.push(host);
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
    expect(new Set(skill.match(/`\w*(?:opportunit|_plan)\w*`/g))).toEqual(new Set(tools));
    expect(skill).toMatch(/^---\nname: close-opportunities\ndescription: .{50,1024}\n---\n/);
  });
});
