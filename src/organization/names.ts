import { oncePerObject, oncePerText } from "../base/once.ts";
import { sentences } from "../base/text.ts";
import type { ListName, Lookup } from "./lists.ts";
import { find, joined, maxNameCharacters, type NameIndex, nameIndex, shownName } from "./matching.ts";
import { type Candidate, suggestion } from "./suggestion.ts";

/** What became of a name: its meaning, a problem, or a list to read (again) first. */
export type Resolution<T> = { found: T } | Problem | { lookUp: ListName };

/**
 * Why a name cannot be accepted, in the caller's terms. `valid` makes the sentences that say what can be given instead;
 * `isPassing` as in Mistake.
 */
export type Problem = { problem: string; valid?: () => string; isPassing?: boolean };

/** An argument that cannot be accepted, and why, in the caller's terms. */
export type Mistake = {
  argument: string;
  problem: string;
  /** No other arguments would help: this cannot be done here. */
  isImpossible?: boolean;
  /** What is needed to check it could not be read just now: the same may be accepted in a moment. */
  isPassing?: boolean;
};

/** How the entries of one of the organization's lists are named, and what is said if a name does not resolve. */
export type Naming<T extends { id: string }> = {
  list: ListName;
  /** `user`; with an s, the list's. */
  noun: string;
  /** Whose list it is, if that is not the whole organization's. */
  owner?: string;
  /** What can be given if the list cannot be read. */
  id?: string;
  /** What an entry goes by besides its id; by the first of these entries are listed if no name matches. */
  namesOf: readonly ((entry: T) => string | readonly string[] | null | undefined)[];
  /** One of several of the same name, with its id. */
  describe(entry: T): string;
  /** Lists print entries as described, not by name alone. */
  isListedWhole?: boolean;
};

/**
 * Finds the one entry of this name or id. That it is ambiguous, or unknown, is a problem that lists the valid ones.
 *
 * @param given the name as the caller wrote it, if that is different.
 */
export function byName<T extends { id: string }>(
  lookup: Lookup<T>,
  name: string,
  naming: Naming<T>,
  given = name,
): Resolution<T> {
  const { list, noun, owner = "", id, describe } = naming;
  if (lookup.state === "unread") return { lookUp: list };
  if (lookup.state === "failed") return notLookedUp(given, `${noun}s`, lookup, id);
  if (name.length > maxNameCharacters) return tooLong(given);
  const index = indexOf(lookup.items, naming, (entry) => ({
    id: entry.id,
    names: naming.namesOf.flatMap((nameOf) => nameOf(entry) ?? []),
  }));
  const named = find(index, name);
  const positions = named.length > 0 ? named : (index.exact.get(describedId(name)) ?? []);
  const [match, ...others] = positions.flatMap((position) => lookup.items[position] ?? []);
  if (match !== undefined && others.length === 0) return { found: match };
  if (match !== undefined) return ambiguous(given, [match, ...others], describe);
  if (!lookup.fresh) return { lookUp: list };
  return {
    problem: `there is no ${noun} ${shownName(given)}${owner}`,
    valid: () => validOf(index, name, () => validNames(lookup.items, index, name, naming)),
  };
}

/** The id in an entry as lists print it: `"Ada Quist" (ada@example.com, user_…)`. Empty if there is none. */
function describedId(text: string): string {
  return /^".*" \((?:[^()]*, )?([a-z]+_[A-Za-z0-9]+)(?: \([a-z_]*\))?\)$/s.exec(text.trim())?.[1] ?? "";
}

/** Every row of many may have the same mistyped name, and to look for what is near it takes long. */
const validOf = oncePerText<string>();

function validNames<T extends { id: string }>(
  entries: readonly T[],
  index: NameIndex,
  name: string,
  { noun, owner = "", namesOf, describe, isListedWhole = false }: Naming<T>,
): string {
  const candidates = entries.map((entry): Candidate => {
    const names = namesOf.flatMap((nameOf) => nameOf(entry) ?? []);
    const [first] = names;
    const isEnough = (only: string) => !isListedWhole && find(index, only).length === 1;
    return {
      names,
      shown: () => (first !== undefined && isEnough(first) ? shownName(first) : describe(entry)),
    };
  });
  const capital = noun.charAt(0).toUpperCase() + noun.slice(1);
  const list = joined(candidates, ({ shown }) => shown());
  return sentences(suggestion(name, candidates), `${capital}s${owner}: ${list}`);
}

/** The indexes of a list, by how its entries are named. */
const indexesOf = oncePerObject((_list: readonly unknown[]) => new WeakMap<object, NameIndex>());

/** The index of a list's names. Made once for each list and kind of naming. */
export function indexOf<T>(
  list: readonly T[],
  kind: object,
  namesOf: (entry: T) => { id?: string; names: readonly string[] },
): NameIndex {
  const indexes = indexesOf(list);
  const index = indexes.get(kind) ?? nameIndex(list.map(namesOf));
  indexes.set(kind, index);
  return index;
}

/** The problem of a name that several go by. */
export function ambiguous<T>(
  name: string,
  matches: readonly T[],
  describe: (match: T) => string,
): { problem: string } {
  return { problem: `${shownName(name)} is ambiguous. It can be ${joined(matches, describe)}` };
}

/** The problem of a name that cannot be looked up because its list could not be read. */
export function notLookedUp(
  name: string,
  what: string,
  { reason, isPassing }: { reason: string; isPassing: boolean },
  id: string | undefined,
): { problem: string; isPassing: boolean } {
  const instead = id === undefined ? "" : ` Give the ${id} id.`;
  return {
    problem: `${shownName(name)} cannot be looked up, because the ${what} could not be read (${reason}).${instead}`,
    isPassing,
  };
}

/** The problem of a text that is too long for a name. */
export function tooLong(text: string): { problem: string } {
  return { problem: `it is ${text.length} characters long, and names have at most ${maxNameCharacters}` };
}

/** This many mistakes of one call say what can be given instead: to search all names for each would take too long. */
const maxHelpedMistakes = 10;

/** Takes resolutions apart: what was found is returned, mistakes and lists to read are collected. */
export function collector() {
  const mistakes: Mistake[] = [];
  const lookUps: ListName[] = [];
  return {
    mistakes,
    lookUps,
    found<T>(argument: string, resolution: Resolution<T> | undefined): T | undefined {
      if (resolution === undefined) return undefined;
      if ("found" in resolution) return resolution.found;
      if ("lookUp" in resolution) lookUps.push(resolution.lookUp);
      else {
        const valid = mistakes.length < maxHelpedMistakes ? resolution.valid?.() : undefined;
        const problem = [resolution.problem, valid].filter(Boolean).join(". ");
        mistakes.push({ argument, problem, ...(resolution.isPassing && { isPassing: true }) });
      }
      return undefined;
    },
  };
}
