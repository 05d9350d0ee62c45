import { z } from "zod/v3";
import { dateCreated } from "../data/lists.ts";
import type { Lead, Organization } from "../data/records.ts";
import type { FieldErrors } from "../rules/update.ts";

/** The first two are documented; Close's own application writes all but `phrase` into the filters that it makes. */
const textModes = ["full_words", "phrase", "beginning_of_words", "exact_value"] as const;
type TextMode = (typeof textModes)[number];

const isLead = z.strictObject({ type: z.literal("object_type"), object_type: z.literal("lead") });

const nameMatches = z.strictObject({
  type: z.literal("field_condition"),
  field: z.strictObject({
    type: z.literal("regular_field"),
    object_type: z.literal("lead"),
    field_name: z.enum(["display_name", "name"]),
  }),
  condition: z.strictObject({ type: z.literal("text"), mode: z.enum(textModes), value: z.string() }),
});

const hasOpportunities = z.strictObject({
  type: z.literal("has_related"),
  this_object_type: z.literal("lead"),
  related_object_type: z.literal("opportunity"),
  related_query: z.strictObject({ type: z.literal("match_all") }),
});

const order = z.strictObject({
  direction: z.enum(["asc", "desc"]),
  field: z.strictObject({
    type: z.literal("regular_field"),
    object_type: z.literal("lead"),
    field_name: z.enum(["date_created", "display_name"]),
  }),
});

const condition = z.discriminatedUnion("type", [nameMatches, hasOpportunities]);

const searchBody = z.strictObject({
  query: z.strictObject({ type: z.literal("and"), queries: z.tuple([isLead]).rest(condition) }),
  /** What to answer of each lead besides its id. */
  _fields: z.strictObject({ lead: z.array(z.enum(["id", "display_name"])) }).default({ lead: [] }),
  _limit: z.number().int().min(1).max(200).default(100),
  sort: z.array(order).default([]),
});

/**
 * Leads by their names: the queries of advanced filtering, `POST /data/search/` (Close's documentation), that
 * the tools send. Returns one page, which no cursor follows, or what is wrong with the request.
 */
export function searchLeads(
  sent: Record<string, unknown>,
  organization: Organization,
): Record<string, unknown> | FieldErrors {
  const { data: body, error } = searchBody.safeParse(sent);
  if (error !== undefined) return fieldErrors(error);
  const [, ...conditions] = body.query.queries;
  const found = organization.leads
    .filter((lead) => conditions.every((one) => meets(lead, one, organization)))
    .sort((one, other) => compare(one, other, body.sort));
  return {
    data: found.slice(0, body._limit).map(({ id, name }) => ({
      __object_type: "lead",
      id,
      ...(body._fields.lead.includes("display_name") && { display_name: name }),
    })),
    cursor: null,
  };
}

function meets(lead: Lead, wanted: z.infer<typeof condition>, { opportunities }: Organization): boolean {
  if (wanted.type === "field_condition") {
    return matchesText(lead.name, wanted.condition.mode, wanted.condition.value);
  }
  return [...opportunities.values()].some(({ lead_id }) => lead_id === lead.id);
}

function compare(one: Lead, other: Lead, sort: readonly z.infer<typeof order>[]): number {
  for (const { direction, field } of sort) {
    const sortedBy = ({ name, date_created = dateCreated }: Lead) =>
      field.field_name === "date_created" ? date_created : name;
    const [left, right] = [sortedBy(one), sortedBy(other)];
    if (left !== right) return left < right === (direction === "asc") ? -1 : 1;
  }
  return 0;
}

/** By the body's keys, with the place within. */
function fieldErrors({ issues }: z.ZodError): FieldErrors {
  return new Map(
    issues.flatMap((issue) => {
      const unknownKeys = issue.code === "unrecognized_keys" ? issue.keys : undefined;
      const paths = unknownKeys?.map((key) => [...issue.path, key]) ?? [issue.path];
      return paths.map(([key, ...within]): [string, string] => [
        String(key),
        [...within, unknownKeys ? "Unknown field." : issue.message].join(": "),
      ]);
    }),
  );
}

/** Whether the text matches as a `text` condition of advanced filtering asks. A value without any word matches nothing. */
function matchesText(text: string, mode: TextMode, value: string): boolean {
  const words = wordsOf(text);
  const wanted = wordsOf(value);
  if (wanted.length === 0) return false;
  switch (mode) {
    case "full_words":
      return wanted.every((word) => words.includes(word));
    case "phrase":
      return words.some((_, start) => wanted.every((word, offset) => words[start + offset] === word));
    case "beginning_of_words":
      return wanted.every((beginning) => words.some((word) => word.startsWith(beginning)));
    case "exact_value":
      return text.normalize().toLowerCase() === value.normalize().toLowerCase();
  }
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
