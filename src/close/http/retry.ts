import { setTimeout } from "node:timers/promises";
import { type CallLimits, isTooLong } from "../../base/call-limits.ts";
import { type Answer, isClosesOwn } from "./answer.ts";
import { rateLimited } from "./errors.ts";
import { secondsUntilReset } from "./rate-limit-headers.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import { isOfOneOpportunity, type RequestLine } from "./request-line.ts";
import { ExchangeError } from "./transport.ts";

/** How often a request is sent at most, 429s not counted. */
const maxRequestTries = 4;

/**
 * Sends a request as often as needed and safe: the one place that decides whether a single request is sent again. A 429
 * is waited out, except a proxy's to a PUT. What changes nothing (GET, POST) is tried again after a 5xx and after
 * a lost answer. A PUT is tried again only if it certainly never reached Close: what otherwise became of it has to be
 * read from the opportunity first, which `confirmUpdate` does.
 *
 * @throws ExchangeError if the last try got no answer, CloseError if the rate limit outlasts the call.
 */
export async function withRetries(
  request: RequestLine,
  limits: CallLimits,
  rateLimiter: RateLimiter,
  send: () => Promise<Answer>,
): Promise<Answer> {
  const group = endpointGroup(request);
  let failures = 0;
  let refusals = 0;
  for (;;) {
    const outcome = await rateLimiter.within(group, limits.signal, send, (milliseconds) => {
      if (isTooLong(milliseconds, limits)) throw rateLimited(request, milliseconds / 1000);
      limits.onWait?.("Close's rate limit", milliseconds);
    });
    if (isRateLimited(request, outcome)) refusals += 1;
    else failures += 1;
    const delay = isRateLimited(request, outcome)
      ? delayAfterRefusal(outcome, refusals)
      : delayAfterFailure(request, outcome, failures);
    if (delay === undefined || isTooLong(delay, limits)) {
      if (outcome instanceof ExchangeError) throw outcome;
      return outcome;
    }
    limits.onWait?.(waitReason(outcome), delay);
    await setTimeout(delay, undefined, { signal: limits.signal });
  }
}

/** A proxy's 429 does not show what Close has made of an update: that has to be found out first. */
function isRateLimited({ method }: RequestLine, outcome: Answer | ExchangeError): outcome is Answer {
  if (outcome instanceof ExchangeError || outcome.status !== 429) return false;
  return method !== "PUT" || isClosesOwn(outcome);
}

/** Limits are kept per method and path (Close's rate-limit page): all opportunities are one group. */
function endpointGroup(request: RequestLine): string {
  const { method, path } = request;
  return `${method} ${isOfOneOpportunity(request) ? "/opportunity/{id}/" : path.replace(/\?.*$/, "")}`;
}

/** In milliseconds: until the limit resets, but longer from try to try, whatever the answer says. */
function delayAfterRefusal(answer: Answer, refusals: number): number {
  const milliseconds = (secondsUntilReset(answer) ?? 1) * 1000;
  return Math.max(milliseconds, doubled(refusals));
}

/** In milliseconds; undefined if the outcome stands. */
function delayAfterFailure(
  { method }: RequestLine,
  outcome: Answer | ExchangeError,
  failures: number,
): number | undefined {
  const changesNothing = method !== "PUT";
  if (failures >= maxRequestTries) return undefined;
  if (outcome instanceof ExchangeError) {
    const isPassing = outcome.kind === "network" || outcome.kind === "timeout";
    const isSafe = changesNothing || !outcome.mayHaveArrived;
    return isPassing && isSafe ? backoff(failures) : undefined;
  }
  return outcome.status >= 500 && changesNothing ? backoff(failures) : undefined;
}

/** A quarter of a second, doubled with every further time, in milliseconds. */
function doubled(times: number): number {
  return 250 * 2 ** (times - 1);
}

/** The same in milliseconds, spread so that many calls do not come back at once. */
export function backoff(failures: number): number {
  return doubled(failures) * (0.75 + Math.random() / 2);
}

function waitReason(outcome: Answer | ExchangeError): string {
  if (outcome instanceof ExchangeError) return `no answer (${outcome.code})`;
  return outcome.status === 429 ? "Close's rate limit" : `an answer with ${outcome.status}`;
}
