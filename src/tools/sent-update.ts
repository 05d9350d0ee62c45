import type { AuditEntry } from "../audit.ts";
import { Failure } from "../base/failure.ts";
import { raceAbort, timeLimit } from "../base/signals.ts";
import { asText, joined, quote } from "../base/text.ts";
import { localTime } from "../base/time-zone.ts";
import type { PlannedUpdate } from "../close/confirmed-update.ts";
import { eventsIfReadable, maxEvents } from "../close/events.ts";
import type { CloseError } from "../close/http/errors.ts";
import type { CallContext } from "../close/http/requests.ts";
import type { OwnUser } from "../close/verdict.ts";
import type { ToolContext } from "../mcp/tool.ts";
import { type Field, fieldOf, isCustom } from "../opportunity/fields.ts";
import { isMadeFromRead, lastChangeOf, replacedUnseen } from "../opportunity/history.ts";
import { type Opportunity, textOf } from "../opportunity/opportunity.ts";
import { changesBetween, shownSides, usual } from "../opportunity/update/changes.ts";
import { bodyOf, isNote } from "../opportunity/update/edit.ts";
import { type Known, type Names, unreadOf } from "../organization/lists.ts";
import { personName } from "../organization/people.ts";
import { describeStatus, placedStatuses } from "../organization/statuses.ts";

/**
 * Keeps a write in the audit file, before it is sent and once its outcome is known. Returns a warning if the file could not
 * take it: that never blocks or hides the write.
 */
export async function audited(
  { edits, before }: PlannedUpdate,
  { id, after, outcome, reason, plan }: Pick<AuditEntry, "id" | "after" | "outcome" | "reason" | "plan">,
  { audit, host }: ToolContext,
): Promise<string[]> {
  const fault = await audit({ id, request: bodyOf(edits), before: before ?? null, after, outcome, reason, plan, host });
  return fault === undefined ? [] : [`The audit file does not hold this write: ${fault}.`];
}

/**
 * The failure of an update that was sent, in the caller's terms: with the valid statuses if Close refused the one given.
 * @param more what else the caller should know.
 */
export async function failureOf(
  error: CloseError,
  { edits, isOfPlan }: PlannedUpdate & { isOfPlan: boolean },
  { names }: ToolContext,
  more: readonly string[],
): Promise<Failure> {
  const { details: said = [] } = error.report;
  const details = [
    ...said.map((detail) => withFieldNames(detail, names.known())),
    ...(said.some((detail) => detail.startsWith("status_id:")) ? await statusesToChooseFrom(names) : []),
    ...more,
  ];
  // A dry run would show the change as still to be made, whether it has been or not.
  const isToBeRead =
    error.loss !== undefined && edits.some(({ field, isComputed }) => isComputed && !isCustom(field.key));
  const own = isToBeRead ? readIt : error.report.remedy;
  const ofPlan = error.loss === undefined && error.status !== 400 ? own : error.loss ? applyAgain : stillWanted;
  return new Failure({ ...error.report, details, remedy: isOfPlan ? ofPlan : own }, { cause: error });
}

const applyAgain = "To find out, call apply_plan again: what the opportunity shows already is not sent a second time.";
export const stillWanted = "If it is still wanted in another form, call update_opportunity.";

const readIt =
  "To find out, read it with get_opportunity: if it shows what was to be added or changed, the update went through. Do not call again before that.";

/** How long, in milliseconds, finding out whose key it is may take: it is evidence, but no condition. */
const maxUserLookUpMs = 3_000;

/** Whose key it is. Never rejects. */
export async function ownUser({ me }: Names, { signal }: CallContext): Promise<OwnUser> {
  try {
    const limit = timeLimit(signal, maxUserLookUpMs);
    const [user] = await raceAbort(me.read(), limit.signal, { problem: "", record: "unchanged", remedy: "" });
    return { id: user?.id };
  } catch {
    return { isUnread: true };
  }
}

/** Enough to find this update among those of others. */
const eventsAfterwards = 10;

/**
 * What the update replaced although it was made from something else: by whom that was, and a warning that holds it. The event
 * log is asked once, and only about values that were computed from the opportunity as it was read.
 */
export async function replacedByIt(
  { id, edits, before, after }: PlannedUpdate & { id: string; after: Opportunity },
  context: ToolContext,
) {
  if (before === undefined || !edits.some(isMadeFromRead)) return undefined;
  const events = await eventsIfReadable(context.close, id, eventsAfterwards, context);
  const replaced = replacedUnseen({ edits, after }, before, events);
  if (replaced === undefined) return undefined;
  const writer = await userCalled(replaced.userId, context);
  const known = context.names.known();
  const changes = changesBetween({ before, after: replaced.before, edits: [], known }).filter(({ field }) =>
    replaced.fields.some((own) => own.key === field.key || (isNote(own) && isNote(field))),
  );
  const warnings = changes.map((change) => {
    const text = [shownSides(change, usual).to].flat().map(asText).join(", ");
    const label = quote(change.field.label);
    return `${writer === undefined ? "Somebody" : quote(writer)} changed ${label} while this update was on its way, and the update replaced that. It was: ${quote(text, usual.part)}. The undo puts it back.`;
  });
  return { before: replaced.before, writer: writer ?? "somebody", warnings };
}

/** What a user is called, or the id if the list of users cannot be read. */
async function userCalled(id: string | undefined, { names }: ToolContext): Promise<string | undefined> {
  if (id === undefined) return undefined;
  await unreadOf([names.users]).catch(() => []);
  return personName(id, names.known()) ?? id;
}

/** Who changed the fields of the opportunity last and when, as far as Close's event log tells: a sentence each. */
export async function whoChanged(current: Opportunity, fields: readonly Field[], context: ToolContext) {
  const id = textOf(current, "id") ?? "";
  const events = await eventsIfReadable(context.close, id, maxEvents, context);
  const sentences = fields.map(async (field) => {
    const change = lastChangeOf(field, current, events);
    const user = change === undefined ? textOf(current, "updated_by_name") : await userCalled(change.userId, context);
    if (user === undefined) return [];
    const what = change === undefined ? "The opportunity" : quote(field.label);
    const date = change?.date ?? textOf(current, "date_updated") ?? "an unknown time";
    return [`${what} was last changed by ${quote(user)} at ${localTime(date, context.timeZone)}.`];
  });
  return [...new Set((await Promise.all(sentences)).flat())];
}

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
