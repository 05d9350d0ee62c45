/**
 * Drives hosts that are programs of their own as a person would who is not there: each is installed by npm into a folder of its
 * own, in its newest version, and its model is a script that finds a deal of the sandbox, wins it and says so. Prints what each
 * host does with the server, and exits with 1 if the update of one does not arrive. Takes some minutes and a gigabyte for a while;
 * for Linux and macOS.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { toolsFor } from "../../src/tools/index.ts";
import { program, puts } from "../support/host.ts";
import { npmInstall, versionIn } from "../support/npm.ts";
import { print } from "../support/print.ts";
import { startSandbox } from "../support/sandbox/sandbox.ts";
import { type Asked, type Move, startScriptedModel } from "../support/scripted-model.ts";

/** How long a host may run, in milliseconds. */
const patience = 120_000;

const prompt = "Mark our Acme deal as won.";
const queries = ["mark deal as won", "crm deal", "sales pipeline"];

type Server = { command: string; args: string[]; env: Record<string, string> };

type Host = {
  name: string;
  package: string;
  /** Configuration files by their path in the home folder. */
  files(server: Server, model: string): Record<string, object>;
  /** In the package's folder. */
  program: string;
  args: string[];
  /** Its flags for approval, those of more caution first. */
  attempts: string[][];
};

const platform = `${process.platform}-${process.arch}`;
const provider = { apiKey: "none", model: "scripted" };

const hosts: Host[] = [
  {
    name: "Qwen Code",
    package: "@qwen-code/qwen-code",
    files: (server, baseUrl) => ({
      ".qwen/settings.json": {
        mcpServers: { "close-opportunity": server },
        security: { auth: { selectedType: "openai", apiKey: provider.apiKey, baseUrl } },
        model: { name: provider.model },
        privacy: { usageStatisticsEnabled: false },
        general: { enableAutoUpdate: false },
      },
    }),
    program: "cli-entry.js",
    args: [prompt],
    attempts: [[], ["--yolo"]],
  },
  {
    name: "Cline",
    package: `@cline/cli-${platform}`,
    files: (server, baseUrl) => {
      const settings = { provider: "openai-compatible", ...provider, baseUrl };
      const updatedAt = new Date().toISOString();
      const providers = { "openai-compatible": { settings, updatedAt, tokenSource: "manual" } };
      return {
        ".cline/data/settings/cline_mcp_settings.json": { mcpServers: { "close-opportunity": server } },
        ".cline/data/settings/providers.json": {
          version: 1,
          lastUsedProvider: "openai-compatible",
          modes: {},
          providers,
        },
      };
    },
    program: "bin/cline",
    args: [prompt],
    attempts: [["--auto-approve", "false"], []],
  },
  {
    name: "Kilo",
    package: `@kilocode/cli-${platform}`,
    files: ({ command, args, env }, baseURL) => ({
      ".config/kilo/kilo.json": {
        mcp: { "close-opportunity": { type: "local", command: [command, ...args], environment: env } },
        provider: {
          scripted: {
            npm: "@ai-sdk/openai-compatible",
            options: { apiKey: provider.apiKey, baseURL },
            models: { [provider.model]: { tool_call: true, limit: { context: 100_000, output: 10_000 } } },
          },
        },
        model: `scripted/${provider.model}`,
        small_model: `scripted/${provider.model}`,
        autoupdate: false,
      },
    }),
    program: "bin/kilo",
    args: ["run", prompt],
    attempts: [[]],
  },
];

const node = installedNode();
const wanted = process.argv.slice(2);
for (const host of hosts) {
  if (wanted.length > 0 && !wanted.includes(host.name)) continue;
  try {
    await drive(host);
  } catch (error) {
    print(`${host.name}: failed. ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
node.remove();

/** Installs a host, drives it with its sets of flags in turn until one has made the change, and prints what was seen. */
async function drive(host: Host): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "close-host-"));
  try {
    writeFileSync(join(folder, "package.json"), "{}");
    npmInstall(folder, [`${host.package}@latest`]);
    print(`${host.name} ${versionIn(join(folder, "node_modules", host.package))}`);
    for (const flags of host.attempts) {
      if (await run(host, folder, flags)) return;
    }
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Gives whether the deal is won in the sandbox, by one request. */
async function run(host: Host, folder: string, flags: string[]): Promise<boolean> {
  const home = mkdtempSync(join(folder, "home-"));
  const [sandbox, model] = await Promise.all([startSandbox(), startScriptedModel(nextMove)]);
  try {
    const received = join(home, "received.jsonl");
    writeFileSync(received, "");
    const server: Server = {
      command: "sh",
      args: ["-c", `tee -a "${received}" | exec "${process.execPath}" "${program}"`],
      env: { CLOSE_API_KEY: sandbox.apiKey, CLOSE_BASE_URL: sandbox.url, CLOSE_STATE_DIR: "off" },
    };
    for (const [path, content] of Object.entries(host.files(server, model.url))) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), JSON.stringify(content));
    }
    const file = join(folder, "node_modules", host.package, host.program);
    const [command, ...args] = file.endsWith(".js") ? [node.path, file] : [file];
    const shown = await output(command, [...args, ...host.args, ...flags], home);

    const deal = sandbox.organization.opportunities.get(ids.opportunities.acmeExpansion);
    const isWon = deal?.status_id === ids.statuses.salesWon && puts(sandbox).length === 1;
    const { tools = [], said = "" } = model.asked[0] ?? {};
    const { results = [] } = model.asked.at(-1) ?? {};
    const offered = oursIn(JSON.stringify(tools));
    const searches = offered.length === 0 ? queries : [];
    print(`  with ${flags.join(" ") || "no flags"}: ${isWon ? "won" : "not won"}`);
    print(`    opens with ${openings(received).join(", ")}`);
    print(`    ${offered.length === 0 ? `defers ${oursIn(said).join(", ")}` : `offers ${offered.join(", ")}`}`);
    for (const [at, query] of searches.entries()) {
      print(`    its search for "${query}" finds ${oursIn(results[at] ?? "").join(", ")}`);
    }
    print(`    the model reads: ${results.at(-1)?.slice(0, 200)}`);
    if (results.length === 0) print(shown);
    return isWon;
  } finally {
    await Promise.all([model.close(), sandbox.close()]);
  }
}

/** The tools of this server that a text names in quotes as a host names them, which is with the server's name before. */
function oursIn(text: string): string[] {
  const names = toolsFor({ readOnly: false }).map(({ name }) => name);
  const quoted = new RegExp(`"([\\w-]+_(?:${names.join("|")}))"`, "g");
  return [...new Set([...text.matchAll(quoted)].map(([, name = ""]) => name))];
}

/** Finds, updates and says what came of it; where the host defers tools, it searches for them first. */
function nextMove({ tools, said, results }: Asked): Move {
  const offered = oursIn(JSON.stringify(tools));
  const searches = offered.length === 0 ? queries : [];
  const query = searches[results.length];
  if (query !== undefined) return { name: "tool_search", args: { query } };
  const call = (tool: string, args: Record<string, unknown>): Move => {
    const name = [...offered, ...oursIn(said)].find((one) => one.endsWith(tool)) ?? tool;
    return offered.includes(name) ? { name, args } : { name: "tool_call", args: { name, arguments: args } };
  };
  const [found, updated] = results.slice(searches.length);
  if (found === undefined) return call("find_opportunities", { lead_names: ["Acme Corp"], pipeline: "Sales" });
  const id = /oppo_\w+/.exec(found)?.[0];
  if (id === undefined) return { says: `It says: ${found}` };
  return updated === undefined ? call("update_opportunity", { id, status_id: "Won" }) : { says: `It says: ${updated}` };
}

/** The host's output, whatever it ends with, with nothing of this environment but the path and a home of its own. */
async function output(command: string, args: string[], home: string): Promise<string> {
  const path = `${dirname(node.path)}${delimiter}${process.env.PATH}`;
  // Cline would leave a service of its own running.
  const alone = { CLINE_SESSION_BACKEND_MODE: "local" };
  const child = spawn(command, args, {
    cwd: home,
    env: { ...alone, PATH: path, HOME: home, XDG_CONFIG_HOME: join(home, ".config") },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: patience,
  });
  let shown = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk) => {
      shown += String(chunk);
    });
  }
  // Not "close": what a host leaves behind may keep its output open.
  await once(child, "exit");
  return shown.slice(-2_000);
}

/** The revision of each handshake among the messages that the server received. */
function openings(received: string): string[] {
  const message = z.object({ method: z.literal("initialize"), params: z.object({ protocolVersion: z.string() }) });
  const lines = readFileSync(received, "utf8").split("\n").filter(Boolean);
  return lines.flatMap((line) => {
    const { data } = message.safeParse(JSON.parse(line));
    return data === undefined ? [] : [data.params.protocolVersion];
  });
}

/** This Node, or the newest of 22 from npm where it is older. */
function installedNode(): { path: string; remove(): void } {
  if (Number.parseInt(process.versions.node, 10) >= 22) return { path: process.execPath, remove: () => {} };
  const folder = mkdtempSync(join(tmpdir(), "close-host-node-"));
  npmInstall(folder, [`node-${platform}@22`]);
  const path = join(folder, "node_modules", `node-${platform}`, "bin", "node");
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
