import { type JsonObject, parseObject } from "../../base/json.ts";
import type { Redact } from "./redaction.ts";
import { isOfOneOpportunity, type RequestLine } from "./request-line.ts";
import type { HttpAnswer } from "./transport.ts";

/** An answer without the credentials, and the object in its body if there is one. */
export type Answer = HttpAnswer & { json: JsonObject | undefined };

/**
 * In values: texts, numbers, lists, objects. Comparing an opportunity and matching the entries of a list take time in
 * proportion to them, and no answer of Close's comes near.
 */
const maxValues = { opportunity: 25_000, list: 100_000 };

/** The answer as the rest of the program reads it: error pages and debugging aids repeat the credentials. */
export function readAnswer(
  request: Pick<RequestLine, "path">,
  { status, headers, body }: HttpAnswer,
  redact: Redact,
): Answer {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) clean[name] = redact(value);
  const cleanBody = redact(body);
  return {
    status,
    headers: clean,
    body: cleanBody,
    json: parseObject(cleanBody, isOfOneOpportunity(request) ? maxValues.opportunity : maxValues.list),
  };
}

/**
 * Whether the answer is in Close's form: JSON with an error, but a 429 of any form but HTML is waited out. A proxy's
 * answer does not show what Close did, and neither does plain text, though Close sends a 403 so (recorded traffic).
 */
export function isClosesOwn({ status, body, json }: Answer): boolean {
  if (status === 429) return !isHtml(body);
  return json !== undefined && ["error", "errors", "field-errors"].some((key) => key in json);
}

function isHtml(body: string): boolean {
  return /^\s*</.test(body);
}
