import { z } from "zod/v3";
import type { Filling, InPart } from "../base/in-part.ts";
import { isObject, parseJson } from "../base/json.ts";
import { beginning, brokenPart, isNullText } from "../base/text.ts";
import type { Mistake } from "../organization/names.ts";
import { type ArgumentHints, explainIssue, shownValue, unit, unknownArgument } from "./mistakes.ts";
import { inPart, unwrapped } from "./partial-schema.ts";

/** A call's arguments as far as they could be read. */
export type ParsedArguments<T> = Filling & {
  /** Undefined if there is any mistake: half of what was asked for is never carried out. */
  args: T | undefined;
  /** All that could be read, down to the single entries of lists, so that a handler can check the rest. */
  partial: InPart<T>;
  mistakes: readonly Mistake[];
};

/** Arguments that count as not given, and why a warning says so. */
export type IgnoredArguments = {
  /** Null, empty, or a word that programs make of null. */
  stray: readonly string[];
  /** Added by the host itself. */
  ofHost: readonly string[];
};

/** How a tool's arguments differ from what its schema says by itself. */
export type ReadingRules = ArgumentHints & {
  /** Types of the schema whose text stands for itself: "None" may be a choice, and "[1]" a text. */
  verbatim?: ReadonlySet<z.ZodTypeAny> | undefined;
};

type Notes = { mistakes: Mistake[]; stray: string[]; ofHost: string[]; given: string[]; blank: string[] };

/** Keys that hosts and agent frameworks add to a call's arguments by themselves, as their issue trackers have it. */
const hostKeys: ReadonlySet<string> = new Set([
  // n8n
  ...["action", "chatInput", "sessionId", "tool", "toolCallId"],
  // Cline, Roo Code
  ...["requires_approval", "server_name", "task_progress", "tool_name"],
  // Gemini CLI, Antigravity
  ...["wait_for_previous", "waitForPreviousTools"],
  // CrewAI, HolmesGPT
  ...["security_context", "_tool_context"],
  // Microsoft Agent Framework
  ...["chat_options", "conversation_id", "options", "response_format", "thread", "tool_choice", "tools"],
  // LangChain, Langflow, Flowise and other bridges
  ...["_meta", "chatId", "runId", "run_id", "session_id", "toolName", "tool_call_id"],
  // The ids of calls, threads and traces in the APIs of model providers
  ...["agent_id", "call_id", "callId", "request_id", "requestId", "thread_id", "threadId"],
  ...["tool_use_id", "toolUseId", "trace_id", "traceId"],
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
  const part = inPart(schema);
  return (raw) => {
    const notes: Notes = { mistakes: [], stray: [], ofHost: [], given: [], blank: [] };
    const values = readObject(schema, raw, "", notes, rules);
    const { mistakes, given, blank, stray, ofHost } = notes;
    return {
      args: mistakes.length === 0 ? schema.parse(values) : undefined,
      partial: part.parse(values),
      mistakes,
      given,
      blank,
      ignored: { stray, ofHost },
    };
  };
}

function read(type: z.ZodTypeAny, value: unknown, path: string, notes: Notes, rules: ReadingRules): unknown {
  const bare = unwrapped(type);
  if (bare instanceof z.ZodObject) {
    const object = parsedIfText(value);
    if (isObject(object)) return readObject(bare, object, path, notes, rules);
    return mistaken(path, rules.hint?.(path, value) ?? `must be an object, not ${shownValue(value)}`, notes);
  }
  if (bare instanceof z.ZodArray) {
    const list = asList(bare, value, rules.verbatim?.has(type) ?? false);
    return readList(bare, list, path, notes, rules);
  }
  return readLeaf(type, value, path, notes);
}

function readList(
  type: z.ZodArray<z.ZodTypeAny>,
  list: unknown,
  path: string,
  notes: Notes,
  rules: ReadingRules,
): unknown {
  if (!Array.isArray(list)) {
    return mistaken(path, rules.hint?.(path, list) ?? `must be a list${listForm(type, list)}`, notes);
  }
  const max = type._def.maxLength?.value;
  if (max !== undefined && list.length > max) {
    mistaken(path, `has ${list.length} entries, and at most ${max} are possible`, notes);
  }
  const isText = type.element instanceof z.ZodString;
  return list.slice(0, max).map((item, at) => {
    if (notes.mistakes.length >= maxMistakes) return undefined;
    const place = `${path}[${at}]`;
    if (isText && typeof item === "number" && isTooLarge(item)) return mistaken(place, inexact(item), notes);
    const text = isText && typeof item === "number" ? String(item) : item;
    return read(type.element, text, place, notes, rules);
  });
}

/** A list in JSON text, or a single value for a list of texts: some hosts send no other form. */
function asList(type: z.ZodArray<z.ZodTypeAny>, value: unknown, isVerbatimText: boolean): unknown {
  const isText = type.element instanceof z.ZodString;
  const parsed = isText && isVerbatimText ? value : parsedIfText(value);
  const isSingle = typeof parsed === "string" || typeof parsed === "number";
  return isText && isSingle ? [parsed] : parsed;
}

/** The list or object that a text stands for; anything else as it is. */
function parsedIfText(value: unknown): unknown {
  const parsed = typeof value === "string" ? parseJson(value) : undefined;
  return Array.isArray(parsed) || isObject(parsed) ? parsed : value;
}

/** What a list of choices looks like: with the one given, if it is one. */
function listForm({ element }: z.ZodArray<z.ZodTypeAny>, value: unknown): string {
  if (!(element instanceof z.ZodEnum)) return `, not ${shownValue(value)}`;
  if (element.safeParse(value).success) return `, such as [${shownValue(value)}]`;
  return ` of ${element.options.join(", ")}, not ${shownValue(value)}`;
}

/** Of a call with more mistakes the first are explained and shown: it is wrong in another way. */
export const maxExplained = 100;

/** After this many mistakes nothing more of the call is read. */
export const maxMistakes = 1000;

function readObject(
  schema: z.AnyZodObject,
  raw: Readonly<Record<string, unknown>>,
  path: string,
  notes: Notes,
  rules: ReadingRules,
): unknown {
  const fields = new Map(Object.entries<z.ZodTypeAny>(schema.shape));
  const at = (key: string) => beginning(path === "" ? key : `${path}.${key}`, 200);
  const entries = new Map<string, unknown>();
  /** Of these at most a part could be read. */
  const spoiled = new Set<string>();
  for (const [key, value] of Object.entries(raw)) {
    if (notes.mistakes.length >= maxMistakes) break;
    const place = at(key);
    const type = fields.get(key);
    const earlier = notes.mistakes.length;
    if (type === undefined) {
      if (path === "" && hostKeys.has(key)) notes.ofHost.push(key);
      else if (notes.mistakes.length >= maxExplained) mistaken(place, "unknown argument", notes);
      else {
        const hints = hostKeys.has(key) ? unguessed(rules) : rules;
        notes.mistakes.push(unknownArgument({ place, key, value }, [...fields.keys()], hints));
      }
      if (notes.mistakes.length > earlier) spoiled.add(key);
      continue;
    }
    notes.given.push(place);
    if (isStray(type, value, rules.verbatim?.has(type) ?? false)) {
      notes.stray.push(place);
      if (typeof value === "string" && value.trim() === "") notes.blank.push(place);
    } else {
      entries.set(key, read(type, value, place, notes, rules));
      if (notes.mistakes.length > earlier) spoiled.add(key);
    }
  }
  for (const [key, type] of fields) {
    if (entries.has(key) || type instanceof z.ZodOptional) continue;
    mistaken(at(key), "is required", notes);
    spoiled.add(key);
  }
  const legible = [...entries].filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(legible), ...(spoiled.size > 0 && { mistaken: [...spoiled] }) };
}

/** Hosts add their keys to calls alone. Elsewhere one is unknown, but nobody's word for something else. */
function unguessed({ hint, impossible }: ArgumentHints): ArgumentHints {
  return { hint: (place, value) => hint?.(place, value) ?? "", impossible };
}

/** The longest text of an argument whose schema does not say otherwise: an id, a name. */
const maxShortTextCharacters = 1000;

const notUtf8 = {
  replaced: "contains a replacement character (U+FFFD): the text was not UTF-8. Send it again as UTF-8",
  halved: "contains half of a character (a lone surrogate): the text was not UTF-8",
};

function readLeaf(type: z.ZodTypeAny, value: unknown, path: string, notes: Notes): unknown {
  const bare = unwrapped(type);
  if (typeof value === "string" && bare instanceof z.ZodString) {
    const max = bare.maxLength ?? maxShortTextCharacters;
    if (value.length > max) {
      return mistaken(path, `has ${value.length} characters, and at most ${max} are possible`, notes);
    }
    const broken = brokenPart(value);
    if (broken !== undefined) return mistaken(path, notUtf8[broken], notes);
  }
  const candidate = converted(bare, value);
  if (typeof candidate === "number" && isTooLarge(candidate)) {
    return mistaken(path, inexact(value) + unit(type), notes);
  }
  const parsed = type.safeParse(candidate);
  if (parsed.success) return parsed.data;
  if (notes.mistakes.length >= maxExplained) return mistaken(path, "is not valid", notes);
  const issue = parsed.error.issues[0];
  const problem =
    issue === undefined ? `${shownValue(value)} is not valid` : explainIssue(issue, value, bare);
  return mistaken(path, problem + (bare instanceof z.ZodNumber ? unit(type) : ""), notes);
}

function isTooLarge(number: number): boolean {
  return !Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number));
}

function inexact(number: unknown): string {
  return `${shownValue(number)} is too large to be kept exactly`;
}

function mistaken(argument: string, problem: string, notes: Notes): undefined {
  notes.mistakes.push({ argument, problem });
}

/** Hosts fill arguments that nobody gave with these, and with lists and objects that hold nothing else. */
function isStray(type: z.ZodTypeAny, value: unknown, isVerbatimText: boolean): boolean {
  const bare = unwrapped(type);
  const isNested = bare instanceof z.ZodArray || bare instanceof z.ZodObject;
  const isNothing = (part: unknown) =>
    typeof part === "string" && isVerbatimText ? part.trim() === "" : isNull(part);
  const whole = isNested && !isVerbatimText ? parsedIfText(value) : value;
  if (!isNested || !Array.isArray(whole)) return isNothing(whole);
  return whole.every((item) => isNothing(item) || (isObject(item) && Object.values(item).every(isNoValue)));
}

function isNoValue(value: unknown): boolean {
  return isNull(value) || (Array.isArray(value) && value.every(isNull));
}

function isNull(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === "string" && isNullText(value));
}

/** Text as the number or boolean that it spells, if that loses nothing. */
function converted(type: z.ZodTypeAny, value: unknown): unknown {
  if (typeof value !== "string" || value.length > 100) return value;
  const text = value.trim();
  if (type instanceof z.ZodNumber && /^-?[0-9]+$/.test(text)) return Number(text);
  if (type instanceof z.ZodBoolean && /^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  return value;
}
