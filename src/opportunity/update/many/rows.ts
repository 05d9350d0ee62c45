import { isDeepStrictEqual } from "node:util";
import { mostCommon } from "../../../base/grouped.ts";
import { type JsonObject, parseJson } from "../../../base/json.ts";
import { ended, quote, truncate } from "../../../base/text.ts";
import { type Opportunity, opportunitySchema, textOf } from "../../opportunity.ts";
import { type Change, type Limits, shownSides } from "../changes.ts";
import { type Made, planData, planLine, type UpdateOutcome } from "../result.ts";
import { describeChanges, describeMoney, subject } from "../summary.ts";

/** What became of one opportunity of many, in the order of attention. */
const outcomes = ["in_doubt", "refused", "not_tried", "updated", "unchanged"] as const;
type RowOutcome = (typeof outcomes)[number];

/** One opportunity of an update of many. */
export type Row = {
  id: string;
  /** As it is now, as far as it is known. */
  opportunity: Opportunity;
  outcome: RowOutcome;
  /** What became of its update, or of a dry run of it; undefined if that failed. */
  update?: UpdateOutcome;
  error?: string;
  cause?: unknown;
  /** Why all the others will fail in the same way. */
  blocker?: string | undefined;
};

/** The row of an update, or of a dry run of one: that has not been tried. */
export function rowOf(update: UpdateOutcome): Row {
  const { id, before = {} } = update;
  if (update.kind === "preview") return { id, opportunity: before, outcome: "not_tried", update };
  if (update.kind === "nothing to change") return { id, opportunity: before, outcome: "unchanged", update };
  return { id, opportunity: update.after, outcome: update.isIgnored ? "unchanged" : "updated", update };
}

/** Whether the row says what a dry run expects. */
export function isPreview({ update }: Row): boolean {
  return update?.kind === "preview";
}

/** The day of a loss says nothing that the lost status does not. */
function changesIn({ update }: Row): readonly Change[] {
  const changes = update === undefined || update.kind === "nothing to change" ? [] : update.changes;
  return changes.filter(({ field, isSetByClose }) => !(field.key === "date_lost" && isSetByClose));
}

/** What a result of many holds at most, in characters of its text and of its data together, and of lines in the text. */
const max = { all: 60_000, lines: 10_000 };

type MadeOfRows = Made & { isDryRun?: boolean | undefined };

/** Reports an update of many: the counts and the plan that was made, then a line a row, those that need attention first. */
export function rowsResult(rows: readonly Row[], made: MadeOfRows) {
  const results = rows.map(dataOf);
  const head = [titleOf(rows, made), ...planLine(made)];
  const lines = rowLines(rows);
  const counts = Object.fromEntries(countsOf(rows));
  const common = { counts, ...planData(made), ...(made.isDryRun && { dry_run: true }) };
  if (JSON.stringify([results, lines]).length <= max.all) {
    return { lines: [...head, ...lines], data: { results, ...common } };
  }
  const { same, different } = saidOnce(results);
  const isShort = JSON.stringify(different).length <= max.all - max.lines;
  const left = different.map(({ changes, warnings, error, ...row }) => ({ ...row, ...cut({ warnings, error }) }));
  const shown = isShort
    ? { results: different, same }
    : { results: left, same: { ...same, changes: undefined }, changes_left_out: true };
  return { lines: [...head, ...asManyAsFit(lines)], data: { ...shown, ...common } };
}

/** What most rows have alike, and the rows without that: one without a key has the one of `same`. */
function saidOnce(results: readonly JsonObject[]) {
  const same = Object.fromEntries(
    ["changes", "warnings", "error"].map((key) => {
      const [most = "", count] = mostCommon(results.map((row) => JSON.stringify(row[key] ?? null)));
      return [key, count > 1 ? parseJson(most) : null];
    }),
  );
  const different = results.map(({ changes = null, warnings = null, error = null, ...rest }): JsonObject => {
    const said = Object.entries({ changes, warnings, error });
    return { ...rest, ...Object.fromEntries(said.filter(([key, value]) => !isDeepStrictEqual(value, same[key]))) };
  });
  return { same, different };
}

/** What is said of a row, each sentence cut short. */
function cut(said: JsonObject): JsonObject {
  const short = (value: unknown) => (typeof value === "string" ? truncate(value, 150) : value);
  const brief = (value: unknown) => (Array.isArray(value) ? value.slice(0, 2).map(short) : short(value));
  return Object.fromEntries(Object.entries(said).map(([key, value]) => [key, brief(value)]));
}

function asManyAsFit(lines: readonly string[]): string[] {
  let length = 0;
  const shown = lines.filter((text) => {
    length += text.length;
    return length <= max.lines;
  });
  const more = lines.length - shown.length;
  return [...shown, `and ${more} more: what became of each is in results, with what is in same.`];
}

/** A line a row, those that need attention first. */
export function rowLines(rows: readonly Row[]): string[] {
  return [...rows].sort((a, b) => rank(a) - rank(b)).map(line);
}

function dataOf(row: Row): JsonObject {
  const { id, opportunity, outcome, update, error } = row;
  const lead = textOf(opportunity, "lead_name");
  return {
    id,
    ...(lead !== undefined && { lead_name: truncate(lead, 200) }),
    outcome,
    changes: changesIn(row).map((change) => compactChange(change, row)),
    ...(update && update.warnings.length > 0 && { warnings: update.warnings }),
    ...(error !== undefined && { error }),
  };
}

/** Rows are many, and the whole of a longer text was in the call. */
const compactLimits: Limits = { whole: 30, part: 40, context: 10, values: 10 };

/** A change in a row: custom fields go by name, or by id with their label if that would not find them alone. */
function compactChange(change: Change, row: Row): JsonObject {
  const { key, label, reference, definition } = change.field;
  const isNamed = definition !== undefined && reference === label && !Object.hasOwn(opportunitySchema.shape, label);
  return {
    field: isNamed ? label : key,
    ...(!isNamed && definition !== undefined && { label }),
    ...shownSides(change, definition === undefined ? compactLimits : { ...compactLimits, whole: 200, part: 200 }),
    ...(key === "value" && { money: describeMoney(changesIn(row), row.opportunity, row.update?.before !== undefined) }),
    ...(!change.requested && { requested: false }),
  };
}

function countsOf(rows: readonly Row[]): [RowOutcome, number][] {
  return outcomes
    .map((outcome): [RowOutcome, number] => [outcome, rows.filter((row) => row.outcome === outcome).length])
    .filter(([, count]) => count > 0);
}

function titleOf(rows: readonly Row[], { isDryRun, isWaiting }: MadeOfRows): string {
  const noun = rows.length === 1 ? "opportunity" : "opportunities";
  if (!isDryRun && !isWaiting) return `${rows.length} ${noun}: ${counted(rows).join(", ")}.`;
  const others = rows.filter((row) => !isPreview(row));
  const wouldUpdate = `${isDryRun ? "Dry run, nothing" : "Nothing"} was sent. This would update ${rows.length - others.length} of ${rows.length}`;
  return `${[wouldUpdate, ...counted(others)].join(", ")}.`;
}

function counted(rows: readonly Row[]): string[] {
  return countsOf(rows).map(([outcome, count]) => `${count} ${outcome.replaceAll("_", " ")}`);
}

/** What may have to be looked at or done again comes before what went well. */
function rank(row: Row): number {
  const place = outcomes.indexOf(row.outcome);
  if (row.update === undefined) return place;
  return outcomes.length + (row.update.warnings.length > 0 ? 0 : 1 + place);
}

function line(row: Row): string {
  const { id, opportunity, error, update } = row;
  const what = [outcomeText(row), ...(error === undefined ? [] : [error])];
  const text = `${subject(id, opportunity)}: ${what.join(": ")}`;
  const notes = (update?.warnings ?? []).map((warning) => `Warning: ${warning}`);
  return [notes.length > 0 ? ended(text) : text, ...notes].join(" ");
}

function outcomeText(row: Row): string {
  const { outcome, opportunity, update } = row;
  const what = describeChanges(changesIn(row), opportunity, update?.before !== undefined);
  switch (outcome) {
    case "updated":
      return `updated: ${what || "the answer shows no change"}`;
    case "unchanged":
      return `unchanged: ${update?.kind === "nothing to change" ? update.why : "an update was sent, but no field differs"}`;
    case "not_tried":
      return isPreview(row) ? `would change: ${what || "no field"}` : "not tried, safe to send again";
    default:
      return outcome.replaceAll("_", " ");
  }
}

/** `12 of 40: "Acme Corp" updated`, for a person who watches. */
export function progressMessage(done: number, total: number, row: Row): string {
  const lead = textOf(row.opportunity, "lead_name");
  const what = isPreview(row) ? "would change" : row.outcome.replaceAll("_", " ");
  return `${done} of ${total}: ${lead === undefined ? row.id : quote(lead)} ${what}`;
}
