import { z } from "zod/v3";
import { briefJson } from "../base/json.ts";
import { beginning, sentences } from "../base/text.ts";
import type { Mistake } from "../organization/names.ts";
import { didYouMean } from "../organization/suggestion.ts";

/** What a tool knows of mistaken arguments, by their place (`value`, `custom_fields[0].name`). */
export type ArgumentHints = {
  /** For an unknown argument, if there is more to say than the nearest known one; or for a list or object of another form. */
  hint?: ((place: string, value: unknown) => string | undefined) | undefined;
  /** For an unknown argument: that it asks for something that no call can do here. */
  impossible?: ((place: string) => string | undefined) | undefined;
  /** For an unknown argument that resembles none. */
  otherwise?: ((place: string, value: unknown) => string | undefined) | undefined;
};

/** What is wrong with an unknown argument, and what to use instead. */
export function unknownArgument(
  { place, key, value }: { place: string; key: string; value: unknown },
  known: readonly string[],
  { hint, impossible, otherwise }: ArgumentHints,
): Mistake {
  const never = impossible?.(place);
  if (never !== undefined)
    return { argument: place, problem: `unknown argument. ${never}`, isImpossible: true };
  const instead = hint?.(place, value) ?? didYouMean(key, known);
  if (instead !== "") return { argument: place, problem: `unknown argument. ${instead}` };
  const or = otherwise?.(place, value);
  const list = `Known: ${known.join(", ")}`;
  return { argument: place, problem: `unknown argument. ${list}${or === undefined ? "" : `. ${or}`}` };
}

/**
 * What a zod issue says, in a caller's words. zod's own are never passed on: the messages of patterns and refinements
 * are the schema's.
 */
export function explainIssue(issue: z.ZodIssue, value: unknown, type: z.ZodTypeAny): string {
  switch (issue.code) {
    case "invalid_type":
    case "invalid_enum_value": {
      const problem = `must be ${kindOf(type)}, not ${shownValue(value)}`;
      return type instanceof z.ZodEnum && typeof value === "string"
        ? sentences(`${problem}.`, didYouMean(value, type.options))
        : problem;
    }
    case "too_small":
      return `must be at least ${issue.minimum}, not ${shownValue(value)}`;
    case "too_big":
      return `must be at most ${issue.maximum}, not ${shownValue(value)}`;
    case "invalid_string":
    case "custom":
      return `${shownValue(value)} ${issue.message}`;
    default:
      return `${shownValue(value)} is not valid`;
  }
}

/** ` (In cents: $500.00 = 50000)`: the unit of a number, which its description starts with. */
export function unit({ description = "" }: z.ZodTypeAny): string {
  const [first = ""] = description.split(". ");
  return /^(In |Percent)/.test(first) ? ` (${first})` : "";
}

/** What a value has to be, as far as its type alone says. */
function kindOf(type: z.ZodTypeAny): string {
  if (type instanceof z.ZodEnum) return `one of ${type.options.join(", ")}`;
  if (type instanceof z.ZodNumber) return type.isInt ? "a whole number" : "a number";
  if (type instanceof z.ZodBoolean) return "true or false";
  return "text";
}

/** A value in an error: on one line, and never long. */
export function shownValue(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(beginning(value, 100));
  return briefJson(value, 100);
}
