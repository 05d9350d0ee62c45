import type { Known, ListName, Pipeline } from "../../organization/lists.ts";
import {
  byName,
  collector,
  isStatusId,
  isUserId,
  type Mistake,
  type Resolution,
  statusById,
  statusByLabel,
  userNaming,
} from "../../organization/names.ts";
import { holdsExactly, kindsIn, type UpdateBody } from "../compare.ts";
import { type Opportunity, textOf } from "../opportunity.ts";
import { unknownStatus } from "../warnings.ts";
import type { UpdateArguments } from "./arguments.ts";
import { planCustomFields } from "./custom-fields.ts";

/** What is to be sent to Close, and what the caller should know about it. */
export type Plan = {
  body: UpdateBody;
  warnings: readonly string[];
};

/** A plan as far as it got: it may be sent where there are neither mistakes nor lists to read first. */
export type Planning = Plan & {
  mistakes: readonly Mistake[];
  /** Lists in which a name was not found, or that were not read yet. */
  lookUps: readonly ListName[];
};

/** The lists that these arguments need, as far as that can be seen before anything is read. */
export function listsNeeded({
  status_id,
  user_id,
  custom_fields,
  dry_run,
}: Partial<UpdateArguments>): ListName[] {
  const lists: ListName[] = [];
  if (status_id !== undefined && (dry_run || !isStatusId(status_id))) lists.push("pipelines");
  if (user_id !== undefined && (dry_run || !isUserId(user_id))) lists.push("users");
  if (custom_fields !== undefined && custom_fields.length > 0) lists.push("customFields");
  return lists;
}

/**
 * Turns arguments into the request body, by the rules of Close's update page and the names of the
 * organization. Everything asked for goes in, also what already holds.
 *
 * @param before the opportunity as just read, or undefined where it could not be.
 */
export function plan(given: UpdateArguments, before: Opportunity | undefined, known: Known): Planning {
  const warnings: string[] = [];
  const { found, mistakes, lookUps } = collector();

  if (given.status_id !== undefined && isUnknownId(given.status_id, known)) {
    if (known.pipelines.state === "read" && !known.pipelines.fresh) lookUps.push("pipelines");
    else warnings.push(unknownStatus(given.status_id));
  }
  const customFields = planCustomFields(given.custom_fields ?? [], before, known);
  const fields = {
    status_id: found("status_id", resolveStatus(given.status_id, before, known)),
    date_won: given.date_won,
    value: given.value,
    value_period: given.value_period,
    confidence: given.confidence,
    note: given.note,
    note_html: given.note_html,
    contact_id: given.contact_id,
    user_id: found("user_id", resolveUser(given.user_id, known)),
  };
  return {
    body: {
      ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
      ...Object.fromEntries((given.clear ?? []).map((field) => [field, emptyValue(field)])),
      ...customFields.body,
    },
    warnings: [...warnings, ...customFields.warnings],
    mistakes: [...mistakes, ...customFields.mistakes],
    lookUps: [...lookUps, ...customFields.lookUps],
  };
}

/** Whether the opportunity already shows everything that the body asks for. */
export function alreadyHolds(opportunity: Opportunity, body: UpdateBody, known: Known): boolean {
  const kindOf = kindsIn(known);
  return Object.entries(body).every(([key, value]) => holdsExactly(opportunity, key, value, kindOf));
}

function isUnknownId(status: string, { pipelines }: Known): boolean {
  return (
    isStatusId(status) && pipelines.state === "read" && statusById(pipelines.items, status) === undefined
  );
}

function resolveStatus(
  status: string | undefined,
  before: Opportunity | undefined,
  known: Known,
): Resolution<string> | undefined {
  if (status === undefined) return undefined;
  if (isStatusId(status)) return { found: status };
  const resolution = statusByLabel(
    known.pipelines,
    status,
    before && ((pipeline) => isOwnPipeline(pipeline, before)),
  );
  return "found" in resolution ? { found: resolution.found.status.id } : resolution;
}

/** Older answers lack `pipeline_id`; the pipeline is then the one that holds the current status. */
function isOwnPipeline(pipeline: Pipeline, opportunity: Opportunity): boolean {
  const own = textOf(opportunity, "pipeline_id");
  if (own !== undefined) return pipeline.id === own;
  return pipeline.statuses.some(({ id }) => id === opportunity.status_id);
}

function resolveUser(user: string | undefined, known: Known): Resolution<string> | undefined {
  if (user === undefined) return undefined;
  if (isUserId(user)) return { found: user };
  const resolution = byName(known.users, user, userNaming);
  return "found" in resolution ? { found: resolution.found.id } : resolution;
}

/** Close empties a note by "" (recorded traffic), everything else by null (Close's documentation). */
function emptyValue(field: string): "" | null {
  return field === "note" ? "" : null;
}
