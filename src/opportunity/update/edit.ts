import type { JsonObject } from "../../base/json.ts";
import type { Today } from "../../base/time-zone.ts";
import type { Known } from "../../organization/lists.ts";
import { type Field, isCustom } from "../fields.ts";
import { storedNote } from "../note.ts";
import type { Opportunity } from "../opportunity.ts";
import { missingThings, squeezed, words } from "../rich-text.ts";
import { identical, includesValue, isEmpty, keyOf, listOf, same } from "../values.ts";

/** What can be done to a field. */
export const editActions = ["set", "add", "remove"] as const;

/** One change that is asked for, with its value as Close takes it. */
export type Edit = {
  field: Field;
  action: (typeof editActions)[number];
  value: unknown;
  /** What the field has to hold, if the edit is part of a plan; undefined if that does not matter. */
  expected?: unknown;
  /** Whether the value was made from what the opportunity was read to hold. */
  isComputed?: boolean | undefined;
};

/** What is asked for of an opportunity, also what already holds, and what the caller should know about it. */
export type Asked = {
  edits: readonly Edit[];
  warnings: readonly string[];
  /** Why nothing is left to be done, if that is not because it already holds. */
  why?: string;
};

/** Two states of an opportunity and what was asked for between them. */
export type Transition = {
  /** Undefined if it could not be read. */
  before: Opportunity | undefined;
  after: Opportunity;
  edits: readonly Edit[];
  known: Known;
  /** When the update was made, by Close's clock. */
  today?: Today;
};

/** `custom.cf_x.add` adds to `custom.cf_x`, and `.remove` removes from it; every other key sets its own field. */
export function keyInBody({ field, action }: Edit): string {
  return action === "set" ? field.key : `${field.key}.${action}`;
}

/** The JSON body of `PUT /opportunity/{id}/` (Close's update page). Money is in cents. */
export function bodyOf(edits: readonly Edit[]): JsonObject {
  return Object.fromEntries(edits.map((edit) => [keyInBody(edit), edit.value]));
}

/** Whether it shows what is asked for, in any form: Close cleans rich text up, but keeps words, images and links. */
export function shows(opportunity: Opportunity, edit: Edit): boolean {
  if (holds(opportunity, edit, same)) return true;
  return hasWordsOf(opportunity, edit) && missingInNote(edit.value, opportunity) === undefined;
}

/** The same after an update: a note of the same words as before does not show a new form if nothing of its form has changed. */
export function showsAfter(after: Opportunity, edit: Edit, before: Opportunity | undefined): boolean {
  const isAsBefore = edit.field.key === "note_html" && before?.note_html === after.note_html;
  return isAsBefore ? same(after.note_html, edit.value, "html") : shows(after, edit);
}

/** The same to the letter. Rich text of the same words is no plain note. */
export function holdsExactly(opportunity: Opportunity, edit: Edit): boolean {
  if (edit.field.key === "note" && storedNote(opportunity)?.field === "note_html") return false;
  return holds(opportunity, edit, identical);
}

/** Whether the opportunity already shows everything that is asked for. */
export function alreadyHolds(opportunity: Opportunity, edits: readonly Edit[]): boolean {
  return edits.every((edit) => holdsExactly(opportunity, edit));
}

function holds(opportunity: Opportunity, { field, action, value }: Edit, equals: typeof same): boolean {
  const { key, kind } = field;
  if (isNote(field) && isEmpty(value)) return storedNote(opportunity)?.text === "";
  if (!includesField(opportunity, key)) return false;
  if (action === "set") return equals(opportunity[key], value, kind);
  return includesValue(opportunity[key], value, kind) === (action === "add");
}

/** Whether the opportunity's note says what the rich text does, whatever its form. Older answers lack `note_html`. */
export function hasWordsOf({ note_html, note }: Opportunity, { field, value }: Edit): boolean {
  if (field.key !== "note_html" || typeof value !== "string") return false;
  if (typeof note_html === "string") return words(note_html) === words(value);
  return typeof note === "string" && squeezed(note) === words(value);
}

/** What the rich text has beside its words and the note lacks, in words; undefined if nothing, or if that is not known. */
export function missingInNote(html: unknown, { note_html }: Opportunity): string | undefined {
  if (typeof html !== "string" || note_html === undefined) return undefined;
  return missingThings(html, typeof note_html === "string" ? note_html : "");
}

/** Whether the opportunity says what the field holds, even if it is empty: Close leaves out custom fields that are. */
export function includesField(opportunity: Opportunity, key: string): boolean {
  return Object.hasOwn(opportunity, key) ? opportunity[key] !== undefined : isCustom(key);
}

/** The note goes by either of its forms. */
export function isNote({ key }: Field): boolean {
  return key === "note" || key === "note_html";
}

/** What the field holds, a note in the form that holds all of it; undefined if the opportunity does not say. */
export function heldBy(opportunity: Opportunity, field: Field): unknown {
  if (isNote(field)) return storedNote(opportunity)?.text;
  return includesField(opportunity, field.key) ? (opportunity[field.key] ?? null) : undefined;
}

/** The opportunity once Close has carried out the edit. It makes the other form of a note itself. */
export function applied(opportunity: Opportunity, { field, action, value }: Edit): Opportunity {
  if (isNote(field)) return { ...opportunity, note: undefined, note_html: undefined, [field.key]: value };
  if (action === "set") return { ...opportunity, [field.key]: value };
  const key = keyOf(value, field.kind);
  const others = listOf(opportunity[field.key]).filter((one) => keyOf(one, field.kind) !== key);
  return { ...opportunity, [field.key]: action === "add" ? [...others, value] : others };
}

/** Every whole answer of Close's that was recorded has these. */
const inEveryAnswer = ["lead_id", "status_id", "status_label", "value", "confidence", "note", "date_updated"];

/**
 * An answer to be compared with the opportunity before. Custom fields that it lacks hold nothing, as Close leaves
 * those out; from an answer that lacks what every answer has, nothing follows: they become undefined.
 */
export function comparable(answer: Opportunity, before: Opportunity = {}, edits: readonly Edit[] = []): Opportunity {
  if (inEveryAnswer.every((field) => field in answer || !(field in before))) return answer;
  const keys = [...Object.keys(before), ...edits.map(({ field }) => field.key)];
  return { ...Object.fromEntries(keys.filter(isCustom).map((key) => [key, undefined])), ...answer };
}
