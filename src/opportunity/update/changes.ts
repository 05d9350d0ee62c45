import { z } from "zod/v3";
import { asText, truncate } from "../../base/text.ts";
import type { Known, List, Names } from "../../organization/lists.ts";
import { personName } from "../../organization/people.ts";
import { type Field, fieldOf, isCustom, isReported } from "../fields.ts";
import { isMisfit, type Opportunity, textOf } from "../opportunity.ts";
import { identical, isEmpty, listOf, same } from "../values.ts";
import { isEdited, isSetByClose } from "./close-rules.ts";
import { includesField, type Transition } from "./edit.ts";

/** A side of a change: null if the field is empty, ids by what they stand for, money in cents. */
const changeValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]);
export type ChangeValue = z.infer<typeof changeValue>;

/** One field that differs between two states of the opportunity: `field` as Close calls it, `label` as a person does. */
export const changeSchema = z.object({
  field: z.string(),
  label: z.string(),
  from: changeValue,
  to: changeValue,
  requested: z.boolean().describe("false: changed without being asked for"),
});

/** One field that differs, with names in place of ids. */
export type Change = {
  field: Field;
  from: unknown;
  to: unknown;
  requested: boolean;
  /** Whether a rule of Close's explains what was not asked for. */
  isSetByClose: boolean;
};

/**
 * Every field whose value differs, those asked for first, but for bookkeeping, what follows from another field, and misfits.
 * If the state before is unknown, what was asked for is listed with an empty `from`.
 */
export function changesBetween(transition: Transition): Change[] {
  const { before, after, edits, known } = transition;
  const requested = new Set(edits.map(({ field }) => field.key));
  // `note` and `note_html` are one note in two forms: it is reported in the form that was asked for.
  const [noteShown, noteHidden] = requested.has("note_html") ? ["note_html", "note"] : ["note", "note_html"];
  const isRequested = ({ key }: Field) => requested.has(key) || (key === noteHidden && requested.has(noteShown));
  const others = before === undefined ? [] : Object.keys({ ...before, ...after });
  const isKnown = (key: string) => includesField(before ?? {}, key) && !isMisfit(key, after[key]);
  const changed = [...new Set([...requested, ...others])]
    .filter((key) => includesField(after, key) && (requested.has(key) || isKnown(key)))
    .map((key) => fieldOf(key, known))
    .filter((field) => isReported(field) && isChanged(field, transition));
  const showsNote = changed.some(({ key }) => key === noteShown);
  return changed
    .filter(({ key }) => key !== noteHidden || !showsNote)
    .map((field) => ({
      field,
      ...sides(field, before ?? {}, after, known),
      requested: isRequested(field),
      isSetByClose: isSetByClose(field, transition),
    }));
}

/** What was asked for may just have been another spelling of the same text. */
function isChanged({ key, kind }: Field, { before, after, edits }: Transition): boolean {
  if (before === undefined) return true;
  const isExact = (kind === "text" || kind === "html") && isEdited(key, edits);
  return !(isExact ? identical : same)(before[key], after[key], kind);
}

/** The lists by which changed custom fields, and who is in them, are shown by name: what was not asked for needed none. */
export function listsToName({ before = {}, after, known }: Omit<Transition, "edits">, names: Names): List<unknown>[] {
  const custom = Object.keys({ ...before, ...after }).filter(isCustom);
  const fields = custom.map((key) => fieldOf(key, known));
  const changed = fields.filter(({ key, kind }) => includesField(after, key) && !same(before[key], after[key], kind));
  const people = { users: names.users, contacts: names.contactsOf(textOf(after, "lead_id")) };
  const lists = changed.flatMap(({ list }) => [names.customFields, ...(list === undefined ? [] : [people[list]])]);
  return [...new Set<List<unknown>>(lists)];
}

/** A field's values in two states, with names in place of ids. */
export function sides(field: Field, before: Opportunity, after: Opportunity, known: Known) {
  const [from, to] = [namedValue(field, before, known), namedValue(field, after, known)];
  const isOfIds = field.nameField !== undefined || field.nameOf !== undefined;
  if (!isOfIds || from === null || !same(from, to, "text")) return { from, to };
  // Two pipelines can share a label, two users a name: the ids then distinguish them.
  return { from: `${from} (${asText(before[field.key])})`, to: `${to} (${asText(after[field.key])})` };
}

/** A field's value with names in place of ids, null if it is empty. */
export function namedValue({ key, nameField, nameOf }: Field, opportunity: Opportunity, known: Known): unknown {
  const value = opportunity[key];
  if (isEmpty(value)) return null;
  const name = (id: unknown) => (typeof id === "string" ? nameOf?.(id, known) : undefined) ?? id;
  const stated = nameField && textOf(opportunity, nameField);
  // Close's own name of a person does not tell namesakes apart, nor who has left; but that of a kept list may be an old one.
  const person = nameOf === personName && typeof value === "string" ? personName(value, known) : undefined;
  if (person?.includes(stated ?? "")) return person;
  return stated ?? (Array.isArray(value) ? value.map(name) : name(value));
}

/**
 * How much of a change is shown. Of texts with more than `whole` characters `part` of what differs, and a context; of lists
 * with more values those that the other side does not have.
 */
export type Limits = { whole: number; context: number; part: number; values: number };

export const usual: Limits = { whole: 200, part: 10_000, context: 40, values: 200 };

/** A change as results show it. */
export function shownChange(change: Change): z.infer<typeof changeSchema> {
  const { key: field, label } = change.field;
  return { field, label, ...shownSides(change, usual), requested: change.requested };
}

/** Both sides of a change as results show them. */
export function shownSides({ from, to }: Change, limits: Limits): { from: ChangeValue; to: ChangeValue } {
  if (Array.isArray(from) || Array.isArray(to)) {
    return { from: ownValues(from, to, limits), to: ownValues(to, from, limits) };
  }
  const cut = typeof from === "string" && typeof to === "string" ? sharedBy(from, to, limits) : { start: 0, end: 0 };
  return { from: shown(from, cut, limits), to: shown(to, cut, limits) };
}

function ownValues(value: unknown, other: unknown, { values, part }: Limits): ChangeValue {
  const texts = listOf(value).map((one) => truncate(asText(one), part));
  if (!Array.isArray(value) && texts.length === 0) return null;
  if (Math.max(texts.length, listOf(other).length) <= values) return texts;
  const others = new Set(listOf(other).map(asText));
  const own = texts.filter((text) => !others.has(text)).slice(0, values);
  return own.length === texts.length ? own : [...own, `… (${texts.length} values)`];
}

/** How many characters two long texts share at the start, to the beginning of a word, and at the end, but for a context. */
function sharedBy(from: string, to: string, { whole, context }: Limits): { start: number; end: number } {
  const shorter = Math.min(from.length, to.length);
  if (Math.max(from.length, to.length) <= whole) return { start: 0, end: 0 };
  let same = 0;
  while (same < shorter && from[same] === to[same]) same += 1;
  let sameEnd = 0;
  while (sameEnd < shorter - same && from.at(-1 - sameEnd) === to.at(-1 - sameEnd)) sameEnd += 1;
  const start = Math.max(0, same - context);
  const toNextWord = start === 0 ? undefined : /^\S*\s+/.exec(from.slice(start, same))?.[0].length;
  return { start: start + (toNextWord ?? 0), end: Math.max(0, sameEnd - context) };
}

function shown(value: unknown, { start, end }: { start: number; end: number }, { part }: Limits): ChangeValue {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  const text = asText(value);
  // No character is cut in half.
  const rest = text.slice(start, text.length - end).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
  return `${start > 0 ? "…" : ""}${truncate(rest, part)}${end > 0 ? "…" : ""}`;
}
