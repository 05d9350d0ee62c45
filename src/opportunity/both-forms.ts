import type { JsonObject } from "../json.ts";
import { beginning, printable } from "../text.ts";

/** A person reads no more of a line than this; the program's form holds the whole. */
const longestLine = 100_000;

/** A result as a person reads it and as a program does: some hosts show the model only one of the two. */
export type BothForms = { summary: string; structured: JsonObject };

/** Puts a result into both forms, its warnings into each. */
export function inBothForms(
  lines: readonly string[],
  structured: JsonObject,
  warnings: readonly string[],
): BothForms {
  return {
    summary: [...lines, ...warnings.map((warning) => `Warning: ${warning}`)]
      .map((line) => beginning(printable(line), longestLine))
      .join("\n"),
    structured: warnings.length === 0 ? structured : { ...structured, warnings },
  };
}
