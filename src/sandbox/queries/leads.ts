import { z } from "zod/v3";
import { dateCreated } from "../data/lists.ts";
import type { Lead, Organization } from "../data/records.ts";
import { badFields } from "../rules/refusal.ts";

const field = <Name extends string>(name: Name) =>
  z.strictObject({
    type: z.literal("regular_field"),
    object_type: z.literal("lead"),
    field_name: z.literal(name),
  });

const isLead = z.strictObject({ type: z.literal("object_type"), object_type: z.literal("lead") });

const nameMatches = z.strictObject({
  type: z.literal("field_condition"),
  field: field("display_name"),
  condition: z.strictObject({
    type: z.literal("text"),
    mode: z.enum(["beginning_of_words", "full_words"]),
    value: z.string(),
  }),
});

const hasOpportunities = z.strictObject({
  type: z.literal("has_related"),
  this_object_type: z.literal("lead"),
  related_object_type: z.literal("opportunity"),
  related_query: z.strictObject({ type: z.literal("match_all") }),
});

/** The two searches that the tools send: by the name alone, and for leads with opportunities only. */
const search = z.strictObject({
  query: z.strictObject({
    type: z.literal("and"),
    queries: z.tuple([isLead, nameMatches]).rest(hasOpportunities),
  }),
  sort: z.tuple([z.strictObject({ direction: z.literal("desc"), field: field("date_created") })]),
  _fields: z.strictObject({ lead: z.tuple([z.literal("id")]) }),
  _limit: z.number().int().min(1).max(200),
});

/**
 * Leads by their names, the newest first: one page of `POST /data/search/` (Close's documentation).
 * @throws Refusal of every other search.
 */
export function searchLeads(sent: Record<string, unknown>, organization: Organization) {
  const { data, error } = search.safeParse(sent);
  if (error) throw badFields(error.issues.map(({ path, message }) => [`${path[0] ?? "query"}`, message]));
  const [, { condition }, ...related] = data.query.queries;
  const found = organization.leads
    .filter(({ name }) => matches(name, condition))
    .filter((lead) => related.length === 0 || hasOpportunity(lead, organization))
    .sort((one, other) => created(other).localeCompare(created(one)));
  return {
    data: found.slice(0, data._limit).map(({ id }) => ({ __object_type: "lead", id })),
    cursor: null,
  };
}

function created({ date_created = dateCreated }: Lead): string {
  return date_created;
}

function hasOpportunity({ id }: Lead, { opportunities }: Organization): boolean {
  return [...opportunities.values()].some(({ lead_id }) => lead_id === id);
}

/** Whether the name has every wanted word, or one that begins so. A text without any word matches nothing. */
function matches(name: string, { mode, value }: z.infer<typeof nameMatches>["condition"]): boolean {
  const words = wordsOf(name);
  const wanted = wordsOf(value);
  const fits = (word: string, want: string) => (mode === "full_words" ? word === want : word.startsWith(want));
  return wanted.length > 0 && wanted.every((want) => words.some((word) => fits(word, want)));
}

/** Letters and digits make up words, whatever their case; everything else separates them. */
function wordsOf(text: string): string[] {
  return (
    text
      .normalize()
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}
