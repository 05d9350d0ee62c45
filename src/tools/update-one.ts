import type { AuditEntry } from "../audit.ts";
import { limitedTo } from "../base/call-limits.ts";
import { Failure, refuseMistakes, withDetails } from "../base/failure.ts";
import { moment } from "../base/moment.ts";
import { raceAbort } from "../base/signals.ts";
import { type Today, todayIn } from "../base/time-zone.ts";
import { confirmUpdate, type PreparedUpdate } from "../close/confirmed-update.ts";
import { CloseError } from "../close/http/errors.ts";
import type { CallContext } from "../close/http/requests.ts";
import type { OwnUser } from "../close/verdict.ts";
import type { ToolContext } from "../mcp/tool.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import { closes, needsConsent } from "../opportunity/plans/consent.ts";
import { listsToName } from "../opportunity/update/changes.ts";
import { expectedAfter, isEdited } from "../opportunity/update/close-rules.ts";
import { alreadyHolds, bodyOf, type Edit } from "../opportunity/update/edit.ts";
import type { Updated, UpdateOutcome } from "../opportunity/update/result.ts";
import { type Review, review } from "../opportunity/update/review.ts";
import { sendable } from "../opportunity/update/sendable.ts";
import { unwritable } from "../opportunity/update/writable.ts";
import { type Names, readLists } from "../organization/lists.ts";
import { readFormer } from "../organization/people.ts";
import { replacedByIt } from "./event-log.ts";
import { failureOf } from "./failed-update.ts";
import type { WantedUpdate } from "./wanted-update.ts";

/** An update that is ready to be sent. */
type Update = PreparedUpdate & {
  /** What was asked for, also what already holds. */
  asked: readonly Edit[];
  /** Why the opportunity could not be read before, if it could not be. */
  unread: string | undefined;
  /** What the caller should know in any case. */
  warnings: readonly string[];
  /** Why nothing is left to be done, if that is not because it already holds. */
  why?: string;
};

/** What an update works with. */
export type UpdateContext = ToolContext & {
  isDryRun: boolean;
  /** The call as far as it may send: the rest of its time is for reading back. */
  sending: CallContext;
  /** Called with the opportunity whenever it has been read before an update: who it is, whatever becomes of it. */
  onRead?: (opportunity: Opportunity) => void;
};

/**
 * Updates one opportunity: read and plan → send → review. Updates of the same opportunity wait for one another, from reading
 * it to Close's answer; dry runs do not wait.
 * @throws Failure of all names that are mistaken, or that says whether the opportunity is unchanged or in doubt.
 */
export async function updateOne(wanted: WantedUpdate, context: UpdateContext): Promise<UpdateOutcome> {
  const { id } = wanted;
  if (context.isDryRun) {
    const update = await prepared(wanted, context);
    return isDone(update) ? nothingSent(id, update, context) : previewOf(id, update, context);
  }
  const sent = await context.locks.run(id, context.sending, () => send(wanted, context));
  if (sent.kind === "nothing to change") return nothingSent(id, sent.update, context);
  const { after, unaudited, lost } = sent;
  const nothingKnown = { before: undefined, changes: [], undo: [], isIgnored: false };
  return afterwards(
    () => reported(id, sent, context),
    (warning): Updated => ({
      ...{ kind: "updated", id, opportunity: after, isShown: lost !== undefined, ...nothingKnown },
      warnings: [...unaudited, warning],
    }),
  );
}

/** Reads, resolves names and plans. @throws Failure if there is any mistake. */
async function prepared(wanted: WantedUpdate, context: UpdateContext): Promise<Update> {
  const { names, policy, isDryRun } = context;
  const [state] = await Promise.all([readBefore(wanted, context), readLists(wanted.listsNeeded(names, isDryRun))]);
  const { before, unread } = state;
  try {
    const asked = await wanted.edits(before, context);
    const fields = asked.edits.map(({ field }) => field);
    if (wanted.plan?.kind !== "undo") refuseMistakes(unwritable(fields, policy.writableFields));
    const update = { ...state, asked: asked.edits, ...sendable(asked, before, names.known()) };
    if (!isDryRun && wanted.plan === undefined) refuseUnagreed(update, context);
    return update;
  } catch (error) {
    throw unread && error instanceof Failure ? withDetails(error, unreadBefore(state)) : error;
  }
}

/** The opportunity before the update. If Close fails to return it, the update goes on if it can do without. */
async function readBefore({ id, needsBefore }: WantedUpdate, context: UpdateContext) {
  try {
    const { opportunity: before, readAt } = await context.close.readOpportunity(id, context);
    context.onRead?.(before);
    return { before, unread: undefined, readAt };
  } catch (error) {
    const isFinal =
      needsBefore ||
      context.isDryRun ||
      !(error instanceof CloseError) ||
      [401, 403, 404].includes(error.status ?? 0) ||
      context.signal.aborted ||
      error.report.blocker !== undefined ||
      error.report.canBeSentAgain;
    if (isFinal) throw error;
    return { before: undefined, unread: error.report.problem, readAt: moment() };
  }
}

/** What is said of an update that was not made, or may not have been. */
function unreadBefore({ unread }: Pick<Update, "unread">): string[] {
  return unread === undefined ? [] : [`The opportunity could not be read before the update. ${unread}`];
}

/** What was no such change when consent was judged may be one by now. @throws Failure if a person has to agree to it. */
function refuseUnagreed({ before, edits }: Pick<Update, "before" | "edits">, context: ToolContext): void {
  if (before === undefined || !isEdited("status_id", edits)) return;
  const known = context.names.known();
  const after = expectedAfter(before, edits, known, today(context).day);
  if (!needsConsent([{ isClosing: closes(before, after, known) }], context.policy.confirm)) return;
  throw new Failure({
    problem: "Nothing was sent: the opportunity has changed, so that a person has to agree to this update first.",
    record: "unchanged",
    remedy: "Call again with the same arguments: the result has a plan to show to the person.",
  });
}

function isDone({ before, edits }: Update): boolean {
  return before !== undefined && alreadyHolds(before, edits);
}

/** Sends the update, if anything is left to be changed, and keeps what became of it. */
async function send(wanted: WantedUpdate, context: UpdateContext) {
  const { id, reason, plan } = wanted;
  const first = await prepared(wanted, context);
  if (isDone(first)) return { kind: "nothing to change" as const, update: first };
  let isSent = false;
  const audit = async ({ edits, before }: Update, after: Opportunity | null, outcome: AuditEntry["outcome"]) => {
    const about = { id, request: bodyOf(edits), before: before ?? null, reason, plan: plan?.word, host: context.host };
    const fault = await context.audit({ ...about, after, outcome });
    return fault === undefined ? [] : [`The audit file does not hold this write: ${fault}.`];
  };
  const sent = await confirmUpdate(id, first, {
    close: context.close,
    call: context,
    sending: context.sending,
    prepareAgain: (call) => prepared(wanted, { ...context, ...call }),
    ownUser: (call) => ownUser(context.names, call),
    async beforeSending(update) {
      isSent = true;
      await audit(update, null, "sent");
    },
  }).catch(async (error: unknown) => {
    // It was sent and refused, and then changed so that it may not be sent again.
    if (isSent) await audit(first, null, "unchanged");
    throw error;
  });
  const { update } = sent;
  if (sent.kind === "nothing to change") {
    if (isSent) await audit(update, null, "unchanged");
    return sent;
  }
  if (sent.kind === "failed") {
    const unaudited = await audit(update, null, sent.error.report.record);
    const more = [...unreadBefore(update), ...update.warnings, ...unaudited];
    throw await failureOf(sent.error, { ...update, isOfPlan: plan !== undefined }, context, more);
  }
  const { after, lost } = sent;
  const unaudited = await afterwards(
    () => {
      wanted.onApplied?.();
      return audit(update, after, lost === undefined ? "applied" : "shown");
    },
    (warning) => [warning],
  );
  return { ...sent, unaudited };
}

type Applied = Extract<Awaited<ReturnType<typeof send>>, { kind: "applied" }>;

/** Does what follows a write that has taken effect: whatever is thrown becomes a warning, never the failure of the update. */
async function afterwards<T>(work: () => Promise<T>, instead: (warning: string) => T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    return instead(`The update went through, but what follows it failed: ${String(error)}.`);
  }
}

/** Compares what Close answered with what was there before. */
async function reported(
  id: string,
  { update, after, lost, unaudited }: Applied,
  context: ToolContext,
): Promise<Updated> {
  const replaced = lost === undefined ? await replacedByIt({ ...update, id, after }, context) : undefined;
  const before = replaced?.before ?? update.before;
  await readNames(before, after, context);
  const { warnings, undo, ...reviewed } = reviewOf({ ...update, before }, after, context);
  return {
    ...{ kind: "updated", id, opportunity: after, before, ...reviewed },
    undo: lost === undefined ? undo : [],
    restores: replaced?.writer,
    isShown: lost !== undefined,
    warnings: [
      ...(lost === undefined ? [] : [`${shownOnly} ${lost.report.problem}`]),
      ...unaudited,
      ...(update.unread === undefined ? [] : [`${changesOnly} ${update.unread}`]),
      ...(replaced?.warnings ?? []),
      ...warnings,
    ],
  };
}

const shownOnly =
  "Close's answer was lost. The opportunity was read back and shows the update; perhaps it was changed by another program with this key, so there is no undo.";

const changesOnly =
  "The opportunity could not be read before the update, so changes lists what was asked for without the values before, and there is no undo.";

/** What is to be said of it, by what was prepared and by what came of it. */
function reviewOf({ before, edits, warnings }: Update, after: Opportunity, context: ToolContext): Review {
  const isDated = ["status_id", "date_won"].some((key) => isEdited(key, edits));
  const fault = isDated ? context.close.clock.fault() : undefined;
  const reviewed = review({ before, after, edits, known: context.names.known() }, today(context));
  return { ...reviewed, warnings: [...warnings, ...(fault === undefined ? [] : [fault]), ...reviewed.warnings] };
}

/** Looked up when it is needed: an update may wait past midnight. */
function today({ timeZone, close }: ToolContext): Today {
  return todayIn(timeZone, close.clock.now());
}

/** Reads the names of custom fields that changed unasked, and of who is in them. Without them the ids are shown. */
async function readNames(before: Opportunity | undefined, after: Opportunity, { names }: ToolContext): Promise<void> {
  if (before === undefined) return;
  for (let reads = 0; reads < 2; reads += 1) {
    // Which lists name the people in a custom field is known once the custom fields are.
    const lists = listsToName({ before, after, known: names.known() }, names);
    if (lists.length === 0) break;
    await readLists(lists).catch(() => []);
  }
  await readFormer([before.user_id, after.user_id], names);
}

function nothingSent(id: string, update: Update, context: UpdateContext): UpdateOutcome {
  const { before: opportunity = {}, why = "it already has all that was asked for" } = update;
  const { warnings } = reviewOf(update, opportunity, context);
  return { kind: "nothing to change", id, opportunity, warnings, why };
}

/** `before` is set here: a dry run that cannot read the opportunity has failed. */
async function previewOf(id: string, update: Update, context: ToolContext): Promise<UpdateOutcome> {
  const { before: opportunity = {}, edits, asked } = update;
  const after = expectedAfter(opportunity, edits, context.names.known(), today(context).day);
  await readNames(opportunity, after, context);
  const { changes, warnings } = reviewOf(update, after, context);
  const request = context.close.previewUpdate(id, bodyOf(edits), context);
  return { kind: "preview", id, opportunity, asked, after, changes, warnings, request };
}

/** How long, in milliseconds, finding out whose key it is may take: it is evidence, but no condition. */
const maxUserLookUpMs = 3_000;

/** Whose key it is. Never rejects. */
async function ownUser({ me }: Names, call: CallContext): Promise<OwnUser> {
  try {
    const { signal } = limitedTo(call, maxUserLookUpMs);
    const [user] = await raceAbort(me.read(), signal, "while the key's user was asked for");
    return { id: user?.id };
  } catch {
    return { isUnread: true };
  }
}
