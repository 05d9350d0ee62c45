import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packExtension, type v0_3 } from "@anthropic-ai/mcpb";
import packageFile from "../../package.json" with { type: "json" };
import { toolsFor } from "../../src/tools/index.ts";
import { variables } from "../variables.ts";

type Manifest = (typeof v0_3.McpbManifestSchema)["_input"];

const root = fileURLToPath(new URL("../..", import.meta.url));
const entryPoint = "server/index.js";

/** What Claude Desktop knows of the server before it starts it, and what it asks its user. */
const manifest: Manifest = {
  manifest_version: "0.3",
  name: packageFile.name,
  display_name: "Close opportunities",
  version: packageFile.version,
  description: packageFile.description,
  author: { name: packageFile.author },
  license: packageFile.license,
  keywords: packageFile.keywords,
  server: {
    type: "node",
    entry_point: entryPoint,
    mcp_config: {
      command: "node",
      args: [`${filledIn("__dirname")}/${entryPoint}`],
      env: {
        CLOSE_API_KEY: filledIn("user_config.api_key"),
        CLOSE_TIME_ZONE: filledIn("user_config.time_zone"),
        CLOSE_READ_ONLY: filledIn("user_config.read_only"),
        CLOSE_AUDIT_LOG: filledIn("user_config.audit_log"),
      },
    },
  },
  // The first line says what a tool is for; what follows is for the model.
  tools: toolsFor({ readOnly: false }).map(({ name, description }) => ({
    name,
    description: description.replace(/\n.*/s, ""),
  })),
  compatibility: {
    platforms: ["darwin", "win32", "linux"],
    runtimes: { node: packageFile.engines.node },
  },
  user_config: {
    api_key: {
      type: "string",
      title: "API key",
      description: variables.CLOSE_API_KEY.description,
      required: true,
      sensitive: true,
    },
    time_zone: {
      type: "string",
      title: "Time zone",
      description: variables.CLOSE_TIME_ZONE.description,
    },
    read_only: {
      type: "boolean",
      title: "Read-only",
      description: variables.CLOSE_READ_ONLY.description,
      default: false,
    },
    audit_log: {
      // A file picker offers only files that exist, and the first write makes this one.
      type: "string",
      title: "Audit file",
      description: variables.CLOSE_AUDIT_LOG.description,
    },
  },
};

/** A place in the manifest that the host fills in. */
function filledIn(name: string): string {
  return `\${${name}}`;
}

/**
 * Packs the built program into a bundle that Claude Desktop installs, and returns its path.
 *
 * @throws where the manifest is not a valid one, or the program is not built.
 */
export async function buildBundle(folder: string): Promise<string> {
  const bundle = join(folder, `${packageFile.name}-${packageFile.version}.mcpb`);
  const contents = await mkdtemp(join(tmpdir(), "mcpb-"));
  try {
    await cp(join(root, "dist"), join(contents, "server"), { recursive: true });
    await cp(join(root, "LICENSE"), join(contents, "LICENSE"));
    await writeFile(join(contents, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    // Validates the manifest first, and says what is wrong with it.
    const packed = await packExtension({ extensionPath: contents, outputPath: bundle, silent: true });
    if (!packed) throw new Error(`${bundle} was not packed.`);
  } finally {
    await rm(contents, { recursive: true });
  }
  return bundle;
}
