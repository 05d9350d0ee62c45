/** The longest result, in characters, that a host may pass on whole. */
const maxResultCharacters = 500_000;

/**
 * What hosts read in a tool's `_meta`: the words that people use for the work, by which a host that loads definitions only
 * when they are needed finds the tool, and how long a result it may pass on.
 */
export function hostHints(words: string): Readonly<Record<string, string | number>> {
  return {
    "anthropic/searchHint": `Close CRM sales deal deals opportunity opportunities pipeline win won lost close date owner tag ${words}`,
    "anthropic/maxResultSizeChars": maxResultCharacters,
  };
}
