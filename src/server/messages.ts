/** Reads a host's input: chunks → lines → messages. */
import { ErrorCode, type JSONRPCMessage, JSONRPCMessageSchema } from "@modelcontextprotocol/sdk/types.js";
import { isObject, type JsonObject, parseJson } from "../base/json.ts";

/** What a line is: a message, or one that only gets this answer, with a null id where the line has none. */
type Line =
  | { message: JSONRPCMessage }
  | { answer: { jsonrpc: "2.0"; id: string | number | null; error: { code: number; message: string } } };

const maxLineBytes = 16 * 1024 * 1024;

/** Collects chunks, and passes on each line without its break; undefined stands for a line that is too long. */
export function lineReader(receive: (line: Buffer | undefined) => void) {
  let parts: Buffer[] = [];
  let length = 0;
  const add = (part: Buffer) => {
    length += part.length;
    if (length <= maxLineBytes) parts.push(part);
    else parts = [];
  };
  const end = () => {
    const line = length <= maxLineBytes ? Buffer.concat(parts) : undefined;
    parts = [];
    length = 0;
    receive(line);
  };
  return {
    push(chunk: Buffer): void {
      let start = 0;
      for (let at = chunk.indexOf("\n"); at >= 0; at = chunk.indexOf("\n", start)) {
        add(chunk.subarray(start, at));
        end();
        start = at + 1;
      }
      add(chunk.subarray(start));
    },
    /** Passes on what follows the last line break. */
    end,
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads a line as it was passed on; undefined for a blank one. */
export function readLine(line: Buffer | undefined): Line | undefined {
  if (line === undefined) return malformed(ErrorCode.InvalidRequest, "The message is larger than 16 MB");
  let text: string;
  try {
    // Skips a byte-order mark.
    text = utf8.decode(line);
  } catch {
    return malformed(ErrorCode.ParseError, "The message is not UTF-8");
  }
  if (text.trim() === "") return undefined;
  const json = parseJson(text);
  if (json === undefined) return malformed(ErrorCode.ParseError, "The message is not JSON");
  if (!isObject(json)) return malformed(ErrorCode.InvalidRequest, "A line must be one JSON object: no batch");
  const message = JSONRPCMessageSchema.safeParse(withoutNulls(json));
  if (message.success) return { message: message.data };
  const id = typeof json.id === "string" || typeof json.id === "number" ? json.id : null;
  return malformed(ErrorCode.InvalidRequest, "The message is not a request of JSON-RPC 2.0", id);
}

function malformed(code: number, message: string, id: string | number | null = null): Line {
  return { answer: { jsonrpc: "2.0", id, error: { code, message } } };
}

/** Some hosts write `null` for what is absent, be it params or what is in them. */
function withoutNulls({ params, ...message }: JsonObject): JsonObject {
  if (!isObject(params)) return (params ?? null) === null ? message : { ...message, params };
  const { _meta, ...given } = present(params);
  return { ...message, params: isObject(_meta) ? { ...given, _meta: present(_meta) } : { ...given, _meta } };
}

function present(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}
