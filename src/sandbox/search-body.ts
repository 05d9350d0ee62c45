import { z } from "zod/v3";
import type { FieldErrors } from "./update.ts";
import { textModes } from "./words.ts";

/** What can be searched for. */
const objectType = z.enum(["lead", "opportunity"]);
export type ObjectType = z.infer<typeof objectType>;

const negate = z.boolean().default(false);

const textCondition = { type: z.literal("text"), mode: z.enum(textModes), value: z.string() };

const condition = z.discriminatedUnion("type", [
  z.strictObject(textCondition),
  z.strictObject({ type: z.literal("term"), values: z.array(z.string()) }),
  z.strictObject({
    type: z.literal("reference"),
    reference_type: z.string(),
    object_ids: z.array(z.string()),
  }),
]);
export type Condition = z.infer<typeof condition>;

const field = z.strictObject({
  type: z.literal("regular_field"),
  object_type: objectType,
  field_name: z.string(),
});
export type Field = z.infer<typeof field>;

const simpleQueries = [
  z.strictObject({ type: z.literal("match_all"), negate }),
  z.strictObject({ type: z.literal("object_type"), negate, object_type: objectType }),
  z.strictObject({ type: z.literal("id"), negate, value: z.string() }),
  z.strictObject({ ...textCondition, negate }),
  z.strictObject({ type: z.literal("field_condition"), negate, field, condition }),
] as const;

export type Query =
  | z.infer<(typeof simpleQueries)[number]>
  | { type: "and" | "or"; negate: boolean; queries: Query[] }
  | {
      type: "has_related";
      negate: boolean;
      this_object_type: ObjectType;
      related_object_type: ObjectType;
      related_query: Query;
    };

const query: z.ZodType<Query, z.ZodTypeDef, unknown> = z.lazy(() =>
  z.discriminatedUnion("type", [
    ...simpleQueries,
    z.strictObject({ type: z.enum(["and", "or"]), negate, queries: z.array(query) }),
    z.strictObject({
      type: z.literal("has_related"),
      negate,
      this_object_type: objectType,
      related_object_type: objectType,
      related_query: query,
    }),
  ]),
);

const searchBody = z.strictObject({
  query,
  /** By object type, the fields to answer besides the id. */
  _fields: z
    .strictObject({ lead: z.array(z.string()).default([]), opportunity: z.array(z.string()).default([]) })
    .default({}),
  _limit: z.number().int().min(1).max(200).default(100),
  sort: z.array(z.strictObject({ direction: z.enum(["asc", "desc"]), field })).default([]),
  include_counts: z.boolean().default(false),
  /** How many results there are to be on all pages together. */
  results_limit: z.number().int().min(0).nullable().default(null),
  cursor: z.string().nullable().default(null),
});
export type SearchBody = z.infer<typeof searchBody>;

/** Reads the body of `POST /data/search/` (Close's documentation of advanced filtering), or what is wrong with it. */
export function readSearchBody(body: Record<string, unknown>): SearchBody | FieldErrors {
  const { data, error } = searchBody.safeParse(body);
  if (error === undefined) return data;
  return new Map(
    error.issues.flatMap((issue) => {
      const unknownKeys = issue.code === "unrecognized_keys" ? issue.keys : undefined;
      const paths = unknownKeys?.map((key) => [...issue.path, key]) ?? [issue.path];
      return paths.map(([key, ...within]): [string, string] => [
        String(key),
        [...within, unknownKeys ? "Unknown field." : issue.message].join(": "),
      ]);
    }),
  );
}
