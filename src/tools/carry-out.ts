import { isTooLong, reserving } from "../base/call-limits.ts";
import { Failure, type FailureReport } from "../base/failure.ts";
import { ended, truncate } from "../base/text.ts";
import { readBackMs } from "../close/confirmed-update.ts";
import type { ToolContext } from "../mcp/tool.ts";
import type { ToolResult } from "../mcp/tool-result.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import { needsConsent } from "../opportunity/plans/consent.ts";
import { isPreview, progressMessage, type Row, rowLines, rowOf, rowsResult } from "../opportunity/update/many/rows.ts";
import type { Made } from "../opportunity/update/result.ts";
import { keepChanges, keepUndo, previewsAmong } from "./plans.ts";
import { type UpdateContext, updateOne } from "./update-one.ts";
import type { WantedUpdate } from "./wanted-update.ts";

/** How many rows run side by side. Each has one request on its way at a time, within the rate limits. */
export const maxRowsAtATime = 16;

/** A row that starts later than this before the end of the call, in milliseconds, could not be read back any more. */
const minRowMs = 11_000;

type Options = {
  isDryRun?: boolean;
  /** Whether a person may have to agree first, as far as that can be told before anything is read. */
  mayWait?: boolean;
  /** After so many rows that were refused or are in doubt, the rest is not tried. */
  maxFailures?: number | undefined;
};

/** What became of the updates of a call, and the plan that it has made. */
type CarriedOut = Made & { rows: readonly Row[]; isDryRun?: boolean; warnings: readonly string[] };

/**
 * Carries out updates, each by itself; with a person's consent still to be given, or in a dry run, it keeps the plan of what
 * they would change instead.
 */
export async function carryOut(
  updates: readonly WantedUpdate[],
  { isDryRun = false, mayWait = false, maxFailures }: Options,
  context: ToolContext,
): Promise<CarriedOut> {
  const sending = reserving(context, readBackMs);
  const run = (rows: readonly WantedUpdate[], asDryRun: boolean) =>
    runRows(rows, maxFailures, { ...context, sending, isDryRun: asDryRun });
  let previewed: ReadonlyMap<WantedUpdate, Row> = new Map();
  let toSend = updates;
  if (isDryRun || mayWait) {
    previewed = await run(updates, true);
    const rows = [...previewed.values()];
    const previews = previewsAmong(rows, context);
    const isWaiting = mayWait && needsConsent(previews, context.policy.confirm);
    if (isDryRun || isWaiting) {
      const plan = keepChanges(previews, { reason: updates[0]?.reason, maxFailures }, context);
      return { rows, isDryRun, isWaiting, plan, warnings: [] };
    }
    // What could not be previewed could not be judged: it may need consent.
    toSend = updates.filter((update) => previewed.get(update)?.update?.kind === "preview");
  }
  const giveBack = await context.quota.take(toSend.length, context);
  const tried = await run(toSend, false);
  const isSent = ({ outcome, update }: Row) => update?.kind === "updated" || outcome === "in_doubt";
  await giveBack(toSend.length - [...tried.values()].filter(isSent).length);
  const rows = updates.flatMap((update) => tried.get(update) ?? previewed.get(update) ?? []);
  const { value: undo, warnings } = await keepUndo(rows, context);
  return { rows, undo, warnings };
}

/** Runs the rows a few at a time, in their order, until none is left, the call's time is used up or every other would fail too. */
async function runRows(
  updates: readonly WantedUpdate[],
  maxFailures = Number.POSITIVE_INFINITY,
  context: UpdateContext,
): Promise<ReadonlyMap<WantedUpdate, Row>> {
  const done = new Map<WantedUpdate, Row>();
  const waiting = updates.values();
  const total = updates.length;
  let why: string | undefined;
  let failures = 0;
  let running = 0;
  const progress = (message: string) => total > 1 && context.onProgress?.(done.size, total, message);
  progress(`0 of ${total}`);
  const work = async () => {
    // All that are running may fail: then there may be no more of them than may fail.
    while (why === undefined && failures + running < maxFailures) {
      if (context.signal.aborted || isTooLong(minRowMs, context)) return;
      const { value: update } = waiting.next();
      if (update === undefined) return;
      running += 1;
      const row = await runRow(update, context);
      running -= 1;
      done.set(update, row);
      if (row.outcome === "refused" || row.outcome === "in_doubt") failures += 1;
      // What had no time for this one, or no way to Close, has none for the next.
      if (row.blocker !== undefined) why = row.blocker;
      else if (row.outcome === "not_tried" && !isPreview(row)) why ??= outOfTime;
      progress(progressMessage(done.size, total, row));
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxRowsAtATime, total) }, work));
  if (failures >= maxFailures) why ??= `${failures} failed, and stop_after_failures is ${maxFailures}`;
  const error = `Its turn did not come: ${why ?? outOfTime}.`;
  const notTried = ({ id }: WantedUpdate): Row => ({ id, opportunity: {}, outcome: "not_tried", error });
  return new Map(updates.map((update) => [update, done.get(update) ?? notTried(update)]));
}

const outOfTime = "the call's time was used up, or it was cancelled";

/** Never throws: after a write nothing may be reported as a failure that is none. */
async function runRow(wanted: WantedUpdate, context: UpdateContext): Promise<Row> {
  let opportunity: Opportunity = {};
  const onRead = (latest: Opportunity) => {
    opportunity = latest;
  };
  try {
    return rowOf(await updateOne(wanted, { ...context, onRead }));
  } catch (error) {
    const row = { id: wanted.id, opportunity, cause: error };
    if (error instanceof Failure) return { ...row, ...failed(error.report) };
    return { ...row, outcome: "in_doubt", error: `Unexpected internal error: ${String(error)}` };
  }
}

/** In characters. Rows are many. */
const maxProblemCharacters = 1000;

/** What happened, its beginning if that is long, and in any case what to do now. */
function failed(report: FailureReport) {
  const { problem, mistakes, details = [], record, remedy, traceId, canBeSentAgain, blocker } = report;
  const outcome = record === "in doubt" ? "in_doubt" : canBeSentAgain ? "not_tried" : "refused";
  const mistaken = mistakes?.map((mistake) => `${mistake.argument}: ${mistake.problem}`).join("; ");
  const problems = [mistaken ?? problem, ...details].map(ended).join(" ");
  const trace = traceId === undefined ? [] : [`Close's trace-id: ${traceId}`];
  const toDo = mistaken === undefined ? [remedy, ...trace] : [];
  return { outcome, error: [truncate(problems, maxProblemCharacters), ...toDo].join(" "), blocker } as const;
}

/** Reports them in rows. Nothing that was updated or may have been is reported as a failure. */
export function reportOf({ rows, warnings, ...made }: CarriedOut): ToolResult {
  const isFailed = rows.every((row) => row.outcome === "refused" || (row.outcome === "not_tried" && !isPreview(row)));
  if (!isFailed) return { ...rowsResult(rows, made), warnings };
  const blocked = rows.find(({ blocker }) => blocker !== undefined);
  const isRefused = rows.some(({ outcome }) => outcome === "refused");
  throw new Failure({
    problem:
      rows.length === 1 ? "The opportunity was not updated." : `None of ${rows.length} opportunities was updated.`,
    details: blocked?.error === undefined ? rowLines(rows) : [blocked.error],
    record: "unchanged",
    remedy: blocked
      ? "No call will succeed before this is put right."
      : isRefused
        ? "Each line says why and what to do: call again with what is still wanted."
        : "Call again with the same arguments, in a moment or when a line says.",
  });
}
