import type { AuditEntry } from "../audit.ts";
import { Failure } from "../base/failure.ts";
import { type ConfirmedUpdate, confirmUpdate } from "../close/confirmed-update.ts";
import { CloseError } from "../close/http/errors.ts";
import type { ToolContext } from "../mcp/tool.ts";
import type { UpdateBody } from "../opportunity/compare.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import { notInAuditFile } from "../opportunity/warnings.ts";
import { items, type Known } from "../organization/lists.ts";
import { describeStatus, placedStatuses } from "../organization/statuses.ts";

/** An update that is ready to be sent. */
export type Update = {
  id: string;
  body: UpdateBody;
  before: Opportunity | undefined;
  known: Known;
  /** What the caller is to be told in any case. */
  warnings: readonly string[];
};

/**
 * Sends the update and keeps it in the audit file, whatever became of it.
 *
 * @throws Failure in the caller's terms, with the valid statuses where Close refused the one given.
 */
export async function sendUpdate(update: Update, context: ToolContext): Promise<ConfirmedUpdate> {
  try {
    const { after, notes } = await confirmUpdate(
      context.close,
      update.id,
      update.body,
      update.before,
      context,
    );
    return { after, notes: [...notes, ...(await keep(update, "applied", after, context))] };
  } catch (error) {
    if (!(error instanceof CloseError)) throw error;
    const auditWarnings = await keep(update, error.report.record, null, context);
    const details = [
      ...(error.report.details ?? []).map((detail) => withFieldNames(detail, update.known)),
      ...(error.refusedFields.includes("status_id") ? await validStatuses(context).catch(() => []) : []),
      ...update.warnings,
      ...auditWarnings,
    ];
    throw new Failure({ ...error.report, details }, { cause: error });
  }
}

/** Gives a warning where the audit file could not take the write: that never blocks or hides it. */
async function keep(
  { id, body, before }: Update,
  outcome: AuditEntry["outcome"],
  after: Opportunity | null,
  { audit }: ToolContext,
): Promise<string[]> {
  const reason = await audit({ id, request: body, before: before ?? null, after, outcome });
  return reason === undefined ? [] : [notInAuditFile(reason)];
}

/** Callers know custom fields by name: `custom.cf_…` alone would not tell them which argument is meant. */
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
