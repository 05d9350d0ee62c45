import { z } from "zod/v3";
import type { JsonObject } from "../../../base/json.ts";
import { beginning, ended, quote } from "../../../base/text.ts";
import { type Opportunity, opportunitySchema, textOf } from "../../opportunity.ts";
import type { UpdateArguments } from "../arguments.ts";
import type { ChangeValue, ReviewedChange } from "../changes.ts";
import { differingParts } from "../differing-part.ts";
import type { UpdateFact } from "../fact.ts";
import { describeChanges, subject } from "../summary.ts";
import { namedUndo } from "./named-undo.ts";

/** What became of one opportunity of many, in the order of attention. */
const outcomes = ["in_doubt", "refused", "not_tried", "updated", "unchanged"] as const;
export type RowOutcome = (typeof outcomes)[number];

/** One opportunity of an update of many: the facts that its row and its line are made of. */
export type Row = {
  id: string;
  /** As it is now, as far as it is known. */
  opportunity: Opportunity;
  outcome: RowOutcome;
  changes: readonly ReviewedChange[];
  isBeforeKnown: boolean;
  /** Whether the changes are those that a dry run expects. */
  isPreview?: boolean;
  /** Whether an update was sent that left it unchanged, as Close ignored it. */
  isIgnored?: boolean;
  /** Whether Close refuses the key, as it then will for all the others. */
  isKeyRefused?: boolean;
  warnings: readonly string[];
  error?: string | undefined;
  undo?: UpdateArguments | undefined;
};

/** The row of an update, or of a dry run of one: that has not been tried. */
export function rowOf(fact: UpdateFact): Row {
  const { id, warnings } = fact;
  switch (fact.kind) {
    case "nothing to change": {
      const { before: opportunity } = fact;
      return { id, opportunity, outcome: "unchanged", changes: [], isBeforeKnown: true, warnings };
    }
    case "preview": {
      const { before: opportunity, changes } = fact;
      const row = { id, opportunity, changes, isBeforeKnown: true, warnings };
      return { ...row, outcome: "not_tried", isPreview: true };
    }
    case "updated": {
      const { before, after: opportunity, changes, known, isIgnored } = fact;
      const undo = fact.undo && namedUndo(fact.undo, opportunity, known);
      const isBeforeKnown = before !== undefined;
      const outcome = isIgnored ? "unchanged" : "updated";
      return { id, opportunity, outcome, changes, isBeforeKnown, isIgnored, warnings, undo };
    }
  }
}

/** The row of an opportunity whose turn did not come, and why. */
export function untriedRow(id: string, isKeyRefused: boolean): Row {
  const why = isKeyRefused ? "Close refused the key" : "the call's time was used up, or it was cancelled";
  return failedRow(id, {}, "not_tried", `Its turn did not come: ${why}.`);
}

/** The row of an opportunity that was not updated, or may not have been. */
export function failedRow(id: string, opportunity: Opportunity, outcome: RowOutcome, error?: string): Row {
  return { id, opportunity, outcome, changes: [], isBeforeKnown: false, warnings: [], error };
}

const rowSchema = z
  .object({
    id: z.string(),
    lead_name: z.string().optional(),
    outcome: z.string().describe("updated, unchanged, refused, in_doubt or not_tried"),
    changes: z
      .array(z.object({}).passthrough())
      .optional()
      .describe(
        "field as the arguments name it, from and to (money in cents), requested: false if it was not asked for",
      ),
    warnings: z.array(z.string()).optional(),
    error: z.string().optional(),
    undo: z.object({}).passthrough().optional(),
  })
  .passthrough();

/** What an update of many returns: a row for each opportunity in the order asked for, and how many there are of each. */
export const manyResultSchema = z
  .object({
    results: z.array(rowSchema),
    counts: z.object({}).passthrough().describe("How many rows have each outcome"),
    dry_run: z.boolean().optional(),
    warnings: z.array(z.string()).optional(),
  })
  .passthrough();

/** Reports an update of many: the counts, then a line a row, those that need attention first. */
export function rowsResult(rows: readonly Row[], isDryRun: boolean) {
  const counts = Object.fromEntries(countsOf(rows));
  return {
    lines: [isDryRun ? dryHeadline(rows) : headline(rows), ...rowLines(rows)],
    data: { results: rows.map(dataOf), counts, ...(isDryRun && { dry_run: true }) },
    brief: { results: rows.map(({ id, outcome }) => ({ id, outcome })), counts },
    warnings: [],
  };
}

/** A line a row, those that need attention first. */
export function rowLines(rows: readonly Row[]): string[] {
  return byAttention(rows).map(line);
}

function dataOf({ id, opportunity, outcome, changes, warnings, error, undo }: Row): JsonObject {
  const lead = textOf(opportunity, "lead_name");
  return {
    id,
    ...(lead !== undefined && { lead_name: beginning(lead, 200) }),
    outcome,
    changes: changes.filter(isWorthARow).map(compactChange),
    ...(warnings.length > 0 && { warnings }),
    ...(error !== undefined && { error }),
    ...(undo && { undo }),
  };
}

/** The day of a loss says nothing that the lost status does not. */
function isWorthARow({ field, isSetByClose }: ReviewedChange): boolean {
  return !(field === "date_lost" && isSetByClose);
}

/** In characters. The whole of a longer text is in the row's undo, or was in the call. */
const maxRowTextCharacters = 40;
const textLimits = { maxWhole: 30, context: 10 };

/**
 * A change in a row: custom fields go by name, or by id with their label if the name does not find them alone or is that
 * of a field of Close's own.
 */
function compactChange(change: ReviewedChange): JsonObject {
  const { field, label, reference, requested } = change;
  const isNamed = reference !== field && !ownFields.has(reference);
  return {
    field: isNamed ? reference : field,
    ...(field.startsWith("custom.") && !isNamed && label !== field && { label }),
    ...compactSides(change),
    ...(!requested && { requested }),
  };
}

const ownFields: ReadonlySet<string> = new Set(Object.keys(opportunitySchema.shape));

function compactSides({ from, to, isFreeText }: ReviewedChange): Pick<ReviewedChange, "from" | "to"> {
  const isLong = (value: ChangeValue) => Array.isArray(value) && value.length > maxRowValues;
  if (isLong(from) || isLong(to)) return { from: withoutShared(from, to), to: withoutShared(to, from) };
  if (!isFreeText) return { from, to };
  const isText = typeof from === "string" && typeof to === "string";
  const [start, end] = isText ? differingParts(from, to, textLimits) : [from, to];
  return { from: shortenedSide(start), to: shortenedSide(end) };
}

/** Of a list with more values a row shows those that the other side does not have. */
const maxRowValues = 10;

function withoutShared(value: ChangeValue, other: ChangeValue): ChangeValue {
  if (!Array.isArray(value)) return value;
  const others = new Set(Array.isArray(other) ? other : []);
  const own = value.filter((one) => !others.has(one)).slice(0, maxRowValues);
  return own.length === value.length ? own : [...own, `… (${value.length} values)`];
}

function shortenedSide(value: ChangeValue): ChangeValue {
  return typeof value === "string" ? beginning(value, maxRowTextCharacters) : value;
}

function countsOf(rows: readonly Row[]): Map<RowOutcome, number> {
  const counts = new Map<RowOutcome, number>();
  for (const outcome of outcomes) {
    const count = rows.filter((row) => row.outcome === outcome).length;
    if (count > 0) counts.set(outcome, count);
  }
  return counts;
}

function headline(rows: readonly Row[]): string {
  return `${rows.length} ${rows.length === 1 ? "opportunity" : "opportunities"}: ${counted(rows)}.`;
}

function dryHeadline(rows: readonly Row[]): string {
  const others = rows.filter(({ isPreview }) => !isPreview);
  const wouldUpdate = `Dry run, nothing was sent. This would update ${rows.length - others.length} of ${rows.length}`;
  return `${[wouldUpdate, counted(others)].filter(Boolean).join(", ")}:`;
}

/** `1 refused, 2 updated`, or nothing if there are no rows. */
function counted(rows: readonly Row[]): string {
  return [...countsOf(rows)].map(([outcome, count]) => `${count} ${outcome.replaceAll("_", " ")}`).join(", ");
}

function byAttention(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => rank(a) - rank(b));
}

/** What may have to be looked at or done again comes before what went well. */
function rank({ outcome, warnings, isPreview }: Row): number {
  const isWell = outcome === "updated" || outcome === "unchanged" || isPreview;
  if (!isWell) return outcomes.indexOf(outcome);
  return outcomes.length + (warnings.length > 0 ? 0 : 1 + outcomes.indexOf(outcome));
}

function line(row: Row): string {
  const { id, opportunity, error, warnings } = row;
  const what = [outcomeText(row), ...(error === undefined ? [] : [error])];
  const text = `${subject(id, opportunity)}: ${what.join(": ")}`;
  return [warnings.length > 0 ? ended(text) : text, ...warnings.map((warning) => `Warning: ${warning}`)].join(
    " ",
  );
}

function outcomeText({ outcome, changes, opportunity, isBeforeKnown, isPreview, isIgnored }: Row): string {
  const what = describeChanges(changes.filter(isWorthARow), opportunity, isBeforeKnown);
  switch (outcome) {
    case "updated":
      return `updated: ${what || "the answer shows no change"}`;
    case "unchanged":
      return `unchanged: ${isIgnored ? "an update was sent, but no field differs" : "it already has all that was asked for"}`;
    case "refused":
      return "refused";
    case "in_doubt":
      return "in doubt";
    case "not_tried":
      return isPreview ? `would change: ${what || "no field"}` : "not tried, safe to send again";
  }
}

/** `12 of 40: "Acme Corp" updated`, for a person who watches. */
export function progressMessage(done: number, total: number, row: Row): string {
  const { id, opportunity, outcome, isPreview } = row;
  const lead = textOf(opportunity, "lead_name");
  const what = isPreview ? "would change" : outcome.replaceAll("_", " ");
  return `${done} of ${total}: ${lead === undefined ? id : quote(lead)} ${what}`;
}
