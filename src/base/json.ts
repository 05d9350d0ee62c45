import { beginning } from "./text.ts";

/** A JSON object, as another program sent it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object, neither a list nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value that the text stands for, or undefined if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The object that this program has written as the text; an empty one if it is not one. */
export function writtenObject(text: string): JsonObject {
  const json = parseJson(text);
  return isObject(json) ? json : {};
}

/** In levels. Text that nests millions of them would take seconds to parse. */
const maxTextDepth = 10_000;

/** The value that the text stands for, or undefined if it is not JSON or nests more than 10,000 levels. */
export function parseShallowJson(text: string): unknown {
  return extentOf(text).levels > maxTextDepth ? undefined : parseJson(text);
}

/** Deeper than this no value is followed: it could not be written as JSON again without the stack running out. */
const maxDepth = 100;

/** No object has more keys of its own: every copy of it takes time by the key. */
const maxKeys = 110_000;

/**
 * The object that another program's text stands for, or undefined if it is not the JSON of an object, nests more than
 * 10,000 levels or has more than 110,000 keys. What is nested deeper than 100 levels is replaced by a text that says so,
 * and of an object of more than `maxValues` values everything that is nested at all: `isCut`.
 */
export function parseObject(text: string, maxValues = Number.POSITIVE_INFINITY): JsonObject | undefined {
  const { levels, values, keys } = extentOf(text);
  const json = levels > maxTextDepth || keys > maxKeys ? undefined : parseJson(text);
  if (!isObject(json)) return undefined;
  const depth = values > maxValues ? 1 : maxDepth;
  return levels > depth ? cutObject(json, depth) : json;
}

/**
 * How deep a JSON text nests, how many values it holds at most (an empty list counts as two), and how many of them are
 * its own. Looking at the text takes a tenth of the time that looking at every value takes.
 */
function extentOf(text: string): { levels: number; values: number; keys: number } {
  let open = 0;
  let keys = 1;
  let levels = 0;
  let values = 1;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === ",") {
      values += 1;
      if (open === 1) keys += 1;
    } else if (character === "[" || character === "{") {
      open += 1;
      values += 1;
      levels = Math.max(levels, open);
    } else if (character === "]" || character === "}") open -= 1;
  }
  return { levels, values, keys };
}

/** The place of the quotation mark that ends the JSON string which begins at the place, or the end of the text. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

/** Whether an odd number of backslashes stands before the place. */
function isEscaped(text: string, place: number): boolean {
  let start = place;
  while (text[start - 1] === "\\") start -= 1;
  return (place - start) % 2 === 1;
}

/** Whether lists and objects are nested in the value beyond this many levels. */
function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const part of Object.values(value)) if (isDeeperThan(part, levels - 1)) return true;
  return false;
}

/** What stands in place of a value that is not read. */
const cutMark = "(too large or nested too deeply to be passed on)";

/** Whether the value stands for one that `parseObject` did not read: nothing is known of that. */
export function isCut(value: unknown): boolean {
  return value === cutMark;
}

/** The value, with the mark in place of what is nested in it beyond this many levels. */
function cutAt(value: unknown, levels: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (levels === 0) return cutMark;
  return Array.isArray(value) ? value.map((part) => cutAt(part, levels - 1)) : cutObject(value, levels);
}

function cutObject(object: object, levels: number): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, part]) => [key, cutAt(part, levels - 1)]));
}

/** The value as JSON on one line, cut to `maxCharacters`. What nests too deeply to be written is only named. */
export function briefJson(value: unknown, maxCharacters: number): string {
  if (isDeeperThan(value, 20)) return "something nested too deeply";
  return beginning(JSON.stringify(value) ?? String(value), maxCharacters);
}
