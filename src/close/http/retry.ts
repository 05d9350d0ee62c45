import { setTimeout } from "node:timers/promises";
import { type RequestLine, rateLimited } from "./errors.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import { secondsUntilReset } from "./rate-limiter.ts";
import { ExchangeError, type HttpAnswer } from "./transport.ts";

/** How long a call may wait, and who is told. */
export type CallLimits = {
  signal: AbortSignal;
  /** When the call's time is used up, in milliseconds of `performance.now()`; without one it never is. */
  deadline?: number | undefined;
  /** Told before a wait, for a person who watches. */
  onWait?: ((reason: string, milliseconds: number) => void) | undefined;
};

/**
 * The call with its last milliseconds kept back: its signal and deadline end that much earlier. A call without a
 * deadline is returned as it is.
 */
export function reserving<C extends CallLimits>(call: C, milliseconds: number): C {
  if (call.deadline === undefined) return call;
  const deadline = call.deadline - milliseconds;
  const time = AbortSignal.timeout(Math.max(0, Math.round(deadline - performance.now())));
  return { ...call, deadline, signal: AbortSignal.any([call.signal, time]) };
}

/** A request is sent so many times at most, 429s not counted. */
const maxTries = 4;

/**
 * Sends a request as often as it takes and is safe: the one place that decides what is tried again.
 * A 429 is waited out. What changes nothing (GET, POST) is tried again after a 5xx and after a lost answer; a PUT
 * only where it certainly never reached Close, for else somebody has to look first what became of it.
 *
 * @throws ExchangeError where the last try got no answer, CloseError where the rate limit outlasts the call.
 */
export async function withRetries(
  request: RequestLine,
  limits: CallLimits,
  rateLimiter: RateLimiter,
  send: () => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const group = endpointGroup(request);
  for (let failures = 0; ; ) {
    const outcome = await rateLimiter.within(group, limits.signal, send, (milliseconds) => {
      if (isTooLong(milliseconds, limits)) throw rateLimited(request, milliseconds / 1000);
      limits.onWait?.("Close's rate limit", milliseconds);
    });
    const isRateLimited = !(outcome instanceof ExchangeError) && outcome.status === 429;
    if (!isRateLimited) failures += 1;
    const delay = delayBeforeNextTry(request, outcome, failures);
    if (delay === undefined || isTooLong(delay, limits)) {
      if (outcome instanceof ExchangeError) throw outcome;
      return outcome;
    }
    limits.onWait?.(reasonOf(outcome), delay);
    await setTimeout(delay, undefined, { signal: limits.signal });
  }
}

/** Limits are kept per method and path (Close's rate-limit page): all opportunities are one group. */
function endpointGroup({ method, path }: RequestLine): string {
  return `${method} ${path.startsWith("/opportunity/oppo_") ? "/opportunity/{id}/" : path.replace(/\?.*$/, "")}`;
}

/** In milliseconds; undefined where the outcome stands. */
function delayBeforeNextTry(
  { method }: RequestLine,
  outcome: HttpAnswer | ExchangeError,
  failures: number,
): number | undefined {
  const changesNothing = method !== "PUT";
  if (outcome instanceof ExchangeError) {
    const isPassing = outcome.kind === "network" || outcome.kind === "timeout";
    const isSafe = changesNothing || !outcome.mayHaveArrived;
    return isPassing && isSafe && failures < maxTries ? backoff(failures) : undefined;
  }
  if (outcome.status === 429) return Math.max(50, (secondsUntilReset(outcome) ?? 1) * 1000);
  return outcome.status >= 500 && changesNothing && failures < maxTries ? backoff(failures) : undefined;
}

/** A quarter of a second, doubled with every failure, spread so that many calls do not come back at once. */
export function backoff(failures: number): number {
  return 250 * 2 ** (failures - 1) * (0.75 + Math.random() / 2);
}

/** Whether after a wait of so many milliseconds the call's time would be used up. */
export function isTooLong(
  milliseconds: number,
  { deadline = Number.POSITIVE_INFINITY }: CallLimits,
): boolean {
  return performance.now() + milliseconds > deadline;
}

function reasonOf(outcome: HttpAnswer | ExchangeError): string {
  if (outcome instanceof ExchangeError) return `no answer (${outcome.code})`;
  return outcome.status === 429 ? "Close's rate limit" : `an answer with ${outcome.status}`;
}
