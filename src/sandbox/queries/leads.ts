import { z } from "zod/v3";
import { dateCreated } from "../data/lists.ts";
import type { Lead, Organization } from "../data/records.ts";
import { badFields } from "../rules/refusal.ts";

const field = <Type extends string, Name extends string>(type: Type, name: Name) =>
  z.strictObject({
    type: z.literal("regular_field"),
    object_type: z.literal(type),
    field_name: z.literal(name),
  });

const isA = <Type extends string>(type: Type) =>
  z.strictObject({ type: z.literal("object_type"), object_type: z.literal(type) });

const nameMatches = z.strictObject({
  type: z.literal("field_condition"),
  field: field("lead", "display_name"),
  condition: z.strictObject({
    type: z.literal("text"),
    mode: z.enum(["beginning_of_words", "full_words"]),
    value: z.string(),
  }),
});

const anyNameMatches = z.strictObject({ type: z.literal("or"), queries: z.array(nameMatches) });

const hasOpportunities = z.strictObject({
  type: z.literal("has_related"),
  this_object_type: z.literal("lead"),
  related_object_type: z.literal("opportunity"),
  related_query: z.strictObject({ type: z.literal("match_all") }),
});

const _limit = z.number().int().min(1).max(200);

/** The searches for leads that the tools send: by one name or some, and for leads with opportunities only. */
const leadSearch = z.strictObject({
  query: z.strictObject({
    type: z.literal("and"),
    queries: z.tuple([isA("lead"), z.union([nameMatches, anyNameMatches])]).rest(hasOpportunities),
  }),
  sort: z.tuple([z.strictObject({ direction: z.literal("desc"), field: field("lead", "date_created") })]),
  _fields: z.strictObject({ lead: z.tuple([z.literal("id"), z.literal("display_name")]) }),
  _limit,
});

const hasEmail = z.strictObject({
  type: z.literal("has_related"),
  this_object_type: z.literal("contact"),
  related_object_type: z.literal("contact_email"),
  related_query: z.strictObject({
    type: z.literal("field_condition"),
    field: field("contact_email", "email"),
    condition: z.strictObject({ type: z.literal("text"), mode: z.literal("phrase"), value: z.string() }),
  }),
});

/** The only search for contacts that the tools send: by an e-mail address. */
const contactSearch = z.strictObject({
  query: z.strictObject({ type: z.literal("and"), queries: z.tuple([isA("contact"), hasEmail]) }),
  _fields: z.strictObject({ contact: z.tuple([z.literal("id"), z.literal("lead_id")]) }),
  _limit,
});

/**
 * Leads by their names, the newest first, or contacts by their e-mail address: one page of `POST /data/search/` (Close's
 * documentation).
 * @throws Refusal of every other search.
 */
export function searchObjects(sent: Record<string, unknown>, organization: Organization) {
  const asked = contactSearch.safeParse(sent).data;
  if (asked !== undefined) {
    const [, { related_query }] = asked.query.queries;
    const wanted = related_query.condition.value.toLowerCase();
    const found = organization.contacts.filter(({ email }) => email.toLowerCase() === wanted).slice(0, asked._limit);
    return { data: found.map(({ id, lead_id }) => ({ __object_type: "contact", id, lead_id })), cursor: null };
  }
  const { data, error } = leadSearch.safeParse(sent);
  if (error) throw badFields(error.issues.map(({ path, message }) => [`${path[0] ?? "query"}`, message]));
  const [, named, ...related] = data.query.queries;
  const conditions = named.type === "or" ? named.queries : [named];
  const found = organization.leads
    .filter(({ name }) => conditions.some(({ condition }) => matches(name, condition)))
    .filter((lead) => related.length === 0 || hasOpportunity(lead, organization))
    .sort((one, other) => created(other).localeCompare(created(one)));
  return {
    data: found.slice(0, data._limit).map(({ id, name }) => ({ __object_type: "lead", id, display_name: name })),
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
