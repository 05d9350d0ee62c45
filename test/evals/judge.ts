import { isDeepStrictEqual } from "node:util";
import type { Organization } from "../../src/sandbox/sandbox.ts";
import { names } from "../support/sandbox/names.ts";
import type { Difference } from "./errands.ts";

type Facts = Record<string, unknown>;

/** With names for ids; the order of several values says nothing. */
function named(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(named).sort();
  return typeof value === "string" ? (names.get(value) ?? value) : value;
}

/** All that is known of an organization but when and by whom a deal was changed last, each fact under a name of its own. */
function factsOf({ opportunities, events: _events, ...rest }: Organization): Facts {
  const facts: Facts = { "the organization": rest };
  for (const { id, date_updated: _at, updated_by: _by, date_lost, custom, ...deal } of opportunities.values()) {
    for (const [key, value] of Object.entries({ ...deal, date_lost: date_lost?.slice(0, 10) ?? null, ...custom })) {
      facts[`${named(id)} ${named(key)}`] = named(value);
    }
  }
  return facts;
}

/** What of the organization is not as it should be: as it was before but for this difference. */
export function misjudged(before: Organization, after: Organization, differs: Difference = {}): string[] {
  const [expected, actual] = [factsOf(before), factsOf(after)];
  for (const [deal, facts] of Object.entries(differs)) {
    if ("note" in facts) expected[`${deal} note_html`] = /(?:)/;
    for (const [key, value] of Object.entries(facts)) expected[`${deal} ${key}`] = named(value);
  }
  return [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
    .filter((key) => !fits(actual[key], expected[key]))
    .map((key) => `${key} is ${shown(actual[key])}, not ${shown(expected[key])}`);
}

function fits(actual: unknown, expected: unknown): boolean {
  return expected instanceof RegExp ? expected.test(String(actual)) : isDeepStrictEqual(actual, expected);
}

function shown(value: unknown): string {
  return value instanceof RegExp ? String(value) : (JSON.stringify(value) ?? "empty");
}

/** Whether a text names the number, however its thousands are set off and its cents are left out if there are none. */
export function namesNumber(text: string, number: number): boolean {
  const plain = text.replace(/(?<=\d)[,'\u2019 \u00a0\u202f](?=\d{3})/g, "");
  return [...plain.matchAll(/\d+(?:\.\d+)?/g)].some(([digits]) => Number(digits) === number);
}
