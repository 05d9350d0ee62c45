import type { z } from "zod/v3";
import { zodToJsonSchema } from "zod-to-json-schema";
import { isObject, type JsonObject } from "../base/json.ts";

/**
 * A schema in the subset of JSON Schema that every host takes: each form left out here made some real client drop the tool.
 * The most that a text or a list can hold is checked, but not published: no honest call comes near it.
 */
export function published(schema: z.AnyZodObject): JsonObject {
  const { $schema, ...json } = zodToJsonSchema(schema, {
    $refStrategy: "none",
    allowedAdditionalProperties: true,
    rejectedAdditionalProperties: undefined,
  });
  return JSON.parse(JSON.stringify(json), (_key, part: unknown) => adjusted(part));
}

function adjusted(part: unknown): unknown {
  if (!isObject(part)) return part;
  const { type, maxLength, maxItems, ...rest } = part;
  if (typeof type === "string") return { type, ...rest };
  return Array.isArray(type) ? { ...rest, anyOf: type.map((single: unknown) => ({ type: single })) } : part;
}
