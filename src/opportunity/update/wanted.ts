import { refuseMistakes } from "../../base/failure.ts";
import { daysAfter } from "../../base/time-zone.ts";
import type { List, Names } from "../../organization/lists.ts";
import { NameCollector } from "../../organization/names.ts";
import { findContact, findOwner, isMe, isUserId, usersFor } from "../../organization/people.ts";
import { findStatus, isStatusId, statusById } from "../../organization/statuses.ts";
import { fieldOf } from "../fields.ts";
import { appended, withPassage } from "../note.ts";
import { isDay, type Opportunity, pipelineOf, textOf } from "../opportunity.ts";
import { hasMarkup } from "../rich-text.ts";
import type { Computed } from "../values.ts";
import type { WantedChanges } from "./arguments.ts";
import type { Circumstances } from "./custom-field-values.ts";
import { customFieldEdits } from "./custom-fields.ts";
import type { Asked, Edit } from "./edit.ts";
import { stateNeeded } from "./sendable.ts";

/** The lists that these arguments need, to be read beside the opportunity. A dry run shows names for ids as well. */
export function listsNeeded(given: WantedChanges, names: Names, isDryRun = false): List<unknown>[] {
  const { status_id, user_id = "", custom_fields = [] } = given;
  // Whoever has left can own nothing new, and an id does not show that.
  const forId = isMe(user_id) ? [names.me] : isUserId(user_id) ? [names.former] : [];
  return [
    ...(status_id !== undefined && (isDryRun || !isStatusId(status_id)) ? [names.pipelines] : []),
    ...(user_id !== "" && (isDryRun || forId.length === 0) ? [usersFor(user_id, names)] : []),
    ...forId,
    ...(custom_fields.length > 0 ? [names.customFields] : []),
  ];
}

/**
 * Turns arguments into edits, by the rules of Close's update page and the names of the organization.
 * @throws Failure of all names that are mistaken, or if something that is needed cannot be read.
 */
export async function wantedEdits(
  given: WantedChanges,
  { before, names: ofCall, timeZone }: Pick<Circumstances, "before" | "timeZone"> & { names: Names },
): Promise<Asked> {
  const call = new NameCollector(ofCall);
  const { names } = call;
  const warnings: string[] = [];
  const edits: Edit[] = [];
  const set = (key: string, value: unknown) => {
    if (value !== undefined) edits.push({ field: fieldOf(key, names.known()), action: "set", value });
  };
  const compute = <T>(argument: string, asked: T | undefined, made: (asked: T, before: Opportunity) => Computed) => {
    if (asked === undefined) return;
    if (before === undefined) throw stateNeeded(argument);
    const result = made(asked, before);
    if ("problem" in result) {
      call.mistakes.push({ argument, ...result });
      return;
    }
    const { field, value, warning } = result;
    edits.push({ field: fieldOf(field, names.known()), action: "set", value, isComputed: true });
    if (warning !== undefined) warnings.push(warning);
  };

  const { status_id, contact_id, user_id, clear = [], custom_fields = [] } = given;
  if (status_id !== undefined) {
    const ownPipeline = before && pipelineOf(before, names.known()).id;
    const id = await call.found("status_id", findStatus(status_id, ownPipeline, names));
    const known = names.known();
    if (isStatusId(status_id) && known.pipelines.length > 0 && !statusById(known, id)) {
      warnings.push(`No pipeline has a status ${id}: Close will probably refuse it.`);
    }
    set("status_id", id);
  }
  for (const key of ["date_won", "value", "value_period", "confidence", "note", "note_html"] as const) {
    set(key, given[key]);
  }
  const plainTexts = { note: given.note, note_append: given.note_append, note_replace: given.note_replace?.replace };
  for (const [argument, text = ""] of Object.entries(plainTexts)) {
    if (!hasMarkup(text)) continue;
    warnings.push(`${argument} is plain text: the HTML in it shows as it is written. note_html takes rich text.`);
  }
  if (contact_id !== undefined) {
    set("contact_id", await call.found("contact_id", findContact(contact_id, names, textOf(before, "lead_id"))));
  }
  if (user_id !== undefined) set("user_id", await call.found("user_id", findOwner(user_id, names)));
  compute("date_won_shift_days", given.date_won_shift_days, shifted);
  compute("value_percent", given.value_percent, changedBy);
  compute("note_append", given.note_append, appended);
  compute("note_replace", given.note_replace, withPassage);
  // Close empties a note by "" (recorded traffic), everything else by null (Close's documentation).
  for (const key of new Set(clear)) set(key, key === "note" ? "" : null);
  const custom = await customFieldEdits(custom_fields, { before, names, timeZone, call });
  refuseMistakes(call.mistakes, call.notes);
  return { edits: [...edits, ...custom], warnings: [...call.notes, ...warnings] };
}

/** The date by so many days later, or earlier. */
export function shifted(days: number, before: Opportunity): Computed {
  const held = textOf(before, "date_won")?.slice(0, 10) ?? "";
  if (!isDay(held)) return { problem: "the opportunity has no date_won that could be moved: send date_won" };
  const value = daysAfter(held, days);
  return value === undefined
    ? { problem: `${days} days from ${held} is no day of the calendar` }
    : { field: "date_won", value };
}

/** The value changed by so many percent, in whole cents, half a cent away from zero. */
export function changedBy(percent: number, { value: held }: Opportunity): Computed {
  if (typeof held !== "number") return { problem: "the opportunity has no value that could be changed: send value" };
  // Decimals that binary numbers cannot hold are off in the 16th digit: 115 and 10 percent must be 126.5.
  const exact = Number(((held * (100 + percent)) / 100).toPrecision(15));
  if (exact < 0) return { problem: `the value cannot become less than 0: it is ${held} cents` };
  const value = Math.round(exact);
  return Number.isSafeInteger(value) ? { field: "value", value } : { problem: "the value would become too large" };
}
