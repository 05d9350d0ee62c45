import { Failure } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import { quote } from "../base/text.ts";

/**
 * The entries of a list as Close answers one, `{data: [...]}`, and how many of them are unreadable by `isEntry`.
 *
 * @throws Failure if it is no such list, or none of its entries is readable: that must not look like an empty list.
 */
export function listAnswer<E extends JsonObject>(
  answer: JsonObject,
  request: string,
  isEntry: (value: unknown) => value is E,
): { entries: E[]; unreadable: number } {
  const data = Array.isArray(answer.data) ? answer.data : undefined;
  const entries = data?.filter(isEntry) ?? [];
  if (data === undefined || (entries.length === 0 && data.length > 0)) throw noList(answer, request);
  return { entries, unreadable: data.length - entries.length };
}

function noList(answer: JsonObject, request: string): Failure {
  return new Failure({
    problem: `Close answered ${request} with something other than a list.`,
    details: [`The answer: ${quote(JSON.stringify(answer), 300)}`],
    record: "unchanged",
    remedy: "Call again in a moment; if this keeps happening, what answers is probably not Close's API.",
  });
}
