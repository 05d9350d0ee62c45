import { Failure, withDetails } from "../base/failure.ts";
import { quote } from "../base/text.ts";
import { dayIn } from "../base/time-zone.ts";
import { confirmUpdate, type PlannedUpdate } from "../close/confirmed-update.ts";
import { CloseError } from "../close/http/errors.ts";
import type { ToolContext } from "../mcp/tool.ts";
import { type Opportunity, textOf } from "../opportunity/opportunity.ts";
import type { UpdateArguments } from "../opportunity/update/arguments.ts";
import { listsToName } from "../opportunity/update/changes.ts";
import { expectedAfter } from "../opportunity/update/close-rules.ts";
import { bodyOf } from "../opportunity/update/edit.ts";
import { alreadyHolds, listsNeeded, plan } from "../opportunity/update/plan.ts";
import type { UpdateOutcome } from "../opportunity/update/result.ts";
import { type Review, review } from "../opportunity/update/review.ts";
import { unreadOf } from "../organization/lists.ts";
import { afterwards, audited, failureOf, ownUser } from "./sent-update.ts";

/** An update that is ready to be sent. */
type Update = PlannedUpdate & {
  /** Why the opportunity could not be read before, if it could not be. */
  unread: string | undefined;
  /** What the caller should know in any case. */
  warnings: readonly string[];
};

/** What an update works with. */
type UpdateContext = ToolContext & {
  /** Called with the opportunity whenever it has been read before an update: who it is, whatever becomes of it. */
  onRead?: (opportunity: Opportunity) => void;
};

/**
 * Updates one opportunity: read and plan → send → review. Updates of the same opportunity wait for one another,
 * from reading it to the result; dry runs do not wait.
 * @param args arguments that do not contradict each other.
 * @throws Failure of all names that are mistaken, or that says whether the opportunity is unchanged or in doubt.
 */
export async function updateOne(args: UpdateArguments, context: UpdateContext): Promise<UpdateOutcome> {
  if (args.dry_run) return carryOut(args, context);
  return context.locks.run(args.id, context, () => carryOut(args, context));
}

async function carryOut(args: UpdateArguments, context: UpdateContext): Promise<UpdateOutcome> {
  const { id } = args;
  const first = await planned(args, context);
  if (first.before && alreadyHolds(first.before, first.edits)) return nothingSent(args, first, context);
  if (args.dry_run) return previewOf(id, first, context);

  const sent = await confirmUpdate(id, first, {
    close: context.close,
    call: context,
    replan: (call) => planned(args, { ...context, ...call }),
    ownUser: (call) => ownUser(context.names, call),
  });
  const { update } = sent;
  if (sent.kind === "nothing to change") return nothingSent(args, update, context);
  if (sent.kind === "failed") {
    const { error } = sent;
    const unaudited = await audited(update, { id, after: null, outcome: error.report.record }, context);
    throw await failureOf(error, args, context, [...unreadBefore(update), ...update.warnings, ...unaudited]);
  }

  const { after, notes } = sent;
  const kept = await afterwards("writing it to the audit file", [], () =>
    audited(update, { id, after, outcome: "applied" }, context),
  );
  const { value: reviewed, warnings: failed } = await afterwards(
    "comparing it with the state before",
    { changes: [], undo: undefined, warnings: [], isIgnored: false },
    async () => {
      await readNames(update, after, context);
      return reviewOf(update, after, context);
    },
  );
  const unread = update.unread === undefined ? [] : [`${changesOnly} ${update.unread}`];
  const unaudited = [...kept.value, ...kept.warnings];
  const warnings = [...notes, ...unaudited, ...unread, ...update.warnings, ...reviewed.warnings, ...failed];
  return { kind: "updated", id, before: update.before, after, ...reviewed, warnings };
}

const changesOnly =
  "The opportunity could not be read before the update, so changes lists what was asked for without the values before, and there is no undo.";

function nothingSent({ id, dry_run }: UpdateArguments, update: Update, context: ToolContext): UpdateOutcome {
  const { before = {} } = update;
  const warnings = [...update.warnings, ...reviewOf(update, before, context).warnings];
  return { kind: "nothing to change", id, before, warnings, isDryRun: dry_run === true };
}

/** `before` is set here: a dry run that cannot read the opportunity has failed. */
async function previewOf(id: string, update: Update, context: ToolContext): Promise<UpdateOutcome> {
  const { before = {}, edits } = update;
  const after = expectedAfter(before, edits, context.names.known(), today(context).day);
  await readNames(update, after, context);
  const { changes, warnings } = reviewOf(update, after, context);
  const request = context.close.previewUpdate(id, bodyOf(edits), context);
  return { kind: "preview", id, before, changes, warnings: [...update.warnings, ...warnings], request };
}

/** Reads the names of custom fields that changed unasked, and of who is in them. Without them the ids are shown. */
async function readNames({ before }: Update, after: Opportunity, { names }: ToolContext): Promise<void> {
  if (before === undefined) return;
  for (let reads = 0; reads < 2; reads += 1) {
    // Which lists name the people in a custom field is known once the custom fields are.
    const lists = listsToName({ before, after, known: names.known() }, names);
    if (lists.length === 0) return;
    await unreadOf(lists).catch(() => []);
  }
}

function reviewOf({ before, edits }: Update, after: Opportunity, context: ToolContext): Review {
  return review({ before, after, edits, known: context.names.known() }, today(context));
}

/** Looked up when it is needed: an update may wait past midnight. */
function today({ timeZone }: ToolContext) {
  return { day: dayIn(timeZone, new Date()), timeZone };
}

/** Reads, resolves names and plans. @throws Failure if there is any mistake. */
async function planned(args: UpdateArguments, context: UpdateContext): Promise<Update> {
  const { names } = context;
  const [state] = await Promise.all([readBefore(args, context), unreadOf(listsNeeded(args, names))]);
  const { before, unread } = state;
  const { edits, warnings } = await plan(args, before, names).catch((error: unknown) => {
    throw unread && error instanceof Failure ? withDetails(error, unreadBefore(state)) : error;
  });
  if (before) refuseIfChanged(args, before);
  return { ...state, edits, warnings, isAddition: args.note_append !== undefined };
}

/** The opportunity before the update. If Close fails to return it, the update goes on if it can do without. */
async function readBefore(
  args: UpdateArguments,
  context: UpdateContext,
): Promise<Pick<Update, "before" | "unread" | "readAt">> {
  try {
    const { opportunity: before, readAt } = await context.close.readOpportunity(args.id, context);
    context.onRead?.(before);
    return { before, unread: undefined, readAt };
  } catch (error) {
    const isFinal =
      !(error instanceof CloseError) ||
      [401, 403, 404].includes(error.status ?? 0) ||
      context.signal.aborted ||
      error.report.canBeSentAgain ||
      args.dry_run ||
      args.expected_date_updated !== undefined;
    if (isFinal) throw error;
    return { before: undefined, unread: error.report.problem, readAt: performance.now() };
  }
}

/** What is said of an update that was not made, or may not have been. */
function unreadBefore({ unread }: Pick<Update, "unread">): string[] {
  return unread === undefined ? [] : [`The opportunity could not be read before the update. ${unread}`];
}

/** Compares by instant: hosts rewrite `+00:00` as `Z` and drop zeros. Close itself has no conditional update. */
function refuseIfChanged({ expected_date_updated: seen }: UpdateArguments, before: Opportunity): void {
  const current = before.date_updated;
  if (seen === undefined || (typeof current === "string" && Date.parse(current) === Date.parse(seen))) return;
  const by = typeof before.updated_by_name === "string" ? ` by ${quote(before.updated_by_name)}` : "";
  throw new Failure({
    problem: `Nothing was sent: the opportunity has changed since ${seen}. It was last updated at ${textOf(before, "date_updated") ?? "an unknown time"}${by}.`,
    record: "unchanged",
    remedy:
      "Read the opportunity with get_opportunity, decide whether the update is still wanted, and call again with the date_updated that it shows.",
  });
}
