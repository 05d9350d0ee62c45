/**
 * Builds what hosts install, into build/ or the folder given: the bundle for Claude Desktop, and the folder that hosts
 * of plugins take. Prints their paths.
 */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packExtension } from "@anthropic-ai/mcpb";
import { name, version } from "../src/base/version.ts";
import { stamped } from "./stamp.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const [, , folder = join(root, "build")] = process.argv;

/** Copies a folder of packaging/, stamped, with the built program in it. */
function assemble(kind: "bundle" | "plugin"): string {
  const target = join(folder, kind);
  rmSync(target, { recursive: true, force: true });
  cpSync(join(root, "packaging", kind), target, { recursive: true });
  for (const path of readdirSync(target, { recursive: true, encoding: "utf8" })) {
    const file = join(target, path);
    if (path.endsWith(".json")) writeFileSync(file, stamped(readFileSync(file, "utf8")));
  }
  cpSync(join(root, "dist"), join(target, "server"), { recursive: true });
  cpSync(join(root, "LICENSE"), join(target, "LICENSE"));
  return target;
}

const bundle = join(folder, `${name}-${version}.mcpb`);
// Validates the manifest first, and says what is wrong with it.
if (!(await packExtension({ extensionPath: assemble("bundle"), outputPath: bundle, silent: true }))) {
  throw new Error(`${bundle} was not packed.`);
}
process.stdout.write(`${bundle}\n${assemble("plugin")}\n`);
