import { isObject } from "../../base/json.ts";
import type { Answer } from "./answer.ts";

/** What an answer announces: requests in a window, how many are left, and in how many seconds it ends, decimals kept. */
export type RateLimit = { limit: number; remaining: number; reset: number };

/** In seconds. No window of Close's comes near: a larger figure is a moment, or a mistake. */
const maxResetSeconds = 24 * 60 * 60;

/**
 * The rate limit that an answer announces whole: the `RateLimit: limit=100, remaining=50, reset=5.2` header (Close's
 * rate-limit page; with semicolons in recorded traffic), otherwise three `ratelimit-…` headers (recorded traffic).
 */
export function parseRateLimit({ headers }: Answer): RateLimit | undefined {
  return whole((part) => inOneHeader(headers, part)) ?? whole((part) => inOwnHeader(headers, part));
}

function whole(read: (part: Part) => number | undefined): RateLimit | undefined {
  const [limit, remaining, reset] = [read("limit"), read("remaining"), read("reset")];
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  return { limit, remaining, reset };
}

type Headers = Answer["headers"];
type Part = keyof RateLimit;

const parts: Record<Part, RegExp> = {
  limit: /(?:^|[\s,;])limit\s*=\s*"?([^\s,;"]+)/i,
  remaining: /(?:^|[\s,;])remaining\s*=\s*"?([^\s,;"]+)/i,
  reset: /(?:^|[\s,;])reset\s*=\s*"?([^\s,;"]+)/i,
};

function inOneHeader({ ratelimit = "" }: Headers, part: Part): number | undefined {
  return figure(parts[part].exec(ratelimit)?.[1], part);
}

/** Further figures may follow the first, of other windows: `60, 60;w=1`. */
function inOwnHeader(headers: Headers, part: Part): number | undefined {
  return figure(headers[`ratelimit-${part}`]?.split(/[\s,;]/, 1)[0], part);
}

function figure(text: string | undefined, part: Part): number | undefined {
  return part === "reset" ? seconds(text) : decimal(text);
}

/**
 * In how many seconds a rate limit resets, decimals kept: the rate-limit headers, otherwise `Retry-After` in seconds
 * or as a date, otherwise one of the two body forms (Close's rate-limit page, recorded traffic). Undefined if none of
 * them says it.
 */
export function secondsUntilReset({ headers, json }: Answer): number | undefined {
  return (
    inOneHeader(headers, "reset") ?? inOwnHeader(headers, "reset") ?? retryAfter(headers) ?? resetOfBody(json)
  );
}

/** A date is measured by the answer's own clock if it shows it: this machine's may be wrong. */
function retryAfter(headers: Headers): number | undefined {
  const header = headers["retry-after"]?.trim() ?? "";
  if (!/^[A-Z][a-z]+,? /.test(header)) return seconds(header);
  const now = Date.parse(headers.date ?? "");
  return seconds(Math.max(0, Date.parse(header) - (Number.isNaN(now) ? Date.now() : now)) / 1000);
}

function resetOfBody(json: Answer["json"]): number | undefined {
  const inner = isObject(json?.error) ? json.error : undefined;
  return seconds(json?.rate_reset) ?? seconds(inner?.rate_reset);
}

function seconds(value: unknown): number | undefined {
  const found = decimal(value);
  return found !== undefined && found <= maxResetSeconds ? found : undefined;
}

/** A decimal number of ordinary size, zero or more, also as text. */
function decimal(value: unknown): number | undefined {
  if (typeof value !== "number" && typeof value !== "string") return undefined;
  return /^\d{1,15}(\.\d{1,20})?$/.test(String(value)) ? Number(value) : undefined;
}
