import type { HttpAnswer } from "./transport.ts";

/** What a `RateLimit` header says. `reset` is in seconds, decimals kept. */
export type RateLimit = { limit: number; remaining: number; reset: number };

const parts = [/\blimit=(\d+(?:\.\d+)?)/, /\bremaining=(\d+(?:\.\d+)?)/, /\breset=(\d+(?:\.\d+)?)/] as const;

/** The `RateLimit: limit=100, remaining=50, reset=5.2` header (Close's rate-limit page), where it is there whole. */
export function parseRateLimit({ headers }: HttpAnswer): RateLimit | undefined {
  const header = headers.ratelimit ?? "";
  const [limit, remaining, reset] = parts.map((part) => {
    const value = part.exec(header)?.[1];
    return value === undefined ? undefined : Number(value);
  });
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  return { limit, remaining, reset };
}

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
