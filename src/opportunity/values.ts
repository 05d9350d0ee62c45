import { isDeepStrictEqual } from "node:util";
import { composed } from "../base/text.ts";
import { hasOffset, instantOf } from "../base/time-zone.ts";
import type { Kind } from "./fields.ts";
import { formOf } from "./rich-text.ts";

/** A field's new value, made of what the opportunity was just read to hold, or what keeps it from being made. */
export type Computed = { field: string; value: unknown; warning?: string | undefined } | { problem: string };

/** Whether a field holds nothing: Close leaves an unset custom field out, and empties a note to "". */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** A field's several values; a single one counts as a list of one, none as an empty list. */
export function listOf(value: unknown): readonly unknown[] {
  if (isEmpty(value)) return [];
  return Array.isArray(value) ? value : [value];
}

/**
 * Whether two values of a field mean the same in Close, by `keyOf`: dates by day, numbers by number, rich text by words and
 * form, lists as sets (recorded traffic shows each kind changing its spelling on the way through).
 */
export function same(a: unknown, b: unknown, kind: Kind): boolean {
  if (a === b) return true;
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (Array.isArray(a) || Array.isArray(b)) return isDeepStrictEqual(keysOf(a, kind), keysOf(b, kind));
  // A field in which Close shows a number is a number field, whether its definition is known or not.
  const isNumber = kind === "unknown" && (typeof a === "number" || typeof b === "number");
  const shared = isNumber ? "number" : kind;
  return keyOf(a, shared) === keyOf(b, shared);
}

/**
 * Whether they are the same to the letter, in whatever Unicode form: what `same` forgives may be what is to be
 * corrected. Only lists have no order, and datetimes are one instant in any offset.
 */
export function identical(a: unknown, b: unknown, kind: Kind): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (kind === "datetime") return same(a, b, kind);
  const setOf = (value: unknown) => new Set([value].flat().map((one) => jsonOf(one)));
  return Array.isArray(a) === Array.isArray(b) && isDeepStrictEqual(setOf(a), setOf(b));
}

function jsonOf(value: unknown, replacer?: (key: string, part: unknown) => unknown): string {
  return composed(JSON.stringify(value, replacer) ?? "");
}

function withoutAddress(_key: string, part: unknown): unknown {
  return typeof part === "string" && /^https?:/.test(part) ? null : part;
}

/** Whether a field's value, one or several, has this one among them. */
export function includesValue(held: unknown, value: unknown, kind: Kind): boolean {
  return listOf(held).some((one) => same(one, value, kind));
}

/** The values of one field as what they are compared by. */
export function keysOf(values: unknown, kind: Kind): Set<string> {
  return new Set(listOf(values).map((value) => keyOf(value, kind)));
}

/** What a single value is compared by. A number may be text; addresses of files are signed anew for each answer. */
export function keyOf(value: unknown, kind: Kind): string {
  if (typeof value === "number" && kind === "text") return JSON.stringify(String(value));
  if (typeof value !== "string") return jsonOf(value, withoutAddress);
  if (kind === "html") return formOf(value);
  const text = plainly(value);
  if (kind === "number" && isNumeric(text)) return JSON.stringify(Number(text));
  if (kind === "date") return JSON.stringify(/^\d{4}-\d{2}-\d{2}(?=T|$)/.exec(text)?.[0] ?? text);
  // Close keeps whole seconds (recorded traffic).
  const seconds = kind === "datetime" && hasOffset(text) ? Math.floor(instantOf(text) / 1000) : Number.NaN;
  return JSON.stringify(Number.isNaN(seconds) ? text : seconds);
}

/** Text in one Unicode form, with one kind of space and of line end, none of no width, and none around it. */
export function plainly(text: string): string {
  return composed(text)
    .replace(/[\u200b\ufeff]/g, "")
    .replace(/\r\n?/g, "\n")
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .trim();
}

/** Whether the text is a decimal number, with an exponent or without. */
export function isNumeric(text: string): boolean {
  return /^\s*-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text);
}

/** Whether a number keeps every digit of a decimal number, as far as they are not zeros before or after it. */
export function isExact(text: string): boolean {
  const digitsOf = (number: string) => number.replace(/e.*$/i, "").replace(/\D/g, "").replace(/^0+/, "");
  const number = Number(text);
  const [digits, kept] = [digitsOf(text), digitsOf(String(number)).replace(/0+$/, "")];
  return Number.isFinite(number) && digits.startsWith(kept) && !/[1-9]/.test(digits.slice(kept.length));
}
