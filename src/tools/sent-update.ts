import type { AuditEntry } from "../audit.ts";
import { Failure } from "../base/failure.ts";
import { raceAbort, timeLimit } from "../base/signals.ts";
import { joined, quote } from "../base/text.ts";
import { confirmUpdate, type PlannedUpdate } from "../close/confirmed-update.ts";
import type { CallContext } from "../close/http/requests.ts";
import type { OwnUser } from "../close/verdict.ts";
import type { ToolContext } from "../mcp/tool.ts";
import { fieldOf } from "../opportunity/fields.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import type { UpdateArguments } from "../opportunity/update/arguments.ts";
import { bodyOf } from "../opportunity/update/edit.ts";
import type { Known, Names } from "../organization/lists.ts";
import { describeStatus, placedStatuses } from "../organization/statuses.ts";

/** An update that is ready to be sent. */
export type Update = PlannedUpdate & {
  /** Why the opportunity could not be read before, if it could not be. */
  unread: string | undefined;
  /** What the caller should know in any case. */
  warnings: readonly string[];
};

/** The opportunity once the update has taken effect, or undefined if nothing had to be sent. */
export type SentUpdate = { update: Update; after: Opportunity | undefined; notes: readonly string[] };

/**
 * Sends the update and keeps it in the audit file, whatever became of it.
 * @param context `replan` plans the update again from the opportunity as it is then; what it throws is thrown on.
 * @throws Failure in the caller's terms, with the valid statuses if Close refused the one given.
 */
export async function sendUpdate(
  { id, note_append }: UpdateArguments,
  planned: Update,
  context: ToolContext & { replan: (call: CallContext) => Promise<Update> },
): Promise<SentUpdate> {
  const { close, names, replan } = context;
  const steps = { close, call: context, replan, ownUser: (call: CallContext) => ownUser(names, call) };
  const sent = await confirmUpdate(id, planned, steps);
  const { update } = sent;
  if (sent.kind === "nothing to change") return { update, after: undefined, notes: [] };
  /** A warning if the audit file could not take the write: that never blocks or hides it. */
  const audit = async (outcome: AuditEntry["outcome"], after: Opportunity | null) => {
    const { edits, before = null } = update;
    const reason = await context.audit({ id, request: bodyOf(edits), before, after, outcome });
    return reason === undefined ? [] : [`The audit file does not hold this write: ${reason}.`];
  };
  if (sent.kind === "applied") {
    const { after, notes } = sent;
    const { value, warnings } = await afterwards("writing it to the audit file", [], () => audit("applied", after));
    return { update, after, notes: [...notes, ...value, ...warnings] };
  }
  const { error } = sent;
  const notes = await audit(error.report.record, null);
  const details = [
    ...(error.report.details ?? []).map((detail) => withFieldNames(detail, names.known())),
    ...(error.refusedFields.includes("status_id") ? await statusesToChooseFrom(names) : []),
    ...(update.unread === undefined ? [] : [unreadBefore(update.unread)]),
    ...update.warnings,
    ...notes,
  ];
  // A dry run would show the text as still to be added, whether it has been or not.
  const isToBeRead = error.loss !== undefined && note_append !== undefined;
  const remedy = isToBeRead ? readTheNote : error.report.remedy;
  throw new Failure({ ...error.report, details, remedy }, { cause: error });
}

const readTheNote =
  "To find out, read the note with get_opportunity: if it holds what was to be added, the update went through. Do not call again before that.";

/** What is said of an update that was not made, or may not have been, as the opportunity could not be read before. */
export function unreadBefore(problem: string): string {
  return `The opportunity could not be read before the update. ${problem}`;
}

/** How long, in milliseconds, finding out whose key it is may take: it is evidence, but no condition. */
const maxUserLookUpMs = 3_000;

async function ownUser({ me }: Names, { signal }: CallContext): Promise<OwnUser> {
  try {
    const limit = timeLimit(signal, maxUserLookUpMs);
    const [user] = await raceAbort(me.read(), limit.signal, tookTooLong);
    return { id: user?.id };
  } catch {
    return { isUnread: true };
  }
}

const tookTooLong = { problem: "GET /me/ took too long.", record: "unchanged", remedy: "" } as const;

/** Callers know custom fields by name: `custom.cf_…` alone would not show them which argument is meant. */
function withFieldNames(detail: string, known: Known): string {
  return detail.replace(/^custom\.l?cf_[A-Za-z0-9]+/, (key) => {
    const { definition, label } = fieldOf(key, known);
    return definition === undefined ? key : `custom_fields ${quote(label)} (${key})`;
  });
}

async function statusesToChooseFrom({ pipelines }: Names): Promise<string[]> {
  const statuses = placedStatuses(await pipelines.readAgain().catch(() => []));
  return statuses.length === 0 ? [] : [`status_id: valid statuses are ${joined(statuses, describeStatus)}`];
}

/**
 * Does what follows a write that has taken effect, and can no longer turn it into a failure: whatever is thrown becomes a
 * warning, and `instead` the value.
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
    return { value: instead, warnings: [`The update went through, but ${what} failed: ${String(error)}.`] };
  }
}
