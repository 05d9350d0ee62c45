import { isObject, type JsonObject, parseJson } from "../base/json.ts";
import type { Line } from "./lines.ts";

/** What identifies a request (MCP specification: a string or an integer). */
export type MessageId = string | number;

/** What answers a request: its result, or why there is none. */
export type Answer = { result: JsonObject } | { error: ProtocolProblem };

/** An error of JSON-RPC, in words of our own. */
export type ProtocolProblem = { code: number; message: string; data?: unknown };

/** The codes of JSON-RPC 2.0, and those that MCP adds. */
export const errorCode = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  unsupportedProtocolVersion: -32_022,
} as const;

/** A message as this server understands it. */
export type Message =
  | { kind: "request"; id: MessageId; method: string; params: JsonObject }
  | { kind: "notification"; method: string; params: JsonObject }
  /** The answer to a request, of which this server sends none. */
  | { kind: "response" }
  /** Not to be understood; the id is null where none can be made out. */
  | { kind: "malformed"; id: MessageId | null; error: ProtocolProblem };

/** In messages: each of them is answered. */
const maxBatchSize = 1_000;

/**
 * Reads a line as a message, or as a batch of them. Undefined for a blank line. What is missing or superfluous but does
 * no harm is overlooked: a missing `jsonrpc`, other members, `null` in place of nothing.
 */
export function readLine({ bytes, isCut }: Line): Message | Message[] | undefined {
  if (isCut) {
    const text = bytes.toString("latin1");
    return malformed(outerId(text), errorCode.invalidRequest, "The message is too large");
  }
  const text = decoded(bytes);
  if (text === undefined) {
    const id = outerId(bytes.toString("latin1"));
    return malformed(id, errorCode.parseError, "The message is not UTF-8");
  }
  if (text.trim() === "") return undefined;
  const json = parseJson(text);
  if (json === undefined) return malformed(outerId(text), errorCode.parseError, "The message is not JSON");
  if (!Array.isArray(json)) return readMessage(json);
  if (json.length === 0) return malformed(null, errorCode.invalidRequest, "The batch is empty");
  if (json.length > maxBatchSize) {
    const problem = `The batch has more than ${maxBatchSize} messages`;
    return malformed(null, errorCode.invalidRequest, problem);
  }
  return json.map(readMessage);
}

function readMessage(json: unknown): Message {
  const { invalidRequest, invalidParams } = errorCode;
  if (!isObject(json)) return malformed(null, invalidRequest, "A message must be a JSON object");
  const { id, method, jsonrpc, params } = json;
  const known = isMessageId(id) ? id : null;
  if (method === undefined && ("result" in json || "error" in json)) return { kind: "response" };
  if (typeof method !== "string") return malformed(known, invalidRequest, "method must be a string");
  if (id !== undefined && !isMessageId(id)) {
    const readable = typeof id === "number" && Math.abs(id) < Number.MAX_SAFE_INTEGER ? id : null;
    return malformed(readable, invalidRequest, "id must be a string or an integer of at most 53 bits");
  }
  if ((jsonrpc ?? "2.0") !== "2.0") return malformed(known, invalidRequest, 'jsonrpc must be "2.0"');
  if (Array.isArray(params)) return malformed(known, invalidParams, "params must be an object");
  if (!isObject(params ?? {})) return malformed(known, invalidRequest, "params must be an object");
  const given = isObject(params) ? params : {};
  if (id === undefined) return { kind: "notification", method, params: given };
  return { kind: "request", id, method, params: given };
}

function malformed(id: MessageId | null, code: number, message: string): Message {
  return { kind: "malformed", id, error: { code, message } };
}

function isMessageId(id: unknown): id is MessageId {
  return typeof id === "string" || Number.isSafeInteger(id);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The text, without a byte-order mark; undefined where the bytes are not UTF-8. */
function decoded(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

const id = String.raw`"id"\s*:\s*("[^"\\]*"|-?\d+)`;
const jsonrpc = String.raw`"jsonrpc"\s*:\s*"2\.0"`;

/** Where clients write the id of a request: before its params, or after them, beside `jsonrpc`. */
const idFirst = new RegExp(String.raw`^\s*\{\s*(?:"(?:jsonrpc|method)"\s*:\s*"[^"]*"\s*,\s*)*${id}\s*[,}]`);
const idLast = new RegExp(String.raw`,\s*(?:${jsonrpc}\s*,\s*${id}|${id}\s*,\s*${jsonrpc})\s*\}\s*$`);

/** The id of a message that cannot be parsed as a whole, so that its host does not wait in vain. */
function outerId(text: string): MessageId | null {
  const ends = text.length > 8_192 ? text.slice(0, 4_096) + text.slice(-4_096) : text;
  const [, ...found] = idFirst.exec(ends) ?? idLast.exec(ends) ?? [];
  const written = parseJson(found.find((group) => group !== undefined) ?? "");
  return isMessageId(written) ? written : null;
}
