import { isDeepStrictEqual } from "node:util";
import { asText, joined, quote, truncate } from "../../base/text.ts";
import type { Today } from "../../base/time-zone.ts";
import { type Field, fieldOf } from "../fields.ts";
import { annualized, formatValue } from "../money.ts";
import { storedNote } from "../note.ts";
import { type Opportunity, pipelineOf, statusTypeOf, textOf } from "../opportunity.ts";
import { missingThings } from "../rich-text.ts";
import { isEmpty, same } from "../values.ts";
import { type Change, changesBetween } from "./changes.ts";
import { isEdited, isSetByClose, isToday } from "./close-rules.ts";
import {
  applied,
  comparable,
  type Edit,
  hasWordsOf,
  heldBy,
  includesField,
  isNote,
  keyInBody,
  missingInNote,
  shows,
  showsAfter,
  type Transition,
} from "./edit.ts";
import { undoOf } from "./undo.ts";

/** Reviews an update once it has gone through, or as it is expected to in a dry run. */
export function review(reviewed: Transition, today: Today) {
  const { before, edits } = reviewed;
  const transition = { ...reviewed, after: comparable(reviewed.after, before, edits), today };
  const changes = changesBetween(transition);
  const { undo, lost } = undoOf(transition);
  const warnings = [
    ...edits.flatMap((edit) => ignoredByClose(edit, transition) ?? renamed(edit, transition) ?? []),
    replacedNote(transition),
    brokenNote(transition),
    oddDateWon(transition, today),
    mistakenForDollars(transition),
    otherPipeline(transition),
    changedByOthers(transition, changes),
    lost.length === 0 ? undefined : `undo cannot bring back what was in ${joined(lost, short)}.`,
  ].filter((warning) => warning !== undefined);
  return { changes, undo, warnings, isIgnored: changes.length === 0 && isIgnored(transition) };
}

/** What an update, sent or only previewed, has come to: changes, the edits that undo them, warnings, and whether it was ignored. */
export type Review = ReturnType<typeof review>;

function short(text: string): string {
  return quote(text, 100);
}

/** Whether the answer shows every field that was asked for exactly as it was before. */
function isIgnored({ before, after, edits }: Transition): boolean {
  if (before === undefined) return false;
  return edits.every(({ field: { key } }) => includesField(after, key) && isDeepStrictEqual(before[key], after[key]));
}

/** The commonest false success: Close answers 200 and keeps the old value. */
function ignoredByClose(edit: Edit, { before, after }: Transition): string | undefined {
  const { label, key } = edit.field;
  // A note whose words alone are kept was cleaned up: what is missing is said of the whole note.
  const isCleaned = hasWordsOf(after, edit) && before?.note_html !== after.note_html;
  if (showsAfter(after, edit, before) || isCleaned) return undefined;
  const name = label.startsWith(keyInBody(edit)) ? label : `${quote(label)} (${keyInBody(edit)})`;
  const sent = `${name} was sent as ${briefly(edit.value)}`;
  if (!includesField(after, key)) {
    return `Close accepted the request, but its answer does not include ${key}: ${sent}.`;
  }
  const held = isEmpty(edit.value) ? heldBy(after, edit.field) : after[key];
  const shown = isEmpty(held) ? "empty" : briefly(held);
  return `Close accepted the request but does not show what was sent: ${sent} and is ${shown}.${lastUpdatedBy(after)}`;
}

/** What was given by name may have been renamed since the names were read. */
function renamed({ field, value }: Edit, { before, after, known }: Transition): string | undefined {
  const { label, key, nameField = "", nameOf } = field;
  const [name, stated, was] = [nameOf?.(String(value), known), textOf(after, nameField), textOf(before, nameField)];
  if (name === undefined || stated === undefined || after[key] !== value) return undefined;
  if (name.includes(stated) || stated === was) return undefined;
  return `${label} was set to ${quote(name)}, which Close calls ${quote(stated)} by now: check that this is what was meant.`;
}

/** Often sent where a line was to be added. The edits of a plan were shown before, or bring back what was there. */
function replacedNote({ before = {}, edits }: Transition): string | undefined {
  const edit = edits.find(({ field }) => isNote(field));
  const stored = storedNote(before);
  if (!stored?.text || !edit || edit.isComputed || edit.expected !== undefined || isEmpty(edit.value)) return undefined;
  const isPlain = edit.field.key === "note";
  const isFormLost = isPlain && stored.field === "note_html";
  if (!isFormLost && shows(before, edit)) return undefined;
  const { length } = textOf(before, "note") ?? stored.text;
  const missing = missingThings(textOf(before, "note_html") ?? "", isPlain ? "" : asText(edit.value));
  return [
    `This replaces the whole note that was there, ${length.toLocaleString("en-US")} character${length === 1 ? "" : "s"}: note_append adds to a note and keeps it.`,
    ...(isFormLost ? ["It was rich text: its links, lists and formatting are lost."] : []),
    ...(missing === undefined ? [] : [`Lost with it: ${missing}.`]),
  ].join(" ");
}

/** What Close, or somebody else, took out of the note. */
function brokenNote({ before, after, edits }: Transition): string | undefined {
  const edit = edits.find(({ field }) => isNote(field));
  if (edit?.field.key === "note") return undefined;
  const missing = missingInNote(edit === undefined ? before?.note_html : edit.value, after);
  return missing && `Missing from the note, though nobody asked for that: ${missing}.`;
}

function briefly(value: unknown): string {
  return truncate(JSON.stringify(value), 200);
}

function lastUpdatedBy(after: Opportunity): string {
  const name = textOf(after, "updated_by_name");
  return name === undefined ? "" : ` The opportunity was last updated by ${quote(name)}.`;
}

/** A won status may still show the expected close date, and one with a date in the future is not a win yet. */
function oddDateWon(transition: Transition, now: Today): string | undefined {
  const { before, after, edits, known } = transition;
  if (statusTypeOf(after, known) !== "won") return undefined;
  const dateWon = textOf(after, "date_won");
  const today = `today (${now.day} in ${now.timeZone})`;
  if (isEdited("date_won", edits)) {
    if (dateWon === undefined || dateWon.slice(0, 10) <= now.last) return undefined;
    return `The status is won but date_won is ${dateWon}, which is after ${today}.`;
  }
  const wasWon = before !== undefined && statusTypeOf(before, known) === "won";
  if (!isEdited("status_id", edits) || wasWon || isToday(dateWon, now)) return undefined;
  if (isSetByClose(fieldOf("date_won", known), transition)) return undefined;
  return `The status is won but date_won is ${dateWon ?? "empty"}, not ${today}: Close fills date_won only if it is empty. If it was won today, send date_won ${now.day}.`;
}

/** A value in cents that is so many times what it was, or so many times less, may be meant in dollars. */
const mixedUp = 25;

/** In cents: what an empty value becomes between a mere placeholder and what hardly any deal is worth in a year. */
const trifle = { placeholder: 100, least: 10_000 };

/**
 * Whether cents and dollars were probably mixed up, by how much the value changed and how small it is. A deal may really have
 * become ten times larger or smaller, and hardly ever 25 times.
 *
 * | value, in cents                           | example              | what follows                   |
 * | ----------------------------------------- | -------------------- | ------------------------------ |
 * | empty or 0 → less than $100 a year        | empty → 500          | a warning: $500 may be meant   |
 * | → a 25th or less                          | 5000000 → 5000       | a warning: $5,000 may be meant |
 * | $100 a year or more → 25 times or more    | 50000 → 5000000      | a warning: $500 may be meant   |
 * | less than $100 a year → more              | 500 → 50000          | none: it is put right          |
 * | → 0 or, from nothing, at most $1          | 50000 → 0            | none: free, or a placeholder   |
 */
function mistakenForDollars({ before, after, edits }: Transition): string | undefined {
  const [from, to] = [before?.value ?? 0, after.value];
  if (before === undefined || !isEdited("value", edits)) return undefined;
  if (typeof from !== "number" || typeof to !== "number") return undefined;
  const formatted = (cents: number, of: Opportunity) =>
    formatValue(cents, textOf(of, "value_currency"), textOf(of, "value_period"));
  const isTrifle = (cents: number) => annualized(cents, after.value_period) < trifle.least;
  const isHigher = !isTrifle(from) && to >= from * mixedUp;
  const isLow = from === 0 ? to > trifle.placeholder && isTrifle(to) : to > 0 && from >= to * mixedUp;
  if (!isLow && !isHigher) return undefined;
  const meant = isHigher ? Math.round(to / 100) : to * 100;
  const was = isEmpty(before.value) ? "empty" : `${formatted(from, before)} (${from} cents)`;
  return `value went from ${was} to ${formatted(to, after)} (${to} cents): value is in cents. Check that dollars and cents were not mixed up: if ${formatted(meant, after)} was meant, send value ${meant}.`;
}

function otherPipeline({ before, after, edits, known }: Transition): string | undefined {
  if (before === undefined || !isEdited("status_id", edits)) return undefined;
  const [from, to] = [pipelineOf(before, known), pipelineOf(after, known)];
  if (from.id === undefined || to.id === undefined || from.id === to.id) return undefined;
  const [left, entered] = [quote(from.name ?? from.id), quote(to.name ?? to.id)];
  return `The status belongs to another pipeline, so the opportunity moves from pipeline ${left} to ${entered}. If that is not wanted, set a status of ${left}.`;
}

/** What changed without being asked for, and lists that show more than what was asked for. */
function changedByOthers({ before, after, edits }: Transition, changes: readonly Change[]): string | undefined {
  if (before === undefined) return undefined;
  const expected = edits.reduce(applied, before);
  const isAsExpected = ({ key, kind }: Field) => same(expected[key], after[key], kind);
  const lists = edits.filter((edit) => edit.action !== "set" && shows(after, edit) && !isAsExpected(edit.field));
  const others = changes.filter(({ requested, isSetByClose }) => !requested && !isSetByClose);
  const labels = [...lists, ...others].map(({ field }) => field.label);
  if (labels.length === 0) return undefined;
  return `Changed by somebody or something else in the meantime: ${joined(labels, short)}.${lastUpdatedBy(after)}`;
}
