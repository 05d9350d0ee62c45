import { isDeepStrictEqual } from "node:util";
import type { Json } from "./close.ts";
import type { Trial } from "./trial.ts";

/** Something about Close that the program relies on. */
export type Fact = {
  claim: string;
  /** Where it is from, and how sure that makes it. */
  source: Source;
  /** What would go wrong if it did not hold. */
  otherwise: string;
  /** @throws Refuted, NotChecked, UnexpectedAnswer. */
  check(trial: Trial): Promise<unknown>;
};

/** Documented: by Close. Recorded: seen in real traffic. Used: other programs rely on it. Inferred: from any of these. */
type Source = readonly [sure: "documented" | "recorded" | "used" | "inferred", from: string];

/** The fact does not hold: what was seen instead. */
export class Refuted extends Error {}

/** The organization lacks what the check takes. */
export class NotChecked extends Error {}

export const source = {
  updatePage: ["documented", "Update an opportunity"],
  listPage: ["documented", "List or filter opportunities"],
  fieldsPage: ["documented", "Custom fields"],
  searchPage: ["documented", "Advanced filtering"],
  eventPage: ["documented", "Event log"],
  limitPage: ["documented", "Rate limits"],
  recorded: ["recorded", "answers of the API"],
  clients: ["used", "Close's own application, or other clients"],
  inferred: ["inferred", "from what is documented nearby"],
} satisfies Record<string, Source>;

/** @throws Refuted with every key that does not hold what is expected. A field that is absent counts as null. */
export function shows(record: Json, expected: Json): void {
  const others = Object.entries(expected).filter(([key, value]) => !isDeepStrictEqual(record[key] ?? null, value));
  const text = (key: string) =>
    `${key} was ${JSON.stringify(record[key] ?? null)} instead of ${JSON.stringify(expected[key])}`;
  refuteIf(others.length > 0, others.map(([key]) => text(key)).join("; "));
}

/** @throws Refuted */
export function refuteIf(isRefuted: boolean, seen: string): void {
  if (isRefuted) throw new Refuted(seen);
}

/** @throws NotChecked if there is none. */
export function needed<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new NotChecked(`needs ${what}`);
  return found;
}
