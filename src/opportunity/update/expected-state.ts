import { itemById, type Known, userName } from "../../organization/lists.ts";
import { statusById } from "../../organization/statuses.ts";
import { type KindOf, kindsIn, listOf, same } from "../compare.ts";
import { effectOf } from "../fields.ts";
import type { Opportunity } from "../opportunity.ts";
import type { UpdateBody } from "./body.ts";
import { fillsDateWon } from "./transition.ts";

/**
 * The opportunity as it should be once Close has carried out the body: Close's rule for `date_won` (update
 * page), and the labels that follow from ids if they are known.
 *
 * @param today the day, `YYYY-MM-DD`, by which Close would date a win.
 */
export function expectedAfter(
  before: Opportunity,
  body: UpdateBody,
  known: Known,
  today: string,
): Opportunity {
  const kindOf = kindsIn(known);
  let after: Opportunity = before;
  for (const [key, value] of Object.entries(body)) after = withEntry(after, key, value, kindOf);
  if (body.status_id !== undefined && body.status_id !== before.status_id) {
    after = withStatus(after, body, known, today);
  }
  if (body.user_id !== undefined && body.user_id !== before.user_id) {
    const user = itemById(known.users, body.user_id);
    after = { ...after, user_name: user && userName(user) };
  }
  if (body.contact_id !== undefined && body.contact_id !== before.contact_id) {
    after = { ...after, contact_name: undefined };
  }
  return after;
}

/** The opportunity once Close has carried out one entry of the body. */
export function withEntry(
  opportunity: Opportunity,
  key: string,
  value: unknown,
  kindOf: KindOf,
): Opportunity {
  const { field, action } = effectOf(key);
  if (action === "set") return { ...opportunity, [field]: value };
  const held = listOf(opportunity[field]);
  const kind = kindOf(field);
  const others = held.filter((candidate) => !same(candidate, value, kind));
  return { ...opportunity, [field]: action === "add" ? [...others, value] : others };
}

function withStatus(opportunity: Opportunity, body: UpdateBody, known: Known, today: string): Opportunity {
  const placed = statusById(known.pipelines, String(body.status_id));
  return {
    ...opportunity,
    status_label: placed?.status.label,
    status_type: placed?.status.type,
    status_display_name: placed?.status.label,
    ...(placed && { pipeline_id: placed.pipeline.id, pipeline_name: placed.pipeline.name }),
    ...(fillsDateWon(opportunity, body, placed?.status.type) && { date_won: today }),
  };
}
