#!/usr/bin/env node
import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import * as nodeModule from "node:module";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

/** Where programs of this platform keep what they can make again. */
function cachesFolder(): string {
  const { XDG_CACHE_HOME = "", LOCALAPPDATA = "" } = process.env;
  if (process.platform === "win32") return isAbsolute(LOCALAPPDATA) ? LOCALAPPDATA : "";
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  return isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), ".cache");
}

/** Whether nobody but this user and root can put something else in the place of the folder. Links are not followed. */
function isOutOfReach(folder: string): boolean {
  const { uid, mode } = lstatSync(folder);
  const isSticky = (mode & 0o1000) !== 0;
  const isOurs = uid === process.getuid?.() || uid === 0;
  if (!isOurs || ((mode & 0o022) !== 0 && !isSticky)) return false;
  return dirname(folder) === folder || isOutOfReach(dirname(folder));
}

/** A folder of this program's own that belongs to this user alone: whoever writes there runs code with the credentials. */
function privateFolder(): string | undefined {
  try {
    const caches = cachesFolder();
    if (caches === "") return undefined;
    mkdirSync(caches, { recursive: true, mode: 0o700 });
    const folder = join(realpathSync(caches), "close-opportunity-mcp");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stats = lstatSync(folder);
    if (!stats.isDirectory()) return undefined;
    // Windows has no modes: what is in a user's profile is that user's alone.
    if (process.platform === "win32") return folder;
    const isPrivate = stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
    return isPrivate && isOutOfReach(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** Newer Node versions keep compiled code between starts, and read NODE_COMPILE_CACHE themselves. */
function keepCompiledCode(): void {
  const { NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE } = process.env;
  if (NODE_COMPILE_CACHE || NODE_DISABLE_COMPILE_CACHE) return;
  if (!("enableCompileCache" in nodeModule) || typeof nodeModule.enableCompileCache !== "function") return;
  const folder = privateFolder();
  if (folder !== undefined) nodeModule.enableCompileCache(folder);
}

keepCompiledCode();
// What is to be kept has to be loaded after this.
void import("./main.ts");
