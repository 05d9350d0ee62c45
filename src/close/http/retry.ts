import { setTimeout } from "node:timers/promises";
import { type CallLimits, isTooLong } from "../../base/call-limits.ts";
import { secondsUntilReset } from "./rate-limit-headers.ts";
import { type Answer, ExchangeError, type Outcome } from "./transport.ts";

/** How often a request is sent at most, 429s not counted. */
const maxTries = 4;

/**
 * Sends what changes nothing again after a 429, a 5xx and a lost answer, as long as the call has time, and returns the
 * last outcome; an update is sent again by `confirmUpdate` alone. @throws what `send` throws, and the signal's reason.
 */
export async function withRetries(limits: CallLimits, send: () => Promise<Outcome>) {
  for (let failures = 0; ; ) {
    const outcome = await send();
    const isLimited = !(outcome instanceof ExchangeError) && outcome.status === 429;
    if (!isLimited) failures += 1;
    if (!isLimited && (!isTransient(outcome) || failures >= maxTries)) return outcome;
    const delayMs = isLimited ? delayAfterLimit(outcome) : backoff(failures);
    if (isTooLong(delayMs, limits)) return outcome;
    limits.onWait?.(waitReason(outcome), delayMs);
    await setTimeout(delayMs, undefined, { signal: limits.signal });
  }
}

function isTransient(outcome: Outcome): boolean {
  if (outcome instanceof ExchangeError) {
    return outcome.remedy === undefined && (outcome.kind === "network" || outcome.kind === "timeout");
  }
  return outcome.status >= 500;
}

/** In milliseconds: until the limit of a 429 resets. Spread, so that several processes do not come back at once. */
export function delayAfterLimit(answer: Answer): number {
  return Math.max((secondsUntilReset(answer) ?? 1) * 1000, 250) + Math.random() * 300;
}

/** In milliseconds: a quarter of a second, doubled with every further failure, and spread in the same way. */
export function backoff(failures: number): number {
  return 250 * 2 ** (failures - 1) * (0.75 + Math.random() / 2);
}

/** Why the same request is sent again, for a person who watches. */
export function waitReason(outcome: Outcome): string {
  if (outcome instanceof ExchangeError) return `no answer (${outcome.code})`;
  return outcome.status === 429 ? "Close's rate limit" : `an answer with ${outcome.status}`;
}
