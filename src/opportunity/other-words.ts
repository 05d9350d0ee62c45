/**
 * What to use instead of names that callers try, such as those of other systems.
 *
 * @param answers each with the names that it answers, in small letters and joined.
 */
export function otherWords(
  answers: readonly (readonly [answer: string, names: string])[],
): (name: string) => string | undefined {
  const byName = new Map(
    answers.flatMap(([answer, names]) => names.split(" ").map((name) => [name, answer] as const)),
  );
  return (name) => byName.get(joinedName(name));
}

/** In small letters and without what parts words: `closeDate`, `close-date` and `close_date` are one. */
export function joinedName(name: string): string {
  return name.slice(0, maxWordCharacters).toLowerCase().replace(/[-_ ]/g, "");
}

/** No word of another system is longer. */
const maxWordCharacters = 100;
