import { isDeepStrictEqual } from "node:util";
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
 * Whether two values of a field mean the same in Close: dates by their day, datetimes by their instant, numbers and
 * numeric text by number, text without its Unicode form and its kinds of space and line ends, rich text by what it says and
 * how it is built, lists as sets (recorded traffic shows each of these changing its spelling on the way through).
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
 * Whether two values of a field are the same to the letter, in whatever Unicode form: what `same` forgives may be just the
 * correction that is asked for. Only lists have no order, and datetimes are one instant in any offset.
 */
export function identical(a: unknown, b: unknown, kind: Kind): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (kind === "datetime") return same(a, b, kind);
  const setOf = (list: readonly unknown[]) => new Set(list.map(jsonOf));
  if (Array.isArray(a) && Array.isArray(b)) return isDeepStrictEqual(setOf(a), setOf(b));
  return jsonOf(a) === jsonOf(b);
}

function jsonOf(value: unknown): string {
  return (JSON.stringify(value) ?? "").normalize("NFC");
}

/** Whether a field's value, one or several, has this one among them. */
export function includesValue(held: unknown, value: unknown, kind: Kind): boolean {
  return listOf(held).some((one) => same(one, value, kind));
}

/** The values of one field as what they are compared by. */
export function keysOf(values: unknown, kind: Kind): Set<string> {
  return new Set(listOf(values).map((value) => keyOf(value, kind)));
}

/** What a single value is compared by: equal for values that mean the same. */
export function keyOf(value: unknown, kind: Kind): string {
  if (typeof value !== "string") return jsonOf(value);
  if (kind === "html") return formOf(value);
  const text = plainly(value);
  if (kind === "number" && isNumeric(text)) return JSON.stringify(Number(text));
  if (kind === "date") return JSON.stringify(/^\d{4}-\d{2}-\d{2}(?=T|$)/.exec(text)?.[0] ?? text);
  return JSON.stringify(kind === "datetime" ? (instantOf(text) ?? text) : text);
}

/** Text in one Unicode form, with one kind of space and of line end, and none around it. */
export function plainly(text: string): string {
  return text
    .normalize("NFC")
    .replace(/\r\n?/g, "\n")
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .trim();
}

/** The same number for every spelling of an instant; only a full date and time with its offset is one. */
function instantOf(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T[\d:.]{5,20}(?:Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** Whether the text is a decimal number, with an exponent or without. */
export function isNumeric(text: string): boolean {
  return /^\s*-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text);
}
