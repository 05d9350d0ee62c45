import { setImmediate, setTimeout } from "node:timers/promises";
import type { Log } from "../base/log.ts";
import type { createServer } from "./server.ts";

/** How long calls may go on once the host has gone, in milliseconds: official clients kill a server after four seconds. */
const gracePeriodMs = 2_500;
const lastGracePeriodMs = 1_000;

/** The one way in which a serving process ends: running calls may finish, then it exits with code 0. */
export function createShutdown(calls: Pick<ReturnType<typeof createServer>, "idle" | "stopCalls">, log: Log) {
  let isEnding = false;
  let signals = 0;
  const hurry = new AbortController();

  async function begin(reason: string): Promise<void> {
    if (isEnding) return;
    isEnding = true;
    log("info", "stopping", { reason });
    // By then, what was read last has become a call.
    await setImmediate();
    const grace = setTimeout(gracePeriodMs, undefined, { signal: hurry.signal });
    await Promise.race([calls.idle(), grace]).catch(() => log("info", "stopping at once"));
    calls.stopCalls();
    await Promise.race([calls.idle(), setTimeout(lastGracePeriodMs)]);
    // The SDK hands over a call's answer in the turn after the call has ended.
    await setImmediate();
    const flushed = new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
    await Promise.race([flushed, setTimeout(lastGracePeriodMs)]);
    process.exit(0);
  }

  return {
    begin,
    /** The same for a signal. A second signal cuts the waiting short; the end of input does not count as one. */
    signal(name: NodeJS.Signals): void {
      signals += 1;
      if (signals > 1) hurry.abort();
      void begin(name);
    },
  };
}
