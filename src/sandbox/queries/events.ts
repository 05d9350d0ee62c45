import type { Organization } from "../data/records.ts";
import { eventAnswer } from "../rules/events.ts";
import { badParameter } from "../rules/refusal.ts";

/** Events on a page, even if more are asked for (Close's documentation). */
const maxLimit = 50;

/**
 * The events of an opportunity, the latest first: the first page of `GET /event/` (Close's documentation) with the
 * only filters that the tools send.
 * @throws Refusal of all others.
 */
export function listEvents(
  { object_type, object_id, _limit, ...others }: Record<string, string>,
  organization: Organization,
) {
  const filters = Object.keys(others).join();
  if (object_type !== "opportunity" || object_id === undefined || filters !== "") {
    throw badParameter("filters", "This combination is not supported.");
  }
  if (!/^[1-9]\d*$/.test(_limit ?? "")) throw badParameter("_limit", "Value must be a positive integer.");
  const found = organization.events.filter(({ after }) => after.id === object_id).reverse();
  const data = found.slice(0, Math.min(Number(_limit), maxLimit));
  return {
    data: data.map((event) => eventAnswer(event, organization)),
    cursor_next: found[data.length]?.id ?? null,
    cursor_previous: null,
  };
}
