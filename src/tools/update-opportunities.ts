import { isTooLong } from "../base/call-limits.ts";
import { Failure } from "../base/failure.ts";
import type { Filling, InPart } from "../base/in-part.ts";
import { beginning, ended } from "../base/text.ts";
import { hostHints } from "../mcp/hints.ts";
import { defineResolvingTool, Refusal, remedyFor, type ToolContext } from "../mcp/tool.ts";
import type { ToolResult } from "../mcp/tool-result.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import type { UpdateArguments } from "../opportunity/update/arguments.ts";
import {
  type ManyArguments,
  manyArguments,
  mistakesInEntries,
  placedAt,
  type RowArguments,
  rowsOf,
} from "../opportunity/update/many/arguments.ts";
import { manyReading } from "../opportunity/update/many/misplaced-arguments.ts";
import {
  failedRow,
  manyResultSchema,
  progressMessage,
  type Row,
  rowLines,
  rowOf,
  rowsResult,
  untriedRow,
} from "../opportunity/update/many/result.ts";
import type { Mistake } from "../organization/names.ts";
import { mistakenNames } from "./mistaken-names.ts";
import { updateOne } from "./update-one.ts";

/** How many rows run side by side. Each has one request on its way at a time, within the rate limits. */
export const maxRowsAtATime = 16;

/** A row that starts later than this before the end of the call, in milliseconds, could not be read back any more. */
const minRowMs = 11_000;

const description = `Changes many opportunities in Close in one call, and reports the outcome of each: updated, unchanged (already so, or ignored by Close), refused, in_doubt, or not_tried (time used up; call again with those ids). For a single opportunity use update_opportunity, whose arguments and rules hold here too.

All arguments are checked before anything is sent; what does not suit one opportunity refuses that row alone. Only change what was asked for: never widen a request about one opportunity to many. dry_run: rows are not_tried, with the changes to expect.

One change for many:
{"updates": [{"ids": ["oppo_…", "oppo_…"], "date_won": "2026-12-31"}]}
Different changes; to undo, give the undo of each row as an entry:
{"updates": [{"id": "oppo_…", "value": 75000}, {"id": "oppo_…", "status_id": "Lost", "note_append": "Went bankrupt."}]}`;

export const updateOpportunities = defineResolvingTool({
  name: "update_opportunities",
  title: "Update many opportunities",
  description,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  changes: "many",
  meta: hostHints("bulk batch many several all update change mark undo"),
  inputSchema: manyArguments,
  outputSchema: manyResultSchema,
  reading: manyReading,

  /** Arguments → what is wrong with any entry → rows, each as update_opportunity would → result. */
  async handle({ args, partial, mistakes: misread, given, blank }, context) {
    const mistakes = [
      ...misread,
      ...mistakesInEntries(partial),
      ...(await mistakenNamesIn(partial, context)),
    ];
    if (args === undefined || mistakes.length > 0) throw new Refusal(mistakes);
    return report(await runRows(rowsOf(args, { given, blank }), context), args.dry_run === true);
  },
});

/** Owners and custom fields are the same for every opportunity: wrong ones are refused before anything is sent. */
async function mistakenNamesIn(
  { updates = [] }: InPart<ManyArguments>,
  context: ToolContext,
): Promise<Mistake[]> {
  const mistakes = await mistakenNames(
    updates.map((entry = {}) => entry),
    context,
  );
  return mistakes.flatMap((ofEntry, at) => placedAt(at, ofEntry));
}

/** Runs the rows a few at a time, in their order, until none is left, the call's time is used up or the key is refused. */
async function runRows(rows: readonly RowArguments[], context: ToolContext): Promise<Row[]> {
  const done = new Map<string, Row>();
  const waiting = rows.values();
  let isOver = false;
  context.onProgress?.(0, rows.length, `0 of ${rows.length}`);
  const work = async () => {
    for (const { args, filling } of waiting) {
      if (isOver || context.signal.aborted || isTooLong(minRowMs, context)) return;
      const row = await runRow(args, filling, context);
      done.set(row.id, row);
      // What had no time for this one, or no valid key, has none for the next.
      if (row.isKeyRefused || (row.outcome === "not_tried" && !row.isPreview)) isOver = true;
      context.onProgress?.(done.size, rows.length, progressMessage(done.size, rows.length, row));
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxRowsAtATime, rows.length) }, work));
  const isKeyRefused = [...done.values()].some((row) => row.isKeyRefused);
  return rows.map(({ args }) => done.get(args.id) ?? untriedRow(args.id, isKeyRefused));
}

/** Never throws: after a write nothing may be reported as a failure that is none. */
async function runRow(args: UpdateArguments, filling: Filling, context: ToolContext): Promise<Row> {
  let latest: Opportunity = {};
  const onRead = (opportunity: Opportunity) => {
    latest = opportunity;
  };
  try {
    return rowOf(await updateOne({ args, ...filling }, { ...context, onRead }));
  } catch (error) {
    if (error instanceof Refusal) {
      const problems = error.mistakes.map(({ argument, problem }) => `${argument}: ${problem}`).join("; ");
      const isPassing = error.mistakes.some((mistake) => mistake.isPassing);
      const remedy = isPassing ? [remedyFor(error.mistakes)] : [];
      const text = [problems, ...error.notes];
      return failedRow(args.id, latest, "refused", errorText(text, remedy));
    }
    if (!(error instanceof Failure)) {
      return failedRow(args.id, latest, "in_doubt", `Unexpected internal error: ${String(error)}`);
    }
    const {
      problem,
      details = [],
      record,
      remedy,
      traceId,
      isOutOfTime,
      isKeyRefused = false,
    } = error.report;
    const trace = traceId === undefined ? [] : [`Close's trace-id: ${traceId}`];
    const outcome = record === "in doubt" ? "in_doubt" : isOutOfTime ? "not_tried" : "refused";
    const text = errorText([problem, ...details], [remedy, ...trace]);
    return { ...failedRow(args.id, latest, outcome, text), isKeyRefused };
  }
}

/** In characters. Rows are many. */
const maxProblemCharacters = 1000;

/** What happened, its beginning if that is long, and in any case what to do now. */
function errorText(problems: readonly string[], remedy: readonly string[]): string {
  const whole = problems.length + remedy.length === 1 ? problems.join(" ") : problems.map(ended).join(" ");
  return [beginning(whole, maxProblemCharacters), ...remedy].join(" ");
}

/** Nothing that was updated or may have been is reported as a failure. */
function report(rows: readonly Row[], isDryRun: boolean): ToolResult {
  const isFailed = rows.every(
    ({ outcome, isPreview }) => outcome === "refused" || (outcome === "not_tried" && !isPreview),
  );
  if (!isFailed) return rowsResult(rows, isDryRun);
  const keyRefused = rows.find(({ isKeyRefused }) => isKeyRefused);
  throw new Failure({
    problem:
      rows.length === 1
        ? "The opportunity was not updated."
        : `None of ${rows.length} opportunities was updated.`,
    details: keyRefused?.error === undefined ? rowLines(rows) : [keyRefused.error],
    record: "unchanged",
    remedy: remedyOf(rows),
  });
}

function remedyOf(rows: readonly Row[]): string {
  if (rows.some(({ isKeyRefused }) => isKeyRefused))
    return "No call will succeed before the key is corrected.";
  return rows.some(({ outcome }) => outcome === "refused")
    ? "Each line says why and what to do: call again with what is still wanted."
    : "Call again with the same arguments, in a moment or when a line says.";
}
