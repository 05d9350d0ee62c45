import { z } from "zod/v3";
import type { Mistake } from "../base/failure.ts";
import { isObject, type JsonObject, parseJson } from "../base/json.ts";
import type { ReadingRules } from "../base/reading-rules.ts";
import { isNullText, joined } from "../base/text.ts";
import { nearestFirst } from "../organization/names.ts";
import { placeIn, problemOf, requirement, shown, unwrapped } from "./mistakes.ts";

/** Keys that hosts and agent frameworks add to a call's arguments by themselves, as their issue trackers have it. */
const hostKeys: ReadonlySet<string> = new Set(
  [
    "action chatInput sessionId tool toolCallId", // n8n
    "requires_approval server_name task_progress tool_name", // Cline, Roo Code
    "wait_for_previous waitForPreviousTools", // Gemini CLI, Antigravity
    "security_context _tool_context", // CrewAI, HolmesGPT
    // Microsoft Agent Framework
    "chat_options conversation_id options response_format thread tool_choice tools",
    "_meta chatId runId run_id session_id toolName tool_call_id", // LangChain, Langflow, Flowise
    // The ids of calls, threads and traces in the APIs of model providers
    "agent_id call_id callId request_id requestId thread_id threadId tool_use_id toolUseId trace_id traceId",
  ].flatMap((keys) => keys.split(" ")),
);

/**
 * Returns what reads raw arguments by a tool's schema. It forgives what hosts do to them, and other words for arguments, but
 * nothing that would lose something. Every mistake is found, and with any there are no `args`: nothing is half done.
 */
export function argumentReader<S extends z.ZodRawShape>(schema: z.ZodObject<S>, rules: ReadingRules) {
  return (raw: JsonObject) => {
    const { mistakes, notes, empty, ...reader } = readerOf(rules);
    const ofHost = Object.keys(raw).filter((key) => hostKeys.has(key) && !(key in schema.shape));
    const given = Object.fromEntries(Object.entries(raw).filter(([key]) => !ofHost.includes(key)));
    const values = reader.readObject(schema, given, "");
    if (ofHost.length > 0) notes.push(`Ignored, because added by the host: ${joined(ofHost, String)}.`);
    return { mistakes, notes, empty, args: mistakes.length === 0 ? schema.parse(values) : undefined };
  };
}

/** Reads one call: what is wrong with its arguments, what was read as something else, and which count as not given is gathered. */
function readerOf(rules: ReadingRules) {
  const mistakes: Mistake[] = [];
  const notes: string[] = [];
  const empty: string[] = [];
  const mistaken = (argument: string, problem: string) => void mistakes.push({ argument, problem });
  return { mistakes, notes, empty, readObject };

  function readObject(schema: z.AnyZodObject, given: JsonObject, path: string): JsonObject {
    const values = readKeys(schema, given, path);
    const missing = Object.keys(schema.shape).filter((key) => !(key in values) && !schema.shape[key].isOptional());
    for (const key of missing) mistaken(placeIn(path, key), requirement(schema.shape[key], rules));
    return values;
  }

  /** `isEnclosed`: within what only encloses arguments, of which there is but one level. */
  function readKeys(schema: z.AnyZodObject, given: JsonObject, path: string, isEnclosed = false): JsonObject {
    const { meant, refused, understood, isVerbatim = false, isNoneMeant, impliedAction } = rules.get(schema) ?? {};
    const known = Object.keys(schema.shape);
    const values: Record<string, unknown> = {};
    const taken = new Map<string, unknown>();
    if (isForm(known, given)) mistaken(path || "arguments", filledIn);
    for (const [word, raw] of Object.entries(given)) {
      const argument = placeIn(path, word);
      const bare = bareWord(word);
      const key = known.find((name) => name === word) ?? keyFor(bare);
      const mayEnclose = !isEnclosed && (key === undefined || (key === "id" && word !== key));
      const inside = mayEnclose ? contentOf(raw) : {};
      if (isEnclosing(inside, refused?.has(bare) ? "every" : "some")) {
        mistaken(argument, "Send what is in it as arguments themselves");
        Object.assign(values, readKeys(schema, inside, argument, true));
        continue;
      }
      const type = key === undefined ? undefined : schema.shape[key];
      const value = type === undefined || isVerbatim ? raw : parsed(type, raw);
      const isNone = isNoneMeant?.has(key ?? "") && (isVerbatim || Array.isArray(value));
      if (isNothing(value, isVerbatim) && !isNone) {
        // Where there is an action, it says what an empty value comes to.
        if (impliedAction === undefined) empty.push(argument);
        continue;
      }
      if (key === undefined) {
        const advice = refused?.get(bare) ?? unknownArgument(word, schema);
        mistaken(argument, typeof advice === "string" ? advice : advice(value));
        continue;
      }
      const other = isNothing(given[key]) ? taken.get(key) : given[key];
      if (key !== word && other !== undefined && JSON.stringify(other) !== JSON.stringify(raw)) {
        mistaken(argument, `is another word for ${key}, which is given as well`);
        continue;
      }
      taken.set(key, raw);
      const said = key === word ? value : (meant?.get(bare)?.(value) ?? value);
      if (key !== word) notes.push(`${argument} was read as ${key}${said === value ? "" : ` ${shown(said)}`}.`);
      values[key] = read(type, said, placeIn(path, key), { isAlone: true });
    }
    if (impliedAction !== undefined && !("action" in values) && "value" in values) {
      notes.push(`${path} has no action and was read as ${impliedAction}.`);
      values.action = impliedAction;
    }
    return values;

    function keyFor(bare: string): string | undefined {
      const meaning = understood?.get(bare);
      return known.find((name) => name === meaning) ?? known.find((name) => bareWord(name) === bare);
    }

    /** Whether it only encloses arguments: some, or every one, of what is in it. */
    function isEnclosing(content: JsonObject, most: "some" | "every"): boolean {
      const words = Object.keys(content);
      return (
        words.length > 0 && words[most]((name) => known.includes(name) || understood?.has(bareWord(name)) === true)
      );
    }
  }

  /** The known ones are named once a call. */
  function unknownArgument(word: string, schema: z.AnyZodObject): string {
    const isSaid = mistakes.some(({ problem }) => problem.startsWith(unknown));
    const known = nearestFirst(word, isSaid ? [] : Object.keys(schema.shape), (name) => [name]);
    const hints = [isSaid ? "" : `Known: ${known.join(", ")}`, rules.get(schema)?.otherwise?.(word) ?? ""];
    return [unknown, ...hints.filter(Boolean)].join(". ");
  }

  /** The value as the schema has it, as far as that loses nothing. */
  function read(type: z.ZodTypeAny, value: unknown, path: string, { isAlone = false } = {}): unknown {
    const bare = unwrapped(type);
    if (bare instanceof z.ZodObject && isObject(value)) return readObject(bare, value, path);
    if (bare instanceof z.ZodArray) return readList(type, bare, value, path);
    if (isAlone && Array.isArray(value) && value.length === 1 && !rules.get(bare)?.isVerbatim) {
      notes.push(`${path} was read as the one entry of its list.`);
      return read(type, value[0], path);
    }
    const meant = rules.get(bare)?.reads?.(value) ?? { value: spelt(bare, value, rules) };
    if ("problem" in meant) return mistaken(path, meant.problem);
    if (typeof meant.value === "number" && !isExact(meant.value)) {
      return mistaken(path, `${shown(value)} is too large to be kept exactly`);
    }
    const isPlain = typeof value === "string" && /^\s*(true|false|[+-]?[0-9.]+)\s*$/i.test(value);
    // Several plans may be given in a list as well.
    if (!isPlain && !Array.isArray(value) && !Object.is(meant.value, value)) {
      notes.push(`${path}: ${shown(value)} was read as ${shown(meant.value)}.`);
    }
    return checked(type, meant.value, path);
  }

  /** One value for a list, several in one text, or a map for a list of objects. */
  function readList(type: z.ZodTypeAny, { element, _def }: z.ZodArray<z.ZodTypeAny>, value: unknown, path: string) {
    const { parted, ofEntry } = rules.get(element) ?? {};
    const isOne = element instanceof z.ZodObject ? isObject(value) : /string|number/.test(typeof value);
    if (!isOne && !Array.isArray(value)) return checked(type, value, path);
    const list = [value].flat().flatMap((entry: unknown) => {
      // JSON that cannot be read is no entry.
      if (parted && typeof entry === "string" && !entry.startsWith("[")) return entry.split(parted).filter(Boolean);
      return ofEntry && isObject(entry) && isMap(element, entry)
        ? Object.entries(entry).map(([key, own]) => ofEntry(key, own))
        : [entry];
    });
    const isAsGiven = Array.isArray(value) && list.every((entry, at) => entry === value[at]);
    const isSaid = parted !== undefined || element instanceof z.ZodObject;
    if (isSaid && !isAsGiven) notes.push(`${path} was read as a list${list.length > 1 ? ` of ${list.length}` : ""}.`);
    const max = _def.maxLength?.value ?? Infinity;
    // Each of very many would be a mistake of its own.
    if (list.length > max) return mistaken(path, `has ${list.length} entries, and at most ${max} are possible`);
    const mistakesBefore = mistakes.length;
    const entries = list.map((entry, at) => {
      const isNumber = element instanceof z.ZodString && typeof entry === "number" && isExact(entry);
      return read(element, isNumber ? String(entry) : parsed(element, entry), placeIn(path, at));
    });
    return mistakes.length > mistakesBefore ? entries : checked(type, entries, path);
  }

  /** Whether it has entries by their names, and is none itself, also in other words. */
  function isMap(element: z.ZodTypeAny, value: JsonObject): boolean {
    const words = Object.keys(value);
    const isWord = (word: string) => rules.get(element)?.understood?.has(bareWord(word)) === true;
    const isEntry = element instanceof z.ZodObject && words.some((word) => word in element.shape);
    return words.length > 0 && !isEntry && !(words.length > 1 && words.every(isWord));
  }

  function checked(type: z.ZodTypeAny, value: unknown, path: string): unknown {
    const [issue] = type.safeParse(value).error?.issues ?? [];
    if (issue !== undefined) mistaken(path, problemOf(issue, value, type, rules));
    return value;
  }
}

/** What is in an object, or in one as JSON text. */
function contentOf(value: unknown): JsonObject {
  const content = typeof value === "string" ? parseJson(value) : value;
  return isObject(content) ? content : {};
}

/** Without capitals and what parts words: `statusid` for `statusId` and `status-id`. */
function bareWord(key: string): string {
  return key.toLowerCase().replace(/[-_ ]/g, "");
}

const unknown = "unknown argument";

const filledIn =
  "every argument was given, several as empty text and a number as 0, as if to fill in a form: call again with only the arguments that are meant";

/** Some agents fill in every argument, and their zeros would replace what is there. Of `id` and `ids` one is enough. */
function isForm(known: readonly string[], raw: JsonObject): boolean {
  const count = (filler: unknown) => known.filter((name) => raw[name] === filler).length;
  return known.every((name) => name in raw || /^ids?$/.test(name)) && count("") >= 3 && count(0) > 0;
}

/** The list or object that a text stands for, where there should be one; anything else as it is. */
function parsed(type: z.ZodTypeAny, value: unknown): unknown {
  const bare = unwrapped(type);
  const isLeaf = !(bare instanceof z.ZodObject || bare instanceof z.ZodArray);
  const json = isLeaf || typeof value !== "string" ? undefined : parseJson(value);
  return Array.isArray(json) || isObject(json) ? json : value;
}

/** A text as the number, boolean or choice that it spells; anything else as it is. */
function spelt(type: z.ZodTypeAny, value: unknown, rules: ReadingRules): unknown {
  const text = typeof value === "string" && value.length <= 100 ? value.trim() : "";
  if (type instanceof z.ZodBoolean && /^(true|yes|false|no)$/i.test(text)) return /^(true|yes)$/i.test(text);
  if (type instanceof z.ZodNumber && (type.isInt ? /^[+-]?[0-9]+$/ : /^[+-]?[0-9]+(\.[0-9]+)?$/).test(text))
    return Number(text);
  if (!(type instanceof z.ZodEnum) || type.options.includes(value)) return value;
  const word = bareWord(text);
  const meant = rules.get(type)?.understood?.get(word);
  return type.options.find((option: string) => option === meant || bareWord(option) === word) ?? value;
}

function isExact(number: number): boolean {
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER;
}

/** Hosts fill arguments that nobody gave with these, and with lists and objects that hold nothing else. */
function isNothing(value: unknown, isVerbatim = false): boolean {
  if (typeof value === "string") return isVerbatim ? value.trim() === "" : isNullText(value);
  if (Array.isArray(value)) return value.every((entry) => isNothing(entry, isVerbatim));
  if (isObject(value)) return Object.values(value).every((entry) => isNothing(entry, isVerbatim));
  return value === null || value === undefined;
}
