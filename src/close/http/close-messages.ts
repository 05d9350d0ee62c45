import { isObject } from "../../base/json.ts";
import { asText, beginning, quote } from "../../base/text.ts";
import type { Answer } from "./answer.ts";
import type { RequestLine } from "./request-line.ts";

/** Close's names of what an update's arguments have other names for (recorded traffic). */
const updateNames: ReadonlyMap<string, string> = new Map([
  ["status", "status_id"],
  ["lead", "lead_id"],
  ["user", "user_id"],
  ["contact", "contact_id"],
]);

/** Close's names of what a search's arguments have other names for. */
const searchNames: ReadonlyMap<string, string> = new Map([
  ["lead", "lead_id"],
  ["status_id", "status"],
  ["status_id__in", "status"],
  ["user_id", "user"],
  ["date_won__gte", "date_won_from"],
  ["date_won__lte", "date_won_to"],
  ["_order_by", "order_by"],
  ["_limit", "limit"],
  ["_skip", "skip"],
]);

/** A field in the caller's terms, and what Close says of it. */
type FieldError = readonly [field: string, message: string];

/** How many of Close's messages are repeated. */
const maxRepeatedMessages = 50;

/** The first messages of the fields in a 400, one more than are repeated, nested ones by their path: `contacts.0.emails`. */
export function fieldErrors({ method }: RequestLine, { json }: Answer): FieldError[] {
  const callersNames = method === "PUT" ? updateNames : searchNames;
  const found: FieldError[] = [];
  collect(json?.["field-errors"], "");
  return found;

  /** Stops at the limit, and joins no path that it does not need: the answer may be large. */
  function collect(value: unknown, path: string): void {
    if (value === undefined || found.length > maxRepeatedMessages) return;
    if (Array.isArray(value)) {
      for (const each of value) collect(each, path);
    } else if (isObject(value)) {
      for (const [key, each] of Object.entries(value)) {
        const isEnvelope = key === "field-errors" || key === "errors";
        const name = path === "" ? (callersNames.get(key) ?? key) : `${path}.${key}`;
        collect(each, isEnvelope ? path : name);
      }
    } else {
      found.push([beginning(path, 200), asText(value)]);
    }
  }
}

/** All that Close says in an answer, as lines: each field's message, then those about the whole request. */
export function closesWords(fields: readonly FieldError[], { json, body }: Answer): string[] {
  const first = (value: unknown) =>
    Array.isArray(value) ? value.slice(0, maxRepeatedMessages + 1) : [value];
  const ofRequest = [json?.error, json?.message, json?.errors]
    .flatMap(first)
    .filter((text) => text !== undefined);
  const lines = [
    ...fields.map(([field, text]) => `${field}: Close says ${quoted(text)}`),
    ...ofRequest.map((text) => `Close says ${quoted(asText(text))}`),
  ];
  if (lines.length === 0 && body.trim() !== "") return [`Close says ${quoted(body)}`];
  return lines.length > maxRepeatedMessages
    ? [...lines.slice(0, maxRepeatedMessages), "and more messages"]
    : lines;
}

/** In quotes and on one line, whatever it holds: these are another's words. */
export function quoted(text: string): string {
  return quote(text, 300);
}
