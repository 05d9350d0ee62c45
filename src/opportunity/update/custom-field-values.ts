import { z } from "zod/v3";
import { parseJson } from "../../base/json.ts";
import { asText, quote, sentences } from "../../base/text.ts";
import type { CustomField, Known } from "../../organization/lists.ts";
import { find, listed, maxNameCharacters, shownName } from "../../organization/matching.ts";
import { indexOf, type Resolution, tooLong } from "../../organization/names.ts";
import { resolveContact, resolveUser } from "../../organization/people.ts";
import { suggestion } from "../../organization/suggestion.ts";
import { isNumeric } from "../compare.ts";
import { isDay } from "../opportunity.ts";

/** A number or a date is never longer, in characters. */
const maxPlainCharacters = 100;

/** Larger whole numbers would be changed; their text stays what it is. */
const exactNumber = z
  .number()
  .refine((number) => Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number)));

/** Hosts send nested lists as JSON text: such text is a list, unless it is itself a choice. */
export function severalValues(values: readonly string[], { choices }: CustomField): readonly unknown[] {
  const [text = "", ...others] = values;
  if (others.length > 0 || !text.trimStart().startsWith("[") || choices?.includes(text)) return values;
  return z.array(z.union([z.string(), exactNumber])).safeParse(parseJson(text)).data ?? values;
}

/**
 * What a value of a field of this type is compared by: datetimes by the instant, everything else by its text. Numbers
 * and their text are the same.
 */
export function valueKey(value: unknown, type: string | undefined): string {
  const text = asText(value);
  const instant = type === "datetime" ? Date.parse(text) : Number.NaN;
  return Number.isNaN(instant) ? text : String(instant);
}

/** The values by what they are compared by: each once, the first of its spellings. */
export function byKey(values: readonly unknown[], definition: CustomField | undefined): Map<string, unknown> {
  const keyed = new Map<string, unknown>();
  for (const value of values) {
    const key = valueKey(value, definition?.type);
    if (!keyed.has(key)) keyed.set(key, value);
  }
  return keyed;
}

/**
 * One value in the form and spelling that Close takes for a field of this type.
 *
 * @param choices those that a value can be; undefined if the field is no list of choices, or Close lists none.
 */
export function convert(
  value: unknown,
  field: CustomField,
  known: Known,
  choices: readonly string[] | undefined,
): Resolution<unknown> {
  const text = asText(value);
  switch (field.type) {
    case "number":
      return convertNumber(text.trim(), field);
    case "date":
      if (text.length <= maxPlainCharacters && isDay(text.trim())) return { found: text.trim() };
      return misfit(text, field, "a day of the calendar as YYYY-MM-DD");
    case "datetime":
      if (text.length <= maxPlainCharacters && isInstant(text.trim())) return { found: text.trim() };
      return misfit(text, field, "a date and time with its offset, such as 2026-06-27T22:00:00-08:00");
    case "choices":
      return choices === undefined ? { found: text } : convertChoice(text, field, choices);
    case "user":
      return about(field, resolveUser(text, known));
    case "contact":
      return about(field, resolveContact(text, known));
    default:
      return { found: text };
  }
}

function misfit(text: string, { name }: CustomField, taken: string): Resolution<never> {
  return { problem: `${quote(name)} takes ${taken}, not ${quote(text)}` };
}

function about<T>({ name }: CustomField, resolution: Resolution<T>): Resolution<T> {
  if (!("problem" in resolution)) return resolution;
  return { ...resolution, problem: `${quote(name)}: ${resolution.problem}` };
}

function isInstant(text: string): boolean {
  return z.string().datetime({ offset: true }).safeParse(text).success && !Number.isNaN(Date.parse(text));
}

function convertNumber(text: string, field: CustomField): Resolution<number> {
  const isNumber = text.length <= maxPlainCharacters && isNumeric(text);
  if (!isNumber || !Number.isFinite(Number(text))) return misfit(text, field, "a number");
  if (isKeptExactly(text)) return { found: Number(text) };
  return { problem: `${quote(field.name)}: ${quote(text)} cannot be kept exactly` };
}

/** Numbers are kept with 15 significant digits at least; more, or an exponent past all bounds, would be changed. */
function isKeptExactly(text: string): boolean {
  const number = Number(text);
  const digits = text
    .replace(/e.*$/i, "")
    .replace(/\D/g, "")
    .replace(/^0+|0+$/g, "");
  const isExact = digits.length <= 15 || Number.isSafeInteger(number);
  return isExact && (number === 0) === (digits === "");
}

/** The kind of naming by which choices are indexed. */
const choiceNaming = {};

function convertChoice(text: string, { name }: CustomField, choices: readonly string[]): Resolution<string> {
  if (text.length > maxNameCharacters) return tooLong(text);
  const index = indexOf(choices, choiceNaming, (choice) => ({ names: [choice] }));
  const matches = find(index, text).flatMap((position) => choices[position] ?? []);
  const [choice, ...others] = new Set(matches);
  if (choice !== undefined && others.length === 0) return { found: choice };
  if (choice !== undefined) {
    return { problem: `${shownName(text)} is ambiguous in ${quote(name)}: ${listed([choice, ...others])}` };
  }
  return {
    problem: `${shownName(text)} is not a choice of ${quote(name)}`,
    valid: () => {
      const candidates = choices.map((other) => ({ names: [other], shown: () => shownName(other) }));
      return sentences(suggestion(text, candidates), `Choices: ${listed(choices)}`);
    },
  };
}
