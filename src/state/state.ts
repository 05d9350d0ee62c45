import { join } from "node:path";
import type { Log } from "../base/log.ts";
import { createFiles } from "./files.ts";
import { openFolder } from "./folder.ts";
import { createLocks } from "./locks.ts";
import { createPlans } from "./plans.ts";
import { createQuota } from "./quota.ts";

type Settings = { stateDir: string | undefined; baseUrl: string; maxUpdatesPerHour: number | undefined };

/** What the processes of one user on one machine share; without a folder, what this process has for itself. */
export type State = Omit<ReturnType<typeof openState>, "fault" | "path">;

/** Opens the state folder. `fault` is why it cannot be used, if it cannot. */
export function openState({ stateDir, baseUrl, maxUpdatesPerHour }: Settings, log: Log) {
  const { path, fault } = openFolder(stateDir, baseUrl);
  if (fault !== undefined && stateDir !== "off") {
    log("warn", "the state folder cannot be used: plans and locks are this process's own", { reason: fault });
  }
  const below = (name: string) => (path === undefined ? undefined : join(path, name));
  const locks = createLocks(below("locks"), log);
  const plans = createPlans({ change: createFiles(below("plans"), log), undo: createFiles(below("undos"), log) });
  const quota = createQuota(maxUpdatesPerHour, createFiles(path, log), locks);
  return { path, fault, locks, plans, quota };
}
