import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod/v3";

const root = fileURLToPath(new URL("../..", import.meta.url));

const contents = z.tuple([
  z.object({
    filename: z.string(),
    unpackedSize: z.number(),
    files: z.array(z.object({ path: z.string() })),
  }),
]);

/** The package on a machine where it was installed as the README says. */
export type Installation = {
  /** Where the packed file is, and whatever a test puts there. */
  folder: string;
  /** What a host has in its environment: the command is on its path, and npm reaches no registry. */
  env: Record<string, string>;
  /** What the packed file holds. */
  files: string[];
  /** In bytes. */
  unpackedSize: number;
  remove(): void;
};

/** Packs the built program and installs it from the packed file, into a folder of its own. */
export function install(): Installation {
  const folder = mkdtempSync(join(tmpdir(), "close-opportunity-mcp-"));
  const bin = join(folder, "bin");
  const env = {
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    HOME: folder,
    npm_config_cache: join(folder, "cache"),
    npm_config_offline: "true",
  };
  const npm = (...args: string[]) => execFileSync("npm", args, { cwd: root, env, encoding: "utf8" }).trim();
  // The scripts would build the program again, under the feet of the other tests.
  const pack = npm("pack", "--ignore-scripts", "--json", "--pack-destination", folder);
  const [{ filename, files, unpackedSize }] = contents.parse(JSON.parse(pack));
  npm("install", "--global", "--silent", "--prefix", folder, join(folder, filename));
  // Stands in for the Windows shell, which does with `/c` what this does.
  writeFileSync(join(bin, "cmd"), '#!/bin/sh\nshift\nexec "$@"\n', { mode: 0o755 });
  const paths = files.map(({ path }) => path);
  return {
    folder,
    env,
    files: paths,
    unpackedSize,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
