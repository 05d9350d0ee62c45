import type { Tool as PublishedTool } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod/v3";
import { alternatives, code, table } from "./markdown.ts";

/** The part of JSON Schema that published arguments are made of. */
type Schema = {
  type?: string | undefined;
  description?: string | undefined;
  enum?: string[] | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  items?: Schema | undefined;
  anyOf?: Schema[] | undefined;
  properties?: Record<string, Schema> | undefined;
  required?: string[] | undefined;
};
const schemaPart: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    type: z.string().optional(),
    description: z.string().optional(),
    enum: z.array(z.string()).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    items: schemaPart.optional(),
    anyOf: z.array(schemaPart).optional(),
    properties: z.record(schemaPart).optional(),
    required: z.array(z.string()).optional(),
  }),
);

/** A tool's arguments; those of the tool that changes something are not folded away. */
export function toolReference({ name, title, description, annotations, inputSchema }: PublishedTool): string {
  const changes = annotations?.readOnlyHint === false;
  const [purpose = ""] = (description ?? "").split("\n");
  return [
    `<details${changes ? " open" : ""}>`,
    `<summary><code>${name}</code>: ${title} (${changes ? "changes" : "reads only"})</summary>`,
    "",
    purpose,
    "",
    table(["argument", "type", "meaning"], argumentRows(schemaPart.parse(inputSchema))),
    "",
    "</details>",
  ].join("\n");
}

/** A row for each argument, followed by those inside it. */
function argumentRows(schema: Schema, path = ""): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, argument]) => {
    const type = typeText(argument) + (schema.required?.includes(name) ? ", required" : "");
    return [
      [code(path + name), type, argument.description ?? ""],
      ...argumentRows(argument.items ?? {}, `${path}${name}[].`),
    ];
  });
}

/** A type as a person says it: `integer 0–100`, `list of strings`. */
function typeText({ type = "", enum: choices, anyOf, items, minimum, maximum }: Schema): string {
  if (choices) return alternatives(choices.map(code));
  if (anyOf) return alternatives(anyOf.map(typeText));
  if (items?.enum) return `list of ${alternatives(items.enum.map(code))}`;
  if (items) return `list of ${typeText(items)}s`;
  if (minimum === undefined) return type;
  return maximum === undefined ? `${type}, at least ${minimum}` : `${type} ${minimum}–${maximum}`;
}
