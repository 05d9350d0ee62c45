import { z } from "zod/v3";
import { type Mistake, mistakesAmong, refuseMistakes } from "../../base/failure.ts";
import { quote } from "../../base/text.ts";
import type { List, Names, Pipeline } from "../../organization/lists.ts";
import { lookUp, NameCollector, NameError } from "../../organization/names.ts";
import { findUser, isMe, isUserId } from "../../organization/people.ts";
import { findStatuses, isStatusId, pipelineNaming } from "../../organization/statuses.ts";
import { type Field, findField } from "../fields.ts";
import { day, shortText } from "../opportunity.ts";

const orders =
  "date_won date_updated date_created confidence user_name value annualized_value annualized_expected_value".split(" ");

/** More custom fields are not shown: the list is for finding an opportunity. */
const maxCustomFields = 50;

/** What opportunities can be found by, and what is shown of them. */
export const findArguments = z.object({
  lead_name: shortText.optional().describe("Start of one or more words of the lead (company) name"),
  query: shortText.optional().describe("Close search query, e.g. note:urgent"),
  status: shortText.optional().describe("Label, `Pipeline / Label` or stat_… id"),
  status_type: z.enum(["active", "won", "lost"]).optional().describe("Type of status"),
  user: shortText.optional().describe("Owner: me, full name, e-mail address or user_… id"),
  lead_id: z
    .string()
    .trim()
    .regex(/^lead_[A-Za-z0-9]+$/, "is not a lead id: lead_ followed by letters and digits")
    .optional()
    .describe("lead_… id, instead of lead_name"),
  pipeline: shortText.optional().describe("Name or pipe_… id"),
  date_won_from: day.optional().describe("YYYY-MM-DD: earliest date_won, or expected close date of active ones"),
  date_won_to: day.optional().describe("Latest date_won, inclusive"),
  custom_fields: z
    .array(shortText)
    .max(maxCustomFields)
    .optional()
    .describe("Names or cf_… ids of custom fields to show too"),
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

/** The lists that these arguments need, to be read side by side. */
export function listsForSearch(given: FindArguments, names: Names): List<unknown>[] {
  const { status, user, pipeline, custom_fields } = given;
  return [
    ...(custom_fields === undefined ? [] : [names.customFields]),
    ...(pipeline !== undefined || (status !== undefined && !isStatusId(status)) ? [names.pipelines] : []),
    ...(user === undefined || isUserId(user) ? [] : [isMe(user) ? names.me : names.users]),
  ];
}

/**
 * Turns arguments into filters of `GET /opportunity/` (Close's documentation), by the names of the organization, and the
 * custom fields to show. `notes` is how names were understood.
 * @throws Failure of all that is mistaken, or if a list cannot be read.
 */
export async function planSearch(given: FindArguments, names: Names) {
  refuseMistakes(conflicts(given));
  const call = new NameCollector();
  const { pipeline: pipelineName, user: userName, custom_fields = [] } = given;
  const pipeline = await call.found(
    "pipeline",
    pipelineName === undefined ? undefined : lookUp(names.pipelines, pipelineName, pipelineNaming),
  );
  const statuses = await call.found("status", statusesMeant(given, pipeline, names));
  const user = await call.found("user", userName === undefined ? undefined : findUser(userName, names));
  const shown = new Map<string, Field>();
  for (const [at, name] of custom_fields.entries()) {
    const field = await call.found(`custom_fields[${at}]`, findField(name, names));
    if (field !== undefined) shown.set(field.key, field);
  }
  refuseMistakes(call.mistakes, call.notes);
  const parameters: [string, string | undefined][] = [
    ["lead_id", given.lead_id],
    ["query", given.query],
    [statuses?.length === 1 ? "status_id" : "status_id__in", statuses?.join(",")],
    ["status_type", given.status_type],
    ["user_id", user],
    ["date_won__gte", given.date_won_from],
    ["date_won__lte", given.date_won_to],
    ["_order_by", given.order_by ?? "-date_updated"],
  ];
  const filters = parameters.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return { filters: Object.fromEntries(filters), shown: [...shown.values()], notes: [...call.notes] };
}

function conflicts({ lead_name, lead_id, date_won_from = "", date_won_to = "9999" }: FindArguments): Mistake[] {
  const isBoth = lead_name !== undefined && lead_id !== undefined;
  return mistakesAmong([
    [isBoth, "lead_name, lead_id", "both given: use one of them"],
    [date_won_from > date_won_to, "date_won_from, date_won_to", "the first day is after the last"],
  ]);
}

/** The ids of every status with that label, of the given pipeline alone if there is one. @throws NameError */
async function statusesMeant({ status }: FindArguments, pipeline: Pipeline | undefined, names: Names) {
  if (status === undefined) {
    if (pipeline === undefined) return undefined;
    if (pipeline.statuses.length > 0) return { found: pipeline.statuses.map(({ id }) => id) };
    throw new NameError(`the pipeline ${quote(pipeline.name)} has no statuses, so nothing is in it`);
  }
  if (!isStatusId(status)) return findStatuses(status, pipeline, names);
  const id = status.trim();
  if (pipeline === undefined || pipeline.statuses.some((own) => own.id === id)) return { found: [id] };
  throw new NameError(`the pipeline ${quote(pipeline.name)} has no status ${id}`);
}
