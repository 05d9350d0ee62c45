import { execFile } from "node:child_process";
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod/v3";
import packageFile from "../../package.json" with { type: "json" };
import { connectHost } from "../support/host.ts";
import { install } from "../support/installed.ts";
import {
  codeBlocks,
  configurations,
  type Entry,
  entries,
  link,
  page,
  readCursorLink,
  readVsCodeLink,
  section,
} from "../support/readme.ts";
import { largeFrameworks } from "./frameworks.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const { folder, env, files, unpackedSize, remove } = install();
afterAll(() => remove());

describe("the published package", () => {
  test("is under 1 MB, and holds the program, its documentation and licences alone", () => {
    expect(unpackedSize).toBeLessThan(1_000_000);
    expect(files.filter((path) => !path.startsWith("dist/")).sort()).toEqual(["LICENSE", "README.md", "package.json"]);
    // The sandbox and undici are loaded when they are needed.
    const code = files.filter((path) => path.endsWith(".js")).sort();
    expect(code).toEqual(["dist/index.js", "dist/main.js", "dist/sandbox.js", "dist/undici.js"]);
  });

  test("installs nothing beside it", () => {
    for (const key of ["dependencies", "optionalDependencies", "peerDependencies"]) {
      expect(packageFile).not.toHaveProperty(key);
    }
    expect(readdirSync(join(folder, "lib", "node_modules"))).toEqual([packageFile.name]);
  });

  test("includes the licence of every library in it", () => {
    const licences = readFileSync(join(root, "dist/THIRD-PARTY-LICENSES.txt"), "utf8");
    const libraries = [
      ...["@date-fns/tz", "@hono/node-server", "@modelcontextprotocol/sdk", "entities", "env-paths", "hono"],
      ...["is-safe-filename", "leven", "undici", "zod", "zod-to-json-schema"],
    ];
    const headings = [...licences.matchAll(/^(\S+) \d+\.\d+\.\d+\S*\n\n/gm)].map(([, name]) => name);
    expect(headings).toEqual(libraries);
    expect(licences).toContain("llhttp");
    // In the words of MIT, ISC or BSD.
    const permissions = licences.match(
      /Permission (is hereby granted|to use, copy, modify)|^Redistribution and use in/gm,
    );
    expect(permissions).toHaveLength(libraries.length);
  });
});

/** Starts the server as a host does that has filled in the key, and returns the names of its tools. */
async function startedTools({ command, args = [] }: Pick<Entry, "command" | "args">): Promise<string[]> {
  const key = { CLOSE_API_KEY: "api_placeholder", CLOSE_BASE_URL: "http://127.0.0.1:9/api/v1" };
  const host = await connectHost({
    command,
    args: args.map((arg) => arg.replace("C:\\path\\to\\", `${folder}/`)),
    env: { ...env, ...key },
    cwd: folder,
  });
  const { tools } = await host.client.listTools();
  await host.close();
  expect(host.log()).toBe("");
  return tools.map(({ name }) => name);
}

describe("the configurations in the README", () => {
  const shown = configurations();

  test("are for every host that has a file for it, and name the server and its key", () => {
    expect([...shown.keys()]).toEqual(["most hosts", "Cursor", "VS Code", "Windows"]);
    for (const configuration of shown.values()) {
      const servers = Object.entries(entries(configuration));
      expect(servers).toEqual([["close-opportunity", expect.anything()]]);
      expect(Object.keys(servers[0]?.[1].env ?? {})).toEqual(["CLOSE_API_KEY"]);
    }
  });

  /** What starts the server in a host's command line. */
  const added = ["claude mcp add", "codex mcp add"].map((start): Entry => {
    const [, line = ""] = section("## Install").split(`\`${start} `);
    const [, program = ""] = line.slice(0, line.indexOf("`")).split(" -- ");
    const [command = "", ...args] = program.split(" ");
    return { command, args };
  });
  const starts = [...[...shown.values()].flatMap((one) => Object.values(entries(one))), ...added].map(
    ({ command, args = [] }) => JSON.stringify({ command, args }),
  );

  test.each([...new Set(starts)])("can start the server once it is installed: %s", async (start) => {
    expect(await startedTools(JSON.parse(start))).toContain("update_opportunity");
  });

  test("have VS Code ask for the key that it refers to", () => {
    const reference = expect.stringMatching(/^\$\{input:close-api-key\}$/);
    expect(shown.get("VS Code")).toMatchObject({
      inputs: [{ id: "close-api-key", password: true }],
      servers: { "close-opportunity": { env: { CLOSE_API_KEY: reference } } },
    });
  });

  test("are what the links for Cursor and VS Code beside them install", () => {
    expect(readCursorLink(link("https://cursor.com/install-mcp?"))).toEqual(shown.get("Cursor"));
    expect(readVsCodeLink(link("https://insiders.vscode.dev/redirect?"))).toEqual(shown.get("VS Code"));
  });

  test("name the packed program of the present version", () => {
    const named = section("## Install").match(/close-opportunity-mcp-[\d.]+\.tgz/g);
    expect(new Set(named)).toEqual(new Set([`${packageFile.name}-${packageFile.version}.tgz`]));
  });
});

test("mcp.json has an entry for the real account and one for the sandbox, without any key, that start as they are", async () => {
  const entry = z.object({
    command: z.string(),
    args: z.array(z.string()),
    env: z.record(z.string()).default({}),
  });
  const { mcpServers } = z
    .object({ mcpServers: z.record(entry) })
    .parse(JSON.parse(readFileSync(join(root, "mcp.json"), "utf8")));
  expect(mcpServers).toMatchObject({
    "close-opportunity": { env: { CLOSE_API_KEY: expect.stringMatching(/^\$\{CLOSE_API_KEY\}$/) } },
    "close-opportunity-sandbox": { env: {} },
  });
  for (const server of Object.values(mcpServers)) await (await connectHost({ ...server, cwd: root })).close();
});

describe("the lines in docs/agent-frameworks.md", () => {
  const others = largeFrameworks().map(({ code }) => code);
  const programs = codeBlocks(page("docs/agent-frameworks.md"), "js").filter((code) => !others.includes(code));
  const frameworks = ["@modelcontextprotocol/sdk", "@modelcontextprotocol/client", "@langchain/mcp-adapters"];

  test.each(frameworks)("for %s win an opportunity and print what changed, and nothing else", async (name) => {
    const found = programs.filter((program) => program.includes(`from "${name}`));
    expect(found).toHaveLength(1);
    expect(found.join().split("\n").filter(Boolean).length).toBeLessThanOrEqual(10);
    const packages = join(folder, "node_modules");
    if (name === frameworks[0]) symlinkSync(join(root, "node_modules"), packages, "junction");
    const file = join(folder, `${name.replaceAll("/", "-")}.mjs`);
    writeFileSync(file, found.join());
    const { stdout, stderr } = await run(process.execPath, [file], { env, cwd: folder });
    expect(stdout).toMatch(
      /^Updated "Acme Corp" \(oppo_\w+\): status "Active" → "Won"; date_won empty → [\d-]{10} \(set by Close\) \[/,
    );
    expect(stdout).toMatch(/field: 'status_id',\s+label: 'status',\s+from: 'Active',\s+to: 'Won',/);
    expect(stderr).toBe("");
  });

  test("are all run, here or by npm run test:frameworks", () => {
    expect(programs).toHaveLength(frameworks.length);
  });
});
