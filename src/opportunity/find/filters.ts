import { z } from "zod/v3";
import { type Mistake, mistakesAmong, refuseMistakes } from "../../base/failure.ts";
import { joined, quote } from "../../base/text.ts";
import type { List, Names, Pipeline } from "../../organization/lists.ts";
import { lookUp, type Match, matches, NameCollector, NameError, naming, shownName } from "../../organization/names.ts";
import { findUser, isMe, isUserId } from "../../organization/people.ts";
import {
  describeStatus,
  findStatuses,
  isStatusId,
  pipelineNaming,
  placedStatuses,
} from "../../organization/statuses.ts";
import { type Field, findField } from "../fields.ts";
import { isDay, type Opportunity, shortText, textOf } from "../opportunity.ts";

const orders =
  "date_won date_updated date_created confidence user_name value annualized_value annualized_expected_value".split(" ");

const statusTypes = ["active", "won", "lost"] as const;

/** The first is Close's own, the last from its documentation; quotes are inferred from its search in general. */
export const queryExamples = 'note:urgent, note:"price list", status_change(new_status:won date:yesterday)';

/** More custom fields are not shown: the list is for finding an opportunity. */
const maxCustomFields = 50;

/** More names in one call are not looked for: each is a search of its own. */
const maxLeadNames = 10;

/** Day bounds without a published pattern, which would cost more bytes than it says. */
const dayBound = shortText
  .refine(isDay, "is not a day of the calendar in the form YYYY-MM-DD, without a time")
  .optional();

/** What opportunities can be found by, and what is shown of them. */
export const findArguments = z.object({
  lead_names: z.array(shortText).max(maxLeadNames).optional().describe("Companies (leads), by the start of words"),
  lead_id: z
    .string()
    .trim()
    .refine((id) => /^lead_[A-Za-z0-9]+$/.test(id), "is not a lead id: lead_ followed by letters and digits")
    .optional()
    .describe("Instead of lead_names"),
  contact: shortText.optional().describe("Name or e-mail address"),
  query: shortText.optional().describe(`Close search: ${queryExamples}`),
  status: shortText.optional().describe("Label or `Pipeline / Label`"),
  status_type: z.enum(statusTypes).optional().describe("Its type"),
  user: shortText.optional().describe("Owner: me, name, e-mail address or id"),
  pipeline: shortText.optional().describe("Name or id"),
  exclude_pipeline: shortText.optional().describe("All but this"),
  date_won_from: dayBound.describe("YYYY-MM-DD; of active ones as expected"),
  date_won_to: dayBound.describe("Inclusive"),
  date_created_from: dayBound.describe("Day"),
  date_created_to: dayBound.describe("Day"),
  date_updated_from: dayBound.describe("Day"),
  date_updated_to: dayBound.describe("Day"),
  confidence_from: z.number().int().optional().describe("Percent"),
  confidence_to: z.number().int().optional().describe("Percent"),
  value_from: z.number().int().optional().describe("In cents"),
  value_to: z.number().int().optional().describe("In cents"),
  custom_fields: z.array(shortText).max(maxCustomFields).optional().describe("Names, to show too"),
  order_by: z
    .string()
    .refine(
      (text) => orders.some((order) => text === order || text === `-${order}`),
      `is not one of ${orders.join(", ")}, each with or without a leading minus`,
    )
    .optional()
    .describe(
      `Default -date_updated (minus: descending); ${orders.filter((order) => order !== "date_updated").join(", ")}`,
    ),
  group_by: z.enum(["status", "user", "pipeline", "lead"]).optional().describe("Totals for each"),
  limit: z.number().int().min(0).max(100).optional().describe("Default 20; 0: totals only"),
  skip: z.number().int().min(0).optional().describe("For paging"),
});
export type FindArguments = z.infer<typeof findArguments>;

/** The lists that these arguments need, to be read side by side. */
export function listsForSearch(given: FindArguments, names: Names): List<unknown>[] {
  const { status, user, pipeline, exclude_pipeline, custom_fields } = given;
  const isPlaced = (pipeline ?? exclude_pipeline) !== undefined || (status !== undefined && !isStatusId(status));
  return [
    ...(custom_fields === undefined ? [] : [names.customFields]),
    ...(isPlaced ? [names.pipelines] : []),
    ...(user === undefined || isUserId(user) ? [] : [isMe(user) ? names.me : names.users]),
  ];
}

/** More ids of statuses would make an address longer than the 2,000 characters that Close advises (its documentation). */
const maxStatusIds = 40;

/** Of those that Close lists, the ones that match what it cannot filter. */
export type Sieve = (opportunities: readonly Opportunity[]) => readonly Opportunity[];

/**
 * Turns arguments into filters of `GET /opportunity/` (Close's documentation), by the names of the organization, the
 * `sieves` for what it has no filter for, and the custom fields to show. `notes` is how names were understood.
 * @throws Failure of all that is mistaken, or if a list cannot be read.
 */
export async function planSearch(given: FindArguments, names: Names) {
  refuseMistakes(conflicts(given));
  const call = new NameCollector();
  const { user: userName, custom_fields = [] } = given;
  const pipelineOf = (argument: "pipeline" | "exclude_pipeline") => {
    const name = given[argument];
    return call.found(argument, name === undefined ? undefined : lookUp(names.pipelines, name, pipelineNaming));
  };
  const pipeline = await pipelineOf("pipeline");
  const excluded = await pipelineOf("exclude_pipeline");
  const meant = await call.found("status", statusesMeant(given, pipeline, names));
  const others = excluded && (await call.found("exclude_pipeline", allBut(excluded, meant?.ids, names)));
  const statuses = others ?? meant?.ids;
  const user = await call.found("user", userName === undefined ? undefined : findUser(userName, names));
  const shown = new Map<string, Field>();
  for (const [at, name] of custom_fields.entries()) {
    const field = await call.found(`custom_fields[${at}]`, findField(name, names));
    if (field !== undefined) shown.set(field.key, field);
  }
  refuseMistakes(call.mistakes, call.notes);
  const isLong = statuses !== undefined && statuses.length > maxStatusIds;
  const parameters: [string, string | undefined][] = [
    ["lead_id", given.lead_id],
    ["query", given.query],
    [statuses?.length === 1 ? "status_id" : "status_id__in", isLong ? undefined : statuses?.join(",")],
    ["status_type", given.status_type ?? meant?.type],
    ["user_id", user],
    ["date_won__gte", given.date_won_from],
    ["date_won__lte", given.date_won_to],
    // These are moments: that a day stands for its beginning, in the zone of the request, is inferred.
    ["date_created__gte", given.date_created_from],
    ["date_created__lt", dayAfter(given.date_created_to)],
    ["date_updated__gte", given.date_updated_from],
    ["date_updated__lt", dayAfter(given.date_updated_to)],
    ["_order_by", given.order_by ?? "-date_updated"],
  ];
  const filters = parameters.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const sieves = [
    ...sievesOf(given),
    ...(isLong ? [where(({ status_id }) => statuses.some((id) => id === status_id))] : []),
  ];
  return { filters: Object.fromEntries(filters), sieves, shown: [...shown.values()], notes: [...call.notes] };
}

function where(test: (opportunity: Opportunity) => boolean): Sieve {
  return (opportunities) => opportunities.filter(test);
}

function dayAfter(day: string | undefined): string | undefined {
  return day && new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
}

const contactNaming = naming<{ id: string; name: string | undefined; opportunity: Opportunity }>({
  noun: "contact",
  namesOf: ({ name }) => [name],
  describe: ({ name = "no name" }) => shownName(name),
  isPerson: true,
});

/** Contacts by the rule for all names; whom an e-mail address belongs to is not known here. */
function sievesOf({ contact, confidence_from, confidence_to, value_from, value_to }: FindArguments): Sieve[] {
  const within = (field: string, from = -Infinity, to = Infinity) =>
    from === -Infinity && to === Infinity
      ? []
      : [where(({ [field]: number }) => typeof number === "number" && number >= from && number <= to)];
  const byName: Sieve = (opportunities) => {
    const entries = opportunities.map((opportunity) => ({
      id: textOf(opportunity, "contact_id") ?? "",
      name: textOf(opportunity, "contact_name"),
      opportunity,
    }));
    return matches(entries, contact ?? "", contactNaming).map(({ opportunity }) => opportunity);
  };
  return [
    ...within("confidence", confidence_from, confidence_to),
    ...within("value", value_from, value_to),
    ...(contact === undefined || contact.includes("@") ? [] : [byName]),
  ];
}

/** The fields that these arguments filter or order by, of those that Close can order by. */
export function fieldsAskedFor(given: FindArguments): string[] {
  const asked = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const text = [...asked, given.order_by].join(" ");
  return orders.filter((field) => text.includes(field));
}

function conflicts(given: FindArguments): Mistake[] {
  const isBoth = given.lead_names !== undefined && given.lead_id !== undefined;
  const ranges = (["date_won", "date_created", "date_updated", "confidence", "value"] as const).map((field) => {
    const [from, to] = [given[`${field}_from`], given[`${field}_to`]];
    const isReversed = from !== undefined && to !== undefined && from > to;
    return [isReversed, `${field}_from, ${field}_to`, "the first is after the last"] as const;
  });
  return mistakesAmong([[isBoth, "lead_names, lead_id", "both given: use one of them"], ...ranges]);
}

type Statuses = { ids?: readonly string[]; type?: string };

/**
 * The ids of every status with that label, of the given pipeline alone if there is one. The word for a type stands for all
 * statuses of the type where none is called so, and is told apart from them where one is. @throws NameError
 */
async function statusesMeant(
  given: FindArguments,
  pipeline: Pipeline | undefined,
  names: Names,
): Promise<Match<Statuses>> {
  const { status } = given;
  if (status === undefined) {
    if (pipeline === undefined) return { found: {} };
    if (pipeline.statuses.length > 0) return { found: { ids: pipeline.statuses.map(({ id }) => id) } };
    throw new NameError(`the pipeline ${quote(pipeline.name)} has no statuses, so nothing is in it`);
  }
  if (isStatusId(status)) {
    const id = status.trim();
    if (pipeline === undefined || pipeline.statuses.some((own) => own.id === id)) return { found: { ids: [id] } };
    throw new NameError(`the pipeline ${quote(pipeline.name)} has no status ${id}`);
  }
  const labelled = await findStatuses(status, pipeline, names).catch((error: unknown) => {
    if (error instanceof NameError) return error;
    throw error;
  });
  const type = status.toLowerCase();
  const isMeant = (placed: { type: string; pipeline: Pipeline }) =>
    placed.type === type && (pipeline === undefined || placed.pipeline.id === pipeline.id);
  const ofType = placedStatuses(names.known().pipelines).filter(isMeant);
  if (!(labelled instanceof NameError)) {
    const others = ofType.filter(({ id }) => !labelled.found.includes(id));
    const note = `status ${quote(status)} was read as that label; of the type ${type} there are also ${joined(others, describeStatus)}. For all of them send status_type.`;
    return { found: { ids: labelled.found }, note: others.length > 0 ? note : undefined };
  }
  if (ofType.length === 0) throw labelled;
  const isAlone = pipeline === undefined && given.status_type === undefined;
  const found = isAlone ? { type } : { ids: ofType.map(({ id }) => id) };
  return { found, note: `status ${quote(status)} was read as status_type: no status is called so.` };
}

/** The ids, or else those of all statuses, without the ones of a pipeline. @throws NameError if none is left. */
async function allBut(
  { id, name }: Pipeline,
  ids: readonly string[] | undefined,
  names: Names,
): Promise<Match<string[]>> {
  const others = placedStatuses(await names.pipelines.read()).filter(({ pipeline }) => pipeline.id !== id);
  const found = others.map((status) => status.id).filter((status) => ids?.includes(status) ?? true);
  if (found.length > 0) return { found };
  throw new NameError(`outside the pipeline ${quote(name)} there is no such status, so nothing is left`);
}
