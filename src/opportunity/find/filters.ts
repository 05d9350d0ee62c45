import { z } from "zod/v3";
import type { InPart } from "../../base/in-part.ts";
import { quote } from "../../base/text.ts";
import type { FoundField } from "../../organization/custom-fields.ts";
import { findField } from "../../organization/custom-fields.ts";
import type { Known, ListName, Pipeline } from "../../organization/lists.ts";
import { byName, collector, type Mistake, type Resolution } from "../../organization/names.ts";
import { isMe, isUserId, resolveUser } from "../../organization/people.ts";
import {
  isStatusId,
  type PlacedStatus,
  pipelineNaming,
  placedStatuses,
  statusesByLabel,
} from "../../organization/statuses.ts";
import { day } from "../opportunity.ts";

const orders = [
  "date_won",
  "date_updated",
  "date_created",
  "confidence",
  "user_name",
  "value",
  "annualized_value",
  "annualized_expected_value",
] as const;

/** What opportunities can be found by, and what is shown of them. */
export const findArguments = z.object({
  lead_name: z.string().optional().describe("Start of one or more words of the lead (company) name"),
  query: z.string().optional().describe("Close search query, e.g. note:urgent"),
  status: z.string().optional().describe("Label, `Pipeline / Label` or stat_… id"),
  status_type: z.enum(["active", "won", "lost"]).optional().describe("Type of status"),
  user: z.string().optional().describe("Owner: me, full name, e-mail address or user_… id"),
  lead_id: z
    .string()
    .trim()
    .regex(/^lead_[A-Za-z0-9]+$/, "is not a lead id: lead_ followed by letters and digits")
    .optional()
    .describe("lead_… id, instead of lead_name"),
  pipeline: z.string().optional().describe("Name or pipe_… id"),
  date_won_from: day
    .optional()
    .describe("YYYY-MM-DD: earliest date_won, or expected close date of active ones"),
  date_won_to: day.optional().describe("Latest date_won, inclusive"),
  custom_fields: z.array(z.string()).optional().describe("Names or cf_… ids of custom fields to show too"),
  order_by: z
    .string()
    .refine(
      (text) => orders.some((order) => text === order || text === `-${order}`),
      `is not one of ${orders.join(", ")}, each with or without a leading minus`,
    )
    .optional()
    .describe(`${orders.join(", ")}; a leading minus for descending. Default -date_updated`),
  limit: z.number().int().min(1).max(100).optional().describe("Default 20"),
  skip: z.number().int().min(0).optional().describe("Number to skip (paging)"),
});
export type FindArguments = z.infer<typeof findArguments>;

/** More custom fields are not shown: the list is for finding an opportunity. */
const maxCustomFields = 50;

/** What is to be asked of `GET /opportunity/` and shown of the answer, names resolved. */
export type SearchPlan = {
  shown: readonly FoundField[];
  /** Query parameters, `_order_by` included, paging and `lead_id` of a lead's name not. */
  filters: readonly (readonly [name: string, value: string])[];
  mistakes: readonly Mistake[];
  lookUps: readonly ListName[];
};

/** The lists that these arguments need, as far as that can be seen before anything is read. */
export function listsForSearch({ status, user, pipeline, custom_fields }: InPart<FindArguments>): ListName[] {
  const lists: ListName[] = custom_fields === undefined ? [] : ["customFields"];
  if (pipeline !== undefined || (status !== undefined && !isStatusId(status))) lists.push("pipelines");
  if (user !== undefined && isMe(user)) lists.push("me");
  else if (user !== undefined && !isUserId(user)) lists.push("users");
  return lists;
}

/**
 * Turns arguments into filters of `GET /opportunity/` (Close's documentation), by the names of the organization. Of
 * arguments that could be read in part only the further mistakes are found.
 */
export function planSearch(given: InPart<FindArguments>, known: Known): SearchPlan {
  const { found, mistakes, lookUps } = collector();
  const pipeline = found(
    "pipeline",
    given.pipeline === undefined ? undefined : byName(known.pipelines, given.pipeline, pipelineNaming),
  );
  const statuses = found("status", findStatuses(given, pipeline, known));
  const user = found("user", given.user === undefined ? undefined : resolveUser(given.user, known));
  const shown = (given.custom_fields ?? [])
    .slice(0, maxCustomFields)
    .flatMap((name, at) =>
      name === undefined ? [] : (found(`custom_fields[${at}]`, findField(name, known.customFields)) ?? []),
    );
  if (known.users.state === "unread" && shown.some(({ definition }) => definition?.type === "user")) {
    lookUps.push("users");
  }
  const filters: [string, string | undefined][] = [
    ["lead_id", given.lead_id],
    ["query", given.query],
    ...statusFilter(statuses),
    ["status_type", given.status_type],
    ["user_id", user],
    ["date_won__gte", given.date_won_from],
    ["date_won__lte", given.date_won_to],
    ["_order_by", given.order_by ?? "-date_updated"],
  ];
  return {
    filters: filters.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    mistakes: [...conflictingFilters(given), ...mistakes],
    lookUps,
    shown: shown.filter(({ key }, at) => shown.findIndex((other) => other.key === key) === at),
  };
}

function conflictingFilters({
  lead_name,
  lead_id,
  date_won_from,
  date_won_to,
  custom_fields = [],
  mistaken = [],
}: InPart<FindArguments>): Mistake[] {
  const mistakes: Mistake[] = [];
  const hasLeadName = lead_name !== undefined || mistaken.includes("lead_name");
  if (hasLeadName && (lead_id !== undefined || mistaken.includes("lead_id"))) {
    mistakes.push({ argument: "lead_name, lead_id", problem: "both given: use one of them" });
  }
  if (date_won_from !== undefined && date_won_to !== undefined && date_won_from > date_won_to) {
    mistakes.push({ argument: "date_won_from, date_won_to", problem: "the first day is after the last" });
  }
  if (custom_fields.length > maxCustomFields) {
    const problem = `at most ${maxCustomFields} custom fields can be shown, not ${custom_fields.length}`;
    mistakes.push({ argument: "custom_fields", problem });
  }
  return mistakes;
}

/** The ids of every status with that label, of the given pipeline alone if there is one. */
function findStatuses(
  { status }: InPart<FindArguments>,
  pipeline: Pipeline | undefined,
  { pipelines }: Known,
): Resolution<string[]> | undefined {
  const ids = (placed: readonly PlacedStatus[]) => placed.map((candidate) => candidate.status.id);
  if (status === undefined && pipeline?.statuses.length === 0) {
    return { problem: `the pipeline ${quote(pipeline.name)} has no statuses, so nothing is in it` };
  }
  if (status === undefined) return pipeline && { found: ids(placedStatuses([pipeline])) };
  if (isStatusId(status)) {
    const id = status.trim();
    if (pipeline === undefined || pipeline.statuses.some((own) => own.id === id)) return { found: [id] };
    return { problem: `the pipeline ${quote(pipeline.name)} has no status ${id}` };
  }
  const resolution = statusesByLabel(pipelines, status, pipeline);
  return "found" in resolution ? { found: ids(resolution.found) } : resolution;
}

function statusFilter(statuses: readonly string[] | undefined): [string, string | undefined][] {
  if (statuses === undefined) return [];
  return statuses.length === 1 ? [["status_id", statuses[0]]] : [["status_id__in", statuses.join(",")]];
}
