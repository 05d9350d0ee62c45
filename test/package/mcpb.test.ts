import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { getMcpConfigForManifest, unpackExtension, v0_3 } from "@anthropic-ai/mcpb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import packageFile from "../../package.json" with { type: "json" };
import { ids } from "../../src/sandbox/sandbox.ts";
import { buildBundles } from "../support/bundles.ts";
import { connectHost, type Host, program, puts } from "../support/host.ts";
import { startSandbox } from "../support/sandbox/sandbox.ts";

type Settings = Record<string, string | boolean>;
type Manifest = (typeof v0_3.McpbManifestSchema)["_output"];

const { acmeExpansion } = ids.opportunities;
const win = { id: acmeExpansion, status_id: "Won", date_won: "2026-11-23" };

const sandbox = await startSandbox();
const { folder, bundle } = buildBundles();
// Claude Desktop's folders have spaces in their names.
const unpacked = join(folder, "Claude Extensions", "close");
let manifest: Manifest;
const hosts: Host[] = [];

beforeAll(async () => {
  await unpackExtension({ mcpbPath: bundle, outputDir: unpacked, silent: true });
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
    expect(readdirSync(join(unpacked, "server")).sort()).toEqual(readdirSync(dirname(program)).sort());
  });

  test("runs on what package.json asks for", () => {
    expect(manifest.compatibility?.runtimes).toEqual({ node: packageFile.engines.node });
  });

  test("names the tools that the server has, with what each is for", async () => {
    const { tools } = await (await start({})).client.listTools();
    expect(manifest.tools).toEqual(
      tools.map(({ name, description }) => ({ name, description: description?.split("\n")[0] })),
    );
  });

  test("asks for the key as a secret, and cannot be started without it", async () => {
    const { api_key, ...others } = manifest.user_config ?? {};
    expect(api_key).toMatchObject({ type: "string", required: true, sensitive: true });
    for (const { required = false } of Object.values(others)) expect(required).toBe(false);
    expect(await launchFor({ api_key: "" })).toBeUndefined();
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
  test.each([
    ["with no more than the key set: templates are left of the rest", {}],
    ["with the other settings emptied", { time_zone: "", read_only: false, audit_log: "" }],
  ])("updates an opportunity %s", async (_, settings) => {
    const before = readdirSync(folder);
    const host = await start(settings);
    expect(await host.call(win)).toMatchObject({
      isError: false,
      structured: { id: acmeExpansion, status_label: "Won", date_won: "2026-11-23" },
    });
    expect(puts(sandbox)).toHaveLength(1);
    expect(host.log()).toBe("");
    // Nothing was taken for the name of an audit file.
    expect(readdirSync(folder)).toEqual(before);
  });

  test("takes the time zone and the audit file from the settings", async () => {
    const audit = join(folder, "audit file.jsonl");
    const host = await start({ time_zone: "Asia/Kathmandu", audit_log: audit });
    expect((await host.call(win)).isError).toBe(false);
    expect(puts(sandbox).map(({ headers }) => headers["x-tz-offset"])).toEqual(["5.75"]);
    expect(readFileSync(audit, "utf8")).toMatch(/^\{"time":.*"outcome":"applied".*\}\n$/);
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
