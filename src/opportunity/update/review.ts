import type { JsonObject } from "../../base/json.ts";
import { asText, beginning } from "../../base/text.ts";
import { itemById, items, type Known, userName } from "../../organization/lists.ts";
import { statusById } from "../../organization/statuses.ts";
import {
  effectOf,
  fieldOf,
  includesField,
  isEmpty,
  kindsIn,
  listOf,
  same,
  shows,
  showsWithForm,
  ValueSet,
} from "../compare.ts";
import { bookkeeping, derived, isFreeText, labelOf, nameFieldOf } from "../fields.ts";
import { type Opportunity, textOf } from "../opportunity.ts";
import {
  cannotBeUndone,
  centsForDollars,
  changedMeanwhile,
  movedToPipeline,
  notIncluded,
  notShown,
  valuesGone,
  wonInFuture,
  wonOnAnotherDay,
} from "../warnings.ts";
import { referenceTo } from "./custom-fields.ts";
import { differingParts } from "./differing-part.ts";
import { isSetByClose, statusTypeOf, type Transition } from "./transition.ts";
import { undoOf } from "./undo.ts";

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
  /** False for what was not asked for, such as `date_won` on winning. */
  requested: boolean;
};

/** A change with what its description needs. */
export type ReviewedChange = Change & {
  /** What the arguments of a call name the field. */
  reference: string;
  /** Whether a rule of Close's explains what was not asked for. */
  isSetByClose: boolean;
  /** Whether the values are text that people wrote, and not names or dates. */
  isFreeText: boolean;
};

/**
 * Every field whose value differs, those asked for first. Bookkeeping and fields that follow from another are
 * left out. Where the state before is unknown, what was asked for is listed with an empty `from`.
 */
export function changesBetween(transition: Transition): ReviewedChange[] {
  const { before, after, body, known } = transition;
  const requested = new Set(Object.keys(body).map(fieldOf));
  const kindOf = kindsIn(known);
  const isChanged = (field: string) =>
    before === undefined ||
    (!same(before[field], after[field], kindOf(field)) &&
      (requested.has(field) || includesField(before, field)));
  const candidates =
    before === undefined ? requested : [...requested, ...Object.keys({ ...before, ...after })];
  const fields = [...new Set(candidates)].filter(
    (field) =>
      isChanged(field) && includesField(after, field) && !bookkeeping.has(field) && !derived.has(field),
  );
  return fields
    .filter((field) => !repeatsNote(field, fields, requested))
    .map((field) => {
      const [from, to] = sides(field, before ?? {}, after, known);
      return {
        field,
        label: labelOf(field, known),
        reference: referenceTo(field, known),
        from,
        to,
        requested: isRequested(field, requested),
        isSetByClose: isSetByClose(field, transition),
        isFreeText: isFreeText(field, known),
      };
    });
}

/** What an update, sent or only previewed, has come to. */
export type Review = {
  changes: readonly ReviewedChange[];
  /** The arguments that bring back what was there before, if anything changed and that is known. */
  undo: JsonObject | undefined;
  /** What the caller should be warned of. */
  warnings: readonly string[];
};

/**
 * Reviews an update once it has gone through, or as it is expected to in a dry run.
 *
 * @param today the day, `YYYY-MM-DD`, that it is in `timeZone`.
 */
export function review(transition: Transition, today: string, timeZone: string): Review {
  const changes = changesBetween(transition);
  const { undo, lost } = undoOf(transition);
  const warnings = [
    ...ignoredByClose(transition),
    ...oddDateWon(transition, today, timeZone),
    ...mistakenForDollars(transition),
    ...otherPipeline(transition),
    ...changedByOthers(transition, changes),
    ...(lost.length === 0 ? [] : [cannotBeUndone(lost)]),
  ];
  return { changes, undo, warnings };
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
  const names = namesIn(known, [after, before]);
  const [from, to] = [display(field, before, names), display(field, after, names)];
  if (typeof from === "string" && typeof to === "string" && from !== to) {
    const [start, end] = differingParts(from, to);
    return [shortened(start), shortened(end)];
  }
  if (from === null || !same(from, to, "text")) return [plain(from), plain(to)];
  // Two pipelines can share a label, two users a name: the ids then distinguish them.
  return [`${from} (${shownText(before[field])})`, `${to} (${shownText(after[field])})`];
}

/** A field's value with names in place of ids. */
function display(field: string, opportunity: Opportunity, names: Names): unknown {
  const value = opportunity[field];
  if (isEmpty(value)) return null;
  const name = nameFieldOf(field);
  if (name !== undefined) return textOf(opportunity, name) ?? names(field, value) ?? value;
  if (!field.startsWith("custom.")) return value;
  const named = listOf(value).map((id) => names("user_id", id) ?? names("contact_id", id) ?? id);
  return Array.isArray(value) ? named : named[0];
}

/** What the id in a field of this kind stands for, as far as that is known. */
type Names = (field: string, id: unknown) => string | undefined;

/** By the lists that were read, as Close may leave names out. Of the contacts the opportunity itself names one. */
function namesIn({ pipelines, users, contacts }: Known, opportunities: readonly Opportunity[]): Names {
  return (field, id) => {
    if (typeof id !== "string") return undefined;
    switch (field) {
      case "status_id":
        return statusById(items(pipelines), id)?.status.label;
      case "pipeline_id":
        return itemById(pipelines, id)?.name;
      case "user_id": {
        const user = itemById(users, id);
        return user && userName(user);
      }
      case "contact_id": {
        const own = opportunities.find(({ contact_id }) => contact_id === id);
        return itemById(contacts, id)?.name ?? (own && textOf(own, "contact_name"));
      }
      default:
        return undefined;
    }
  };
}

function plain(value: unknown): ChangeValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "string") return shortened(value);
  if (!Array.isArray(value)) return shownText(value);
  const shown = value.slice(0, maxValues).map(shownText);
  return value.length > shown.length ? [...shown, `… (${value.length} values)`] : shown;
}

/** More values of a list are only counted in a change. */
const maxValues = 200;

function shownText(value: unknown): string {
  return shortened(asText(value));
}

/** Of a very long text a change shows the beginning: the opportunity itself holds the whole. */
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
      if (!includesField(after, field)) return notIncluded(label, key, short(value), field);
      const shown = isEmpty(after[field]) ? "empty" : short(after[field]);
      return notShown(label, key, short(value), shown);
    });
}

/** On winning, the date may be an expected close date of before; a win of a later day is none yet. */
function oddDateWon({ before, after, body, known }: Transition, today: string, timeZone: string): string[] {
  if (statusTypeOf(after, known) !== "won") return [];
  const dateWon = textOf(after, "date_won");
  if ("date_won" in body) {
    const isLater = dateWon !== undefined && dateWon.slice(0, 10) > today;
    return isLater ? [wonInFuture(dateWon, today, timeZone)] : [];
  }
  const isWonNow = "status_id" in body && (before === undefined || statusTypeOf(before, known) !== "won");
  return isWonNow && dateWon !== today ? [wonOnAnotherDay(dateWon ?? "empty", today, timeZone)] : [];
}

function mistakenForDollars({ before, after, body }: Transition): string[] {
  const [from, to] = [before?.value, after.value];
  if (!("value" in body) || typeof from !== "number" || typeof to !== "number") return [];
  if (from === 0 || to === 0 || (to !== from * 100 && from !== to * 100)) return [];
  return [centsForDollars(from, to, textOf(after, "value_currency"))];
}

function otherPipeline({ before, after, body, known }: Transition): string[] {
  if (before === undefined || !("status_id" in body)) return [];
  const [from, to] = [before, after].map((opportunity) => pipelineOf(opportunity, known));
  return from?.id !== undefined && to?.id !== undefined && from.id !== to.id
    ? [movedToPipeline(from.name ?? from.id, to.name ?? to.id)]
    : [];
}

/** Older answers lack the pipeline: it is then the one that holds the status. */
function pipelineOf(opportunity: Opportunity, { pipelines }: Known) {
  const placed = statusById(items(pipelines), textOf(opportunity, "status_id") ?? "")?.pipeline;
  const id = textOf(opportunity, "pipeline_id") ?? placed?.id;
  const name = textOf(opportunity, "pipeline_name") ?? items(pipelines).find((one) => one.id === id)?.name;
  return { id, name };
}

function changedByOthers(transition: Transition, changes: readonly ReviewedChange[]): string[] {
  const { before, after, known } = transition;
  if (before === undefined) return [];
  const gone = Object.keys(before)
    .filter((field) => field.startsWith("custom."))
    .map((field) => ({ field, values: goneValues(field, before, transition) }))
    .filter(({ values }) => values.length > 0);
  const others = changes.filter(
    (change) =>
      !change.requested && !change.isSetByClose && !gone.some(({ field }) => field === change.field),
  );
  return [
    ...gone.map(({ field, values }) => valuesGone(labelOf(field, known), values.map(asText))),
    ...(others.length === 0
      ? []
      : [
          changedMeanwhile(
            others.map(({ label }) => label),
            otherUpdater(after, known),
          ),
        ]),
  ];
}

/** Values of a custom field that the update should have left there. */
function goneValues(
  field: string,
  before: Opportunity,
  { after, body, known }: Transition,
): readonly unknown[] {
  const held = before[field];
  if (!Array.isArray(held) || field in body) return [];
  const asked = Object.entries(body).flatMap(([key, value]) => {
    const effect = effectOf(key);
    return effect.field === field && effect.action === "remove" ? [value] : [];
  });
  const accounted = new ValueSet([...listOf(after[field]), ...asked], kindsIn(known)(field));
  return held.filter((value) => !accounted.has(value));
}

/** Who updated the opportunity last, if it is known to be somebody else than the caller. */
function otherUpdater(after: Opportunity, { me }: Known): string | undefined {
  const [caller] = items(me);
  const isOther = caller !== undefined && after.updated_by !== caller.id;
  return isOther ? textOf(after, "updated_by_name") : undefined;
}
