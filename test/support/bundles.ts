import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { name, version } from "../../src/base/version.ts";

const script = fileURLToPath(new URL("../../scripts/bundles.ts", import.meta.url));

/** Runs what `npm run bundles` runs, into a folder of its own. */
export function buildBundles() {
  const folder = mkdtempSync(join(tmpdir(), "bundles-"));
  execFileSync(process.execPath, ["--import", "tsx", script, folder]);
  return { folder, bundle: join(folder, `${name}-${version}.mcpb`), plugin: join(folder, "plugin") };
}
