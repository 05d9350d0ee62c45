import { escaped, printable, quote } from "../base/text.ts";

/** No name is longer, in characters: what is longer is neither compared nor printed whole. */
export const maxNameCharacters = 1_000;

/** How many names a list in a text holds at most, and how many characters they have together. */
const maxListed = { names: 50, characters: 10_000 };

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
export function upper(text: string): string {
  return text
    .replace(/\u00b4/g, "'")
    .replace(/[\u2033\u2036]/g, '"')
    .normalize("NFKC")
    .toUpperCase();
}

/** With one kind of single quotes, double quotes and dashes. */
export function straight(text: string): string {
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
