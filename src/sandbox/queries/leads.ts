import { z } from "zod/v3";
import type { Organization } from "../data/records.ts";
import type { FieldErrors } from "../rules/update.ts";

const textModes = ["full_words", "phrase", "beginning_of_words"] as const;
type TextMode = (typeof textModes)[number];

const isLead = z.strictObject({ type: z.literal("object_type"), object_type: z.literal("lead") });

const nameMatches = z.strictObject({
  type: z.literal("field_condition"),
  field: z.strictObject({
    type: z.literal("regular_field"),
    object_type: z.literal("lead"),
    field_name: z.literal("display_name"),
  }),
  condition: z.strictObject({ type: z.literal("text"), mode: z.enum(textModes), value: z.string() }),
});

const searchBody = z.strictObject({
  query: z.strictObject({ type: z.literal("and"), queries: z.tuple([isLead]).rest(nameMatches) }),
  /** What to answer of each lead besides its id. */
  _fields: z.strictObject({ lead: z.array(z.enum(["id", "display_name"])) }).default({ lead: [] }),
  _limit: z.number().int().min(1).max(200).default(100),
});

/**
 * Leads by their names: the one query of advanced filtering, `POST /data/search/` (Close's documentation), that
 * the tools send. Answers one page, which no cursor follows, or what is wrong with the request.
 */
export function searchLeads(
  sent: Record<string, unknown>,
  { leads }: Organization,
): Record<string, unknown> | FieldErrors {
  const { data: body, error } = searchBody.safeParse(sent);
  if (error !== undefined) return fieldErrors(error);
  const [, ...conditions] = body.query.queries;
  const found = leads.filter(({ name }) =>
    conditions.every(({ condition: { mode, value } }) => matchesText(name, mode, value)),
  );
  return {
    data: found.slice(0, body._limit).map(({ id, name }) => ({
      __object_type: "lead",
      id,
      ...(body._fields.lead.includes("display_name") && { display_name: name }),
    })),
    cursor: null,
  };
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

/**
 * Does the text match as a `text` condition of advanced filtering says (Close's documentation gives the modes)?
 * A value without any word matches nothing.
 */
export function matchesText(text: string, mode: TextMode, value: string): boolean {
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
