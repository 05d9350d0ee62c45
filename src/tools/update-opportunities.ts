import { isTooLong } from "../base/call-limits.ts";
import { Failure, type FailureReport, type Mistake, refuseMistakes } from "../base/failure.ts";
import { ended, truncate } from "../base/text.ts";
import { defineTool, hostHints, type ToolContext } from "../mcp/tool.ts";
import type { ToolResult } from "../mcp/tool-result.ts";
import { findField } from "../opportunity/fields.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import type { UpdateArguments } from "../opportunity/update/arguments.ts";
import { operationMeant } from "../opportunity/update/custom-fields.ts";
import {
  type ManyArguments,
  manyArguments,
  manyReading,
  mistakesInEntries,
  placedAt,
  rowsOf,
} from "../opportunity/update/many/arguments.ts";
import { isPreview, progressMessage, type Row, rowLines, rowOf, rowsResult } from "../opportunity/update/many/rows.ts";
import { listsNeeded } from "../opportunity/update/plan.ts";
import { unreadOf } from "../organization/lists.ts";
import { NameCollector } from "../organization/names.ts";
import { findUser } from "../organization/people.ts";
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

export const updateOpportunities = defineTool({
  name: "update_opportunities",
  title: "Update many opportunities",
  description,
  changes: "many",
  meta: hostHints("bulk batch many several all update change mark undo"),
  inputSchema: manyArguments,
  reading: manyReading,

  /** Arguments → what is wrong with any entry → rows, each as update_opportunity would → result. */
  async handle(args, context) {
    refuseMistakes(mistakesInEntries(args));
    refuseMistakes(await mistakenNames(args, context));
    return report(await runRows(rowsOf(args), context), args.dry_run === true);
  },
});

/**
 * Owners and custom fields are the same for every opportunity: wrong ones are refused before anything is sent. Contacts are
 * those of each opportunity's lead, and only what it holds can be removed: both are left to the rows.
 */
async function mistakenNames({ updates }: ManyArguments, { names }: ToolContext): Promise<Mistake[]> {
  await unreadOf(updates.flatMap((changes) => listsNeeded(changes, names)));
  const mistakes: Mistake[] = [];
  for (const [at, { user_id, custom_fields = [] }] of updates.entries()) {
    const entry = new NameCollector();
    if (user_id !== undefined) await entry.found("user_id", findUser(user_id, names));
    for (const [index, operation] of custom_fields.entries()) {
      if (entry.isFull) break;
      const argument = `custom_fields[${index}]`;
      const field = await entry.found(argument, findField(operation.field, names));
      if (field === undefined || field.list === "contacts" || operation.action === "remove") continue;
      await entry.found(argument, operationMeant(operation, { before: {}, names }));
    }
    mistakes.push(...placedAt(at, entry.mistakes));
    if (entry.isFull) break;
  }
  return mistakes;
}

/** Runs the rows a few at a time, in their order, until none is left, the call's time is used up or the key is refused. */
async function runRows(rows: readonly UpdateArguments[], context: ToolContext): Promise<Row[]> {
  const done = new Map<string, Row>();
  const waiting = rows.values();
  let isOver = false;
  context.onProgress?.(0, rows.length, `0 of ${rows.length}`);
  const work = async () => {
    for (const args of waiting) {
      if (isOver || context.signal.aborted || isTooLong(minRowMs, context)) return;
      const row = await runRow(args, context);
      done.set(row.id, row);
      // What had no time for this one, or no valid key, has none for the next.
      if (row.isKeyRefused || (row.outcome === "not_tried" && !isPreview(row))) isOver = true;
      context.onProgress?.(done.size, rows.length, progressMessage(done.size, rows.length, row));
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxRowsAtATime, rows.length) }, work));
  const isKeyRefused = [...done.values()].some((row) => row.isKeyRefused);
  const why = isKeyRefused ? "Close refused the key" : "the call's time was used up, or it was cancelled";
  const error = `Its turn did not come: ${why}.`;
  return rows.map(({ id }) => done.get(id) ?? { id, opportunity: {}, outcome: "not_tried", error });
}

/** Never throws: after a write nothing may be reported as a failure that is none. */
async function runRow(args: UpdateArguments, context: ToolContext): Promise<Row> {
  let opportunity: Opportunity = {};
  const onRead = (latest: Opportunity) => {
    opportunity = latest;
  };
  try {
    return rowOf(await updateOne(args, { ...context, onRead }));
  } catch (error) {
    const row = { id: args.id, opportunity };
    if (error instanceof Failure) return { ...row, ...failed(error.report) };
    return { ...row, outcome: "in_doubt", error: `Unexpected internal error: ${String(error)}` };
  }
}

/** In characters. Rows are many. */
const maxProblemCharacters = 1000;

/** What happened, its beginning if that is long, and in any case what to do now. */
function failed({ problem, mistakes, details = [], remedy, ...report }: FailureReport) {
  const { record, traceId, canBeSentAgain, isKeyRefused = false } = report;
  const outcome = record === "in doubt" ? "in_doubt" : canBeSentAgain ? "not_tried" : "refused";
  const mistaken = mistakes?.map((mistake) => `${mistake.argument}: ${mistake.problem}`).join("; ");
  const problems = [mistaken ?? problem, ...details].map(ended).join(" ");
  const trace = traceId === undefined ? [] : [`Close's trace-id: ${traceId}`];
  const toDo = mistaken === undefined ? [remedy, ...trace] : [];
  return {
    outcome,
    error: [truncate(problems, maxProblemCharacters), ...toDo].join(" "),
    isKeyRefused,
  } as const;
}

/** Nothing that was updated or may have been is reported as a failure. */
function report(rows: readonly Row[], isDryRun: boolean): ToolResult {
  const isFailed = rows.every((row) => row.outcome === "refused" || (row.outcome === "not_tried" && !isPreview(row)));
  if (!isFailed) return rowsResult(rows, isDryRun);
  const keyRefused = rows.find(({ isKeyRefused }) => isKeyRefused);
  const isRefused = rows.some(({ outcome }) => outcome === "refused");
  throw new Failure({
    problem:
      rows.length === 1 ? "The opportunity was not updated." : `None of ${rows.length} opportunities was updated.`,
    details: keyRefused?.error === undefined ? rowLines(rows) : [keyRefused.error],
    record: "unchanged",
    remedy: keyRefused
      ? "No call will succeed before the key is corrected."
      : isRefused
        ? "Each line says why and what to do: call again with what is still wanted."
        : "Call again with the same arguments, in a moment or when a line says.",
  });
}
