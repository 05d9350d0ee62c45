import { Failure } from "../base/failure.ts";
import { joined, quote } from "../base/text.ts";
import type { PreparedUpdate } from "../close/confirmed-update.ts";
import type { CloseError } from "../close/http/errors.ts";
import type { ToolContext } from "../mcp/tool.ts";
import { fieldOf, isCustom } from "../opportunity/fields.ts";
import type { Edit } from "../opportunity/update/edit.ts";
import type { Known, Names } from "../organization/lists.ts";
import { describeStatus, placedStatuses } from "../organization/statuses.ts";

/**
 * The failure of an update that was sent, in the caller's terms: with the valid statuses if Close refused the one given.
 * @param more what else the caller should know.
 */
export async function failureOf(
  error: CloseError,
  { edits, isOfPlan }: PreparedUpdate & { isOfPlan: boolean },
  { names }: ToolContext,
  more: readonly string[],
): Promise<Failure> {
  const { details: said = [] } = error.report;
  const details = [
    ...said.map((detail) => withFieldNames(detail, names.known())),
    ...(said.some((detail) => detail.startsWith("status_id:")) ? await statusesToChooseFrom(names) : []),
    ...more,
  ];
  return new Failure({ ...error.report, details, remedy: remedyOf(error, edits, isOfPlan) }, { cause: error });
}

function remedyOf({ loss, status, report }: CloseError, edits: readonly Edit[], isOfPlan: boolean): string {
  if (isOfPlan && loss !== undefined) return applyAgain;
  if (isOfPlan && status === 400) return stillWanted;
  // A dry run would show the change as still to be made, whether it has been or not.
  const isMadeAnew = edits.some(({ field, isComputed }) => isComputed && !isCustom(field.key));
  return loss !== undefined && isMadeAnew ? readIt : report.remedy;
}

const applyAgain = "To find out, call apply_plan again: what the opportunity shows already is not sent a second time.";
export const stillWanted = "If it is still wanted in another form, call update_opportunity.";

const readIt =
  "To find out, read it with get_opportunity: if it shows what was to be added or changed, the update went through. Do not call again before that.";

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
