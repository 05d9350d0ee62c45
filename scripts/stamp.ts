import packageFile from "../package.json" with { type: "json" };
import { variables } from "../src/config.ts";
import { toolsFor } from "../src/tools/index.ts";

/** What the files in packaging/ leave open, by its name. */
const values = new Map<string, unknown>([
  ...Object.entries(packageFile),
  ["node", packageFile.engines.node],
  ["variables", variables],
  ...variables.map(({ name, description }) => [name, description] as const),
  [
    "tools",
    // The first line says what a tool is for; what follows is for the model.
    toolsFor({ readOnly: false }).map(({ name, description }) => ({
      name,
      description: description.replace(/\n.*/s, ""),
    })),
  ],
]);

/**
 * A JSON file of packaging/ with every `"{{version}}"` and its like filled in: what package.json says, the description
 * of a variable, all `variables` or `tools`.
 *
 * @throws Error if it names something else.
 */
export function stamped(file: string): string {
  const filled = file.replace(/"\{\{(\w+)\}\}"/g, (_, name: string) => {
    if (!values.has(name)) throw new Error(`There is no "${name}" to fill in.`);
    return JSON.stringify(values.get(name));
  });
  return `${JSON.stringify(JSON.parse(filled), null, 2)}\n`;
}
