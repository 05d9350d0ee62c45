import { z } from "zod/v3";
import { invalidArguments, refuseMistakes } from "../../base/failure.ts";
import type { ObjectRules, ReadingRules } from "../../base/reading-rules.ts";
import { joined, quote } from "../../base/text.ts";
import { daysAfter } from "../../base/time-zone.ts";
import type { Names, NotedNames, Pipeline } from "../../organization/lists.ts";
import { isAlike, lookUp, matches, NameCollector, NameError, naming, unknownName } from "../../organization/names.ts";
import { findUser } from "../../organization/people.ts";
import { describeStatus, findStatuses, isStatusId, pipelineNaming, statusNaming } from "../../organization/statuses.ts";
import { findField } from "../fields.ts";
import { isDay, type Opportunity, shortText, textOf } from "../opportunity.ts";
import { centsSpellings, confidenceSpellings, daySpellings, idSpellings } from "../spellings.ts";
import { findWords, groupWords } from "../words.ts";

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
const dayText = z.string().trim().max(1_000);
const dayBound = dayText
  .refine(isDay, "is not a day of the calendar in the form YYYY-MM-DD, without a time")
  .optional();
const percentBound = z.number().int();
const centsBound = z.number().int();
const leadId = z.string().trim();
const group = z.enum(["status", "user", "pipeline", "lead"]);
const name = shortText.optional();

/** What opportunities can be found by, and what is shown of them. */
export const findArguments = z.object({
  lead_names: z.array(shortText).max(maxLeadNames).optional().describe("Companies (leads), by the start of words"),
  lead_id: leadId
    .refine(
      (id) => /^lead_[A-Za-z0-9]+$/.test(id),
      "is not a lead id: lead_ followed by letters and digits; names go into lead_names",
    )
    .optional()
    .describe("Instead of lead_names"),
  contact: name.describe("Name or e-mail address"),
  query: name.describe(`Close search: ${queryExamples}`),
  status: name.describe("Label or `Pipeline / Label`"),
  status_type: z.enum(statusTypes).optional().describe("Its type"),
  user: name.describe("Owner: me, name, e-mail address or id"),
  pipeline: name.describe("Name or id"),
  exclude_pipeline: name.describe("All but this"),
  date_won_from: dayBound.describe("YYYY-MM-DD; of active ones as expected"),
  date_won_to: dayBound.describe("Inclusive"),
  date_created_from: dayBound.describe("Day"),
  date_created_to: dayBound.describe("Day"),
  date_updated_from: dayBound.describe("Day"),
  date_updated_to: dayBound.describe("Day"),
  confidence_from: percentBound.optional().describe("Percent"),
  confidence_to: percentBound.optional().describe("Percent"),
  value_from: centsBound.optional().describe("In cents"),
  value_to: centsBound.optional().describe("In cents"),
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
  group_by: group.optional().describe("Totals for each"),
  limit: z.number().int().min(0).max(100).optional().describe("Default 20; 0: totals only"),
  skip: z.number().int().min(0).optional().describe("For paging"),
});
export type FindArguments = z.infer<typeof findArguments>;

/** How these arguments are read, beyond their schemas. */
export const findReading: ReadingRules = new Map<z.ZodTypeAny, ObjectRules>([
  [findArguments, findWords],
  [dayText, daySpellings()],
  [percentBound, confidenceSpellings],
  [centsBound, centsSpellings],
  [leadId, idSpellings("lead", { none: "find_opportunities with lead_names shows it" })],
  [group, groupWords],
]);

/** Longer lists of statuses' ids would make an address longer than the 2,000 characters that Close advises (its documentation). */
const maxStatusCharacters = 1_400;

/** Of those that Close lists, the ones that match what it cannot filter. */
export type Sieve = (opportunities: readonly Opportunity[]) => readonly Opportunity[];

/**
 * Turns arguments into a search: filters of `GET /opportunity/` (Close's documentation), by the names of the organization, and
 * `sieves` for what it has no filter for. `shown` are the custom fields to show, `notes` is how names were understood.
 * @throws Failure of all that is mistaken, or if a list cannot be read.
 */
export async function searchFor(given: FindArguments, ofCall: Names) {
  if (given.lead_names !== undefined && given.lead_id !== undefined) {
    throw invalidArguments([{ argument: "lead_names, lead_id", problem: "both given: use one of them" }]);
  }
  const call = new NameCollector(ofCall);
  const { names } = call;
  const { pipeline, exclude_pipeline, user, custom_fields = [] } = given;
  const pipelineCalled = (name: string | undefined) =>
    name === undefined ? undefined : lookUp(names.pipelines, name, pipelineNaming, names.note);
  const statusesOf = async () => {
    const only = await call.found("pipeline", pipelineCalled(pipeline));
    const not = await call.found("exclude_pipeline", pipelineCalled(exclude_pipeline));
    return call.found("status", statusesMeant(given, { only, not }, names));
  };
  const [{ ids: statuses, type } = {}, userId, ...shown] = await Promise.all([
    statusesOf(),
    call.found("user", user === undefined ? undefined : findUser(user, names)),
    ...custom_fields.map((name, at) => call.found(`custom_fields[${at}]`, findField(name, names))),
  ]);
  refuseMistakes(call.mistakes, call.notes);
  // After the last day of the calendar comes no other, and no bound.
  const after = (day: string | undefined) => day && daysAfter(day, 1);
  const isLong = statuses !== undefined && encodeURIComponent(statuses.join()).length > maxStatusCharacters;
  const parameters: [string, string | undefined][] = [
    ["lead_id", given.lead_id],
    ["query", given.query],
    [statuses?.length === 1 ? "status_id" : "status_id__in", isLong ? undefined : statuses?.join(",")],
    ["status_type", given.status_type ?? type],
    ["user_id", userId],
    ["date_won__gte", given.date_won_from],
    ["date_won__lte", given.date_won_to],
    // These are moments: that a day stands for its beginning, in the zone of the request, is inferred.
    ["date_created__gte", given.date_created_from],
    ["date_created__lt", after(given.date_created_to)],
    ["date_updated__gte", given.date_updated_from],
    ["date_updated__lt", after(given.date_updated_to)],
    ["_order_by", given.order_by ?? "-date_updated"],
  ];
  const filters = parameters.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const sieves = sievesOf(given);
  if (isLong) sieves.push(where(({ status_id }) => statuses.some((id) => id === status_id)));
  const { contact, group_by, limit = 20, skip = 0 } = given;
  const fieldsByKey = new Map(shown.flatMap((field) => (field === undefined ? [] : [[field.key, field]])));
  return {
    ...{ filters: Object.fromEntries(filters), sieves, limit, skip },
    leadNames: given.lead_names,
    contactEmail: contact?.includes("@") ? contact : undefined,
    fields: fieldsAskedFor(given),
    isWhole: shown.length > 0,
    isSummed: limit === 0 || group_by !== undefined,
    shown: [...fieldsByKey.values()],
    notes: [...call.notes],
  };
}

function where(test: (opportunity: Opportunity) => boolean): Sieve {
  return (opportunities) => opportunities.filter(test);
}

/** Whom an e-mail address belongs to is not known here. */
const byContact = naming<Opportunity>({
  noun: "contact",
  namesOf: (opportunity) => [textOf(opportunity, "contact_name")],
  describe: (opportunity) => textOf(opportunity, "contact_id") ?? "",
  isPerson: true,
});

function sievesOf(given: FindArguments): Sieve[] {
  const { contact } = given;
  const ranges = (["confidence", "value"] as const).flatMap((field): Sieve[] => {
    const [from = -Infinity, to = Infinity] = [given[`${field}_from`], given[`${field}_to`]];
    if (from === -Infinity && to === Infinity) return [];
    return [where(({ [field]: number }) => typeof number === "number" && number >= from && number <= to)];
  });
  const isName = contact !== undefined && !contact.includes("@");
  return isName ? [...ranges, (all) => matches(all, contact, byContact)] : ranges;
}

/** The fields that these arguments filter or order by, of those that Close can order by. */
function fieldsAskedFor(given: FindArguments): string[] {
  const asked = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const text = [...asked, given.order_by].join(" ");
  return orders.filter((field) => text.includes(field));
}

/**
 * The statuses that a search is for: those of the label, of the pipeline or outside the excluded one. The word for a type, as
 * it is or where no status is called so, stands for all statuses of the type; what else could be meant is said. @throws NameError
 */
async function statusesMeant(
  { status, status_type }: FindArguments,
  { only, not }: Record<"only" | "not", Pipeline | undefined>,
  names: NotedNames,
): Promise<{ ids?: readonly string[]; type?: string | undefined }> {
  const isAny = only === undefined && not === undefined;
  if (isAny && status === undefined) return {};
  if (isAny && status !== undefined && isStatusId(status)) return { ids: [status.trim()] };
  const isIn = ({ id }: Pipeline) => (only === undefined || id === only.id) && id !== not?.id;
  const { all, called } = await findStatuses(status, isIn, names);
  const word = status?.toLowerCase();
  const typed = all.filter(({ type }) => type === word);
  if (called.length === 0 && typed.length === 0) {
    const within = only ? ` in the pipeline ${quote(only.name)}` : "";
    const where = within + (not ? ` outside the pipeline ${quote(not.name)}` : "");
    const none = `there are no statuses${where}, so that nothing can be found`;
    throw new NameError(status === undefined ? none : unknownName(all, status, { ...statusNaming, owner: where }));
  }
  const read = `status ${quote(`${status}`)} was read as`;
  if (typed.some((one) => !called.includes(one)) && (called.length === 0 || status === word)) {
    const labels = joined(called, describeStatus);
    const more = `, which is more than the label of ${labels}: for one of these send it with its pipeline.`;
    names.note(`${read} status_type${called.length > 0 ? more : ": no status is called so."}`);
    return isAny && status_type === undefined ? { type: word } : { ids: typed.map(({ id }) => id) };
  }
  const mayBeMeant = (one: (typeof all)[number]) => typed.includes(one) || isAlike(status ?? "", statusNaming)(one);
  const others = all.filter((one) => !called.includes(one) && mayBeMeant(one));
  const advice = typed.length > 0 ? " For all of the type send status_type." : "";
  if (others.length > 0) names.note(`${read} that label; there are also ${joined(others, describeStatus)}.${advice}`);
  return { ids: called.map(({ id }) => id) };
}
