/**
 * Runs the examples of docs/agent-frameworks.md that are too large for the tests, each with the newest packages in a folder of
 * its own. Takes some minutes and about a gigabyte for a while. Prints a line each, and exits with 1 if one fails.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { install } from "../support/installed.ts";
import { npmInstall, versionIn } from "../support/npm.ts";
import { print } from "../support/print.ts";
import { largeFrameworks } from "./frameworks.ts";

/** How long an example may run, in milliseconds. */
const patience = 60_000;

const winning = /field: 'status_id',\s+label: 'status',\s+from: 'Active',\s+to: 'Won',/;

const program = install();
for (const { packages, code } of largeFrameworks()) {
  const folder = mkdtempSync(join(tmpdir(), "close-framework-"));
  const options = { cwd: folder, encoding: "utf8", stdio: "pipe" } as const;
  try {
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    npmInstall(folder, packages);
    writeFileSync(join(folder, "example.js"), code);
    const env = { ...process.env, PATH: program.env.PATH };
    const shown = execFileSync(process.execPath, ["example.js"], { ...options, env, timeout: patience });
    const versions = packages.map((name) => `${name} ${versionIn(join(folder, "node_modules", name))}`);
    print(`${versions.join(", ")}: ${winning.test(shown) ? "passed" : shown}`);
    if (!winning.test(shown)) process.exitCode = 1;
  } catch (error) {
    print(`${packages.join(", ")}: failed. ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
program.remove();
