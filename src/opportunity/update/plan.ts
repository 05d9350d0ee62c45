import type { InPart } from "../../base/in-part.ts";
import type { Known, ListName } from "../../organization/lists.ts";
import { collector, type Mistake, type Resolution } from "../../organization/names.ts";
import { isContactId, isMe, isUserId, resolveContact, resolveUser } from "../../organization/people.ts";
import { isStatusId, statusById, statusByLabel } from "../../organization/statuses.ts";
import { kindsIn } from "../compare.ts";
import type { Opportunity } from "../opportunity.ts";
import { pipelineOf } from "../status.ts";
import { unknownStatus } from "../warnings.ts";
import type { UpdateArguments } from "./arguments.ts";
import { holdsExactly, type UpdateBody } from "./body.ts";
import { planCustomFields } from "./custom-field-operations.ts";
import { planAppendedNote } from "./note.ts";

/** What is to be sent to Close, as far as it could be planned: ready if there are neither mistakes nor lists to read. */
export type Planning = {
  body: UpdateBody;
  /** What the caller should know about it. */
  warnings: readonly string[];
  mistakes: readonly Mistake[];
  /** Lists in which a name was not found, or that were not read yet. */
  lookUps: readonly ListName[];
};

/** The lists that these arguments need, as far as that can be seen before anything is read. */
export function listsNeeded({
  status_id,
  user_id,
  custom_fields,
  dry_run,
}: InPart<UpdateArguments>): ListName[] {
  const lists: ListName[] = [];
  if (status_id !== undefined && (dry_run || !isStatusId(status_id))) lists.push("pipelines");
  if (user_id !== undefined && isMe(user_id)) lists.push("me");
  if (user_id !== undefined && (dry_run || !(isUserId(user_id) || isMe(user_id)))) lists.push("users");
  if (custom_fields !== undefined && custom_fields.length > 0) lists.push("customFields");
  return lists;
}

/** Whether only Close's answers show if anything in these arguments is mistaken: a name, or what is added to a note. */
export function needsReading(given: InPart<UpdateArguments>): boolean {
  const { contact_id, note_append } = given;
  const namesContact = contact_id !== undefined && !isContactId(contact_id);
  return listsNeeded(given).length > 0 || namesContact || note_append !== undefined;
}

/**
 * Turns arguments into the request body, by the rules of Close's update page and the names of the
 * organization. Everything asked for goes in, also what already holds. Of arguments that could be read in part only the
 * further mistakes are found.
 *
 * @param before the opportunity as just read, or undefined if it could not be.
 */
export function plan(
  given: InPart<UpdateArguments>,
  before: Opportunity | undefined,
  known: Known,
): Planning {
  const warnings: string[] = [];
  const { found, mistakes, lookUps } = collector();

  if (given.status_id !== undefined && isUnknownId(given.status_id, known)) {
    if (known.pipelines.state === "read" && !known.pipelines.fresh) lookUps.push("pipelines");
    else warnings.push(unknownStatus(given.status_id));
  }
  const appended =
    given.note_append === undefined ? { body: {} } : planAppendedNote(given.note_append, before);
  if ("problem" in appended) mistakes.push({ argument: "note_append", ...appended });
  const customFields = planCustomFields(given.custom_fields ?? [], before, known);
  const fields = {
    status_id: found("status_id", resolveStatus(given.status_id, before, known)),
    date_won: given.date_won,
    value: given.value,
    value_period: given.value_period,
    confidence: given.confidence,
    note: given.note,
    note_html: given.note_html,
    contact_id: found(
      "contact_id",
      given.contact_id === undefined ? undefined : resolveContact(given.contact_id, known),
    ),
    user_id: found("user_id", given.user_id === undefined ? undefined : resolveUser(given.user_id, known)),
  };
  return {
    body: {
      ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
      ...("body" in appended && appended.body),
      ...Object.fromEntries(
        (given.clear ?? []).flatMap((field) => (field === undefined ? [] : [[field, emptyValue(field)]])),
      ),
      ...customFields.body,
    },
    warnings: [...warnings, ...customFields.warnings],
    mistakes: [...mistakes, ...customFields.mistakes],
    lookUps: [...lookUps, ...customFields.lookUps],
  };
}

/** Whether the opportunity already shows everything that the body asks for. */
export function alreadyHolds(opportunity: Opportunity, body: UpdateBody, known: Known): boolean {
  const kindOf = kindsIn(known);
  return Object.entries(body).every(([key, value]) => holdsExactly(opportunity, key, value, kindOf));
}

function isUnknownId(status: string, { pipelines }: Known): boolean {
  return (
    isStatusId(status) && pipelines.state === "read" && statusById(pipelines, status.trim()) === undefined
  );
}

function resolveStatus(
  status: string | undefined,
  before: Opportunity | undefined,
  known: Known,
): Resolution<string> | undefined {
  if (status === undefined) return undefined;
  if (isStatusId(status)) return { found: status.trim() };
  const resolution = statusByLabel(known.pipelines, status, before && pipelineOf(before, known).id);
  return "found" in resolution ? { found: resolution.found.status.id } : resolution;
}

/** Close empties a note by "" (recorded traffic), everything else by null (Close's documentation). */
function emptyValue(field: string): "" | null {
  return field === "note" ? "" : null;
}
