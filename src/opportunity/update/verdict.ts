import { isDeepStrictEqual } from "node:util";
import { effectOf, holdsExactly, shows, type UpdateBody } from "../compare.ts";
import type { Opportunity } from "../opportunity.ts";

/** What became of an update whose answer was lost, judged by the opportunity read back. */
export type Verdict = "applied" | "not applied" | "unclear";

/**
 * Applied, where the opportunity shows what was asked for, or shows some of it that it did not show before: Close
 * takes a body whole and may ignore keys. Not applied, where nothing at all has happened to it since it was read.
 */
export function judge(before: Opportunity | undefined, current: Opportunity, body: UpdateBody): Verdict {
  const entries = Object.entries(body);
  if (entries.every(([key, value]) => holdsExactly(current, key, value))) return "applied";
  if (before !== undefined && isDeepStrictEqual(before, current)) {
    // It shows at most what is forgiven as the same, which is not what was asked for.
    return before.date_updated === undefined ? "unclear" : "not applied";
  }
  const shown = entries.filter(([key, value]) => shows(current, key, value));
  if (shown.length === entries.length) return "applied";
  if (before === undefined) return "unclear";
  if (shown.some(([key, value]) => !shows(before, key, value))) return "applied";
  const isUntouched = before.date_updated !== undefined && before.date_updated === current.date_updated;
  return isUntouched ? "not applied" : "unclear";
}

/** Whether sending the body twice does the same as once. Close documents no such thing of `.add` and `.remove`. */
export function isRepeatable(body: UpdateBody): boolean {
  return Object.keys(body).every((key) => effectOf(key).action === "set");
}
