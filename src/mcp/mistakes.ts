import { z } from "zod/v3";
import { briefJson } from "../base/json.ts";
import { beginning } from "../base/text.ts";
import { didYouMean } from "../organization/matching.ts";
import type { Mistake } from "../organization/names.ts";

/** What a tool knows of mistaken arguments, by their place (`value`, `custom_fields[0].name`). */
export type Hints = {
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
  { hint, impossible, otherwise }: Hints,
): Mistake {
  const never = impossible?.(place);
  if (never !== undefined)
    return { argument: place, problem: `unknown argument. ${never}`, isImpossible: true };
  const instead = hint?.(place, value) ?? didYouMean(key, known).trim();
  if (instead !== "") return { argument: place, problem: `unknown argument. ${instead}` };
  const or = otherwise?.(place, value);
  const list = `Known: ${known.join(", ")}`;
  return { argument: place, problem: `unknown argument. ${list}${or === undefined ? "" : `. ${or}`}` };
}

/** What a zod issue says, in a caller's words. */
export function explainIssue(issue: z.ZodIssue, value: unknown, type: z.ZodTypeAny): string {
  switch (issue.code) {
    case "invalid_type": {
      const expected = type instanceof z.ZodNumber && type.isInt ? "integer" : issue.expected;
      return `must be ${kinds[expected] ?? expected}, not ${shownValue(value)}`;
    }
    case "too_small":
      return `must be at least ${issue.minimum}, not ${shownValue(value)}`;
    case "too_big":
      return `must be at most ${issue.maximum}, not ${shownValue(value)}`;
    case "invalid_enum_value": {
      const options = issue.options.map(String);
      const near = typeof value === "string" ? didYouMean(value, options) : "";
      return `must be one of ${options.join(", ")}, not ${shownValue(value)}.${near}`;
    }
    default:
      return `${shownValue(value)} ${issue.message}`;
  }
}

/** ` (In cents: $500.00 = 50000)`: the unit of a number, which its description starts with. */
export function unit({ description = "" }: z.ZodTypeAny): string {
  const [first = ""] = description.split(". ");
  return /^(In |Percent)/.test(first) ? ` (${first})` : "";
}

const kinds: Readonly<Record<string, string>> = {
  integer: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
};

/** A value in an error: on one line, and never long. */
export function shownValue(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(beginning(value, 100));
  return briefJson(value, 100);
}
