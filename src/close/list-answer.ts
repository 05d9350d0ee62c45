import { Failure } from "../base/failure.ts";
import { isObject, type JsonObject } from "../base/json.ts";
import { quote } from "../base/text.ts";

/** An entry of a list, which can be named by its id. */
export type Entry = JsonObject & { id: string };

/**
 * The entries of a list as Close answers one, `{data: [...]}`, and how many of them cannot be read.
 *
 * @throws Failure if it is no such list, or none of its entries can be read: that must not look like an empty list.
 */
export function listAnswer(answer: JsonObject, request: string): { entries: Entry[]; unreadable: number } {
  const data = Array.isArray(answer.data) ? answer.data : undefined;
  const entries = data?.filter(isEntry) ?? [];
  if (data === undefined || (entries.length === 0 && data.length > 0)) throw noList(answer, request);
  return { entries, unreadable: data.length - entries.length };
}

function isEntry(value: unknown): value is Entry {
  return isObject(value) && typeof value.id === "string" && value.id !== "";
}

function noList(answer: JsonObject, request: string): Failure {
  return new Failure({
    problem: `Close answered ${request} with something other than a list.`,
    details: [`The answer: ${quote(JSON.stringify(answer), 300)}`],
    record: "unchanged",
    remedy: "Call again in a moment; if this keeps happening, what answers is probably not Close's API.",
  });
}
