import { z } from "zod/v3";
import { zodToJsonSchema } from "zod-to-json-schema";
import { isObject } from "../base/json.ts";

/** The JSON Schema of an object, as the MCP specification has it in a tool's definition. */
const objectSchema = z
  .object({
    type: z.literal("object"),
    properties: z.record(z.object({}).passthrough()).optional(),
    required: z.array(z.string()).optional(),
  })
  .passthrough();
export type ObjectSchema = z.infer<typeof objectSchema>;

/**
 * An input schema in the subset of JSON Schema that every host takes: no `$schema`, `$ref`, union `type`
 * lists or `additionalProperties`, each of which made some real client drop the tool. The most that a text or a list
 * can hold is checked, but not published: no honest call comes near it.
 */
export function publishedInput(schema: z.AnyZodObject): ObjectSchema {
  return jsonSchemaOf(schema, undefined, (part) => {
    if (!isObject(part) || typeof part.type !== "string") return part;
    const { maxLength, maxItems, ...rest } = part;
    return rest;
  });
}

/** An output schema in the same subset, in which unknown keys are allowed. */
export function publishedOutput(schema: z.AnyZodObject): ObjectSchema {
  return jsonSchemaOf(schema, true, withoutTypeList);
}

function jsonSchemaOf(
  schema: z.AnyZodObject,
  allowedAdditionalProperties: true | undefined,
  adjust: (part: unknown) => unknown,
): ObjectSchema {
  const { $schema, ...json } = zodToJsonSchema(schema, {
    $refStrategy: "none",
    allowedAdditionalProperties,
    rejectedAdditionalProperties: undefined,
  });
  return objectSchema.parse(JSON.parse(JSON.stringify(json), (_key, part: unknown) => adjust(part)));
}

function withoutTypeList(part: unknown): unknown {
  if (!isObject(part) || !Array.isArray(part.type)) return part;
  const { type, ...rest } = part;
  return { ...rest, anyOf: part.type.map((single: unknown) => ({ type: single })) };
}
