import type { AuditEntry } from "../audit.ts";
import { Failure } from "../base/failure.ts";
import type { Filling, InPart } from "../base/in-part.ts";
import { withTimeLimit } from "../base/signals.ts";
import { quote } from "../base/text.ts";
import { dayIn } from "../base/time-zone.ts";
import {
  type ConfirmedUpdate,
  confirmUpdate,
  type PlannedUpdate,
  type UpdateSteps,
} from "../close/confirmed-update.ts";
import type { CallContext } from "../close/http/client.ts";
import { CloseError } from "../close/http/errors.ts";
import type { ParsedArguments } from "../mcp/argument-reader.ts";
import { Refusal, type ToolContext } from "../mcp/tool.ts";
import { type Opportunity, textOf } from "../opportunity/opportunity.ts";
import type { UpdateArguments } from "../opportunity/update/arguments.ts";
import { listsToName } from "../opportunity/update/changes.ts";
import { expectedAfter } from "../opportunity/update/expected-state.ts";
import type { UpdateFact } from "../opportunity/update/fact.ts";
import { fillerIn } from "../opportunity/update/filler.ts";
import { alreadyHolds, listsNeeded, needsReading, plan } from "../opportunity/update/plan.ts";
import { type Review, review } from "../opportunity/update/review.ts";
import type { OwnUser } from "../opportunity/update/verdict.ts";
import {
  failedAfterwards,
  notInAuditFile,
  unreadBefore,
  unreadOpportunity,
} from "../opportunity/warnings.ts";
import { definitionOf } from "../organization/custom-fields.ts";
import { combined, items, type Known, type Lookup, nothingKnown } from "../organization/lists.ts";
import { joined } from "../organization/matching.ts";
import type { Mistake } from "../organization/names.ts";
import { describeStatus, placedStatuses } from "../organization/statuses.ts";
import { mistakenNames } from "./mistaken-names.ts";
import { resolveNames } from "./resolve-names.ts";

/** What an update works with. */
type UpdateContext = ToolContext & {
  /** Called with the opportunity whenever it has been read before an update: who it is, whatever becomes of it. */
  onRead?: (opportunity: Opportunity) => void;
};

/**
 * Updates one opportunity: resolve names → plan → send → review. Updates of the same opportunity wait for one another,
 * from reading it to the result; dry runs do not wait.
 *
 * @param valid arguments that do not contradict each other, and how the call was filled in.
 * @throws Refusal of all names that are mistaken, before anything is sent.
 * @throws Failure that says whether the opportunity is unchanged or in doubt.
 */
export async function updateOne(
  valid: { args: UpdateArguments } & Filling,
  callContext: UpdateContext,
): Promise<UpdateFact> {
  const { args } = valid;
  const context = { ...callContext, timeZone: args.time_zone ?? callContext.timeZone };
  const asked = { ...valid, mistakes: [] };
  if (args.dry_run) return carryOut(asked, context);
  return context.updates.run(args.id, context.signal, () => carryOut(asked, context));
}

/** An update that is ready to be sent. */
type Update = PlannedUpdate & {
  /** Why the opportunity could not be read before, if it could not be. */
  unread: string | undefined;
  /** What the caller should know in any case. */
  warnings: readonly string[];
};

/** What was asked for, as far as it could be read, the names of all that were given and of the blank ones, and the mistakes. */
type Asked = Filling & { args: InPart<UpdateArguments> & { id: string }; mistakes: readonly Mistake[] };

/**
 * Refuses a call with mistakes. Names are looked up first, so that all mistakes there are get reported.
 *
 * @throws Refusal, always.
 */
export async function refuse(
  { partial, given, blank }: ParsedArguments<UpdateArguments>,
  mistakes: readonly Mistake[],
  context: ToolContext,
): Promise<never> {
  const { id } = partial;
  if (id === undefined) throw new Refusal([...mistakes, ...(await mistakenNames([partial], context)).flat()]);
  if (needsReading(partial)) await planned({ args: { ...partial, id }, given, blank, mistakes }, context);
  throw new Refusal(mistakes);
}

async function carryOut(
  asked: Asked & { args: UpdateArguments },
  context: UpdateContext,
): Promise<UpdateFact> {
  const { args } = asked;
  const { id } = args;
  const first = await planned(asked, context);
  if (first.before && alreadyHolds(first.before, first.body, first.known)) {
    return nothingSent(args, first, context);
  }
  if (args.dry_run) return previewOf(id, first, context);
  const replan = (call: CallContext) => planned(asked, { ...context, ...call }, first.known);
  const sent = await sendUpdate(args, first, replan, context);
  const { update } = sent;
  if (!sent.isSent) return nothingSent(args, update, context);

  const { after, notes } = sent;
  const { value: reviewed, warnings: failed } = await afterwards(
    "comparing it with the state before",
    { changes: [], undo: undefined, warnings: [], isIgnored: false, known: update.known },
    async () => {
      const known = await withNames(update, after, context);
      return { ...reviewOf({ ...update, known }, after, context), known };
    },
  );
  const unread = update.unread === undefined ? [] : [unreadBefore(update.unread)];
  const warnings = [...notes, ...unread, ...update.warnings, ...reviewed.warnings, ...failed];
  return { kind: "updated", id, before: update.before, after, ...reviewed, warnings };
}

function nothingSent({ id, dry_run }: UpdateArguments, update: Update, context: ToolContext): UpdateFact {
  const before = update.before ?? {};
  const warnings = [...update.warnings, ...reviewOf(update, before, context).warnings];
  return { kind: "nothing to change", id, before, warnings, isDryRun: dry_run === true };
}

/** Without the opportunity there is nothing to show: a dry run that cannot read it has failed before. */
async function previewOf(id: string, update: Update, context: ToolContext): Promise<UpdateFact> {
  const { before = {}, body } = update;
  const after = expectedAfter(before, body, update.known, today(context));
  const known = await withNames(update, after, context);
  const { changes, warnings } = reviewOf({ ...update, known }, after, context);
  const request = context.close.previewUpdate(id, body, context);
  return { kind: "preview", id, before, changes, warnings: [...update.warnings, ...warnings], request };
}

/** What is known with the names of changed custom fields, as far as they can be read: without them the ids are shown. */
async function withNames(
  { before, body, known }: Update,
  after: Opportunity,
  context: ToolContext,
): Promise<Known> {
  if (before === undefined) return known;
  try {
    const wanted = (names: Known) => ({ lookUps: listsToName({ before, after, body, known: names }) });
    return (await resolveNames(known, wanted, context, textOf(after, "lead_id"))).known;
  } catch {
    return known;
  }
}

function reviewOf({ before, body, known }: Update, after: Opportunity, context: ToolContext): Review {
  return review({ before, after, body, known }, today(context), context.timeZone);
}

/** Looked up when it is needed: an update may wait past midnight. */
function today({ timeZone }: ToolContext): string {
  return dayIn(timeZone, new Date());
}

/**
 * Reads, resolves names and plans.
 *
 * @param earlier the lists of an earlier plan: those that could not be read then are not waited for again.
 * @throws Refusal if there is any mistake.
 */
async function planned(
  { args, given, blank, mistakes }: Asked,
  context: UpdateContext,
  earlier: Known = nothingKnown,
): Promise<Update> {
  const lists = listsNeeded(args).filter((list) => earlier[list].state !== "failed");
  const [{ before, unread, readAt }, read] = await Promise.all([
    readBefore(args, context),
    context.directory.lookUp(lists, context),
  ]).catch((error: unknown) => {
    if (mistakes.length === 0 || !(error instanceof Failure)) throw error;
    const { problem, isOutOfTime = false } = error.report;
    const isPassing = isOutOfTime || (error instanceof CloseError && error.isPassing);
    throw new Refusal([...mistakes, { argument: isOutOfTime ? "arguments" : "id", problem, isPassing }]);
  });
  const firstKnown = combined(unlessFailed, read, earlier);
  const makePlan = (known: Known) => plan(args, before, known);
  const { planning, known } = await resolveNames(firstKnown, makePlan, context, textOf(before, "lead_id"));
  const filler = fillerIn(args, { given, blank }, before);
  const all = [...mistakes, ...planning.mistakes, ...filler.mistakes];
  if (all.length > 0) throw new Refusal(all, unread === undefined ? [] : [unreadOpportunity(unread)]);
  if (before) refuseIfChanged(args, before);

  return {
    before,
    body: planning.body,
    known,
    isAddition: args.note_append !== undefined,
    readAt,
    unread,
    warnings: [...filler.warnings, ...planning.warnings],
  };
}

function unlessFailed<T>(now: Lookup<T>, earlier: Lookup<T>): Lookup<T> {
  return earlier.state === "failed" ? earlier : now;
}

type Before = Pick<Update, "before" | "unread" | "readAt">;

/** The opportunity before the update. If Close fails to return it, the update goes on if it can do without. */
async function readBefore(args: Asked["args"], context: UpdateContext): Promise<Before> {
  try {
    const { opportunity: before, readAt } = await context.close.readOpportunity(args.id, context);
    context.onRead?.(before);
    return { before, unread: undefined, readAt };
  } catch (error) {
    const isFinal =
      !(error instanceof CloseError) ||
      [401, 403, 404].includes(error.status ?? 0) ||
      context.signal.aborted ||
      error.report.isOutOfTime ||
      args.dry_run ||
      args.expected_date_updated !== undefined;
    if (isFinal) throw error;
    return { before: undefined, unread: error.report.problem, readAt: performance.now() };
  }
}

/** Compares by instant: hosts rewrite `+00:00` as `Z` and drop zeros. Close itself has no conditional update. */
function refuseIfChanged({ expected_date_updated: seen }: Asked["args"], before: Opportunity): void {
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

/**
 * Sends the update and keeps it in the audit file, whatever became of it.
 *
 * @param replan plans the update again from the opportunity as it is then; what it throws is thrown on.
 * @throws Failure in the caller's terms, with the valid statuses if Close refused the one given.
 */
async function sendUpdate(
  { id, note_append }: UpdateArguments,
  planned: Update,
  replan: (call: CallContext) => Promise<Update>,
  context: ToolContext,
): Promise<ConfirmedUpdate<Update>> {
  let latest = planned;
  const steps: UpdateSteps<Update> = {
    replan: async (call) => {
      latest = await replan(call);
      return latest;
    },
    ownUser: (call) => ownUser(context, call),
  };
  try {
    const sent = await confirmUpdate(context.close, id, planned, steps, context);
    if (!sent.isSent) return sent;
    const { value, warnings } = await afterwards("writing it to the audit file", [], () =>
      writeToAudit(id, sent.update, "applied", sent.after, context),
    );
    return { ...sent, notes: [...sent.notes, ...value, ...warnings] };
  } catch (error) {
    if (!(error instanceof CloseError)) throw error;
    const auditWarnings = await writeToAudit(id, latest, error.report.record, null, context);
    const details = [
      ...(error.report.details ?? []).map((detail) => withFieldNames(detail, latest.known)),
      ...(error.refusedFields.includes("status_id")
        ? await statusesToChooseFrom(context).catch(() => [])
        : []),
      ...(latest.unread === undefined ? [] : [unreadOpportunity(latest.unread)]),
      ...latest.warnings,
      ...auditWarnings,
    ];
    // A dry run would show the text as still to be added, whether it has been or not.
    const isToBeRead = error.loss !== undefined && note_append !== undefined;
    const remedy = isToBeRead ? readTheNote : error.report.remedy;
    throw new Failure({ ...error.report, details, remedy }, { cause: error });
  }
}

const readTheNote =
  "To find out, read the note with get_opportunity: if it holds what was to be added, the update went through. Do not call again before that.";

/** How long, in milliseconds, finding out whose key it is may take: it is evidence, but no condition. */
const maxUserLookUpMs = 3_000;

async function ownUser({ directory }: ToolContext, call: CallContext): Promise<OwnUser> {
  try {
    const { me } = await directory.lookUp(["me"], {
      ...call,
      signal: withTimeLimit(call.signal, maxUserLookUpMs),
    });
    return { id: items(me)[0]?.id, isUnread: me.state === "failed" && me.isPassing };
  } catch {
    return { isUnread: true };
  }
}

/** Returns a warning if the audit file could not take the write: that never blocks or hides it. */
async function writeToAudit(
  id: string,
  { body, before }: Update,
  outcome: AuditEntry["outcome"],
  after: Opportunity | null,
  { audit }: ToolContext,
): Promise<string[]> {
  const reason = await audit({ id, request: body, before: before ?? null, after, outcome });
  return reason === undefined ? [] : [notInAuditFile(reason)];
}

/** Callers know custom fields by name: `custom.cf_…` alone would not show them which argument is meant. */
function withFieldNames(detail: string, known: Known): string {
  return detail.replace(/^custom\.l?cf_[A-Za-z0-9]+/, (key) => {
    const field = definitionOf(key, known);
    return field === undefined ? key : `custom_fields ${quote(field.name)} (${key})`;
  });
}

async function statusesToChooseFrom(context: ToolContext): Promise<string[]> {
  const { pipelines } = await context.directory.lookUp(["pipelines"], context, { fresh: true });
  const statuses = placedStatuses(items(pipelines));
  return statuses.length === 0 ? [] : [`status_id: valid statuses are ${joined(statuses, describeStatus)}`];
}

/**
 * Does what follows a write that has taken effect, and can no longer turn it into a failure: whatever is thrown becomes a
 * warning, and `instead` the value.
 *
 * @param what the work in a warning's words: "comparing it with the state before".
 */
export async function afterwards<T>(
  what: string,
  instead: T,
  work: () => T | Promise<T>,
): Promise<{ value: T; warnings: readonly string[] }> {
  try {
    return { value: await work(), warnings: [] };
  } catch (error) {
    return { value: instead, warnings: [failedAfterwards(what, error)] };
  }
}
