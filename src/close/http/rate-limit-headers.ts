import { isObject } from "../../base/json.ts";
import type { Answer } from "./transport.ts";

/** In seconds. Larger values are timestamps or garbage. */
const maxResetSeconds = 24 * 60 * 60;

/** What an answer announces, if all is there: requests in a window, how many are left, and the seconds to its end. */
export function parseRateLimit({ headers }: Answer) {
  const [limit, remaining, reset] = ["limit", "remaining", "reset"].map((part) => figure(headers, part));
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  return reset > maxResetSeconds ? undefined : { limit, remaining, reset };
}

/** Of `RateLimit: limit=100, remaining=50, reset=5.2` (Close's rate-limit page), or `ratelimit-limit: 100` (recorded traffic). */
function figure(headers: Answer["headers"], part: string): number | undefined {
  const named = new RegExp(`(?:^|[\\s,;])${part}\\s*=\\s*([^\\s,;]+)`, "i").exec(headers.ratelimit ?? "")?.[1];
  // Further figures may follow the first, of other windows: `60, 60;w=1`.
  return decimal(named) ?? decimal(headers[`ratelimit-${part}`]?.split(/[\s,;]/, 1)[0]);
}

/**
 * In how many seconds a rate limit resets: by the rate-limit headers, otherwise by `Retry-After`, otherwise by one of the two
 * forms of the body (Close's rate-limit page, recorded traffic).
 */
export function secondsUntilReset({ headers, json }: Answer): number | undefined {
  const inner = isObject(json?.error) ? json.error.rate_reset : undefined;
  return [figure(headers, "reset"), headers["retry-after"], json?.rate_reset, inner]
    .map(decimal)
    .find((seconds) => seconds !== undefined && seconds <= maxResetSeconds);
}

/** A decimal number of ordinary size, zero or more, also as text. */
function decimal(value: unknown): number | undefined {
  return /^\d{1,15}(\.\d{1,20})?$/.test(String(value)) ? Number(value) : undefined;
}
