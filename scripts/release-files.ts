/**
 * Gathers what a release publishes in build/release/: the npm package, the bundle for Claude Desktop, the plugin folder, a
 * list of what is built into the program (CycloneDX), and the notes, which are the version's entry in the changelog.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod/v3";
import { name, version } from "../src/base/version.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const build = join(root, "build");
const release = join(build, "release");
const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });

rmSync(release, { recursive: true, force: true });
mkdirSync(release, { recursive: true });
run("npm", "pack", "--ignore-scripts", "--pack-destination", release);
cpSync(join(build, `${name}-${version}.mcpb`), join(release, `${name}-${version}.mcpb`));
run("tar", "-czf", join(release, `${name}-plugin-${version}.tar.gz`), "-C", build, "plugin");
writeFileSync(join(release, `${name}-${version}.cdx.json`), `${JSON.stringify(billOfMaterials(), null, 2)}\n`);
writeFileSync(join(release, "notes.md"), changes());

/** npm lists all that is installed; only what the licences name is in the program. */
function billOfMaterials() {
  const all = z
    .object({ components: z.array(z.object({ name: z.string(), version: z.string() }).passthrough()) })
    .passthrough()
    .parse(JSON.parse(run("npm", "sbom", "--sbom-format", "cyclonedx")));
  const { dependencies: _, ...facts } = all;
  const licences = `\n${readFileSync(join(root, "dist/THIRD-PARTY-LICENSES.txt"), "utf8")}`;
  const components = all.components.filter((one) => licences.includes(`\n${one.name} ${one.version}\n`));
  return { ...facts, components };
}

/** The version's entry; what is not released yet where it has none. */
function changes(): string {
  const [, ...entries] = readFileSync(join(root, "CHANGELOG.md"), "utf8").split(/^## /m);
  const entry = entries.find((one) => one.startsWith(`[${version}]`)) ?? entries[0] ?? "";
  return `## ${entry}`;
}
