import { z } from "zod/v3";
import type { CallLimits } from "../base/call-limits.ts";
import { Failure } from "../base/failure.ts";
import { parseJson } from "../base/json.ts";
import type { Files } from "./files.ts";
import type { Locks } from "./locks.ts";

const hourMs = 3_600_000;

/** How many updates were sent, and when, in milliseconds since 1970. */
const sent = z.array(z.object({ at: z.number(), count: z.number() }));

/** The limit on updates sent in an hour. */
export type Quota = ReturnType<typeof createQuota>;

/** How long giving back waits for other processes, in milliseconds. */
const maxWaitMs = 1_000;

/** A limit that all processes that share the files keep together; undefined for none. */
export function createQuota(max: number | undefined, files: Files, locks: Locks) {
  const add = (most: number, count: number, call: CallLimits) =>
    locks.run("updates", call, async () => {
      const known = sent.safeParse(parseJson(files.read("updates") ?? "[]")).data ?? [];
      const recent = known.filter(({ at }) => Date.now() - at < hourMs);
      const used = recent.reduce((sum, one) => sum + one.count, 0);
      if (count > 0 && used + count > most) throw exceeded(count, used, most);
      files.write("updates", JSON.stringify([...recent, { at: Date.now(), count }]));
    });
  return {
    /** Counts updates that are about to be sent. @throws Failure if they would pass the limit: none may be sent then. */
    async take(count: number, call: CallLimits): Promise<void> {
      if (max !== undefined) await add(max, count, call);
    },
    /** Gives back those that were not sent. Never rejects: what cannot be given back counts. */
    async giveBack(count: number): Promise<void> {
      if (max === undefined || count === 0) return;
      await add(max, -count, { signal: AbortSignal.timeout(maxWaitMs) }).catch(() => {});
    },
  };
}

function exceeded(count: number, used: number, max: number): Failure {
  return new Failure({
    problem: `Nothing was sent: the setting CLOSE_MAX_UPDATES_PER_HOUR of this server is ${max}; in the last hour it was ${used}, and this call asks for ${count} more.`,
    record: "unchanged",
    remedy: "Tell the user. Call again later, or with fewer opportunities.",
  });
}
