import leven from "leven";
import { fold, shownName, straight, upper } from "./matching.ts";

/** What a name can be found by, and how a text that proposes it prints it. */
export type Candidate = { names: readonly string[]; shown: () => string };

/** Nothing longer, in characters, is a slip of the pen; and of all candidates together no more are compared. */
const maxMistypedCharacters = 200;
const maxSearchedCharacters = 200_000;

/**
 * What to say of a name that nothing goes by: all candidates that it is a part of, else the nearest one. Empty if nothing
 * is near. A candidate that says the opposite is never proposed.
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
  const reordered = wanted.length > 1 ? inOrder(wanted) : undefined;
  const equal = worded
    .filter(({ candidate, words }) => {
      const hasSameLetters = candidate.names.some((other) => lettersOf(other) === letters);
      return hasSameLetters || words.some((other) => inOrder(other) === reordered);
    })
    .map(({ candidate }) => candidate);
  if (equal.length > 0) return meant([...new Set(equal.map(({ shown }) => shown()))]);
  const wholes = worded.filter(({ words }) => words.some((other) => isPart(wanted, other, isBeginning)));
  const [whole, ...others] = safe(wholes.map(({ candidate }) => candidate));
  if (whole !== undefined && others.length > 0) {
    return `${shownName(name)} matches ${enumerated([whole, ...others], "and")}: ask which is meant.`;
  }
  if (whole !== undefined) return meant([whole]);
  // The first part of an e-mail address is often a first name, which many others have as well.
  const isWholeIn = (other: string) => !other.includes("@") && isPart(wordsOf(other), wanted);
  const contained = safe(candidates.filter(({ names }) => names.some(isWholeIn)));
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
  return shown.length === 0 ? "" : `Did you mean ${enumerated(shown, "or")}?`;
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

/** The same for the words of a name in whatever order: "Quist, Ada" is "Ada Quist". */
function inOrder(words: readonly string[]): string {
  return [...words].sort().join(" ");
}

/** Whether the words stand in the other name side by side, the last one as `isSame` compares it. */
function isPart(
  part: readonly string[],
  whole: readonly string[],
  isSame = (word: string, other: string | undefined, _isFirst: boolean) => word === other,
): boolean {
  if (part.length === 0) return false;
  const last = part.length - 1;
  return whole.some((_, start) =>
    part.every((word, at) => {
      const other = whole[start + at];
      return at === last ? isSame(word, other, last === 0) : word === other;
    }),
  );
}

/** Of a word that is not written out three letters are enough, and of one after another word a single one. */
function isBeginning(word: string, other: string | undefined, isFirst: boolean): boolean {
  return word === other || ((word.length >= 3 || !isFirst) && other?.startsWith(word) === true);
}

/** Words that turn the meaning of a name round, in the languages that labels are most often in. */
const negations = new Set(
  [
    "no not never non none nobody nothing neither nor without cannot un dis anti hardly barely scarcely almost nearly",
    "except but instead rather lacks lacking failed fails wont dont doesnt didnt isnt arent wasnt werent cant",
    "couldnt shouldnt wouldnt hasnt havent hadnt aint nicht kein keine keinen nie niemals ohne pas jamais sans sin",
    "nunca não nao sem mai senza niet geen nooit zonder ikke inte aldrig aldri nej ei не ни нет ne nem nincs nie bukan",
    "tidak hiç hic değil degil out rejected declined cancelled canceled refused unable denied withdrawn",
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
  "未",
  "不",
  "非",
  "無",
  "无",
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
