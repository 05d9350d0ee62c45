import { z } from "zod/v3";
import { isDeeperThan } from "../base/json.ts";
import { beginning } from "../base/text.ts";
import { didYouMean } from "../organization/matching.ts";

/** What is wrong with an unknown argument, and what to use instead. */
export function unknownArgument(
  key: string,
  value: unknown,
  known: readonly string[],
  hint: ((unknown: string, value: unknown) => string | undefined) | undefined,
): string {
  return `unknown argument. ${(hint?.(key, value) ?? didYouMean(key, known).trim()) || `Known: ${known.join(", ")}`}`;
}

/** What a zod issue says, in a caller's words. */
export function explain(issue: z.ZodIssue, value: unknown, type: z.ZodTypeAny): string {
  switch (issue.code) {
    case "invalid_type": {
      const expected = type instanceof z.ZodNumber && type.isInt ? "integer" : issue.expected;
      return `must be ${kinds[expected] ?? expected}, not ${shown(value)}`;
    }
    case "too_small":
      return `must be at least ${issue.minimum}, not ${shown(value)}`;
    case "too_big":
      return issue.type === "string"
        ? `is longer than ${issue.maximum} characters`
        : `must be at most ${issue.maximum}, not ${shown(value)}`;
    case "invalid_enum_value": {
      const options = issue.options.map(String);
      return `must be one of ${options.join(", ")}, not ${shown(value)}.${didYouMean(String(value), options)}`;
    }
    default:
      return `${shown(value)} ${issue.message}`;
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
export function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(beginning(value, 100));
  return isDeeperThan(value, 20)
    ? "something nested too deeply"
    : beginning(JSON.stringify(value) ?? String(value), 100);
}
