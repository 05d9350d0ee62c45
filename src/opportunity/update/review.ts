import { isDeepStrictEqual } from "node:util";
import { beginning } from "../../base/text.ts";
import type { Known } from "../../organization/lists.ts";
import { personOrText } from "../../organization/people.ts";
import { isEmpty, kindsIn, listOf, same, ValueSet } from "../compare.ts";
import { effectOf, fieldOf, labelOf } from "../fields.ts";
import { type Opportunity, textOf } from "../opportunity.ts";
import { pipelineOf, statusTypeOf } from "../status.ts";
import {
  cannotBeUndone,
  centsForDollars,
  changedMeanwhile,
  fieldsNotCompared,
  movedToPipeline,
  notIncluded,
  notShown,
  valuesCame,
  valuesGone,
  wonInFuture,
  wonOnAnotherDay,
} from "../warnings.ts";
import type { UpdateArguments } from "./arguments.ts";
import { comparable, includesField, shows, showsWithForm } from "./body.ts";
import { changesBetween, comparedFields, maxComparedFields, type ReviewedChange } from "./changes.ts";
import { isUpdatedByOther, type Transition } from "./transition.ts";
import { undoOf } from "./undo.ts";

/** What an update, sent or only previewed, has come to. */
export type Review = {
  changes: readonly ReviewedChange[];
  /** The arguments that bring back what was there before, if anything changed and that is known. */
  undo: UpdateArguments | undefined;
  /** What the caller should be warned of. */
  warnings: readonly string[];
  /** Whether the answer shows every field that was asked for exactly as it was before, and no other change. */
  isIgnored: boolean;
};

/**
 * Reviews an update once it has gone through, or as it is expected to in a dry run.
 *
 * @param today the day, `YYYY-MM-DD`, that it is in `timeZone`.
 */
export function review(reviewed: Transition, today: string, timeZone: string): Review {
  const transition = { ...reviewed, after: comparable(reviewed.after, reviewed) };
  const changes = changesBetween(transition);
  const { undo, lost } = undoOf(transition);
  const warnings = [
    ...ignoredByClose(transition),
    ...oddDateWon(transition, today, timeZone),
    ...mistakenForDollars(transition),
    ...otherPipeline(transition),
    ...changedByOthers(transition, changes),
    ...notCompared(transition),
    ...(lost.length === 0 ? [] : [cannotBeUndone(lost)]),
  ];
  return { changes, undo, warnings, isIgnored: changes.length === 0 && isIgnored(transition) };
}

function isIgnored({ before, after, body }: Transition): boolean {
  if (before === undefined) return false;
  return Object.keys(body)
    .map(fieldOf)
    .every((field) => includesField(after, field) && isDeepStrictEqual(before[field], after[field]));
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
      return notShown(label, key, short(value), shown, otherUpdater(after, known));
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
  return [centsForDollars(from, to, textOf(after, "value_currency"), textOf(after, "value_period"))];
}

function otherPipeline({ before, after, body, known }: Transition): string[] {
  if (before === undefined || !("status_id" in body)) return [];
  const [from, to] = [before, after].map((opportunity) => pipelineOf(opportunity, known));
  return from?.id !== undefined && to?.id !== undefined && from.id !== to.id
    ? [movedToPipeline(from.name ?? from.id, to.name ?? to.id)]
    : [];
}

function changedByOthers(transition: Transition, changes: readonly ReviewedChange[]): string[] {
  const { before, after, known } = transition;
  if (before === undefined) return [];
  const gone = comparedFields(before)
    .filter((field) => field.startsWith("custom."))
    .map((field) => ({ field, values: goneValues(field, before, transition) }))
    .filter(({ values }) => values.length > 0);
  const named = (value: unknown) => personOrText(value, known);
  const reported = new Set(gone.map(({ field }) => field));
  const others = changes.filter(
    ({ field, requested, isSetByClose }) => !requested && !isSetByClose && !reported.has(field),
  );
  return [
    ...gone.map(({ field, values }) => valuesGone(labelOf(field, known), values.map(named))),
    ...[...new Set(Object.keys(transition.body).map(fieldOf))]
      .map((field) => ({ field, values: newValues(field, before, transition) }))
      .filter(({ values }) => values.length > 0)
      .map(({ field, values }) => valuesCame(labelOf(field, known), values.map(named))),
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

function notCompared({ before, after }: Transition): string[] {
  const most = Math.max(...[before ?? {}, after].map((opportunity) => Object.keys(opportunity).length));
  return before !== undefined && most > maxComparedFields ? [fieldsNotCompared(maxComparedFields)] : [];
}

/** Values of a custom field that the update should have left there. */
function goneValues(
  field: string,
  before: Opportunity,
  { after, body, known }: Transition,
): readonly unknown[] {
  const held = before[field];
  if (!Array.isArray(held) || field in body || !includesField(after, field)) return [];
  const kind = kindsIn(known)(field);
  if (same(held, after[field], kind)) return [];
  const asked = Object.entries(body).flatMap(([key, value]) => {
    const effect = effectOf(key);
    return effect.field === field && effect.action === "remove" ? [value] : [];
  });
  const accounted = new ValueSet([...listOf(after[field]), ...asked], kind);
  return held.filter((value) => !accounted.has(value));
}

/** Values of a custom field to which others were added, or of which others were removed, that came without being asked for. */
function newValues(
  field: string,
  before: Opportunity,
  { after, body, known }: Transition,
): readonly unknown[] {
  if (field in body || !includesField(after, field)) return [];
  const asked = Object.entries(body).flatMap(([key, value]) => (fieldOf(key) === field ? [value] : []));
  const accounted = new ValueSet([...listOf(before[field]), ...asked], kindsIn(known)(field));
  return listOf(after[field]).filter((value) => !accounted.has(value));
}

/** Who updated the opportunity last, if it is known to be somebody else than the caller. */
function otherUpdater(after: Opportunity, known: Known): string | undefined {
  return isUpdatedByOther(after, known) ? textOf(after, "updated_by_name") : undefined;
}
