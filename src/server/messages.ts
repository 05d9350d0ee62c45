/** Reads a host's input: chunks → lines → messages → checked requests. */
import { isObject, type JsonObject, parseJson } from "../base/json.ts";
import { quote } from "../base/text.ts";

/** A line of input, without its line break. Of one that is too long only both ends were kept. */
export type Line = { bytes: Buffer; isCut: boolean };

/** Turns the chunks in which input arrives into lines. */
export type LineReader = {
  /** Returns the lines that the chunk completes. */
  push(chunk: Buffer): Line[];
  /** Returns what follows the last line break, once the input has ended. */
  end(): Line[];
};

const lineBreak = 0x0a;

/**
 * A reader of lines, whatever the chunks. A line of more than `maxBytes` is not collected: `keptBytes` of its
 * beginning and as many of its end are returned, together less than `maxBytes`.
 */
export function lineReader(maxBytes: number, keptBytes = 4_096): LineReader {
  let parts: Buffer[] = [];
  let length = 0;

  function add(part: Buffer): void {
    parts.push(part);
    length += part.length;
    if (length <= maxBytes) return;
    const kept = Buffer.concat(parts);
    // Copies: a part of a buffer holds all of it in memory.
    parts = [Buffer.from(kept.subarray(0, keptBytes)), Buffer.from(kept.subarray(-keptBytes))];
  }

  function take(): Line {
    const [only] = parts;
    const bytes = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    const line = { bytes, isCut: length > maxBytes };
    parts = [];
    length = 0;
    return line;
  }

  return {
    push(chunk) {
      const lines: Line[] = [];
      let start = 0;
      for (let end = chunk.indexOf(lineBreak); end >= 0; end = chunk.indexOf(lineBreak, start)) {
        add(chunk.subarray(start, end));
        lines.push(take());
        start = end + 1;
      }
      if (start < chunk.length) add(chunk.subarray(start));
      return lines;
    },
    end: () => (length === 0 ? [] : [take()]),
  };
}

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
  /** Not to be understood; the id is null if none can be made out. */
  | { kind: "malformed"; id: MessageId | null; error: ProtocolProblem };

/** In messages: each of them is answered. */
const maxBatchMessages = 1_000;

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
  if (json.length > maxBatchMessages) {
    const problem = `The batch has more than ${maxBatchMessages} messages`;
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

/** The text, without a byte-order mark; undefined if the bytes are not UTF-8. */
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

/** The params of a request as the SDK accepts them. */
type Params = { [key: string]: unknown; _meta: { progressToken?: string | number } };

/** The params of a request, or why it is not answered. */
export type CheckedRequest = { params: Params } | { error: ProtocolProblem };

/**
 * What a host may ask for, and the params that each request is answered by; a text if they are mistaken. What this
 * server does not use (a client's capabilities, cursors, tasks) is left out, so that no form of it does harm.
 */
const requests = new Map<string, (params: JsonObject) => JsonObject | string>([
  [
    "initialize",
    ({ protocolVersion }) => ({
      // Without a version of its own the client is offered the latest.
      protocolVersion: typeof protocolVersion === "string" ? protocolVersion : "",
      capabilities: {},
      clientInfo: { name: "", version: "" },
    }),
  ],
  ["ping", () => ({})],
  // An empty cursor is what some hosts make of none.
  ["tools/list", ({ cursor }) => ((cursor ?? "") === "" ? {} : "cursor is not valid: there is one page")],
  [
    "tools/call",
    ({ name, arguments: given }) => {
      if (typeof name !== "string") return "name must be the name of a tool";
      const args = given ?? {};
      return isObject(args) ? { name, arguments: args } : "arguments must be an object";
    },
  ],
]);

/** Checks a request before the SDK sees it, which would answer a mistake with a dump of its own or not at all. */
export function checkRequest(method: string, params: JsonObject): CheckedRequest {
  const read = requests.get(method);
  if (read === undefined) {
    return { error: { code: errorCode.methodNotFound, message: `Method not found: ${quote(method)}` } };
  }
  const known = read(params);
  if (typeof known === "string") {
    return { error: { code: errorCode.invalidParams, message: `Invalid params of ${method}: ${known}` } };
  }
  const { progressToken } = isObject(params._meta) ? params._meta : {};
  // A token has the types of an id. One of any other cannot be sent back: the request is answered without progress.
  return { params: { ...known, _meta: isMessageId(progressToken) ? { progressToken } : {} } };
}
