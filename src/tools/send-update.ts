import type { AuditEntry } from "../audit.ts";
import { Failure } from "../base/failure.ts";
import {
  type ConfirmedUpdate,
  confirmUpdate,
  type PlannedUpdate,
  type UpdateSteps,
} from "../close/confirmed-update.ts";
import type { CallContext } from "../close/http/client.ts";
import { CloseError } from "../close/http/errors.ts";
import type { ToolContext } from "../mcp/tool.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import { notInAuditFile } from "../opportunity/warnings.ts";
import { items, type Known } from "../organization/lists.ts";
import { describeStatus, placedStatuses } from "../organization/statuses.ts";
import { afterwards } from "./afterwards.ts";

/** An update that is ready to be sent. */
export type Update = PlannedUpdate & {
  /** What the caller should know in any case. */
  warnings: readonly string[];
};

/**
 * Sends the update and keeps it in the audit file, whatever became of it.
 *
 * @param replan plans the update again from the opportunity as it is then; what it throws is thrown on.
 * @throws Failure in the caller's terms, with the valid statuses if Close refused the one given.
 */
export async function sendUpdate(
  id: string,
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
    ownUserId: (call) => ownUserId(context, call),
  };
  try {
    const sent = await confirmUpdate(context.close, id, planned, steps, context);
    if (!sent.isSent) return sent;
    const { value, warnings } = await afterwards("writing it to the audit file", [], () =>
      keep(id, sent.update, "applied", sent.after, context),
    );
    return { ...sent, notes: [...sent.notes, ...value, ...warnings] };
  } catch (error) {
    if (!(error instanceof CloseError)) throw error;
    const auditWarnings = await keep(id, latest, error.report.record, null, context);
    const details = [
      ...(error.report.details ?? []).map((detail) => withFieldNames(detail, latest.known)),
      ...(error.refusedFields.includes("status_id") ? await validStatuses(context).catch(() => []) : []),
      ...latest.warnings,
      ...auditWarnings,
    ];
    throw new Failure({ ...error.report, details }, { cause: error });
  }
}

/** How long, in milliseconds, finding out whose key it is may take: it is evidence, but no condition. */
const maxTimeForUser = 3_000;

async function ownUserId({ directory }: ToolContext, call: CallContext): Promise<string | undefined> {
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, maxTimeForUser);
  call.signal.addEventListener("abort", end);
  if (call.signal.aborted) end();
  try {
    const { me } = await directory.lookUp(["me"], { ...call, signal: ending.signal });
    return items(me)[0]?.id;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    call.signal.removeEventListener("abort", end);
  }
}

/** Returns a warning if the audit file could not take the write: that never blocks or hides it. */
async function keep(
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
function withFieldNames(detail: string, { customFields }: Known): string {
  return detail.replace(/^custom\.(l?cf_[A-Za-z0-9]+)/, (key, id) => {
    const field = items(customFields).find((candidate) => candidate.id === id);
    return field === undefined ? key : `custom_fields ${JSON.stringify(field.name)} (${key})`;
  });
}

async function validStatuses(context: ToolContext): Promise<string[]> {
  const { pipelines } = await context.directory.lookUp(["pipelines"], context, { fresh: true });
  const statuses = placedStatuses(items(pipelines)).map(describeStatus);
  return statuses.length === 0 ? [] : [`status_id: valid are ${statuses.slice(0, 50).join(", ")}`];
}
