import { items, type Known } from "../../organization/lists.ts";
import { isEmpty } from "../compare.ts";
import { assessments } from "../fields.ts";
import type { Opportunity } from "../opportunity.ts";
import { statusTypeOf } from "../status.ts";
import type { UpdateBody } from "./body.ts";

/** Two states of an opportunity and what was asked for between them. */
export type Transition = {
  /** Undefined if it could not be read. */
  before: Opportunity | undefined;
  after: Opportunity;
  body: UpdateBody;
  known: Known;
};

/**
 * Whether a rule of Close's explains that the update changed a field that it did not ask for: winning fills an empty
 * `date_won` (Close's update page), `date_lost` and the pipeline follow the status, and nobody else assesses the deal.
 */
export function isSetByClose(field: string, { before, after, body, known }: Transition): boolean {
  if (assessments.has(field)) return true;
  if (before === undefined || !("status_id" in body)) return false;
  switch (field) {
    case "date_won":
      return fillsDateWon(before, body, statusTypeOf(after, known));
    case "date_lost":
      return statusTypeOf(after, known) === "lost" || statusTypeOf(before, known) === "lost";
    case "pipeline_id":
      return before.status_id !== after.status_id;
    default:
      return false;
  }
}

/** Close dates a win that has no date, unless the update gives one (Close's update page). */
export function fillsDateWon(before: Opportunity, body: UpdateBody, statusType: string | undefined): boolean {
  return statusType === "won" && isEmpty(before.date_won) && !("date_won" in body);
}

/** Whether it is known that somebody else than the key's user was the last to update the opportunity. */
export function isUpdatedByOther({ updated_by }: Opportunity, { me }: Pick<Known, "me">): boolean {
  const [own] = items(me);
  return own !== undefined && updated_by !== undefined && updated_by !== own.id;
}
