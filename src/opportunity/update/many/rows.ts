import { isDeepStrictEqual } from "node:util";
import { fitting, mostCommon } from "../../../base/grouped.ts";
import { type JsonObject, parseJson } from "../../../base/json.ts";
import { ended, quote, truncate } from "../../../base/text.ts";
import { opportunitySchema, textOf } from "../../opportunity.ts";
import { type Change, type Limits, shownSides } from "../changes.ts";
import { type Made, madeData, planLine, type UpdateOutcome } from "../result.ts";
import { describeChanges, describeMoney, subject } from "../summary.ts";

/** What became of one opportunity of many, in the order of attention. */
const rowOutcomes = ["in_doubt", "refused", "not_tried", "updated", "unchanged"] as const;
type RowOutcome = (typeof rowOutcomes)[number];

/** The word that a row has for what became of it. What was only previewed has not been tried. */
export function rowOutcome(row: UpdateOutcome): RowOutcome {
  if (row.kind === "failed") return row.outcome;
  if (row.kind === "preview") return "not_tried";
  return row.kind === "updated" && !row.isIgnored ? "updated" : "unchanged";
}

/** The day of a loss says nothing that the lost status does not. */
function changesIn(row: UpdateOutcome): readonly Change[] {
  if (row.kind === "failed" || row.kind === "nothing to change") return [];
  return row.changes.filter(({ field, isSetByClose }) => !(field.key === "date_lost" && isSetByClose));
}

/** What a result of many holds at most, in characters of its text and of its data together, and of lines in the text. */
const max = { all: 60_000, lines: 10_000 };

/** Reports an update of many: the counts and the plan that was made, then a line a row, those that need attention first. */
export function rowsResult(rows: readonly UpdateOutcome[], made: Made) {
  const results = rows.map(dataOf);
  const head = [titleOf(rows, made), ...planLine(made)];
  const lines = rowLines(rows, made);
  const counts = Object.fromEntries(countsOf(rows));
  const common = { counts, ...madeData(made) };
  if (JSON.stringify([results, lines]).length <= max.all) {
    return { lines: [...head, ...lines], data: { results, ...common } };
  }
  const { same, different } = saidOnce(results);
  const isShort = JSON.stringify(different).length <= max.all - max.lines;
  const left = different.map(({ changes, warnings, error, ...row }) => ({ ...row, ...cut({ warnings, error }) }));
  const shown = isShort
    ? { results: different, same }
    : { results: left, same: { ...same, changes: undefined }, changes_left_out: true };
  const first = fitting(lines, max.lines);
  const more = `and ${lines.length - first.length} more: what became of each is in results, with what is in same.`;
  return { lines: [...head, ...first, more], data: { ...shown, ...common } };
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

/** A line a row, those that need attention first. */
export function rowLines(rows: readonly UpdateOutcome[], made: Pick<Made, "timeZone">): string[] {
  return [...rows].sort((a, b) => rank(a) - rank(b)).map((row) => line(row, made));
}

function dataOf(row: UpdateOutcome): JsonObject {
  const { id, opportunity, warnings } = row;
  const lead = textOf(opportunity, "lead_name");
  return {
    id,
    ...(lead !== undefined && { lead_name: truncate(lead, 200) }),
    outcome: rowOutcome(row),
    changes: changesIn(row).map((change) => compactChange(change, row)),
    ...(warnings.length > 0 && { warnings }),
    ...(row.kind === "failed" && { error: row.error }),
  };
}

/** Rows are many, and the whole of a longer text was in the call. */
const compactLimits: Limits = { whole: 30, part: 40, context: 10, values: 10 };

/** A change in a row: custom fields go by name, or by id with their label if that would not find them alone. */
function compactChange(change: Change, row: UpdateOutcome): JsonObject {
  const { key, label, reference, definition } = change.field;
  const isNamed = definition !== undefined && reference === label && !Object.hasOwn(opportunitySchema.shape, label);
  return {
    field: isNamed ? label : key,
    ...(!isNamed && definition !== undefined && { label }),
    ...shownSides(change, definition === undefined ? compactLimits : { ...compactLimits, whole: 200, part: 200 }),
    ...(key === "value" && { money: describeMoney(changesIn(row), row.opportunity, isBeforeKnown(row)) }),
    ...(!change.requested && { requested: false }),
  };
}

/** Whether the values before are among its changes. */
function isBeforeKnown(row: UpdateOutcome): boolean {
  return row.kind !== "updated" || row.before !== undefined;
}

function countsOf(rows: readonly UpdateOutcome[]): [RowOutcome, number][] {
  return rowOutcomes
    .map((outcome): [RowOutcome, number] => [outcome, rows.filter((row) => rowOutcome(row) === outcome).length])
    .filter(([, count]) => count > 0);
}

function titleOf(rows: readonly UpdateOutcome[], { isDryRun, isWaiting }: Made): string {
  const noun = rows.length === 1 ? "opportunity" : "opportunities";
  if (!isDryRun && !isWaiting) return `${rows.length} ${noun}: ${counted(rows).join(", ")}.`;
  const others = rows.filter(({ kind }) => kind !== "preview");
  const wouldUpdate = `${isDryRun ? "Dry run, nothing" : "Nothing"} was sent. This would update ${rows.length - others.length} of ${rows.length}`;
  return `${[wouldUpdate, ...counted(others)].join(", ")}.`;
}

function counted(rows: readonly UpdateOutcome[]): string[] {
  return countsOf(rows).map(([outcome, count]) => `${count} ${spoken(outcome)}`);
}

function spoken(outcome: RowOutcome): string {
  return outcome.replaceAll("_", " ");
}

/** What may have to be looked at or done again comes before what went well. */
function rank(row: UpdateOutcome): number {
  const place = rowOutcomes.indexOf(rowOutcome(row));
  if (row.kind === "failed") return place;
  return rowOutcomes.length + (row.warnings.length > 0 ? 0 : 1 + place);
}

function line(row: UpdateOutcome, made: Pick<Made, "timeZone">): string {
  const text = `${subject(row.id, row.opportunity)}: ${whatBecameOf(row, made)}`;
  const notes = row.warnings.map((warning) => `Warning: ${warning}`);
  return [notes.length > 0 ? ended(text) : text, ...notes].join(" ");
}

function whatBecameOf(row: UpdateOutcome, { timeZone }: Pick<Made, "timeZone">): string {
  const telling = { timeZone, isBeforeKnown: isBeforeKnown(row) };
  const what = describeChanges(changesIn(row), row.opportunity, telling);
  switch (row.kind) {
    case "updated":
      if (row.isIgnored) return "unchanged: an update was sent, but no field differs";
      return `updated: ${what || "the answer shows no change"}`;
    case "nothing to change":
      return `unchanged: ${row.why}`;
    case "preview":
      return `would change: ${what || "no field"}`;
    case "failed":
      return `${row.outcome === "not_tried" ? "not tried, safe to send again" : spoken(row.outcome)}: ${row.error}`;
  }
}

/** `12 of 40: "Acme Corp" updated`, for a person who watches. */
export function progressMessage(done: number, total: number, row: UpdateOutcome): string {
  const lead = textOf(row.opportunity, "lead_name");
  const what = row.kind === "preview" ? "would change" : spoken(rowOutcome(row));
  return `${done} of ${total}: ${lead === undefined ? row.id : quote(lead)} ${what}`;
}
