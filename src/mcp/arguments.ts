import { z } from "zod/v3";
import type { Mistake } from "../base/failure.ts";
import { isObject, type JsonObject, parseJson } from "../base/json.ts";
import type { ObjectRules, ReadingRules } from "../base/reading-rules.ts";
import { isNullText, joined } from "../base/text.ts";
import { nearestFirst } from "../organization/names.ts";
import { mistakeOf, placeIn, shown, unwrapped } from "./mistakes.ts";

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

/** What is wrong with a call's arguments, what was read as something else, and which count as not given, as if null. */
type Findings = { mistakes: Mistake[]; notes: string[]; empty: string[] };

/** `isEnclosed`: within an argument that only encloses others, of which there is but one level. */
type Place = { path: string; rules: ReadingRules; found: Findings; isEnclosed?: boolean };

/**
 * Returns what reads raw arguments by a tool's schema. It forgives what hosts do to them, and other words for arguments, but
 * nothing that would lose something. Every mistake is found, and with any there are no `args`: nothing is half done.
 */
export function argumentReader<S extends z.ZodRawShape>(schema: z.ZodObject<S>, rules: ReadingRules) {
  return (raw: JsonObject) => {
    const found: Findings = { mistakes: [], notes: [], empty: [] };
    const ofHost = Object.keys(raw).filter((key) => hostKeys.has(key) && !(key in schema.shape));
    const given = Object.fromEntries(Object.entries(raw).filter(([key]) => !ofHost.includes(key)));
    const values = tidiedObject(schema, given, { path: "", rules, found });
    if (ofHost.length > 0) found.notes.push(`Ignored, because added by the host: ${joined(ofHost, String)}.`);
    const { data, error } = schema.safeParse(values);
    const said = new Set(found.mistakes.map(({ argument }) => argument));
    for (const issue of error?.issues ?? []) {
      const mistake = mistakeOf(issue, { schema, values, rules });
      if (!said.has(mistake.argument)) found.mistakes.push(mistake);
      said.add(mistake.argument);
    }
    return { ...found, args: found.mistakes.length === 0 ? data : undefined };
  };
}

function tidiedObject(schema: z.AnyZodObject, raw: JsonObject, place: Place): JsonObject {
  const { path, rules, found } = place;
  const { understood, meant, refused, isVerbatim, isNoneMeant, impliedAction } = rules.get(schema) ?? {};
  const known = Object.keys(schema.shape);
  const values: Record<string, unknown> = {};
  const givenAs = new Map<string, string>();
  if (isForm(known, raw)) found.mistakes.push({ argument: path || "arguments", problem: filledIn });
  for (const [given, entry] of Object.entries(raw)) {
    const argument = placeIn(path, given);
    const mistaken = (problem: string) => found.mistakes.push({ argument, problem });
    const word = bareWord(given);
    const advice = refused?.get(word);
    const other = known.find((name) => name === understood?.get(word)) ?? known.find((name) => bareWord(name) === word);
    const key = known.includes(given) ? given : other;
    const mayEnclose = !place.isEnclosed && (key === undefined || (key === "id" && key !== given));
    const inside = mayEnclose ? contentOf(entry) : {};
    const names = Object.keys(inside).slice(0, 100);
    const ours = names.filter((name) => known.includes(name) || understood?.has(bareWord(name)));
    if (ours.length > 0 && (advice === undefined || ours.length === names.length)) {
      mistaken("Send what is in it as arguments themselves");
      Object.assign(values, tidiedObject(schema, inside, { ...place, path: argument, isEnclosed: true }));
      continue;
    }
    const value = key === undefined || isVerbatim ? entry : parsed(schema.shape[key], entry);
    const isEmpty = isVerbatim ? typeof value === "string" : Array.isArray(value) && value.length === 0;
    const isNone = isEmpty && isNoneMeant?.has(key ?? "");
    const first = givenAs.get(key ?? "") ?? key ?? "";
    if (isNothing(value, isVerbatim) && !isNone) {
      // Where there is an action, it says what an empty value comes to.
      if (impliedAction === undefined) found.empty.push(argument);
    } else if (key === undefined) {
      const problem = advice ?? unknownArgument(given, schema, place);
      mistaken(typeof problem === "string" ? problem : problem(value));
    } else if (key !== given && !isNothing(raw[first]) && JSON.stringify(raw[first]) !== JSON.stringify(entry)) {
      mistaken(`is another word for ${key}, which is given as well${first === key ? "" : `, as ${first}`}`);
    } else {
      const said = key === given ? value : (meant?.get(word)?.(value) ?? value);
      if (key !== given) found.notes.push(`${argument} was read as ${key}${said === value ? "" : ` ${shown(said)}`}.`);
      givenAs.set(key, given);
      const inPlace = { ...place, path: placeIn(path, key) };
      values[key] = tidied(schema.shape[key], isVerbatim ? said : sole(schema.shape[key], said, inPlace), inPlace);
    }
  }
  if (impliedAction !== undefined && !("action" in values) && "value" in values) {
    found.notes.push(`${path} has no action and was read as ${impliedAction}.`);
    values.action = impliedAction;
  }
  return values;
}

/** The one entry of a list, where no list belongs. */
function sole(type: z.ZodTypeAny, value: unknown, { path, rules, found }: Place): unknown {
  const bare = unwrapped(type);
  const { isVerbatim = false, isLines = false } = rules.get(bare) ?? {};
  if (bare instanceof z.ZodArray || isVerbatim || isLines || !Array.isArray(value) || value.length !== 1) return value;
  found.notes.push(`${path} was read as the one entry of its list.`);
  return value[0];
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

/** The known ones are named once a call. */
function unknownArgument(key: string, schema: z.AnyZodObject, { rules, found }: Place): string {
  const isSaid = found.mistakes.some(({ problem }) => problem.startsWith(unknown));
  const known = nearestFirst(key, isSaid ? [] : Object.keys(schema.shape), (name) => [name]);
  const hints = [isSaid ? "" : `Known: ${known.join(", ")}`, rules.get(schema)?.otherwise?.(key) ?? ""];
  return [unknown, ...hints.filter(Boolean)].join(". ");
}

const filledIn =
  "every argument was given, several as empty text and a number as 0, as if to fill in a form: call again with only the arguments that are meant";

/** Some agents fill in every argument, and their zeros would replace what is there. Of `id` and `ids` one is enough. */
function isForm(known: readonly string[], raw: JsonObject): boolean {
  const count = (filler: unknown) => known.filter((name) => raw[name] === filler).length;
  return known.every((name) => name in raw || /^ids?$/.test(name)) && count("") >= 3 && count(0) > 0;
}

/** The value as the schema has it, as far as that loses nothing. */
function tidied(type: z.ZodTypeAny, value: unknown, place: Place): unknown {
  const bare = unwrapped(type);
  if (bare instanceof z.ZodObject) return isObject(value) ? tidiedObject(bare, value, place) : value;
  if (!(bare instanceof z.ZodArray)) {
    if (!place.rules.get(bare)?.isLines) return tidiedLeaf(bare, value, place);
    const list = typeof value === "string" ? parseJson(value) : value;
    return Array.isArray(list) ? list.join("\n") : value;
  }
  const { element } = bare;
  const list = asList(element, value, place);
  const max = bare._def.maxLength?.value ?? Number.POSITIVE_INFINITY;
  if (!Array.isArray(list)) return list;
  if (list.length > max) {
    // Its entries are not looked at: each of very many would be a mistake of its own.
    const problem = `has ${list.length} entries, and at most ${max} are possible`;
    place.found.mistakes.push({ argument: place.path, problem });
    return [];
  }
  return list.map((entry: unknown, at) => {
    const isNumber = element instanceof z.ZodString && typeof entry === "number" && isExact(entry);
    const text = isNumber ? String(entry) : parsed(element, entry);
    return tidied(element, text, { ...place, path: placeIn(place.path, at) });
  });
}

/** One value for a list, several in one text, or a map for a list of objects. */
function asList(element: z.ZodTypeAny, value: unknown, { path, rules, found }: Place): unknown {
  const own = rules.get(element) ?? {};
  const { parted } = own;
  const isList = Array.isArray(value);
  const isObjects = element instanceof z.ZodObject;
  // JSON that cannot be read is no entry.
  const isText = typeof value === "number" || (typeof value === "string" && !(parted && value.startsWith("[")));
  if (!isList && (isObjects ? !isObject(value) : !isText)) return value;
  const list = (isList ? value : [value]).flatMap((entry: unknown) => {
    if (parted && typeof entry === "string") return entry.split(parted).filter(Boolean);
    return isObjects && isObject(entry) ? entriesOf(element, entry, own, isList) : [entry];
  });
  const isSaid = isObjects || parted !== undefined || element instanceof z.ZodEnum;
  const isAsGiven = isList && list.length === value.length && list.every((entry, at) => entry === value[at]);
  const size = list.length > 1 && !isObjects ? ` of ${list.length}` : "";
  if (isSaid && !isAsGiven) found.notes.push(`${path} was read as a list${size}.`);
  return list;
}

/** The one entry that an object is, or all that are in it if it is a map of them. */
function entriesOf(
  { shape }: z.AnyZodObject,
  value: JsonObject,
  { ofEntry, understood }: ObjectRules,
  isList: boolean,
) {
  const keys = Object.keys(value);
  const words = keys.filter((key) => understood?.has(bareWord(key)));
  const areWords = isList ? words.length > 0 : keys.length > 1 && words.length === keys.length;
  if (ofEntry === undefined || keys.length === 0 || areWords || keys.some((key) => key in shape)) return [value];
  return Object.entries(value).map(([key, entry]) => ofEntry(key, entry));
}

/** The list or object that a text stands for, where there should be one; anything else as it is. */
function parsed(type: z.ZodTypeAny, value: unknown): unknown {
  const bare = unwrapped(type);
  const isLeaf = !(bare instanceof z.ZodObject || bare instanceof z.ZodArray);
  const json = isLeaf || typeof value !== "string" ? undefined : parseJson(value);
  return Array.isArray(json) || isObject(json) ? json : value;
}

/** Text as what it spells. Numbers that JSON cannot hold exactly were changed on their way. */
function tidiedLeaf(type: z.ZodTypeAny, value: unknown, { path, rules, found }: Place): unknown {
  const read = rules.get(type)?.reads?.(value) ?? { value: spelt(type, value, rules) };
  const isInexact = "value" in read && typeof read.value === "number" && !isExact(read.value);
  if ("problem" in read || isInexact) {
    const problem = "problem" in read ? read.problem : `${shown(value)} is too large to be kept exactly`;
    found.mistakes.push({ argument: path, problem });
    return value;
  }
  const isPlain = typeof value === "string" && /^\s*(true|false|[+-]?[0-9.]+)\s*$/i.test(value);
  if (!isPlain && !Object.is(read.value, value)) {
    found.notes.push(`${path}: ${shown(value)} was read as ${shown(read.value)}.`);
  }
  return read.value;
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
