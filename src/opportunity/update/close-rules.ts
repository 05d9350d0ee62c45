import { daysAfter, type Today } from "../../base/time-zone.ts";
import type { Known } from "../../organization/lists.ts";
import { statusById } from "../../organization/statuses.ts";
import type { Field } from "../fields.ts";
import { richFormOf } from "../note.ts";
import { type Opportunity, statusTypeOf, textOf } from "../opportunity.ts";
import { isEmpty } from "../values.ts";
import { applied, type Edit, type Transition } from "./edit.ts";

/**
 * Whether Close changed a field that the update did not ask for: one that no person can change, or, as the opportunity was
 * won, an empty `date_won` to today (Close's update page) or the confidence to 100 (its webhook sample).
 */
export function isSetByClose({ key, role }: Field, { before, after, edits, known, today }: Transition): boolean {
  if (role === "computed") return true;
  const statusType = statusTypeOf(after, known);
  if (before === undefined || !isEdited("status_id", edits)) return false;
  if (key === "confidence") return statusType === "won" && after.confidence === 100;
  if (key !== "date_won" || today === undefined) return false;
  // Perhaps by the day of another time zone than the call's.
  const [first = today.first, last = today.last] = [daysAfter(today.first, -1), daysAfter(today.last, 1)];
  return fillsDateWon(before, edits, statusType) && isToday(textOf(after, "date_won"), { ...today, first, last });
}

/** Whether it is that day; around midnight either will do. */
export function isToday(day: string | undefined, { first, last }: Today): boolean {
  const date = day?.slice(0, 10) ?? "";
  return first <= date && date <= last;
}

/** Close dates a win that has no date, unless the update gives one (Close's update page). */
function fillsDateWon(before: Opportunity, edits: readonly Edit[], statusType: string | undefined): boolean {
  return statusType === "won" && isEmpty(before.date_won) && !isEdited("date_won", edits);
}

/** Whether an edit is of this field. */
export function isEdited(key: string, edits: readonly Edit[]): boolean {
  return edits.some(({ field }) => field.key === key);
}

/**
 * The opportunity as it should be after the edits: with the date of a win, both forms of a note, and the labels of ids, if known.
 * @param today the day, `YYYY-MM-DD`, by which Close would date a win.
 */
export function expectedAfter(before: Opportunity, edits: readonly Edit[], known: Known, today: string): Opportunity {
  const after = edits.reduce(applied, before);
  const names = edits.flatMap(({ field: { nameField, nameOf }, value }) =>
    nameField === undefined ? [] : [[nameField, nameOf?.(String(value), known)]],
  );
  const status = isEdited("status_id", edits) ? statusById(known, after.status_id) : undefined;
  const { note, note_html } = after;
  return {
    ...after,
    ...(note_html === undefined && typeof note === "string" && { note_html: richFormOf(note) }),
    ...Object.fromEntries(names),
    ...(isEdited("status_id", edits) && { status_type: status?.type }),
    ...(status && { pipeline_id: status.pipeline.id, pipeline_name: status.pipeline.name }),
    ...(fillsDateWon(before, edits, status?.type) && { date_won: today }),
  };
}
