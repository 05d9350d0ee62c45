import { asText, beginning } from "../../base/text.ts";
import { items, type Known, userName } from "../../organization/lists.ts";
import { statusById } from "../../organization/names.ts";
import {
  fieldOf,
  includesField,
  isEmpty,
  kindsIn,
  listOf,
  same,
  shows,
  showsWithForm,
  type UpdateBody,
} from "../compare.ts";
import { bookkeeping, derived, labelOf, nameFieldOf } from "../fields.ts";
import { type Opportunity, textOf } from "../opportunity.ts";
import { centsForDollars, notShown, notTold, wonOnAnotherDay } from "../warnings.ts";

/** A side of a change: null where the field is empty, ids by what they stand for, money in cents. */
export type ChangeValue = string | number | boolean | string[] | null;

/** One field that differs between two states of the opportunity. */
export type Change = {
  /** As Close calls it: `status_id`, `custom.cf_…`. */
  field: string;
  /** As a person calls it. */
  label: string;
  from: ChangeValue;
  to: ChangeValue;
  /** False for what Close changed by itself, such as `date_won` on winning. */
  requested: boolean;
};

/** Two states of an opportunity and what was asked for between them. */
export type Transition = {
  /** Undefined where it could not be read. */
  before: Opportunity | undefined;
  after: Opportunity;
  body: UpdateBody;
  known: Known;
};

/**
 * Every field whose value differs, those asked for first. Bookkeeping and fields that follow from another are
 * left out. Where the state before is unknown, what was asked for is listed with an empty `from`.
 */
export function changesBetween({ before, after, body, known }: Transition): Change[] {
  const requested = new Set(Object.keys(body).map(fieldOf));
  const kindOf = kindsIn(known);
  const isChanged = (field: string) =>
    before === undefined ||
    (!same(before[field], after[field], kindOf(field)) &&
      (requested.has(field) || includesField(before, field)));
  const candidates = before === undefined ? [] : [...Object.keys(before), ...Object.keys(after)];
  const changed = new Set([...requested, ...candidates].filter(isChanged));
  const fields = [...changed].filter(
    (field) => includesField(after, field) && !bookkeeping.has(field) && !derived.has(field),
  );
  return fields
    .filter((field) => !repeatsNote(field, fields, requested))
    .map((field) => {
      const [from, to] = sides(field, before ?? {}, after, known);
      return { field, label: labelOf(field, known), from, to, requested: isRequested(field, requested) };
    });
}

/**
 * What the caller should be warned of once an update has gone through, or in a dry run would have.
 *
 * @param today the day, `YYYY-MM-DD`, that it is in `timeZone`.
 */
export function reviewWarnings(transition: Transition, today: string, timeZone: string): string[] {
  return [
    ...ignoredByClose(transition),
    ...staleDateWon(transition, today, timeZone),
    ...mistakenForDollars(transition),
  ];
}

/** Older answers have no `note_html`: what was asked for in that form then shows as `note`. */
function isRequested(field: string, requested: ReadonlySet<string>): boolean {
  return requested.has(field) || (field === "note" && requested.has("note_html"));
}

/** `note` and `note_html` are one note in two forms: it is reported in the form that was asked for. */
function repeatsNote(field: string, fields: readonly string[], requested: ReadonlySet<string>): boolean {
  const shown = requested.has("note_html") ? "note_html" : "note";
  return (field === "note" || field === "note_html") && field !== shown && fields.includes(shown);
}

function sides(
  field: string,
  before: Opportunity,
  after: Opportunity,
  known: Known,
): [ChangeValue, ChangeValue] {
  const [from, to] = [display(field, before, known), display(field, after, known)];
  if (from === null || !same(from, to, "text")) return [from, to];
  // Two pipelines can share a label, two users a name: the ids then tell them apart.
  return [`${from} (${shownText(before[field])})`, `${to} (${shownText(after[field])})`];
}

function display(field: string, opportunity: Opportunity, known: Known): ChangeValue {
  const value = opportunity[field];
  if (isEmpty(value)) return null;
  const name = nameFieldOf(field);
  if (name !== undefined) return plain(textOf(opportunity, name) ?? knownName(field, value, known) ?? value);
  if (!field.startsWith("custom.")) return plain(value);
  const named = listOf(value).map((id) => {
    const user = items(known.users).find((candidate) => candidate.id === id);
    return user === undefined ? id : userName(user);
  });
  return plain(Array.isArray(value) ? named : named[0]);
}

/** Close may leave the names out: the lists that were read have them too. */
function knownName(field: string, id: unknown, { pipelines, users }: Known): string | undefined {
  if (typeof id !== "string") return undefined;
  if (field === "status_id") return statusById(items(pipelines), id)?.status.label;
  if (field === "pipeline_id") return items(pipelines).find((pipeline) => pipeline.id === id)?.name;
  const user = field === "user_id" ? items(users).find((candidate) => candidate.id === id) : undefined;
  return user && userName(user);
}

function plain(value: unknown): ChangeValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "string") return shortened(value);
  if (!Array.isArray(value)) return shownText(value);
  const shown = value.slice(0, maxValues).map(shownText);
  return value.length > shown.length ? [...shown, `… (${value.length} values)`] : shown;
}

/** So many values of a list are told in a change. */
const maxValues = 200;

function shownText(value: unknown): string {
  return shortened(asText(value));
}

/** A change is told by its beginning where it is very long: the opportunity itself holds the whole. */
function shortened(text: string): string {
  return beginning(text, 10_000);
}

function short(value: unknown): string {
  return beginning(JSON.stringify(value), 200);
}

/** The commonest false success: Close answers 200 and keeps the old value. */
function ignoredByClose({ before, after, body, known }: Transition): string[] {
  const kindOf = kindsIn(known);
  return Object.entries(body)
    .filter(([key, value]) => {
      // A note of the same words as before has been ignored if its form is not the one that was sent.
      const isAsBefore = key === "note_html" && before?.note_html === after.note_html;
      return !(isAsBefore ? showsWithForm : shows)(after, key, value, kindOf);
    })
    .map(([key, value]) => {
      const field = fieldOf(key);
      const label = labelOf(key, known);
      if (!includesField(after, field)) return notTold(label, key, short(value), field);
      const shown = isEmpty(after[field]) ? "empty" : short(after[field]);
      return notShown(label, key, short(value), shown);
    });
}

function staleDateWon({ after, body, known }: Transition, today: string, timeZone: string): string[] {
  const status = statusById(items(known.pipelines), textOf(after, "status_id") ?? "")?.status;
  const type = textOf(after, "status_type") ?? status?.type;
  const wins = "status_id" in body && type === "won" && !("date_won" in body);
  if (!wins || after.date_won === today) return [];
  return [wonOnAnotherDay(textOf(after, "date_won") ?? "empty", today, timeZone)];
}

function mistakenForDollars({ before, after }: Transition): string[] {
  const [from, to] = [before?.value, after.value];
  if (typeof from !== "number" || typeof to !== "number" || from === 0 || to === 0) return [];
  if (to !== from * 100 && from !== to * 100) return [];
  return [centsForDollars(from, to, textOf(after, "value_currency"))];
}
