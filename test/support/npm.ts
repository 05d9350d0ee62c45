import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod/v3";

/** Longest that an installation may take, in milliseconds. */
const patience = 300_000;

/** Installs packages from npm into a folder that is not kept, without running any script of theirs. */
export function npmInstall(folder: string, packages: readonly string[], ...options: readonly string[]): void {
  const quietly = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts"];
  const args = ["install", "--prefix", folder, ...quietly, ...options, ...packages];
  execFileSync("npm", args, { stdio: "pipe", shell: process.platform === "win32", timeout: patience });
}

/** The version of the package in this folder. */
export function versionIn(folder: string): string {
  const text = readFileSync(join(folder, "package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
