export const textModes = ["full_words", "phrase", "beginning_of_words"] as const;
type TextMode = (typeof textModes)[number];

/**
 * Does the text match as a `text` condition of advanced filtering says (Close's documentation gives the modes)?
 * A value without any word matches nothing.
 */
export function matchesText(text: string, mode: TextMode, value: string): boolean {
  const words = wordsOf(text);
  const wanted = wordsOf(value);
  if (wanted.length === 0) return false;
  switch (mode) {
    case "full_words":
      return wanted.every((word) => words.includes(word));
    case "phrase":
      return words.some((_, start) => wanted.every((word, offset) => words[start + offset] === word));
    case "beginning_of_words":
      return wanted.every((beginning) => words.some((word) => word.startsWith(beginning)));
  }
}

/** Letters and digits make up words, whatever their case; everything else separates them. */
function wordsOf(text: string): string[] {
  return (
    text
      .normalize()
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}
