import type { CallLimits } from "../base/call-limits.ts";

/** What is shorter, in milliseconds, is over before a person has read of it. */
const minReportedMs = 50;

/** A wait that ends this much later than one reported already, in milliseconds, is reported too. */
const minLaterMs = 1_000;

/** Timers may fire a little early, in milliseconds. */
const maxEarlyMs = 10;

/**
 * The call with each wait reported once to the person who watches, however many of its requests wait for the same thing
 * at the same time. What is waited for after that is reported again.
 */
export function reportingWaitsOnce<C extends CallLimits>(call: C): C {
  const { onWait } = call;
  if (onWait === undefined) return call;
  /** By reason: when the wait that was reported last ends, in milliseconds of `performance.now()`. */
  const ends = new Map<string, number>();
  return {
    ...call,
    onWait(reason, milliseconds) {
      const now = performance.now();
      const end = now + milliseconds;
      const reported = ends.get(reason) ?? 0;
      const isKnown = now < reported - maxEarlyMs && end < reported + minLaterMs;
      if (isKnown || milliseconds < minReportedMs) return;
      ends.set(reason, end);
      onWait(reason, milliseconds);
    },
  };
}
