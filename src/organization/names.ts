import leven from "leven";
import { Failure, type Mistake } from "../base/failure.ts";
import { memoizeByObject } from "../base/once.ts";
import { joined, printable, quote } from "../base/text.ts";
import { type List, type Names, type Note, type NotedNames, UnreadList } from "./lists.ts";

/** No name is longer, in characters: what is longer is neither compared nor printed whole. */
const maxNameCharacters = 1_000;

/** A name stands for nothing, or for several things. The message says so, with what can be given instead. */
export class NameError extends Error {
  override name = "NameError";
}

/** How the entries of a list are named, and how they are shown where a name does not fit. */
type NamingFacts<T> = {
  /** `user`; with an s, the list's. */
  noun: string;
  /** Whose list it is, if that is not the whole organization's. */
  owner?: string;
  /** What an entry goes by besides its id. */
  namesOf(entry: T): readonly (string | null | undefined)[];
  /** An entry with what distinguishes it from others of its name. */
  describe(entry: T): string;
  /** People may be given by some of the words of their name. */
  isPerson?: boolean;
};

/** An entry's names as they are compared, and the words in which errors list it. */
type Spellings = { names: readonly string[]; folded: readonly string[]; words: readonly string[]; listed: string };

type Naming<T> = NamingFacts<T> & { spellings(entry: T): Spellings };

/** Folding takes longer than comparing, so that it is done once for each entry of a list. */
export function naming<T extends object>(facts: NamingFacts<T>): Naming<T> {
  const spellings = memoizeByObject((entry: T): Spellings => {
    const names = facts.namesOf(entry).flatMap((name) => name?.trim() || []);
    const words = names.filter((name) => !name.includes("@")).flatMap(wordsOf);
    return { names, folded: names.map(fold), words, listed: fold(facts.describe(entry)) };
  });
  return { ...facts, spellings };
}

const quotes = /[`'"\u00b4\u02b9-\u02bd\u2018-\u201f\u2032-\u2036\u2039\u203a\u00ab\u00bb\u301d-\u301f]/g;
const symbols = /[\p{So}\p{Extended_Pictographic}\p{Emoji_Modifier}]|\u20e3/gu;
const invisible = /[\u0300-\u036f\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu;

/**
 * What names are compared by: case, white space, accents, the Unicode form, quotes, dashes, emoji and other symbols do not
 * count, and `&` is "and". What makes a difference stays: `< 10` is not `> 10`, `-5` is not `5`, and symbols alone are not
 * others.
 */
export function fold(name: string): string {
  const folded = name
    .replace(quotes, "")
    .normalize("NFKD")
    .replace(invisible, "")
    .replace(symbols, "")
    .replace(/[\p{Pd}\u02d7\u2043\u2212]/gu, "-")
    .replace(/(?<!\d)-(?!\d)/g, "")
    .replaceAll("&", "and")
    .toUpperCase();
  return folded || name.normalize().replace(invisible, "");
}

function wordsOf(name: string): string[] {
  const words = name.slice(0, 100).split(/[^\p{L}\p{M}\p{N}]+/u);
  return words.map(fold).filter(Boolean);
}

/** What is found in a list as kept, or else in the list as it is now, and the entries among which it was looked for last. */
export async function search<T, R>(list: List<T>, find: (entries: readonly T[]) => R | undefined) {
  const kept = await list.read();
  const found = find(kept);
  if (found !== undefined) return { entries: kept, found };
  const entries = await list.readAgain();
  return { entries, found: find(entries) };
}

/**
 * The one entry that a name stands for, by the rules of `matches`. @throws NameError unless it is one, UnreadList.
 * @param note as `oneOf` takes it.
 * @param elsewhere looks for what the list does not hold.
 */
export async function lookUp<T extends { id: string }>(
  list: List<T>,
  name: string,
  by: Naming<T>,
  note: Note,
  elsewhere?: () => Promise<T | undefined>,
): Promise<T> {
  const notes: string[] = [];
  const { entries, found } = await search(list, (all) => oneOf(all, name, by, (how) => notes.push(how)));
  const entry = found ?? (await elsewhere?.());
  const isCut = list.isCut?.() === true;
  const isCalledSo = entry !== undefined && (entry.id === name.trim() || isAlike(name, by)(entry));
  // Of a list that was not read to its end, others may fit a part of the name as well.
  if (entry !== undefined && (isCalledSo || !isCut)) {
    for (const how of notes) note(how);
    return entry;
  }
  if (!isCut) throw new NameError(unknownName(entries, name, by));
  const is =
    entry === undefined
      ? `${shownName(name)} is not`
      : `${by.describe(entry)} is the only one that fits ${shownName(name)}`;
  const first = `the first ${entries.length.toLocaleString("en")} ${by.noun}s`;
  throw new NameError(`${is} among ${first}, and not all could be read: give the id`);
}

/**
 * The one entry that a name stands for, undefined if there is none. @throws NameError if there are several.
 * @param note is told who was found by a part of the name, and what another spelling of it would have meant.
 */
export function oneOf<T extends { id?: string }>(entries: readonly T[], name: string, by: Naming<T>, note: Note) {
  const { way, fitting } = fittingIn(entries, name, by);
  const [match, ...others] = fitting;
  if (match === undefined) return undefined;
  if (others.length > 0)
    throw new NameError(`${shownName(name)} is ambiguous. It can be ${joined(fitting, by.describe)}`);
  const siblings = entries.filter(isAlike(name, by)).filter((other) => other !== match);
  const meaning = `${shownName(name.trim())} was read as ${by.describe(match)}`;
  if (siblings.length > 0) note(`${meaning}; there is also ${joined(siblings, by.describe)}.`);
  else if (way === "part") note(`${meaning}.`);
  return match;
}

/**
 * The entries that a name fits, by the first of these rules that fits any: of this id; called just so; called the same when
 * folded; people whose names have all these words; listed by errors in these words, its id among them.
 */
export function matches<T extends { id?: unknown }>(entries: readonly T[], name: string, by: Naming<T>): readonly T[] {
  return fittingIn(entries, name, by).fitting;
}

function fittingIn<T extends { id?: unknown }>(entries: readonly T[], name: string, by: Naming<T>) {
  const text = name.trim();
  if (text === "" || text.length > maxNameCharacters) return { fitting: [] };
  const folded = fold(text);
  const words = by.isPerson ? wordsOf(text) : [];
  const rules: readonly (readonly [way: "id" | "exact" | "alike" | "part" | "listed", (entry: T) => boolean])[] = [
    ["id", (entry) => entry.id === text],
    ["exact", (entry) => by.spellings(entry).names.includes(text)],
    ["alike", isAlike(text, by)],
    ["part", (entry) => words.length > 0 && words.every((word) => by.spellings(entry).words.includes(word))],
    ["listed", (entry) => by.spellings(entry).listed === folded],
  ];
  const [way, fits] = rules.find(([, fits]) => entries.some(fits)) ?? [];
  return { way, fitting: fits === undefined ? [] : entries.filter(fits) };
}

/** Whether an entry is called so, as names are compared. */
export function isAlike<T>(name: string, { spellings }: Naming<T>): (entry: T) => boolean {
  const wanted = fold(name);
  return (entry) => spellings(entry).folded.includes(wanted);
}

/** That nothing is called so, with what is instead, the nearest first. */
export function unknownName<T>(entries: readonly T[], name: string, by: Naming<T>): string {
  const { noun, owner = "", spellings } = by;
  const nouns = noun.charAt(0).toUpperCase() + noun.slice(1) + (noun.endsWith("s") ? "es" : "s");
  const nearest = nearestFirst(name, entries, (entry) => spellings(entry).names);
  const valid = joined(nearest, shownAmong(entries, by));
  return `there is no ${noun} ${shownName(name)}${owner}. ${nouns}${owner}: ${valid}`;
}

/** An entry by its name if no other is called so, else as described. */
export function shownAmong<T>(entries: readonly T[], by: Naming<T>): (entry: T) => string {
  return (entry) => {
    const [name] = by.spellings(entry).names;
    const isEnough = name !== undefined && entries.filter(isAlike(name, by)).length === 1;
    return isEnough ? shownName(name) : by.describe(entry);
  };
}

/** What a caller may have meant comes first: the entries whose words are nearest to those of the name. */
export function nearestFirst<T>(name: string, entries: readonly T[], namesOf: (entry: T) => readonly string[]): T[] {
  const wanted = wordsOf(name);
  const distance = (other: string) => {
    const words = wordsOf(other);
    const near = (word: string) => Math.min(word.length, ...words.map((one) => leven(word, one)));
    return wanted.reduce((sum, word) => sum + near(word), 0);
  };
  const ranked = entries.map((entry) => ({ entry, rank: Math.min(...namesOf(entry).map(distance)) }));
  return ranked.sort((one, other) => one.rank - other.rank).map(({ entry }) => entry);
}

/** A name in quotes as it can be sent back: invisible characters, which are not compared, are printed as blanks. */
export function shownName(name: string): string {
  return quote(printable(name), maxNameCharacters);
}

/** More mistakes of one call are not looked for: to search all names for each would take too long. */
const maxMistakes = 20;

/** Gathers what is wrong with the names in a call, and how they were understood, so that all of it is said at once. */
export class NameCollector {
  readonly mistakes: Mistake[] = [];
  readonly notes = new Set<string>();
  /** Where names are looked up: how they were understood is noted here. */
  readonly names: NotedNames;

  constructor(names: Names) {
    this.names = { ...names, note: (how) => void this.notes.add(how) };
  }

  get isFull(): boolean {
    return this.mistakes.length >= maxMistakes;
  }

  /** What was found; undefined if nothing was given, or the name is mistaken. Throws what is no mistake. */
  async found<T>(argument: string, looking: Promise<T> | undefined): Promise<T | undefined> {
    try {
      return await looking;
    } catch (error) {
      if (error instanceof UnreadList) {
        const { problem, remedy } = error.report;
        throw new Failure({
          ...error.report,
          problem: `${argument} cannot be looked up. ${problem}`,
          remedy: `Give an id instead of the name. ${remedy}`,
        });
      }
      if (!(error instanceof NameError)) throw error;
      this.mistakes.push({ argument, problem: error.message });
      return undefined;
    }
  }
}
