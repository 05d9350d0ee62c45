import { type Answer, readAnswer } from "../../src/close/http/answer.ts";

/** An answer of Close's, as the client reads it. */
export function answerOf(status: number, headers: Record<string, string> = {}, body = ""): Answer {
  return readAnswer({ path: "/opportunity/oppo_1/" }, { status, headers, body }, (text) => text);
}
