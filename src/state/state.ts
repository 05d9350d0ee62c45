import { join } from "node:path";
import type { Log } from "../base/log.ts";
import { createFiles } from "./files.ts";
import { openFolder } from "./folder.ts";
import { createLocks } from "./locks.ts";

/** What the processes of one user on one machine share, and why they do not if they cannot. */
export function openState(config: { stateDir?: string | undefined; baseUrl: string }, log: Log) {
  const opened = openFolder(config.stateDir, config.baseUrl);
  const { path, fault } = "path" in opened ? { ...opened, fault: undefined } : { ...opened, path: undefined };
  if (fault !== undefined && config.stateDir !== "off") {
    log("warn", "the state folder cannot be used: plans and locks are this process's own", { reason: fault });
  }
  const below = (name: string) => (path === undefined ? undefined : join(path, name));
  return { files: createFiles(below("plans"), log), locks: createLocks(below("locks"), log), fault };
}
