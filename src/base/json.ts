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

/** Deeper than this no value is followed: it could not be written as JSON again without the stack running out. */
const maxDepth = 100;

/** In levels. Text that nests millions of them would take seconds to parse. */
const maxTextDepth = 10_000;

/** The same, but undefined also if the text nests more than 10,000 levels. */
export function parseShallowJson(text: string): unknown {
  return opensMoreThan(text, maxTextDepth) ? undefined : parseJson(text);
}

/**
 * The object that the text stands for, or undefined if it is not the JSON of an object, or nests more than 10,000
 * levels. What is nested deeper than 100 levels is replaced by a text that says so.
 */
export function parseObject(text: string): JsonObject | undefined {
  // Looking at the text takes a tenth of the time that looking at every value takes.
  const isDeep = opensMoreThan(text, maxDepth);
  const json = isDeep ? cutAt(parseShallowJson(text), maxDepth) : parseJson(text);
  return isObject(json) ? json : undefined;
}

/** Whether more brackets and braces than that are open at once somewhere in the text, those in strings apart. */
function opensMoreThan(text: string, levels: number): boolean {
  if (text.length <= levels) return false;
  let open = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') isInString = !isInString;
    else if (isInString) at += character === "\\" ? 1 : 0;
    else if (character === "[" || character === "{") open += 1;
    else if (character === "]" || character === "}") open -= 1;
    if (open > levels) return true;
  }
  return false;
}

/** Whether lists and objects are nested in the value beyond this many levels. */
function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const part of Object.values(value)) if (isDeeperThan(part, levels - 1)) return true;
  return false;
}

/** The value, with a text in place of what is nested in it beyond this many levels. */
function cutAt(value: unknown, levels: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (levels === 0) return "(nested too deeply to be passed on)";
  if (Array.isArray(value)) return value.map((part) => cutAt(part, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, cutAt(part, levels - 1)]));
}

/** The value as JSON on one line, cut to `maxCharacters`. What nests too deeply to be written is only named. */
export function briefJson(value: unknown, maxCharacters: number): string {
  if (isDeeperThan(value, 20)) return "something nested too deeply";
  return beginning(JSON.stringify(value) ?? String(value), maxCharacters);
}
