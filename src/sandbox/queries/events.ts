import type { Organization } from "../data/records.ts";
import { eventAnswer } from "../rules/events.ts";
import type { FieldErrors } from "../rules/update.ts";

const filters = ["object_type", "object_id", "action", "lead_id", "user_id", "request_id"] as const;

/** Only these can be combined (Close's documentation). */
const combinations = new Set(
  [
    ["object_type", "object_id"],
    ["object_type", "action"],
    ["object_id", "action"],
    ["lead_id", "object_type"],
    ["lead_id", "object_type", "action"],
    ["lead_id", "user_id", "object_type"],
    ["lead_id", "user_id", "object_type", "action"],
    ["lead_id", "user_id"],
    ["user_id", "object_id"],
    ["user_id", "object_id", "action"],
    ["user_id", "object_type"],
    ["user_id", "object_type", "action"],
    ["lead_id"],
    ["user_id"],
    ["request_id"],
  ].map((names) => names.sort().join()),
);

/** Events on a page, even if more are asked for (Close's documentation). */
const maxLimit = 50;

/** How far back the log goes (Close's documentation), in milliseconds. */
const maxAge = 30 * 24 * 3_600_000;

/**
 * `GET /event/` (Close's documentation): the events of the last 30 days that the parameters ask for, the latest
 * first. Returns one page with the cursors of its neighbours, or what is wrong with the parameters.
 */
export function listEvents(
  parameters: URLSearchParams,
  organization: Organization,
  now: Date,
): Record<string, unknown> | FieldErrors {
  const errors: FieldErrors = new Map();
  for (const name of parameters.keys()) {
    const isKnown = name === "_limit" || name === "_cursor" || filters.some((filter) => filter === name);
    if (!isKnown) errors.set(name, "Unknown parameter.");
  }
  const given = filters.filter((name) => parameters.has(name));
  if (!combinations.has([...given].sort().join())) {
    errors.set("filters", `The combination of ${given.join(", ") || "no filter"} is not supported.`);
  }
  const limit = parameters.get("_limit") ?? String(maxLimit);
  if (!/^[1-9]\d{0,8}$/.test(limit)) errors.set("_limit", "Value must be a positive integer.");
  const start = Number(parameters.get("_cursor") ?? "0");
  if (!Number.isSafeInteger(start) || start < 0) errors.set("_cursor", "Invalid cursor.");
  if (errors.size > 0) return errors;

  const found = organization.events
    .filter(({ moment }) => now.getTime() - moment.getTime() < maxAge)
    .map((event) => eventAnswer(event, organization, now))
    .filter((event) => given.every((name) => event[name] === parameters.get(name)))
    .reverse();
  const end = start + Math.min(Number(limit), maxLimit);
  return {
    data: found.slice(start, end),
    cursor_next: end < found.length ? String(end) : null,
    cursor_previous: start > 0 ? String(Math.max(0, start - maxLimit)) : null,
  };
}
