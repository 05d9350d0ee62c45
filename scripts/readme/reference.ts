import { flagOptions } from "../../src/config.ts";
import { published } from "../../src/server/toolbox.ts";
import { toolsFor } from "../../src/tools/index.ts";
import { type Variable, variables } from "../variables.ts";
import { alternatives, code, table } from "./markdown.ts";
import { toolReference } from "./tool-reference.ts";

/** What each part of the reference says, in Markdown, by the name in its marker. */
const parts: Readonly<Record<string, () => string>> = {
  tools: () => toolsFor({ readOnly: false }).map(published).map(toolReference).join("\n\n"),
  flags: () =>
    table(["flag or command", "what it does"], [...Object.entries(flagOptions).map(flagRow), command]),
  variables: () => table(["variable", "what it is for"], Object.entries(variables).map(variableRow)),
};

/**
 * The README with its generated parts as the definitions have them now. Each part is between
 * `<!-- generated: name -->` and `<!-- end -->`; all else stays as it is.
 *
 * @throws Error where a part is missing, unknown or there twice.
 */
export function withReference(readme: string): string {
  const missing = new Set(Object.keys(parts));
  const text = readme.replace(
    /(<!-- generated: (\w+) -->).*?(<!-- end -->)/gs,
    (_, start: string, name: string, end: string) => {
      const part = parts[name];
      if (part === undefined) throw new Error(`README.md wants a part "${name}", which nothing generates.`);
      if (!missing.delete(name)) throw new Error(`README.md has the generated part "${name}" twice.`);
      return `${start}\n\n${part()}\n\n${end}`;
    },
  );
  for (const name of missing) throw new Error(`README.md has no place for the generated part "${name}".`);
  return text;
}

const command = [
  code("check"),
  "instead of serving, tell user, organization, currency, time zone, how many pipelines and custom fields; exits with 0 or 1",
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
