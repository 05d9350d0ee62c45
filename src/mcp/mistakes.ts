import { z } from "zod/v3";
import type { ReadingRules } from "../base/reading-rules.ts";
import { asText, truncate } from "../base/text.ts";

/** What is said of a required argument that is not there. */
export function requirement(type: z.ZodTypeAny, rules: ReadingRules): string {
  const otherwise = rules.get(unwrapped(type))?.otherwise?.("");
  return `is required${otherwise === undefined ? "" : `: ${otherwise}`}`;
}

/** `updates[0].ids`: where an argument is. */
export function placeIn(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  return truncate(path === "" ? key : `${path}.${key}`, 200);
}

/** The type itself, without what makes it optional or refines it. */
export function unwrapped(type: z.ZodTypeAny): z.ZodTypeAny {
  if (type instanceof z.ZodOptional) return unwrapped(type.unwrap());
  return type instanceof z.ZodEffects ? unwrapped(type.innerType()) : type;
}

/** A value in an error: on one line, and never long. */
export function shown(value: unknown): string {
  return typeof value === "number" ? String(value) : truncate(JSON.stringify(value) ?? "nothing", 100);
}

/** What zod found wrong with a value, never in its own words: messages of patterns and refinements are ours. */
export function problemOf(issue: z.ZodIssue, value: unknown, type: z.ZodTypeAny, rules: ReadingRules): string {
  switch (issue.code) {
    case "invalid_type":
    case "invalid_enum_value":
      return `must be ${kindOf(unwrapped(type), value, rules)}${unitOf(type)}`;
    case "too_big":
      if (typeof value === "number") return `must be at most ${issue.maximum}, not ${value}${unitOf(type)}`;
      return `has ${String(value).length} characters, and at most ${issue.maximum} are possible`;
    case "too_small":
      return `must be at least ${issue.minimum}, not ${shown(value)}${unitOf(type)}`;
    default:
      return `${shown(value)} ${issue.message}`;
  }
}

function kindOf(type: z.ZodTypeAny, value: unknown, rules: ReadingRules): string {
  const not = `not ${shown(value)}`;
  const otherwise = rules.get(type)?.otherwise?.(asText(value));
  if (type instanceof z.ZodEnum) return `one of ${type.options.join(", ")}, ${not}${otherwise ? `. ${otherwise}` : ""}`;
  if (type instanceof z.ZodNumber) return `${type.isInt ? "a whole number" : "a number"}, ${not}`;
  if (type instanceof z.ZodBoolean) return `true or false, ${not}`;
  if (!(type instanceof z.ZodArray)) {
    const kind = type instanceof z.ZodObject ? "an object" : "text";
    return rules.get(type)?.form?.join(" such as ") ?? `${kind}, ${not}`;
  }
  const { element } = type;
  const [noun, example] = rules.get(element)?.form ?? [];
  if (noun !== undefined) return `a list of ${noun.replace(/^an? /, "")}s, such as [${example}]`;
  return `a list of ${element instanceof z.ZodEnum ? element.options.join(", ") : 'texts, such as ["…"]'}, ${not}`;
}

/** ` (In cents: $500.00 = 50000)`: the unit of a number, as its description says. */
function unitOf({ description = "" }: z.ZodTypeAny): string {
  const [first = ""] = description.split(". ");
  return /^(In |Percent|.* by so many)/.test(first) ? ` (${first})` : "";
}
