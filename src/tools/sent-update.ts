import type { AuditEntry } from "../audit.ts";
import { Failure } from "../base/failure.ts";
import { raceAbort, timeLimit } from "../base/signals.ts";
import { joined, quote } from "../base/text.ts";
import type { PlannedUpdate } from "../close/confirmed-update.ts";
import type { CloseError } from "../close/http/errors.ts";
import type { CallContext } from "../close/http/requests.ts";
import type { OwnUser } from "../close/verdict.ts";
import type { ToolContext } from "../mcp/tool.ts";
import { fieldOf } from "../opportunity/fields.ts";
import type { UpdateArguments } from "../opportunity/update/arguments.ts";
import { bodyOf } from "../opportunity/update/edit.ts";
import type { Known, Names } from "../organization/lists.ts";
import { describeStatus, placedStatuses } from "../organization/statuses.ts";

/** Keeps a write in the audit file. Returns a warning if that could not take it: it never blocks or hides the write. */
export async function audited(
  { edits, before }: PlannedUpdate,
  { id, after, outcome }: Pick<AuditEntry, "id" | "after" | "outcome">,
  { audit }: ToolContext,
): Promise<string[]> {
  const reason = await audit({ id, request: bodyOf(edits), before: before ?? null, after, outcome });
  return reason === undefined ? [] : [`The audit file does not hold this write: ${reason}.`];
}

/**
 * The failure of an update that was sent, in the caller's terms: with the valid statuses if Close refused the one given.
 * @param more what else the caller should know.
 */
export async function failureOf(
  error: CloseError,
  { note_append }: UpdateArguments,
  { names }: ToolContext,
  more: readonly string[],
): Promise<Failure> {
  const details = [
    ...(error.report.details ?? []).map((detail) => withFieldNames(detail, names.known())),
    ...(error.refusedFields.includes("status_id") ? await statusesToChooseFrom(names) : []),
    ...more,
  ];
  // A dry run would show the text as still to be added, whether it has been or not.
  const isToBeRead = error.loss !== undefined && note_append !== undefined;
  const remedy = isToBeRead ? readTheNote : error.report.remedy;
  return new Failure({ ...error.report, details, remedy }, { cause: error });
}

const readTheNote =
  "To find out, read the note with get_opportunity: if it holds what was to be added, the update went through. Do not call again before that.";

/** How long, in milliseconds, finding out whose key it is may take: it is evidence, but no condition. */
const maxUserLookUpMs = 3_000;

/** Whose key it is. Never rejects. */
export async function ownUser({ me }: Names, { signal }: CallContext): Promise<OwnUser> {
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
