import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { commandLine, type Variable, variables } from "../src/config.ts";
import { definitionOf } from "../src/server/toolbox.ts";
import { toolsFor } from "../src/tools/index.ts";

/** What each generated part of the documentation says, in Markdown, by the name in its marker. */
export const parts: Readonly<Record<string, () => string>> = {
  tools: () => toolsFor({ readOnly: false }).map(definitionOf).map(toolReference).join("\n\n"),
  flags: () =>
    table(
      ["flag or command", "what it does"],
      commandLine.map(({ names, description }) => [names.map(code).join(", "), description]),
    ),
  variables: () => table(["variable", "what it is for"], variables.map(variableRow)),
};

/**
 * The page with its generated parts as the definitions have them now. Each part is between
 * `<!-- generated: name -->` and `<!-- end -->`; everything else stays as it is.
 *
 * @throws Error if a part is unknown.
 */
export function withReference(page: string): string {
  return page.replace(
    /(<!-- generated: (\w+) -->).*?(<!-- end -->)/gs,
    (_, start: string, name: string, end: string) => {
      const part = parts[name];
      if (part === undefined) throw new Error(`A page wants a part "${name}", which nothing generates.`);
      return `${start}\n\n${part()}\n\n${end}`;
    },
  );
}

function variableRow({ name, description, isSecret, choices, default: preset }: Variable): string[] {
  const facts = [
    ...(isSecret ? ["secret"] : []),
    ...(choices ? [alternatives(choices.map(code))] : []),
    ...(preset === undefined ? [] : [`default ${code(preset)}`]),
  ];
  return [code(name), facts.length === 0 ? description : `${description} (${facts.join("; ")})`];
}

/** A tool's arguments; those of the tools that change something are not folded away. */
function toolReference({ name, title, description = "", annotations, inputSchema }: Tool): string {
  const isReadOnly = annotations?.readOnlyHint === true;
  return [
    `<details${isReadOnly ? "" : " open"}>`,
    `<summary><code>${name}</code>: ${title} (${isReadOnly ? "reads only" : "changes"})</summary>`,
    "",
    description.replace(/\n.*/s, ""),
    "",
    table(["argument", "type", "meaning"], argumentRows(schemaPart.parse(inputSchema))),
    "",
    "</details>",
  ].join("\n");
}

/** The part of JSON Schema that published arguments are made of. */
const schemaPart = z.object({
  type: z.string().optional(),
  description: z.string().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  required: z.array(z.string()).optional(),
  get items() {
    return schemaPart.optional();
  },
  get anyOf() {
    return z.array(schemaPart).optional();
  },
  get properties() {
    return z.record(z.string(), schemaPart).optional();
  },
});
type Schema = z.infer<typeof schemaPart>;

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
  if (items) return `list of ${typeText(items)}${items.enum ? "" : "s"}`;
  if (minimum === undefined) return type;
  return maximum === undefined ? `${type}, at least ${minimum}` : `${type} ${minimum}–${maximum}`;
}

function code(text: string): string {
  return `\`${text}\``;
}

/** `a, b or c`. */
function alternatives(names: readonly string[]): string {
  return new Intl.ListFormat("en-GB", { type: "disjunction" }).format(names);
}

/** What would end a cell, or be taken for HTML, is escaped. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
