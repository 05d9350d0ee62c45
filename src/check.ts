import type { CloseClient } from "./close/client.ts";
import type { Directory } from "./close/directory.ts";
import type { Config } from "./config.ts";
import { Failure } from "./failure.ts";
import { items, type Lookup, userName } from "./opportunity/organization.ts";
import { offsetHours } from "./time-zone.ts";

/** How long a check may take, in milliseconds. */
const timeLimit = 30_000;

/** Whether the credentials work, and for whom: what a person should know before handing the server to an agent. */
export async function check(
  close: CloseClient,
  directory: Directory,
  { baseUrl, timeZone }: Config,
): Promise<{ works: boolean; report: string }> {
  try {
    close.requireCredentials();
    const call = {
      signal: AbortSignal.timeout(timeLimit),
      deadline: performance.now() + timeLimit,
      timeZone,
    };
    const known = await directory.lookUp(["me", "pipelines", "customFields"], call);
    const [me] = items(known.me);
    const organization = me?.organizations?.[0];
    const lines = [
      ["Close", baseUrl],
      ["user", me === undefined ? problemOf(known.me) : `${userName(me)} (${me.email ?? me.id})`],
      ["organization", organization?.name ?? "unknown"],
      ["currency", organization?.currency ?? "unknown"],
      ["time zone", `${timeZone}, now ${offsetHours(timeZone, new Date())} hours east of UTC`],
      ["pipelines", count(known.pipelines)],
      ["custom fields", count(known.customFields)],
    ];
    const works =
      [known.me, known.pipelines, known.customFields].every(({ state }) => state === "read") &&
      me !== undefined;
    return { works, report: lines.map(([label = "", value]) => `${label.padEnd(14)}${value}`).join("\n") };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { works: false, report: `${error.report.problem}\n${error.report.remedy}` };
  }
}

function count(lookup: Lookup<unknown>): string {
  return lookup.state === "read" ? String(lookup.items.length) : problemOf(lookup);
}

function problemOf(lookup: Lookup<unknown>): string {
  return lookup.state === "failed" ? lookup.reason : "unknown";
}
