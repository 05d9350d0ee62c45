import { Failure } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import { quote } from "../base/text.ts";
import type { Page } from "./http/client.ts";

/**
 * The entries of a page that are readable by `isEntry`, and how many are not.
 *
 * @throws Failure if there are entries and none is readable: that must not look like an empty list.
 */
export function readableEntries<E extends JsonObject>(
  { entries, answer }: Page,
  request: string,
  isEntry: (value: unknown) => value is E,
): { entries: E[]; unreadable: number } {
  const readable = entries.filter(isEntry);
  if (readable.length === 0 && entries.length > 0) {
    throw new Failure({
      problem: `Close answered ${request} with a body that is not a page of a list: ${quote(JSON.stringify(answer), 300)}.`,
      record: "unchanged",
      remedy: "Call again. If this keeps happening, the server at this URL is probably not Close's API.",
    });
  }
  return { entries: readable, unreadable: entries.length - readable.length };
}
