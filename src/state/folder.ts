import { accessSync, chmodSync, constants, lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import envPaths from "env-paths";
import { name as program } from "../base/version.ts";

/**
 * Opens the folder that all processes of one user on one machine share for one Close, with `plans/` and `locks/` in it,
 * which nobody else can read. Never throws: the fault follows "The state folder cannot be used: ".
 * @param setting CLOSE_STATE_DIR: a folder, `off`, or undefined for where the platform keeps a program's data.
 */
export function openFolder(setting: string | undefined, baseUrl: string) {
  if (setting === "off") return { fault: "it is off" };
  try {
    const root = setting ?? envPaths(program, { suffix: "" }).data;
    mkdirSync(root, { recursive: true, mode: 0o700 });
    const path = join(root, new URL(baseUrl).host.replace(/[^\w.-]/g, "_"));
    const ownRoot = setting === undefined ? [root] : [];
    for (const folder of [...ownRoot, path, ...["plans", "undos", "locks"].map((name) => join(path, name))]) {
      const fault = makePrivate(folder);
      if (fault !== undefined) return { fault: `${folder} ${fault}` };
    }
    return { path };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

/** Makes the folder, or takes others' rights from the one that exists. Returns why it cannot be used, if it cannot. */
function makePrivate(folder: string): string | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (found.isSymbolicLink()) return "is a symbolic link";
  if (process.getuid !== undefined && found.uid !== process.getuid()) return "belongs to another user";
  if ((found.mode & 0o777) !== 0o700) chmodSync(folder, 0o700);
  accessSync(folder, constants.W_OK);
  return undefined;
}
