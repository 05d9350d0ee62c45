import { flagOptions } from "../../src/config.ts";
import { definitionOf } from "../../src/server/toolbox.ts";
import { toolsFor } from "../../src/tools/index.ts";
import { type Variable, variables } from "../variables.ts";
import { alternatives, code, table } from "./markdown.ts";
import { toolReference } from "./tool-reference.ts";

/** What each generated part of the documentation says, in Markdown, by the name in its marker. */
export const parts: Readonly<Record<string, () => string>> = {
  tools: () => toolsFor({ readOnly: false }).map(definitionOf).map(toolReference).join("\n\n"),
  flags: () =>
    table(["flag or command", "what it does"], [...Object.entries(flagOptions).map(flagRow), command]),
  variables: () => table(["variable", "what it is for"], Object.entries(variables).map(variableRow)),
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

const command = [
  code("check"),
  "verify the credentials and show whose they are, the currency, the time zone and how many pipelines and custom fields there are, instead of serving; exits with 0 or 1",
];

function flagRow([flag, { meaning, short }]: [string, { meaning: string; short?: string }]): string[] {
  return [[`--${flag}`, ...(short === undefined ? [] : [`-${short}`])].map(code).join(", "), meaning];
}

function variableRow([name, variable]: [string, Variable]): string[] {
  const { description, isSecret, choices, default: preset } = variable;
  const facts = [
    ...(isSecret ? ["secret"] : []),
    ...(choices ? [alternatives(choices.map(code))] : []),
    ...(preset === undefined ? [] : [`default ${code(preset)}`]),
  ];
  return [code(name), facts.length === 0 ? description : `${description} (${facts.join("; ")})`];
}
