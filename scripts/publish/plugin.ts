import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Resvg } from "@resvg/resvg-js";
import packageFile from "../../package.json" with { type: "json" };
import { variables } from "../variables.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const sources = fileURLToPath(new URL("plugin/", import.meta.url));

const { name, version, description, license, keywords } = packageFile;
const about = { name, version, description };
const author = { name: packageFile.author };
const serverName = "close-opportunity";

/** The settings that a host asks its user for, by the variable that each becomes. */
const settings = {
  CLOSE_API_KEY: { key: "api_key", title: "API key", isSecret: true },
  CLOSE_TIME_ZONE: { key: "time_zone", title: "Time zone", isSecret: false },
  CLOSE_READ_ONLY: { key: "read_only", title: "Read-only", isSecret: false },
  CLOSE_AUDIT_LOG: { key: "audit_log", title: "Audit file", isSecret: false },
} as const;
const settingsOf = Object.entries(settings).map(([variable, setting]) => ({
  variable,
  ...setting,
  description: Object.entries(variables).find(([known]) => known === variable)?.[1].description ?? "",
}));

/** A place that the host fills in. */
const filledIn = (place: string) => `\${${place}}`;

/** How a host starts the server from the plugin's folder, which `folder` stands for. */
function server(folder: string, slash = "/") {
  return { command: "node", args: [[folder, "server", "index.js"].join(slash)] };
}

/** What each host reads, by its path within the folder (each host's documentation of plugins or extensions). */
const manifests: Readonly<Record<string, unknown>> = {
  // Agent Plugins 1.0: VS Code, Copilot CLI, Cursor, Codex. It has no settings yet.
  "plugin.json": {
    $schema: "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json",
    ...about,
    author,
    license,
    keywords,
  },
  "mcp.json": {
    $schema: "https://agent-plugins.org/schemas/1.0.0/mcp.schema.json",
    mcpServers: {
      [serverName]: {
        type: "stdio",
        ...server(filledIn("PLUGIN_ROOT")),
        env: { CLOSE_API_KEY: filledIn("CLOSE_API_KEY") },
      },
    },
  },
  ".claude-plugin/plugin.json": {
    ...about,
    author,
    license,
    keywords,
    mcpServers: {
      [serverName]: {
        ...server(filledIn("CLAUDE_PLUGIN_ROOT")),
        env: Object.fromEntries(
          settingsOf.map(({ variable, key }) => [variable, filledIn(`user_config.${key}`)]),
        ),
      },
    },
    userConfig: Object.fromEntries(
      settingsOf.map(({ key, title, description, isSecret }) => [
        key,
        { type: "string", title, description, sensitive: isSecret, required: isSecret },
      ]),
    ),
  },
  ".claude-plugin/marketplace.json": {
    name,
    description,
    owner: author,
    plugins: [{ ...about, source: "./" }],
  },
  "gemini-extension.json": {
    ...about,
    mcpServers: { [serverName]: server(filledIn("extensionPath"), filledIn("/")) },
    settings: settingsOf.map(({ variable, title, description, isSecret }) => ({
      name: title,
      description,
      envVar: variable,
      sensitive: isSecret,
    })),
  },
};

/**
 * Writes the folder that hosts of plugins install: a manifest for each, the skill, the icon and the built program.
 *
 * @returns its path.
 */
export async function buildPlugin(folder: string): Promise<string> {
  const plugin = join(folder, "plugin");
  await rm(plugin, { recursive: true, force: true });
  const write = async (path: string, contents: string | Uint8Array) => {
    await mkdir(dirname(join(plugin, path)), { recursive: true });
    await writeFile(join(plugin, path), contents);
  };
  for (const [path, manifest] of Object.entries(manifests)) {
    await write(path, `${JSON.stringify(manifest, null, 2)}\n`);
  }
  await write("skills/close-opportunities/SKILL.md", await readFile(join(sources, "SKILL.md")));
  await write("icon.png", await icon());
  await cp(join(root, "LICENSE"), join(plugin, "LICENSE"));
  await cp(join(root, "dist"), join(plugin, "server"), { recursive: true });
  return plugin;
}

/** The icon as a square PNG of 512 pixels. */
async function icon(): Promise<Uint8Array> {
  return new Resvg(await readFile(join(sources, "icon.svg"), "utf8"), {
    fitTo: { mode: "width", value: 512 },
  })
    .render()
    .asPng();
}
