import leven from "leven";
import { escaped, printable, quote } from "../base/text.ts";

/** No name is longer, in characters: what is longer is neither compared nor printed whole. */
export const maxNameCharacters = 1_000;

/** How many names a list in a text holds at most, and how many characters they have together. */
const maxListed = { names: 50, characters: 10_000 };

/** What a name can be found by, and how a text that proposes it prints it. */
export type Candidate = { names: readonly string[]; shown: () => string };

/** The positions of a list's entries by their names. Made once for each list, so that a look-up costs nothing. */
export type NameIndex = {
  exact: ReadonlyMap<string, readonly number[]>;
  folded: ReadonlyMap<string, readonly number[]>;
};

/**
 * What names are compared by: case, white space, Unicode form (NFKC), invisible characters, the kind of quotes and
 * the kind of dashes do not count. Texts longer than any name are compared to the letter.
 */
export function fold(name: string): string {
  if (name.length > maxNameCharacters) return name;
  if (/^[\x20-\x7e]*$/.test(name)) return name.replace(/ /g, "").replace(/`/g, "'").toUpperCase();
  const folded = upper(name);
  // One character can stand for eighteen.
  if (folded.length > 2 * maxNameCharacters) return name;
  return straight(folded)
    .replace(/[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu, "")
    .normalize("NFKC");
}

/** Without regard to case and Unicode form; the accents and primes that NFKC would take apart count as quotes. */
function upper(text: string): string {
  return text
    .replace(/\u00b4/g, "'")
    .replace(/[\u2033\u2036]/g, '"')
    .normalize("NFKC")
    .toUpperCase();
}

function straight(text: string): string {
  return text
    .replace(/[`\u02b9-\u02bd\u2018-\u201b\u2032\u2035\u2039\u203a]/g, "'")
    .replace(/[\u00ab\u00bb\u201c-\u201f\u301d-\u301f]/g, '"')
    .replace(/[\p{Pd}\u02d7\u2043\u2212]/gu, "-");
}

/** An index of names; `id`, if an entry has one, is found in its exact spelling only. */
export function nameIndex(
  entries: readonly { id?: string | undefined; names: readonly string[] }[],
): NameIndex {
  const exact = new Map<string, number[]>();
  const folded = new Map<string, number[]>();
  for (const [position, { id, names }] of entries.entries()) {
    if (id !== undefined) add(exact, id, position);
    for (const name of names) {
      add(exact, name.trim(), position);
      add(folded, fold(name), position);
    }
  }
  return { exact, folded };
}

function add(index: Map<string, number[]>, key: string, position: number): void {
  const positions = index.get(key);
  if (key === "" || positions?.at(-1) === position) return;
  if (positions === undefined) index.set(key, [position]);
  else positions.push(position);
}

/** Where the named entries are: those of just this spelling if there are any, else those that fold to the same. */
export function find({ exact, folded }: NameIndex, name: string): readonly number[] {
  return exact.get(name.trim()) ?? folded.get(fold(name)) ?? [];
}

/** A name in quotes as it can be sent back: invisible characters, which are not compared, are printed as blanks. */
export function shownName(name: string): string {
  return quote(printable(name), maxNameCharacters);
}

/** Names in quotes, joined by commas: as many as a text can hold, and how many more there are. */
export function listed(names: readonly string[]): string {
  const namesakes = new Map<string, Set<string>>();
  for (const name of names.slice(0, maxListed.names)) {
    const shown = shownName(name);
    namesakes.set(shown, (namesakes.get(shown) ?? new Set()).add(name));
  }
  return joined(names, (name) => {
    const shown = shownName(name);
    // Only their escapes tell apart two names that differ in invisible characters.
    return (namesakes.get(shown)?.size ?? 0) > 1 ? escapedName(name) : shown;
  });
}

/** Entries joined by commas: as many as a text can hold, and how many more there are. */
export function joined<T>(entries: readonly T[], show: (entry: T) => string): string {
  const shown: string[] = [];
  let characters = 0;
  for (const entry of entries.slice(0, maxListed.names)) {
    const text = show(entry);
    characters += text.length;
    if (shown.length > 0 && characters > maxListed.characters) break;
    shown.push(text);
  }
  const more = entries.length - shown.length;
  return `${shown.join(", ") || "none"}${more > 0 ? ` and ${more} more` : ""}`;
}

/** In quotes, with invisible characters as JSON escapes. */
function escapedName(name: string): string {
  return quote(name, maxNameCharacters).replace(/[\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

/** Nothing longer, in characters, is a slip of the pen; and of all candidates together no more are compared. */
const maxMistypedCharacters = 200;
const maxSearchedCharacters = 200_000;

/**
 * What to say of a name that nothing goes by: all candidates that it is a part of, else the nearest one. Starts with a
 * blank; empty if nothing is near. A candidate that says the opposite is never proposed.
 */
export function suggestion(name: string, candidates: readonly Candidate[]): string {
  const searched = candidates.reduce((sum, { names }) => sum + names.join("").length, 0);
  if (name.length > maxMistypedCharacters || searched > maxSearchedCharacters) return "";
  const wanted = wordsOf(name);
  const worded = candidates.map((candidate) => ({ candidate, words: candidate.names.map(wordsOf) }));
  const safe = (found: readonly Candidate[]) => [
    ...new Set(
      found
        .filter(({ names }) => !names.some((other) => isOpposite(name, other)))
        .map(({ shown }) => shown()),
    ),
  ];
  const letters = lettersOf(name);
  const equal = candidates.filter(({ names }) => names.some((other) => lettersOf(other) === letters));
  if (equal.length > 0) return meant([...new Set(equal.map(({ shown }) => shown()))]);
  const wholes = worded.filter(({ words }) => words.some((other) => isPart(wanted, other, isBeginning)));
  const [whole, ...others] = safe(wholes.map(({ candidate }) => candidate));
  if (whole !== undefined && others.length > 0) {
    return ` ${shownName(name)} matches ${enumerated([whole, ...others], "and")}: ask which is meant.`;
  }
  if (whole !== undefined) return meant([whole]);
  const parts = worded.filter(({ words }) => words.some((other) => isPart(other, wanted)));
  const contained = safe(parts.map(({ candidate }) => candidate));
  return meant(contained.length > 0 ? contained : safe(nearest(name, candidates)));
}

/** The same for plain words such as argument names. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  return suggestion(
    name,
    candidates.map((candidate) => ({ names: [candidate], shown: () => shownName(candidate) })),
  );
}

function meant(shown: readonly string[]): string {
  return shown.length === 0 ? "" : ` Did you mean ${enumerated(shown, "or")}?`;
}

function enumerated(texts: readonly string[], conjunction: "and" | "or"): string {
  const more = texts.length - 10;
  const shown = more > 1 ? [...texts.slice(0, 10), `${more} more`] : texts;
  return [shown.slice(0, -1).join(", "), ...shown.slice(-1)].filter(Boolean).join(` ${conjunction} `);
}

/** Comparing letter by letter is the costly part: at most this many candidates. */
const maxComparedNames = 1_000;

/** The candidates that differ from the name in the fewest letters, if that could be a slip of the pen. */
function nearest(name: string, candidates: readonly Candidate[]): Candidate[] {
  const wanted = lettersOf(name);
  const limit = wanted.length < 5 ? 1 : Math.max(2, Math.floor(wanted.length / 3));
  const near = candidates
    .flatMap((candidate) => candidate.names.map((other) => ({ candidate, letters: lettersOf(other) })))
    .filter(({ letters }) => Math.abs(letters.length - wanted.length) <= limit)
    .slice(0, maxComparedNames)
    .map(({ candidate, letters }) => ({
      candidate,
      distance: leven(wanted, letters, { maxDistance: limit + 1 }),
    }));
  const least = Math.min(limit, ...near.map(({ distance }) => distance));
  return near.filter(({ distance }) => distance === least).map(({ candidate }) => candidate);
}

function lettersOf(name: string): string {
  return fold(name).replace(/[-_]/g, "");
}

/** A name's beginning, folded but for its white space. */
function visible(name: string): string {
  return straight(upper(name.slice(0, maxMistypedCharacters)))
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu, "")
    .normalize("NFKC");
}

/** The words of a name, folded; an apostrophe is part of its word, and of an e-mail address the domain is left out. */
function wordsOf(name: string): string[] {
  return visible(name)
    .replace(/@.*$/s, "")
    .split(/[^\p{L}\p{M}\p{N}']+/u)
    .map((word) => word.replace(/^'+|'+$/g, ""))
    .filter(Boolean);
}

/** Whether the words stand in the other name side by side, the last one as `isSame` compares it. */
function isPart(
  part: readonly string[],
  whole: readonly string[],
  isSame = (word: string, other: string | undefined) => word === other,
): boolean {
  if (part.length === 0) return false;
  const last = part.length - 1;
  return whole.some((_, start) =>
    part.every((word, at) => {
      const other = whole[start + at];
      return at === last ? isSame(word, other) : word === other;
    }),
  );
}

/** Of a word that is not written out three letters are enough. */
function isBeginning(word: string, other: string | undefined): boolean {
  return word === other || (word.length >= 3 && other?.startsWith(word) === true);
}

/** Words that turn the meaning of a name round, in the languages that labels are most often in. */
const negations = new Set(
  [
    "no not never non none nobody nothing neither nor without cannot un dis anti hardly barely scarcely almost nearly",
    "except but instead rather lacks lacking failed fails wont dont doesnt didnt isnt arent wasnt werent cant",
    "couldnt shouldnt wouldnt hasnt havent hadnt aint nicht kein keine keinen nie niemals ohne pas jamais sans sin",
    "nunca não nao sem mai senza niet geen nooit zonder ikke inte aldrig aldri nej",
  ]
    .join(" ")
    .toUpperCase()
    .split(" "),
);

const negativePrefixes = [
  "UN",
  "IN",
  "IM",
  "IR",
  "IL",
  "DIS",
  "NON",
  "DE",
  "MIS",
  "ANTI",
  "NOT",
  "NO",
  "NEVER",
];

function isNegated(name: string): boolean {
  return visible(name)
    .split(/[^\p{L}\p{M}\p{N}'-]+/u)
    .some(
      (token) =>
        token.split("-").some((word) => negations.has(word) || word.endsWith("N'T")) ||
        negativePrefixes.some((prefix) => token.startsWith(`${prefix}-`)),
    );
}

/** Whether one of the two names denies what the other says: "not won" and "Won", "Qualified" and "Unqualified". */
function isOpposite(a: string, b: string): boolean {
  const [left, right] = [wordsOf(a), wordsOf(b)];
  if (left.join(" ") === right.join(" ")) return false;
  return isNegated(a) !== isNegated(b) || isDenied(left, right) || isDenied(right, left);
}

/** Whether a word without its negative prefix is nearer to the other name's words than with it. */
function isDenied(words: readonly string[], others: readonly string[]): boolean {
  const distance = (word: string) => Math.min(...others.map((other) => leven(word, other)));
  return words.some((word) =>
    negativePrefixes.some((prefix) => {
      const rest = word.slice(prefix.length);
      if (!word.startsWith(prefix) || rest.length < 3) return false;
      const without = distance(rest);
      return without <= Math.max(1, rest.length / 4) && without < distance(word);
    }),
  );
}
