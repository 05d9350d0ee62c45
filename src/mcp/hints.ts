/** The longest result, in characters, that a host may pass on whole. */
const maxResultCharacters = 500_000;

/**
 * What a host that loads definitions only when they are needed finds a tool by: the words that people use for the work,
 * and what they ask for.
 */
export function hostHints(words: string): Readonly<Record<string, string | number>> {
  return {
    "anthropic/searchHint": `Close CRM sales deal deals opportunity opportunities pipeline ${words}`,
    "anthropic/maxResultSizeChars": maxResultCharacters,
  };
}
