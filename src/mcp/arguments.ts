import { z } from "zod/v3";
import { cutAt, isDeeperThan, isObject, maxDepth, parseJson } from "../base/json.ts";
import { beginning } from "../base/text.ts";
import type { Mistake } from "../organization/names.ts";
import { explain, shown, unit, unknownArgument } from "./mistakes.ts";

/** A call's arguments as far as they could be read. */
export type ParsedArguments<T> = {
  /** Without the mistaken ones; undefined if a required one is missing or mistaken. */
  args: T | undefined;
  /** Those that are not mistaken, required or not. */
  partial: Partial<T>;
  mistakes: readonly Mistake[];
  /** The names of all that were given, and of those that were empty text: some agents fill in every argument there is. */
  given: readonly string[];
  blank: readonly string[];
};

/** Arguments that count as not given, and why a warning says so. */
export type IgnoredArguments = {
  /** Null, empty, or a word that programs make of null. */
  stray: readonly string[];
  /** Added by the host itself. */
  ofHost: readonly string[];
};

/** How a tool's arguments differ from what its schema says by itself. */
export type ReadingRules = {
  /** What to say of an unknown argument, if there is more to say than the nearest known one. */
  hint?: ((unknown: string, value: unknown) => string | undefined) | undefined;
  /** The places whose text stands for itself: "None" may be a choice, and "[1]" a text. */
  verbatim?: RegExp | undefined;
};

type Notes = { mistakes: Mistake[]; stray: string[]; ofHost: string[]; blank: string[] };

/** Keys that hosts and agent frameworks add to a call's arguments by themselves. */
const hostKeys: ReadonlySet<string> = new Set([
  ...["_meta", "action", "chatInput", "requires_approval", "sessionId", "session_id", "task_progress"],
  ...["tool", "toolCallId", "tool_call_id", "toolName", "tool_name"],
]);

/**
 * Returns what reads raw arguments by a tool's schema. It forgives what hosts do to them (nulls and empty text for what
 * is not given, keys of their own, JSON text for lists and objects, text for whole numbers and booleans, one value for a
 * list of texts) and nothing that would lose something. Every mistake is found, unknown arguments too.
 */
export function argumentReader<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  rules: ReadingRules = {},
): (
  raw: Readonly<Record<string, unknown>>,
) => ParsedArguments<z.output<z.ZodObject<S>>> & { ignored: IgnoredArguments } {
  const partial = schema.partial();
  return (raw) => {
    const notes: Notes = { mistakes: [], stray: [], ofHost: [], blank: [] };
    const values = readObject(schema, bounded(raw), "", notes, rules);
    const args = schema.safeParse(values).data;
    const { mistakes, blank, stray, ofHost } = notes;
    return {
      args,
      partial: args ?? partial.parse(values),
      mistakes,
      given: Object.keys(raw),
      blank,
      ignored: { stray, ofHost },
    };
  };
}

/** No argument nests that deep: a text in place of what does is refused as what it is not, and no stack runs out. */
function bounded(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!isDeeperThan(raw, maxDepth)) return raw;
  const shallow = cutAt(raw, maxDepth);
  return isObject(shallow) ? shallow : {};
}

function read(type: z.ZodTypeAny, value: unknown, path: string, notes: Notes, rules: ReadingRules): unknown {
  const bare = unwrapped(type);
  if (bare instanceof z.ZodObject) {
    const object = typeof value === "string" ? parseJson(value) : value;
    if (isObject(object)) return readObject(bare, object, path, notes, rules);
    return mistaken(path, `must be an object, not ${shown(value)}`, notes);
  }
  if (bare instanceof z.ZodArray) return readList(bare, value, path, notes, rules);
  return readLeaf(type, value, path, notes);
}

function readList(
  type: z.ZodArray<z.ZodTypeAny>,
  value: unknown,
  path: string,
  notes: Notes,
  rules: ReadingRules,
): unknown {
  const list = asList(type, value, isVerbatim(path, rules));
  if (!Array.isArray(list)) {
    const { hint } = rules;
    const form = hint?.(path, list) ?? `must be a list, such as [${shown(value)}]`;
    return mistaken(path, form, notes);
  }
  const max = type._def.maxLength?.value;
  if (max !== undefined && list.length > max) {
    return mistaken(path, `has ${list.length} entries, and at most ${max} are possible`, notes);
  }
  const isText = type.element instanceof z.ZodString;
  return list.map((item, at) => {
    const place = `${path}[${at}]`;
    if (isText && typeof item === "number" && isTooLarge(item)) return mistaken(place, tooLarge(item), notes);
    const text = isText && (typeof item === "number" || typeof item === "boolean") ? String(item) : item;
    return read(type.element, text, place, notes, rules);
  });
}

/** A list in JSON text, or a single value where a list of texts is declared: some hosts send no other form. */
function asList(type: z.ZodArray<z.ZodTypeAny>, value: unknown, isVerbatimText: boolean): unknown {
  const isScalar = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  const isText = type.element instanceof z.ZodString;
  if (isText && isScalar && (isVerbatimText || typeof value !== "string")) return [value];
  const parsed = typeof value === "string" ? parseJson(value) : value;
  if (Array.isArray(parsed) || !isScalar) return parsed;
  const isOne = isText || type.element instanceof z.ZodEnum;
  return isOne ? [value] : (parsed ?? value);
}

function readObject(
  schema: z.AnyZodObject,
  raw: Readonly<Record<string, unknown>>,
  path: string,
  notes: Notes,
  rules: ReadingRules,
): unknown {
  const fields = new Map(Object.entries<z.ZodTypeAny>(schema.shape));
  const at = (key: string) => beginning(path === "" ? key : `${path}.${key}`, 200);
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(raw)) {
    const type = fields.get(key);
    if (type === undefined) {
      if (path === "" && hostKeys.has(key)) notes.ofHost.push(key);
      else mistaken(at(key), unknownArgument(key, value, [...fields.keys()], rules.hint), notes);
    } else if (isStray(value, isVerbatim(at(key), rules))) {
      notes.stray.push(at(key));
      if (value === "") notes.blank.push(at(key));
    } else {
      entries.push([key, validOrNothing(type, value, at(key), notes, rules)]);
    }
  }
  for (const [key, type] of fields) {
    const isGiven = entries.some(([given]) => given === key);
    if (!isGiven && !(type instanceof z.ZodOptional)) mistaken(at(key), "is required", notes);
  }
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** One mistake in a list or an object spoils the whole of it: half an argument is not what was asked for. */
function validOrNothing(
  type: z.ZodTypeAny,
  value: unknown,
  path: string,
  notes: Notes,
  rules: ReadingRules,
): unknown {
  const earlier = notes.mistakes.length;
  const valid = read(type, value, path, notes, rules);
  return notes.mistakes.length > earlier ? undefined : valid;
}

/** The longest text of an argument whose schema does not say otherwise: an id, a name. */
const maxTextCharacters = 1000;

/** What a decoder leaves of bytes that are not UTF-8, and halves of characters. */
const broken = /[\p{Cs}\ufffd]/u;

function readLeaf(type: z.ZodTypeAny, value: unknown, path: string, notes: Notes): unknown {
  const bare = unwrapped(type);
  if (typeof value === "string" && broken.test(value)) {
    return mistaken(path, "holds characters that were lost on the way (U+FFFD): send it as UTF-8", notes);
  }
  if (bare instanceof z.ZodString && typeof value === "string") {
    const max = bare.maxLength ?? maxTextCharacters;
    if (value.length > max) {
      return mistaken(path, `has ${value.length} characters, and at most ${max} are possible`, notes);
    }
  }
  const candidate = converted(bare, value);
  if (typeof candidate === "number" && isTooLarge(candidate)) {
    return mistaken(path, tooLarge(value) + unit(type), notes);
  }
  const parsed = type.safeParse(candidate);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const problem = issue === undefined ? `${shown(value)} is not valid` : explain(issue, value, bare);
  return mistaken(path, problem + (bare instanceof z.ZodNumber ? unit(type) : ""), notes);
}

function isTooLarge(number: number): boolean {
  return !Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number));
}

function tooLarge(number: unknown): string {
  return `${shown(number)} is too large to be kept exactly`;
}

function mistaken(argument: string, problem: string, notes: Notes): undefined {
  notes.mistakes.push({ argument, problem });
}

/** What programs make of null. */
const nullWords: ReadonlySet<string> = new Set(["null", "None", "undefined", "nil", "<nil>", "NULL"]);

/** Hosts fill arguments that nobody gave with these, and with lists that hold nothing else. */
function isStray(value: unknown, isVerbatimText: boolean): boolean {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return !isVerbatimText && value.every((item) => isStray(item, false));
  if (typeof value !== "string") return false;
  const text = value.trim();
  return text === "" || (!isVerbatimText && (nullWords.has(text) || text === "[]"));
}

function isVerbatim(path: string, { verbatim }: ReadingRules): boolean {
  return verbatim?.test(path) ?? false;
}

/** Text as the number or boolean that it spells, if that loses nothing. */
function converted(type: z.ZodTypeAny, value: unknown): unknown {
  if (typeof value !== "string" || value.length > 100) return value;
  const text = value.trim();
  if (type instanceof z.ZodNumber && /^-?[0-9]+$/.test(text)) return Number(text);
  if (type instanceof z.ZodBoolean && /^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  return value;
}

function unwrapped(type: z.ZodTypeAny): z.ZodTypeAny {
  if (type instanceof z.ZodOptional) return unwrapped(type.unwrap());
  if (type instanceof z.ZodEffects) return unwrapped(type.innerType());
  return type;
}
