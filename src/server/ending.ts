import { setImmediate, setTimeout } from "node:timers/promises";
import type { Log } from "../base/log.ts";

/**
 * How long running calls may go on once the host has gone, and then have to end, in milliseconds. Official clients kill
 * a server four seconds after they have closed its input: by then all must be in the audit file.
 */
const gracePeriodMs = 2_500;
const lastGracePeriodMs = 1_000;

type Running = {
  /** Resolves when no call is running any more. */
  idle: () => Promise<unknown>;
  /** Ends all calls; a write on its way is then in doubt, and in the audit file as such. */
  stopCalls: () => void;
  /** Resolves when all that was answered has been handed over. */
  flushed: () => Promise<unknown>;
  log: Log;
};

/** The one way in which a serving process ends: the calls that run may finish, then it exits with code 0. */
export function createEnding({ idle, stopCalls, flushed, log }: Running) {
  let isEnding = false;
  let signals = 0;
  const hurry = new AbortController();

  async function end(reason: string): Promise<void> {
    if (isEnding) return;
    isEnding = true;
    log("info", "stopping", { reason });
    // By then, what was read last has become a call.
    await setImmediate();
    await Promise.race([idle(), setTimeout(gracePeriodMs, undefined, { signal: hurry.signal })]).catch(
      () => {},
    );
    if (hurry.signal.aborted) log("info", "stopping at once");
    stopCalls();
    await Promise.race([idle(), setTimeout(lastGracePeriodMs)]);
    // The SDK hands over a call's answer in the turn after the call has ended.
    await setImmediate();
    await Promise.race([flushed(), setTimeout(lastGracePeriodMs)]);
    process.exit(0);
  }

  return {
    /** Begins to end, unless that has begun. */
    begin: (reason: string) => void end(reason),
    /**
     * The same for a signal. A second one cuts the waiting short. Only signals count: hosts that close the input send
     * one soon after.
     */
    signal(name: NodeJS.Signals) {
      signals += 1;
      if (signals > 1) hurry.abort();
      void end(name);
    },
  };
}
