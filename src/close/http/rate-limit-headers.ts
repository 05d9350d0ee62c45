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
 * In how many seconds a rate limit resets: the rate-limit headers, otherwise `Retry-After` in seconds or as a date,
 * otherwise one of the two body forms (Close's rate-limit page, recorded traffic).
 */
export function secondsUntilReset({ headers, json }: Answer): number | undefined {
  const inner = isObject(json?.error) ? json.error : undefined;
  return [figure(headers, "reset"), retryAfter(headers), json?.rate_reset, inner?.rate_reset]
    .map(decimal)
    .find((seconds) => seconds !== undefined && seconds <= maxResetSeconds);
}

/** A date is measured by the answer's own clock if it shows it: this machine's may be wrong. */
function retryAfter(headers: Answer["headers"]): unknown {
  const header = headers["retry-after"] ?? "";
  if (!/^[A-Z][a-z]+,? /.test(header)) return header;
  const now = Date.parse(headers.date ?? "");
  return Math.max(0, Date.parse(header) - (Number.isNaN(now) ? Date.now() : now)) / 1000;
}

/** A decimal number of ordinary size, zero or more, also as text. */
function decimal(value: unknown): number | undefined {
  if (typeof value !== "number" && typeof value !== "string") return undefined;
  return /^\d{1,15}(\.\d{1,20})?$/.test(String(value)) ? Number(value) : undefined;
}
