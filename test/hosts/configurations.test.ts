import { afterAll, beforeAll, expect, test } from "vitest";
import packageFile from "../../package.json" with { type: "json" };
import { connectHost } from "../support/host.ts";
import { type Installation, install } from "../support/installed.ts";
import {
  configurations,
  type Entry,
  entries,
  link,
  readCursorLink,
  readVsCodeLink,
  section,
} from "../support/readme.ts";

let installation: Installation;
beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove());

/** Starts the server as a host does that has filled in the key, and returns the names of its tools. */
async function startedTools({ command, args = [] }: Pick<Entry, "command" | "args">): Promise<string[]> {
  const { folder, env } = installation;
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

const shown = configurations();

test("the README shows a configuration for every host that has a file for it", () => {
  expect([...shown.keys()]).toEqual(["most hosts", "Cursor", "VS Code", "Windows"]);
});

test.each([...shown])(
  "%s can start what the README shows, once the package is installed",
  async (_, shown) => {
    const [[name, entry] = ["", undefined], ...others] = Object.entries(entries(shown));
    expect([name, others]).toEqual(["close-opportunity", []]);
    expect(Object.keys(entry?.env ?? {})).toEqual(["CLOSE_API_KEY"]);
    expect(await startedTools(entry ?? { command: "" })).toContain("update_opportunity");
  },
);

test("the configuration of VS Code asks for the key that it refers to", () => {
  expect(shown.get("VS Code")).toMatchObject({
    inputs: [{ id: "close-api-key", password: true }],
    servers: {
      "close-opportunity": { env: { CLOSE_API_KEY: expect.stringMatching(/^\$\{input:close-api-key\}$/) } },
    },
  });
});

test("the link for Cursor installs what is shown beside it", () => {
  expect(readCursorLink(link("https://cursor.com/install-mcp?"))).toEqual(shown.get("Cursor"));
});

test("the link for VS Code installs what is shown beside it", () => {
  expect(readVsCodeLink(link("https://insiders.vscode.dev/redirect?"))).toEqual(shown.get("VS Code"));
});

test.each(["claude mcp add", "codex mcp add"])(
  "the command line `%s` ends in what starts the server",
  async (start) => {
    const [, added = ""] = section("## Install").split(`\`${start} `);
    const [, program = ""] = added.slice(0, added.indexOf("`")).split(" -- ");
    const [command = "", ...args] = program.split(" ");
    expect(await startedTools({ command, args })).toContain("update_opportunity");
  },
);

test("every file name of the packed program in the README is of the present version", () => {
  const named = section("## Install").match(/close-opportunity-mcp-[\d.]+\.tgz/g);
  expect(new Set(named)).toEqual(new Set([`${packageFile.name}-${packageFile.version}.tgz`]));
});
