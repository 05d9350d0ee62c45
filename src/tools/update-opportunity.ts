import type { AuditEntry } from "../audit.ts";
import { type Delivery, deliver } from "../close/delivery.ts";
import { CloseError } from "../close/errors.ts";
import { Failure } from "../failure.ts";
import {
  contradictions,
  misplacedArgument,
  type UpdateArguments,
  updateArguments,
} from "../opportunity/arguments.ts";
import { expected } from "../opportunity/expected.ts";
import { describeStatus, placedStatuses } from "../opportunity/names.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import { items, type Known } from "../opportunity/organization.ts";
import { alreadyHolds, listsNeeded, type Planning, plan } from "../opportunity/plan.ts";
import { updateResult, updateResultSchema } from "../opportunity/result.ts";
import { changesBetween, reviewWarnings } from "../opportunity/review.ts";
import { dayIn } from "../time-zone.ts";
import { ignoredWarning } from "./arguments.ts";
import { planWithNames, refusal } from "./planning.ts";
import { defineTool, type ToolContext } from "./tool.ts";

const description = `Changes one opportunity in Close and reports what really changed. Only the fields given are changed.

- value is in cents: $500.00 is 50000.
- date_won: when an opportunity is won, send date_won too if the day matters. Close fills it with today only where it is empty, and an active opportunity often holds its expected close date there.
- To empty a field, name it in clear. null and "" are ignored.
- custom_fields: set replaces, unset empties; add and remove change single values of a field that accepts several.
- Statuses, owners and custom fields can be given by name; a wrong name is answered with the valid ones.
- On an error nothing was changed unless the text says otherwise. dry_run shows the request and the expected changes first.

A win, with a tag added:
{"id": "oppo_…", "status_id": "Won", "date_won": "2026-11-23", "custom_fields": [{"field": "Tags", "action": "add", "value": "Wednesday"}]}
A new value of $750 and expected close date:
{"id": "oppo_…", "value": 75000, "date_won": "2026-12-31"}`;

export const updateOpportunity = defineTool({
  name: "update_opportunity",
  title: "Update an opportunity",
  description,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  inputSchema: updateArguments,
  outputSchema: updateResultSchema,
  hint: misplacedArgument,

  /** Arguments → resolve names → plan → send → review → result. */
  async handle({ given, fitting, mistakes, ignored }, server) {
    const refused = [...mistakes, ...contradictions(fitting, mistakes.length > 0)];
    if (given === undefined || (refused.length > 0 && listsNeeded(given).length === 0))
      throw refusal("update_opportunity", refused, ignored);

    const context = { ...server, timeZone: given.time_zone ?? server.timeZone };
    const [{ before, unread }, firstKnown] = await Promise.all([
      readBefore(given, context),
      context.directory.lookUp(listsNeeded(given), context),
    ]).catch((error: unknown) => {
      if (refused.length === 0 || !(error instanceof Failure)) throw error;
      refused.push({ argument: "id", problem: error.report.problem });
      throw refusal("update_opportunity", refused, ignored);
    });
    const { planning, known } = await planWithNames(
      firstKnown,
      (lists) => plan(given, before, lists),
      context,
    );
    refused.push(...planning.mistakes);
    if (refused.length > 0) throw refusal("update_opportunity", refused, ignored);
    if (before) refuseIfChanged(given, before);

    const { id } = given;
    const { body } = planning;
    const warnings = [...ignoredWarning(ignored), ...unread, ...planning.warnings];
    const today = dayIn(context.timeZone, new Date());

    const outcome = (after: Opportunity) => {
      const transition = { before, after, body, known };
      return {
        changes: changesBetween(transition),
        isBeforeKnown: before !== undefined,
        warnings: [...warnings, ...reviewWarnings(transition, today, context.timeZone)],
      };
    };

    if (before && alreadyHolds(before, body)) {
      const dryRun = given.dry_run && { dryRun: { request: undefined } };
      return updateResult(before, id, { ...outcome(before), changes: [], sent: false, ...dryRun });
    }
    if (before && given.dry_run) {
      const dryRun = { request: context.close.previewUpdate(id, body, context) };
      return updateResult(before, id, {
        ...outcome(expected(before, body, known, today)),
        sent: false,
        dryRun,
      });
    }
    const { after, notes } = await send({ id, body, before, known, warnings }, context);
    const { warnings: reviewed, ...rest } = outcome(after);
    return updateResult(after, id, { ...rest, warnings: [...notes, ...reviewed], sent: true });
  },
});

type Before = { before: Opportunity | undefined; unread: string[] };

/** The opportunity before the update. Where Close fails to give it, the update goes on if it can do without. */
async function readBefore(given: UpdateArguments, context: ToolContext): Promise<Before> {
  try {
    return { before: await context.close.readOpportunity(given.id, context), unread: [] };
  } catch (error) {
    const isFinal =
      !(error instanceof CloseError) ||
      [401, 403, 404].includes(error.status ?? 0) ||
      context.signal.aborted ||
      given.dry_run ||
      given.expected_date_updated !== undefined;
    if (isFinal) throw error;
    return {
      before: undefined,
      unread: [
        `The opportunity could not be read before the update, so changes lists what was asked for without the values before. ${error.report.problem}`,
      ],
    };
  }
}

/** Compares by instant: hosts rewrite `+00:00` as `Z` and drop zeros. Close itself has no conditional update. */
function refuseIfChanged({ expected_date_updated: seen }: UpdateArguments, before: Opportunity): void {
  const current = before.date_updated;
  if (seen === undefined || (typeof current === "string" && Date.parse(current) === Date.parse(seen))) return;
  const by =
    typeof before.updated_by_name === "string" ? ` by ${JSON.stringify(before.updated_by_name)}` : "";
  throw new Failure({
    problem: `Nothing was sent: the opportunity has changed since ${seen}. It was last updated at ${String(current)}${by}.`,
    record: "unchanged",
    remedy:
      "Look at the opportunity as it is now (a dry_run shows it), decide whether the update is still wanted, and call again with that date_updated.",
  });
}

type Update = {
  id: string;
  body: Planning["body"];
  before: Opportunity | undefined;
  known: Known;
  warnings: readonly string[];
};

/** Sends the update and keeps it in the audit file, whatever became of it. */
async function send({ id, body, before, known, warnings }: Update, context: ToolContext): Promise<Delivery> {
  const kept = async (outcome: AuditEntry["outcome"], after: Opportunity | null): Promise<string[]> => {
    const entry = { id, request: body, before: before ?? null, after, outcome };
    const reason = await context.audit(entry);
    return reason === undefined ? [] : [`The audit file does not hold this write: ${reason}.`];
  };
  try {
    const { after, notes } = await deliver(context.close, id, body, before, context);
    return { after, notes: [...notes, ...(await kept("applied", after))] };
  } catch (error) {
    if (!(error instanceof CloseError)) throw error;
    const details = [
      ...(error.report.details ?? []).map((detail) => withFieldNames(detail, known)),
      ...(error.refusedFields.includes("status_id") ? await validStatuses(context) : []),
      ...warnings,
      ...(await kept(error.report.record, null)),
    ];
    throw new Failure({ ...error.report, details }, { cause: error });
  }
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
