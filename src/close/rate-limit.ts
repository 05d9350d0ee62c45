import type { HttpAnswer } from "./transport.ts";

/**
 * How many seconds until a rate limit resets, decimals kept: the `RateLimit` header, else `Retry-After`, else
 * one of the two body forms (Close's rate-limit page, recorded traffic). Undefined where none says it.
 */
export function secondsUntilReset({ headers, body }: HttpAnswer): number | undefined {
  const candidates = [
    /\breset=([\d.]+)/.exec(headers.ratelimit ?? "")?.[1],
    headers["retry-after"],
    /"rate_reset"\s*:\s*"?([\d.]+)/.exec(body)?.[1],
  ];
  return candidates
    .filter((candidate) => candidate !== undefined && candidate !== "")
    .map(Number)
    .find((seconds) => Number.isFinite(seconds) && seconds >= 0);
}
