import { parseObject } from "../../src/base/json.ts";
import type { Answer } from "../../src/close/http/transport.ts";

/** An answer of Close's, as the client reads it. */
export function answerOf(status: number, headers: Record<string, string> = {}, body = ""): Answer {
  return { sentAt: performance.now(), status, headers, body, json: parseObject(body) };
}
