import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { getMcpConfigForManifest, unpackExtension, v0_3, validateManifest } from "@anthropic-ai/mcpb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import packageFile from "../../package.json" with { type: "json" };
import { buildBundle } from "../../scripts/publish/bundle.ts";
import { ids } from "../../src/sandbox/sandbox.ts";
import { connectHost, type Host, program, puts } from "../support/host.ts";
import { type Sandbox, startSandbox } from "../support/sandbox/sandbox.ts";

type Settings = Record<string, string | boolean>;
type Manifest = (typeof v0_3.McpbManifestSchema)["_output"];

const { acmeExpansion } = ids.opportunities;
const win = { id: acmeExpansion, status_id: "Won", date_won: "2026-11-23" };

let sandbox: Sandbox;
let folder: string;
let bundle: string;
let unpacked: string;
let manifest: Manifest;
const hosts: Host[] = [];

beforeAll(async () => {
  sandbox = await startSandbox();
  folder = await mkdtemp(join(tmpdir(), "bundle-"));
  bundle = await buildBundle(folder);
  // Claude Desktop's folders have spaces in their names.
  unpacked = join(folder, "Claude Extensions", "close");
  await unpackExtension({ mcpbPath: bundle, outputDir: unpacked, silent: true });
  manifest = v0_3.McpbManifestSchema.parse(
    JSON.parse(await readFile(join(unpacked, "manifest.json"), "utf8")),
  );
});
beforeEach(() => sandbox.reset());
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});
afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});

/** How a host starts the unpacked server with what its user has set, by the rules that Claude Desktop shares. */
async function launchFor(userConfig: Settings) {
  const config = await getMcpConfigForManifest({
    manifest,
    extensionPath: unpacked,
    systemDirs: { HOME: folder },
    userConfig,
    pathSeparator: sep,
  });
  return config && { command: config.command, args: config.args ?? [], env: config.env ?? {} };
}

/** Starts the server as the manifest says, but with the sandbox in Close's place. */
async function start(settings: Settings, node: string[] = []): Promise<Host> {
  const launch = await launchFor({ api_key: sandbox.apiKey, ...settings });
  if (launch === undefined) throw new Error("The host would not start it.");
  const host = await connectHost({
    command: launch.command,
    args: [...node, ...launch.args],
    env: { ...launch.env, CLOSE_BASE_URL: sandbox.url },
    cwd: folder,
  });
  hosts.push(host);
  return host;
}

async function toolsOf(host: Host): Promise<string[]> {
  const { tools } = await host.client.listTools();
  return tools.map(({ name }) => name);
}

describe("the bundle", () => {
  test("is named after the package and its version", () => {
    expect(basename(bundle)).toBe(`${packageFile.name}-${packageFile.version}.mcpb`);
  });

  test("holds the built program, the licences and the manifest, and nothing else", async () => {
    expect((await readdir(unpacked)).sort()).toEqual(["LICENSE", "manifest.json", "server"]);
    expect((await readdir(join(unpacked, "server"))).sort()).toEqual(
      (await readdir(dirname(program))).sort(),
    );
  });

  test("is out of reach of the packages that the program was built from", () => {
    const repository = fileURLToPath(new URL("../..", import.meta.url));
    expect(unpacked.startsWith(repository)).toBe(false);
    for (let at = unpacked; at !== dirname(at); at = dirname(at)) {
      expect(existsSync(join(at, "node_modules"))).toBe(false);
    }
  });

  test("has a manifest of version 0.3 that the library takes", async () => {
    expect(validateManifest(unpacked)).toBe(true);
    expect(manifest.manifest_version).toBe("0.3");
    expect(v0_3.McpbManifestSchema.safeParse({ ...manifest, author: undefined }).success).toBe(false);
  });
});

describe("the manifest", () => {
  test("starts the program that is in the bundle, on what package.json asks for", () => {
    const { type, entry_point } = manifest.server;
    expect(type).toBe("node");
    expect(existsSync(join(unpacked, entry_point))).toBe(true);
    expect(manifest.compatibility?.runtimes).toEqual({ node: packageFile.engines.node });
    expect(manifest.compatibility?.platforms).toEqual(["darwin", "win32", "linux"]);
  });

  test("names the tools that the server has, with what each is for", async () => {
    const { tools } = await (await start({})).client.listTools();
    expect(manifest.tools).toEqual(
      tools.map(({ name, description }) => ({ name, description: description?.split("\n")[0] })),
    );
  });

  test("asks for the key as a secret, and cannot be started without it", async () => {
    expect(manifest.user_config?.api_key).toMatchObject({ type: "string", required: true, sensitive: true });
    expect(await launchFor({})).toBeUndefined();
    expect(await launchFor({ api_key: "" })).toBeUndefined();
  });

  test("asks for nothing else that has to be given", () => {
    const others = Object.entries(manifest.user_config ?? {}).filter(([key]) => key !== "api_key");
    expect(others.map(([key, { type }]) => [key, type])).toEqual([
      ["time_zone", "string"],
      ["read_only", "boolean"],
      ["audit_log", "string"],
    ]);
    for (const [, { required = false }] of others) expect(required).toBe(false);
  });

  test("hands every setting to the variable that the program reads", async () => {
    const launch = await launchFor({ api_key: "k", time_zone: "UTC", read_only: true, audit_log: "/a" });
    expect(launch?.env).toEqual({
      CLOSE_API_KEY: "k",
      CLOSE_TIME_ZONE: "UTC",
      CLOSE_READ_ONLY: "true",
      CLOSE_AUDIT_LOG: "/a",
    });
  });
});

describe("the server from the bundle", () => {
  test("updates an opportunity with no more than the key set", async () => {
    const settings = { api_key: sandbox.apiKey };
    // Claude Desktop hands on what its user has not set as the manifest has it.
    expect((await launchFor(settings))?.env).toMatchObject({
      CLOSE_TIME_ZONE: expect.stringContaining("{user_config.time_zone}"),
      CLOSE_READ_ONLY: "false",
      CLOSE_AUDIT_LOG: expect.stringContaining("{user_config.audit_log}"),
    });
    await updatesAnOpportunity(settings);
  });

  test("updates an opportunity if the other settings were emptied", async () => {
    await updatesAnOpportunity({ time_zone: "", read_only: false, audit_log: "" });
  });

  async function updatesAnOpportunity(settings: Settings): Promise<void> {
    const before = await readdir(folder);
    const host = await start(settings);
    const { isError, structured } = await host.call(win);
    expect(isError).toBe(false);
    expect(structured).toMatchObject({ id: acmeExpansion, status_label: "Won", date_won: "2026-11-23" });
    expect(puts(sandbox)).toHaveLength(1);
    expect(sandbox.organization.opportunities.get(acmeExpansion)?.date_won).toBe("2026-11-23");
    expect(host.log()).toBe("");
    // Nothing was taken for the name of an audit file.
    expect(await readdir(folder)).toEqual(before);
  }

  test("takes the time zone and the audit file from the settings", async () => {
    const audit = join(folder, "audit file.jsonl");
    const host = await start({ time_zone: "Asia/Kathmandu", audit_log: audit });
    expect((await host.call(win)).isError).toBe(false);
    expect(puts(sandbox).map(({ headers }) => headers["x-tz-offset"])).toEqual(["5.75"]);
    expect(await readFile(audit, "utf8")).toMatch(/^\{"time":.*"outcome":"applied".*\}\n$/);
  });

  test("has no tool that changes something with read-only on", async () => {
    const tools = await toolsOf(await start({ read_only: true }));
    expect(tools).toEqual(["find_opportunities", "get_opportunity", "describe_opportunity_fields"]);
    expect(await toolsOf(await start({ read_only: false }))).toEqual([
      "update_opportunity",
      "update_opportunities",
      ...tools,
    ]);
  });

  test("runs if a host loads it into a process of Electron", async () => {
    const electronNode = fileURLToPath(new URL("../support/electron-node.mjs", import.meta.url));
    const host = await start({}, [electronNode]);
    expect((await host.call(win)).structured).toMatchObject({ status_label: "Won" });
    expect(host.log()).toBe("");
  });

  test("brings the sandbox along", async () => {
    const launch = await launchFor({ api_key: "unused" });
    await mkdir(join(folder, "elsewhere"));
    const host = await connectHost({
      command: "node",
      args: [...(launch?.args ?? []), "--sandbox"],
      cwd: join(folder, "elsewhere"),
    });
    hosts.push(host);
    expect((await host.call(win)).structured).toMatchObject({ status_label: "Won" });
    expect(sandbox.requests).toEqual([]);
  });
});
