/**
 * Builds what hosts install into build/: the bundle for Claude Desktop, and the plugin folder for the others. With
 * `--validate` the hosts' own validators, fetched from npm, look at the folder.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildBundle } from "./bundle.ts";
import { buildPlugin } from "./plugin.ts";

const build = fileURLToPath(new URL("../../build", import.meta.url));
const plugin = await buildPlugin(build);
process.stdout.write(`${await buildBundle(build)}\n${plugin}\n`);

const validators = [
  ["@anthropic-ai/claude-code", "claude", "plugin", "validate"],
  ["@google/gemini-cli", "gemini", "extensions", "validate"],
];
if (process.argv.includes("--validate")) {
  for (const [fromPackage = "", ...command] of validators) {
    execFileSync("npx", ["--yes", "--package", fromPackage, ...command, plugin], { stdio: "inherit" });
  }
}
