import { isTooLong, reserving } from "../base/call-limits.ts";
import { Failure } from "../base/failure.ts";
import { ended, truncate } from "../base/text.ts";
import { readBackMs } from "../close/confirmed-update.ts";
import type { ToolContext } from "../mcp/tool.ts";
import type { ToolResult } from "../mcp/tool-result.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import { needsConsent } from "../opportunity/plans/consent.ts";
import { progressMessage, rowLines, rowOutcome, rowsResult } from "../opportunity/update/many/rows.ts";
import type { Failed, Made, UpdateOutcome } from "../opportunity/update/result.ts";
import { keepChanges, keepUndo, previewsAmong } from "./plans.ts";
import { type UpdateContext, updateOne } from "./update-one.ts";
import type { WantedUpdate } from "./wanted-update.ts";

/** How many rows run side by side. Each has one request on its way at a time, within the rate limits. */
export const maxRowsAtATime = 16;

/** A row that starts later than this before the end of the call, in milliseconds, could not be read back any more. */
const minRowMs = 11_000;

type Options = {
  isDryRun?: boolean;
  /** After so many rows that were refused or are in doubt, the rest is not tried. */
  maxFailures?: number | undefined;
};

/** What became of the updates of a call, and what it has made. */
type CarriedOut = Made & { rows: readonly UpdateOutcome[] };

/**
 * Carries out updates, each by itself; with a person's consent still to be given, or in a dry run, it keeps the plan of what
 * they would change instead.
 */
export async function carryOut(
  updates: readonly WantedUpdate[],
  { isDryRun = false, maxFailures }: Options,
  context: ToolContext,
): Promise<CarriedOut> {
  const { timeZone } = context;
  const unasked = updates.filter(({ plan }) => plan === undefined);
  const asJudged = unasked.map(({ mayBeClosing }) => ({ isClosing: mayBeClosing }));
  const mayWait = !isDryRun && needsConsent(asJudged, context.policy.confirm);
  const sending = reserving(context, readBackMs);
  const run = (rows: readonly WantedUpdate[], asDryRun: boolean) =>
    runRows(rows, maxFailures, { ...context, sending, isDryRun: asDryRun });
  let previewed: ReadonlyMap<WantedUpdate, UpdateOutcome> = new Map();
  let toSend = updates;
  if (isDryRun || mayWait) {
    previewed = await run(updates, true);
    const rows = [...previewed.values()];
    const previews = previewsAmong(rows, context);
    const isWaiting = mayWait && needsConsent(previews, context.policy.confirm);
    if (isDryRun || isWaiting) {
      const plan = keepChanges(previews, { reason: updates[0]?.reason, maxFailures }, context);
      return { timeZone, rows, isDryRun, isWaiting, plan };
    }
    // What could not be previewed could not be judged: it may need consent.
    toSend = updates.filter((update) => previewed.get(update)?.kind === "preview");
  }
  const giveBack = await context.quota.take(toSend.length, context);
  const tried = await run(toSend, false);
  const isSent = (row: UpdateOutcome) => row.kind === "updated" || rowOutcome(row) === "in_doubt";
  await giveBack(toSend.length - [...tried.values()].filter(isSent).length);
  const rows = updates.flatMap((update) => tried.get(update) ?? previewed.get(update) ?? []);
  return { timeZone, rows, undo: keepUndo(rows, context) };
}

/** Runs the rows a few at a time, in their order, until none is left, the call's time is used up or every other would fail too. */
async function runRows(
  updates: readonly WantedUpdate[],
  maxFailures = Number.POSITIVE_INFINITY,
  context: UpdateContext,
): Promise<ReadonlyMap<WantedUpdate, UpdateOutcome>> {
  const done = new Map<WantedUpdate, UpdateOutcome>();
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
      // What had no time for this one, or no way to Close, has none for the next.
      if (row.kind === "failed") {
        if (row.outcome !== "not_tried") failures += 1;
        why ??= row.blocker ?? (row.outcome === "not_tried" ? outOfTime : undefined);
      }
      progress(progressMessage(done.size, total, row));
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxRowsAtATime, total) }, work));
  if (failures >= maxFailures) why ??= `${failures} failed, and stop_after_failures is ${maxFailures}`;
  why ??= outOfTime;
  const remedy = "Call again in a moment.";
  const cause = new Failure({
    problem: `Nothing was sent: ${why}.`,
    record: "unchanged",
    remedy,
    canBeSentAgain: true,
  });
  const error = `Its turn did not come: ${why}.`;
  const notTried = { kind: "failed", opportunity: {}, warnings: [], outcome: "not_tried", error, cause } as const;
  return new Map(updates.map((update) => [update, done.get(update) ?? { id: update.id, ...notTried }]));
}

const outOfTime = "the call's time was used up, or it was cancelled";

/** Never throws: after a write nothing may be reported as a failure that is none. */
async function runRow(wanted: WantedUpdate, context: UpdateContext): Promise<UpdateOutcome> {
  let opportunity: Opportunity = {};
  const onRead = (latest: Opportunity) => {
    opportunity = latest;
  };
  try {
    return await updateOne(wanted, { ...context, onRead });
  } catch (cause) {
    return { kind: "failed", id: wanted.id, opportunity, warnings: [], cause, ...becauseOf(cause) };
  }
}

/** In characters. Rows are many. */
const maxProblemCharacters = 1000;

/** What happened, its beginning if that is long, and in any case what to do now. */
function becauseOf(cause: unknown): Pick<Failed, "outcome" | "error" | "blocker"> {
  if (!(cause instanceof Failure)) return { outcome: "in_doubt", error: `Unexpected internal error: ${cause}` };
  const { problem, mistakes, details = [], record, remedy, traceId, canBeSentAgain, blocker } = cause.report;
  const outcome = record === "in doubt" ? "in_doubt" : canBeSentAgain ? "not_tried" : "refused";
  const mistaken = mistakes?.map((mistake) => `${mistake.argument}: ${mistake.problem}`).join("; ");
  const problems = [mistaken ?? problem, ...details].map(ended).join(" ");
  const trace = traceId === undefined ? [] : [`Close's trace-id: ${traceId}`];
  const toDo = mistaken === undefined ? [remedy, ...trace] : [];
  return { outcome, error: [truncate(problems, maxProblemCharacters), ...toDo].join(" "), blocker };
}

/** Reports them in rows. Nothing that was updated or may have been is reported as a failure. */
export function reportOf({ rows, ...made }: CarriedOut): ToolResult {
  const failures = rows.filter((row) => row.kind === "failed");
  const isRefused = failures.some(({ outcome }) => outcome === "refused");
  if (failures.length < rows.length || failures.some(({ outcome }) => outcome === "in_doubt")) {
    return { ...rowsResult(rows, made), warnings: [] };
  }
  const blocked = failures.find(({ blocker }) => blocker !== undefined);
  throw new Failure({
    problem:
      rows.length === 1 ? "The opportunity was not updated." : `None of ${rows.length} opportunities was updated.`,
    details: blocked === undefined ? rowLines(rows, made) : [blocked.error],
    record: "unchanged",
    remedy: blocked
      ? "No call will succeed before this is put right."
      : isRefused
        ? "Each line says why and what to do: call again with what is still wanted."
        : "Call again with the same arguments, in a moment or when a line says.",
  });
}
