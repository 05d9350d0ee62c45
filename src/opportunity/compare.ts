import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../base/json.ts";
import type { Opportunity } from "./opportunity.ts";

/** The JSON body of `PUT /opportunity/{id}/` (Close's update page). Money is in cents. */
export type UpdateBody = JsonObject;

/** What an entry of a request body does to a field of the opportunity (Close's update page). */
export type Effect = { field: string; action: "set" | "add" | "remove" };

/** `custom.cf_x.add` adds to `custom.cf_x`, and `.remove` removes from it; every other key sets its own field. */
export function effectOf(key: string): Effect {
  const [, field, action] = /^(custom\..+)\.(add|remove)$/.exec(key) ?? [];
  if (field === undefined) return { field: key, action: "set" };
  return { field, action: action === "add" ? "add" : "remove" };
}

/** The opportunity's field that an entry of a request body changes. */
export function fieldOf(key: string): string {
  return effectOf(key).field;
}

/** Whether a field holds nothing: Close leaves an unset custom field out, and empties a note to "". */
export function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)
  );
}

/** A field's several values; a single one counts as a list of one, none as an empty list. */
export function listOf(value: unknown): readonly unknown[] {
  if (isEmpty(value)) return [];
  return Array.isArray(value) ? value : [value];
}

/**
 * Whether two values mean the same in Close: datetimes by instant, a datetime and a day by the day, numbers
 * and numeric text by number, lists without regard to order (recorded traffic shows each of these changing
 * its spelling on the way through).
 */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (Array.isArray(a) || Array.isArray(b)) {
    const [left, right] = [listOf(a), listOf(b)];
    if (left.length > maxSetSize) return isSameSet(left, right);
    const within = (list: readonly unknown[], other: readonly unknown[]) =>
      list.every((value) => includes(other, value));
    return left.length === right.length && within(left, right) && within(right, left);
  }
  if (typeof a === "string" && typeof b === "string") return sameText(a, b);
  if (typeof a === "number" && typeof b === "string") return isNumeric(b) && a === Number(b);
  if (typeof a === "string" && typeof b === "number") return same(b, a);
  return isDeepStrictEqual(a, b);
}

/**
 * Whether two values are the same to the letter: what `same` forgives may be just the correction that is asked
 * for. Only lists have no order, and datetimes with an offset are one instant in any spelling.
 */
export function identical(a: unknown, b: unknown): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length > maxSetSize) return isSameSet(a, b);
    return a.length === b.length && a.every((value) => b.some((other) => identical(value, other)));
  }
  if (typeof a === "string" && typeof b === "string") return a === b || isSameInstant(a, b);
  return isDeepStrictEqual(a, b);
}

/** Longer lists are compared to the letter: each value with each would take too long. */
const maxSetSize = 500;

function isSameSet(a: readonly unknown[], b: readonly unknown[]): boolean {
  const [left, right] = [a, b].map((list) => new Set(list.map((value) => JSON.stringify(value))));
  return (
    a.length === b.length && left?.size === right?.size && [...(left ?? [])].every((text) => right?.has(text))
  );
}

function isSameInstant(a: string, b: string): boolean {
  const instant = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/;
  return instant.test(a) && instant.test(b) && Date.parse(a) === Date.parse(b);
}

/** Whether a list holds a value, by `same`. */
export function includes(list: readonly unknown[], value: unknown): boolean {
  return list.some((held) => same(held, value));
}

/**
 * Whether the opportunity shows what one entry of a request body asks for, `.add` and `.remove` included, in whatever
 * spelling Close uses. A missing key shows nothing, except for custom fields: Close leaves empty ones out.
 */
export function shows(opportunity: Opportunity, key: string, value: unknown): boolean {
  return holds(opportunity, key, value, same) || isRewrittenNote(opportunity, key, value);
}

/** The same to the letter, by `identical`. */
export function holdsExactly(opportunity: Opportunity, key: string, value: unknown): boolean {
  return holds(opportunity, key, value, identical);
}

function holds(
  opportunity: Opportunity,
  key: string,
  value: unknown,
  equals: (a: unknown, b: unknown) => boolean,
): boolean {
  const { field, action } = effectOf(key);
  if (action === "set") return includesField(opportunity, field) && equals(opportunity[field], value);
  return includes(listOf(opportunity[field]), value) === (action === "add");
}

/** Whether the opportunity says what the field holds, even if it is empty. */
export function includesField(opportunity: Opportunity, field: string): boolean {
  return field.startsWith("custom.") || Object.hasOwn(opportunity, field);
}

/** Close cleans rich text up, so the answer's spelling differs from what was sent; older answers lack it. */
function isRewrittenNote(opportunity: Opportunity, key: string, value: unknown): boolean {
  if (key !== "note_html" || typeof value !== "string") return false;
  return [opportunity.note_html, opportunity.note].some(
    (shown) => typeof shown === "string" && words(shown) === words(value),
  );
}

/** What rich text says, without its form. */
function words(html: string): string {
  return html
    .replace(/<[^>]*>/g, " ")
    .replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (entity) => entities[entity] ?? entity)
    .replace(/\s+/g, "");
}

const entities: Record<string, string> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&nbsp;": " ",
};

/** Whether the text is a decimal number, with an exponent or without. */
export function isNumeric(text: string): boolean {
  return /^\s*-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text);
}

const dayThenTime = /^(\d{4}-\d{2}-\d{2})(T.+)?$/;

function sameText(a: string, b: string): boolean {
  const [left, right] = [dayThenTime.exec(a), dayThenTime.exec(b)];
  if (left === null || right === null) return tidy(a) === tidy(b);
  if (left[2] === undefined || right[2] === undefined) return left[1] === right[1];
  return Date.parse(a) === Date.parse(b);
}

function tidy(text: string): string {
  return text.replace(/\r\n?/g, "\n").trim();
}
