import { isDeepStrictEqual } from "node:util";
import type { z } from "zod/v3";
import { asText, brokenPart, isNullText } from "../../base/text.ts";
import { definitionOf } from "../../organization/custom-fields.ts";
import type { Known } from "../../organization/lists.ts";
import { isEmpty, kindsIn, listOf, same } from "../compare.ts";
import { effectOf, fieldOf, labelOf } from "../fields.ts";
import { isDay, type Opportunity } from "../opportunity.ts";
import { statusTypeOf } from "../status.ts";
import {
  type CustomFieldOperation,
  customFieldOperation,
  type UpdateArguments,
  updateArguments,
} from "./arguments.ts";
import { includesField, shows } from "./body.ts";
import { planCustomFields } from "./custom-field-operations.ts";
import { withEntry } from "./expected-state.ts";
import { storedNote } from "./note.ts";
import { isSetByClose, isUpdatedByOther, type Transition } from "./transition.ts";

/** How an update can be taken back. */
export type Undoing = {
  /** Undefined if nothing changed, or the state before is not known. */
  undo: UpdateArguments | undefined;
  /** What people call the fields that no argument can bring back. */
  lost: readonly string[];
};

/** What brings one field back: an argument, an operation on a custom field, or clearing it. */
type Part = { argument: string; value: unknown } | { operation: CustomFieldOperation } | { clear: string };

/**
 * The update that brings back what the transition changed, what Close changed along with it included, and nothing that
 * others changed in the meantime. It is refused if the opportunity changes after this transition.
 */
export function undoOf(transition: Transition): Undoing {
  const { before, after, known } = transition;
  if (before === undefined) return { undo: undefined, lost: [] };
  const parts: Part[] = [];
  const lost: string[] = [];
  for (const field of changedFields(transition, before)) {
    const part = partFor(field, before, transition);
    if (part === undefined) lost.push(labelOf(field, known));
    else parts.push(part);
  }
  const clear = parts.flatMap((part) => ("clear" in part ? [part.clear] : []));
  const operations = parts.flatMap((part) => ("operation" in part ? [part.operation] : []));
  if (parts.length === 0 || after.date_updated === undefined) return { undo: undefined, lost };
  const undo = updateArguments.safeParse({
    id: before.id,
    ...Object.fromEntries(parts.flatMap((part) => ("argument" in part ? [[part.argument, part.value]] : []))),
    ...(operations.length > 0 && { custom_fields: operations }),
    ...(clear.length > 0 && { clear }),
    expected_date_updated: after.date_updated,
  });
  return { undo: undo.data, lost };
}

/**
 * The fields that this update changed, or may have if the answer does not show them; the note once for its two forms. Not
 * what somebody else has set since.
 */
function changedFields(transition: Transition, before: Opportunity): Set<string> {
  const { after, body, known } = transition;
  const kindOf = kindsIn(known);
  const isOthers = ([key, value]: [string, unknown]) =>
    includesField(after, fieldOf(key)) &&
    isUpdatedByOther(after, known) &&
    effectOf(key).action === "set" &&
    !shows(after, key, value, kindOf);
  const isChanged = (field: string) =>
    !includesField(after, field) || !isIdentical(before[field], after[field]);
  const changed = new Set<string>();
  const own = Object.entries(body).filter((entry) => !isOthers(entry));
  for (const field of own.map(([key]) => fieldOf(key))) {
    if (field === "note" || field === "note_html") {
      const forms = ["note", "note_html"].filter((form) => includesField(after, form));
      if (forms.length === 0 || forms.some(isChanged)) changed.add("note");
    } else if (isChanged(field)) changed.add(field);
  }
  for (const field of ["date_won", "date_lost"]) {
    if (isChanged(field) && isSetByClose(field, transition)) changed.add(field);
  }
  // Close stamps a new day on what is lost, and takes it away by itself from what is not.
  if (isEmpty(before.date_lost)) changed.delete("date_lost");
  // Close would fill the date of the win with the day of the undoing, or keep one that was set since.
  const winsAgain = changed.has("status_id") && statusTypeOf(before, known) === "won";
  if (winsAgain && includesField(before, "date_won")) changed.add("date_won");
  return changed;
}

/** Undefined also for what arguments cannot hold: text that is not UTF-8. */
function partFor(field: string, before: Opportunity, transition: Transition): Part | undefined {
  const held = field === "note" ? [before.note, before.note_html] : [before[field]].flat();
  if (held.some(isBroken)) return undefined;
  if (field.startsWith("custom.")) return customPart(field, before, transition);
  if (field === "note") return notePart(before);
  if (!includesField(before, field)) return undefined;
  const value = before[field];
  if (isEmpty(value)) return isValid("clear", [field]) ? { clear: field } : undefined;
  const form = field === "date_won" ? wonDayOf(value) : value;
  return isValid(field, form) ? { argument: field, value: form } : undefined;
}

function notePart(before: Opportunity): Part | undefined {
  const stored = storedNote(before);
  if (stored === undefined) return undefined;
  if (stored.text === "") return { clear: "note" };
  if (!isNullText(stored.text)) return { argument: stored.field, value: stored.text };
  // As an argument it would count as not given: it can be brought back as rich text only.
  const html = before.note_html;
  return typeof html === "string" && html !== "" ? { argument: "note_html", value: html } : undefined;
}

/** The operation is planned as the call would plan it: a choice that has been retired since is refused there. */
function customPart(field: string, before: Opportunity, transition: Transition): Part | undefined {
  const { after, known } = transition;
  const counterpart = counterpartOf(field, before, transition);
  if (counterpart !== undefined) return counterpart;
  const value = before[field];
  const { data: operation } = customFieldOperation.safeParse(operationFor(field, value, known));
  if (operation === undefined) return removal(field, value, after, known);
  const { body, mistakes } = planCustomFields([operation], after, known);
  const isExact = mistakes.length === 0 && field in body && isIdentical(body[field], value);
  return isExact ? { operation } : removal(field, value, after, known);
}

/**
 * What takes back an addition or a removal alone, if others have changed the list as well: to set it would undo their
 * change too.
 */
function counterpartOf(
  field: string,
  before: Opportunity,
  { after, body, known }: Transition,
): Part | undefined {
  const [key, value] = Object.entries(body).find(([key]) => key !== field && fieldOf(key) === field) ?? [];
  if (key === undefined || !includesField(after, field)) return undefined;
  const kindOf = kindsIn(known);
  if (same(withEntry(before, key, value, kindOf)[field], after[field], kindOf(field))) return undefined;
  const action = effectOf(key).action === "add" ? "remove" : "add";
  const operation: CustomFieldOperation = {
    field: field.slice("custom.".length),
    action,
    value: [asText(value)],
  };
  const planned = planCustomFields([operation], after, known);
  return planned.mistakes.length === 0 && `${field}.${action}` in planned.body ? { operation } : undefined;
}

/** What was only added can be removed again, even if the rest could not be set, such as a choice that was retired since. */
function removal(field: string, value: unknown, after: Opportunity, known: Known): Part | undefined {
  const [held, now] = [new Set(listOf(value)), listOf(after[field])];
  const added = now.filter((one) => !held.has(one));
  if (now.length - added.length !== held.size || !added.every((one) => typeof one === "string")) {
    return undefined;
  }
  const operation = { field: field.slice("custom.".length), action: "remove", value: added } as const;
  const { body, mistakes } = planCustomFields([operation], after, known);
  const isExact = `${field}.remove` in body || isIdentical(body[field], value);
  return mistakes.length === 0 && isExact ? { operation } : undefined;
}

function operationFor(field: string, value: unknown, known: Known): CustomFieldOperation | undefined {
  const id = field.slice("custom.".length);
  if (isEmpty(value)) return { field: id, action: "unset" };
  const isDefined = definitionOf(field, known) !== undefined;
  if (typeof value === "string" || typeof value === "number") {
    return { field: id, action: "set", value: [String(value)] };
  }
  if (!Array.isArray(value)) return undefined;
  const texts = value.flatMap((one) =>
    typeof one === "string" || (typeof one === "number" && isDefined) ? [String(one)] : [],
  );
  return texts.length === value.length ? { field: id, action: "set", value: texts } : undefined;
}

/** Older answers have the day of the win with a time. */
function wonDayOf(value: unknown): unknown {
  const day = typeof value === "string" ? value.slice(0, 10) : undefined;
  return day !== undefined && isDay(day) ? day : undefined;
}

const argumentTypes: ReadonlyMap<string, z.ZodTypeAny> = new Map(Object.entries(updateArguments.shape));

function isValid(argument: string, value: unknown): boolean {
  return value !== undefined && argumentTypes.get(argument)?.safeParse(value).success === true;
}

function isBroken(value: unknown): boolean {
  return typeof value === "string" && brokenPart(value) !== undefined;
}

function isIdentical(a: unknown, b: unknown): boolean {
  return (isEmpty(a) && isEmpty(b)) || isDeepStrictEqual(a, b);
}
