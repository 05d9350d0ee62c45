import type { JsonObject } from "../json.ts";
import { printable } from "../text.ts";

/** A result as a person reads it and as a program does: some hosts show the model only one of the two. */
export type BothForms = { summary: string; structured: JsonObject };

/** Puts a result into both forms, its warnings into each. */
export function inBothForms(
  lines: readonly string[],
  structured: JsonObject,
  warnings: readonly string[],
): BothForms {
  return {
    summary: [...lines, ...warnings.map((warning) => `Warning: ${warning}`)].map(printable).join("\n"),
    structured: { ...structured, ...(warnings.length > 0 && { warnings }) },
  };
}
