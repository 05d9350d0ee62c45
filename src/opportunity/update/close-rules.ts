import type { Known } from "../../organization/lists.ts";
import { statusById } from "../../organization/statuses.ts";
import type { Field } from "../fields.ts";
import { type Opportunity, statusTypeOf } from "../opportunity.ts";
import { isEmpty } from "../values.ts";
import { applied, type Edit, type Transition } from "./edit.ts";

/**
 * Whether a rule of Close's explains that the update changed a field that it did not ask for: winning fills an empty
 * `date_won` (Close's update page), `date_lost` and the pipeline follow the status, and nobody else assesses the deal.
 */
export function isSetByClose({ key, role }: Field, { before, after, edits, known }: Transition): boolean {
  if (role === "assessment") return true;
  if (before === undefined || !isEdited("status_id", edits)) return false;
  switch (key) {
    case "date_won":
      return fillsDateWon(before, edits, statusTypeOf(after, known));
    case "date_lost":
      return statusTypeOf(after, known) === "lost" || statusTypeOf(before, known) === "lost";
    case "pipeline_id":
      return before.status_id !== after.status_id;
    default:
      return false;
  }
}

/** Close dates a win that has no date, unless the update gives one (Close's update page). */
function fillsDateWon(before: Opportunity, edits: readonly Edit[], statusType: string | undefined): boolean {
  return statusType === "won" && isEmpty(before.date_won) && !isEdited("date_won", edits);
}

export function isEdited(key: string, edits: readonly Edit[]): boolean {
  return edits.some(({ field }) => field.key === key);
}

/**
 * The opportunity as it should be once Close has carried out the edits: with the date of a win, and the labels that follow
 * from ids if they are known.
 * @param today the day, `YYYY-MM-DD`, by which Close would date a win.
 */
export function expectedAfter(before: Opportunity, edits: readonly Edit[], known: Known, today: string): Opportunity {
  const after = edits.reduce(applied, before);
  const names = edits.flatMap(({ field: { nameField, nameOf }, value }) =>
    nameField === undefined ? [] : [[nameField, nameOf?.(String(value), known)]],
  );
  const status = isEdited("status_id", edits) ? statusById(known, after.status_id) : undefined;
  return {
    ...after,
    ...Object.fromEntries(names),
    ...(isEdited("status_id", edits) && { status_type: status?.type }),
    ...(status && { pipeline_id: status.pipeline.id, pipeline_name: status.pipeline.name }),
    ...(fillsDateWon(before, edits, status?.type) && { date_won: today }),
  };
}
