import { z } from "zod/v3";
import { isDeeperThan, isObject, parseJson } from "../base/json.ts";
import { beginning } from "../base/text.ts";
import { didYouMean } from "../organization/matching.ts";
import type { Mistake } from "../organization/names.ts";

/** A call's arguments as far as they could be read. */
export type ParsedArguments<T> = {
  /** Without the mistaken ones; undefined where a required one is missing or mistaken. */
  args: T | undefined;
  /** Those that are not mistaken, required or not. */
  partial: Partial<T>;
  mistakes: readonly Mistake[];
};

type Notes = { mistakes: Mistake[]; ignored: string[] };

/**
 * Gives what reads raw arguments by a tool's schema, forgiving what hosts do to them (nulls and empty text for what is
 * not given, JSON text for lists and objects, text for whole numbers and booleans) and nothing that would lose
 * something. Every mistake is found, unknown arguments too.
 *
 * @param hint what to say of an unknown argument, where there is more to say than the nearest known one.
 */
export function argumentReader<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  hint: (unknown: string) => string | undefined = () => undefined,
): (raw: Readonly<Record<string, unknown>>) => ParsedArguments<z.output<z.ZodObject<S>>> & {
  /** Those that were null or empty, and count as not given. */
  ignored: readonly string[];
} {
  const partial = schema.partial();
  return (raw) => {
    const notes: Notes = { mistakes: [], ignored: [] };
    const values = readObject(schema, raw, "", notes, hint);
    const args = schema.safeParse(values).data;
    return { args, partial: args ?? partial.parse(values), ...notes };
  };
}

function read(type: z.ZodTypeAny, value: unknown, path: string, notes: Notes): unknown {
  const bare = unwrapped(type);
  if (bare instanceof z.ZodObject) {
    const object = typeof value === "string" ? parseJson(value) : value;
    if (isObject(object)) return readObject(bare, object, path, notes);
    return mistaken(path, `must be an object, not ${shown(value)}`, notes);
  }
  if (bare instanceof z.ZodArray) {
    const list = typeof value === "string" ? parseJson(value) : value;
    if (Array.isArray(list)) return list.map((item, at) => read(bare.element, item, `${path}[${at}]`, notes));
    return mistaken(path, `must be a list, such as [${shown(value)}]`, notes);
  }
  return readLeaf(type, value, path, notes);
}

function readObject(
  schema: z.AnyZodObject,
  raw: Readonly<Record<string, unknown>>,
  path: string,
  notes: Notes,
  hint: (unknown: string) => string | undefined = () => undefined,
): unknown {
  const fields = new Map(Object.entries<z.ZodTypeAny>(schema.shape));
  const at = (key: string) => beginning(path === "" ? key : `${path}.${key}`, 200);
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(raw)) {
    const type = fields.get(key);
    if (type === undefined) mistaken(at(key), unknownArgument(key, [...fields.keys()], hint(key)), notes);
    else if (isStray(value)) notes.ignored.push(at(key));
    else entries.push([key, validOrNothing(type, value, at(key), notes)]);
  }
  for (const [key, type] of fields) {
    const isGiven = entries.some(([given]) => given === key);
    if (!isGiven && !(type instanceof z.ZodOptional)) mistaken(at(key), "is required", notes);
  }
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** One mistake in a list or an object spoils the whole of it: half an argument is not what was asked for. */
function validOrNothing(type: z.ZodTypeAny, value: unknown, path: string, notes: Notes): unknown {
  const earlier = notes.mistakes.length;
  const valid = read(type, value, path, notes);
  return notes.mistakes.length > earlier ? undefined : valid;
}

function readLeaf(type: z.ZodTypeAny, value: unknown, path: string, notes: Notes): unknown {
  const bare = unwrapped(type);
  const candidate = converted(bare, value);
  if (typeof candidate === "number" && isTooLarge(candidate)) {
    return mistaken(path, `${shown(value)} is too large to be kept exactly${about(type)}`, notes);
  }
  const parsed = type.safeParse(candidate);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const problem = issue === undefined ? `${shown(value)} does not fit` : explain(issue, value, bare);
  const isOfOtherKind = issue?.code === "invalid_type" || bare instanceof z.ZodNumber;
  return mistaken(path, problem + (isOfOtherKind ? about(type) : ""), notes);
}

function isTooLarge(number: number): boolean {
  return !Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number));
}

/** What the argument is, its unit above all. */
function about({ description }: z.ZodTypeAny): string {
  return description === undefined ? "" : ` (${description.split(". ")[0]})`;
}

function mistaken(argument: string, problem: string, notes: Notes): undefined {
  notes.mistakes.push({ argument, problem });
}

/** Hosts fill arguments that nobody gave with these. */
function isStray(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === "string" && /^(\s*|null)$/.test(value));
}

/** Text as the number or boolean that it spells, where that loses nothing. */
function converted(type: z.ZodTypeAny, value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (type instanceof z.ZodNumber && /^\s*-?\d+\s*$/.test(value)) return Number(value);
  if (type instanceof z.ZodBoolean && /^\s*(true|false)\s*$/i.test(value))
    return value.trim().toLowerCase() === "true";
  return value;
}

function unwrapped(type: z.ZodTypeAny): z.ZodTypeAny {
  if (type instanceof z.ZodOptional) return unwrapped(type.unwrap());
  if (type instanceof z.ZodEffects) return unwrapped(type.innerType());
  return type;
}

function unknownArgument(key: string, known: readonly string[], hint: string | undefined): string {
  return `unknown argument. ${(hint ?? didYouMean(key, known).trim()) || `Known: ${known.join(", ")}`}`;
}

/** What a zod issue says, in a caller's words. */
function explain(issue: z.ZodIssue, value: unknown, type: z.ZodTypeAny): string {
  switch (issue.code) {
    case "invalid_type": {
      const expected = type instanceof z.ZodNumber && type.isInt ? "integer" : issue.expected;
      return `must be ${kinds[expected] ?? expected}, not ${shown(value)}`;
    }
    case "too_small":
      return `must be at least ${issue.minimum}, not ${shown(value)}`;
    case "too_big":
      return `must be at most ${issue.maximum}, not ${shown(value)}`;
    case "invalid_enum_value": {
      const options = issue.options.map(String);
      return `must be one of ${options.join(", ")}, not ${shown(value)}.${didYouMean(String(value), options)}`;
    }
    case "invalid_union":
      return `must be ${alternatives(issue)}, not ${shown(value)}`;
    default:
      return `${shown(value)} ${issue.message}`;
  }
}

const kinds: Readonly<Record<string, string>> = {
  integer: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list of texts",
};

function alternatives(issue: z.ZodInvalidUnionIssue): string {
  const expected = issue.unionErrors
    .flatMap(({ issues }) => issues.slice(0, 1))
    .flatMap((inner) =>
      inner.code === "invalid_type" ? [inner.path.length > issue.path.length ? "array" : inner.expected] : [],
    );
  return [...new Set(expected)].map((kind) => kinds[kind] ?? kind).join(" or ");
}

/** A value in an error: on one line, and never long. */
function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(beginning(value, 100));
  return isDeeperThan(value, 20)
    ? "something nested too deeply"
    : beginning(JSON.stringify(value) ?? String(value), 100);
}
