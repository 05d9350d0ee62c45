import { z } from "zod/v3";
import type { CallLimits } from "../base/call-limits.ts";
import { Failure } from "../base/failure.ts";
import { parseJson } from "../base/json.ts";
import type { Files } from "./files.ts";
import type { Locks } from "./locks.ts";

const hourMs = 3_600_000;

/** How many updates were sent, and when, in milliseconds since 1970. */
const sent = z.array(z.object({ at: z.number(), count: z.number() }));
type Sent = z.infer<typeof sent>;

/** How long giving back waits for other processes, in milliseconds. */
const maxWaitMs = 1_000;

/** The limit on updates sent in an hour, which all processes that share the files keep together; undefined for none. */
export function createQuota(max: number | undefined, files: Files, locks: Locks) {
  const change = (call: CallLimits, make: (recent: Sent) => Sent) =>
    locks.run("updates", call, async () => {
      const known = sent.safeParse(parseJson(files.read("updates") ?? "[]")).data ?? [];
      files.write("updates", JSON.stringify(make(known.filter(({ at }) => Date.now() - at < hourMs))));
    });
  return {
    /**
     * Counts updates that are about to be sent, and returns what gives back those that were not (or counts them, if it fails).
     * @throws Failure if they would pass the limit: none may be sent then.
     */
    async take(count: number, call: CallLimits): Promise<(unsent: number) => Promise<void>> {
      if (max === undefined || count === 0) return async () => {};
      const at = Date.now();
      await change(call, (recent) => {
        const used = recent.reduce((sum, one) => sum + one.count, 0);
        if (used + count <= max) return [...recent, { at, count }];
        throw new Failure({
          problem: `Nothing was sent: the setting CLOSE_MAX_UPDATES_PER_HOUR of this server is ${max}; in the last hour it was ${used}, and this call asks for ${count} more.`,
          record: "unchanged",
          remedy: "Tell the user. Call again later, or with fewer opportunities.",
        });
      });
      return async (unsent) => {
        // One more entry, of fewer than none, for the same moment.
        const lessen = (recent: Sent) => [...recent, { at, count: -unsent }];
        if (unsent > 0) await change({ signal: AbortSignal.timeout(maxWaitMs) }, lessen).catch(() => {});
      };
    },
  };
}
