import { isObject } from "../../base/json.ts";
import { asText, quote, truncate } from "../../base/text.ts";
import { isWebPage } from "./loss.ts";
import type { Answer, CloseRequest } from "./transport.ts";

/** What Close calls so in an update is the argument `status_id`, and so on (recorded traffic). */
const references: ReadonlySet<string> = new Set(["status", "lead", "user", "contact"]);

/** More messages than this help nobody. */
const maxMessages = 50;

/** All that Close says in an answer, as lines: each field's message, then those about the whole request. */
export function closesWords({ method }: CloseRequest, answer: Answer): string[] {
  const { status, json, body } = answer;
  const callersName = (name: string) => (method === "PUT" && references.has(name) ? `${name}_id` : name);
  const ofFields = leaves(json?.["field-errors"], []).map(([[first = "", ...rest], message]) => {
    const field = truncate([callersName(first), ...rest].join("."), 200);
    return `${field}: Close says ${quoted(asText(message))}`;
  });
  const ofRequest = [json?.error, json?.message, json?.errors].flat().filter((value) => value !== undefined);
  const lines = [...ofFields, ...ofRequest.map((value) => `Close says ${quoted(asText(value))}`)];
  if (status < 300 && body.trim() === "") return ["Its body is empty."];
  if (lines.length === 0 && body.trim() !== "") {
    return [`${isWebPage(answer) ? "The page reads" : "Close says"} ${quoted(body)}`];
  }
  return lines.length > maxMessages ? [...lines.slice(0, maxMessages), "and more messages"] : lines;
}

/** What is said of each field, nested ones by their path: `contacts.0.emails`. */
function leaves(value: unknown, path: readonly string[]): [path: readonly string[], leaf: unknown][] {
  if (Array.isArray(value)) return value.flatMap((each) => leaves(each, path));
  if (!isObject(value)) return value === undefined ? [] : [[path, value]];
  return Object.entries(value).flatMap(([key, each]) =>
    leaves(each, key === "field-errors" || key === "errors" ? path : [...path, key]),
  );
}

/** In quotes and on one line, whatever it holds: these are another's words. */
export function quoted(text: string): string {
  return quote(text, 300);
}
