/**
 * Text for a person's eyes. Records hold what others wrote: control characters, terminal escapes and invisible
 * marks in it stay out.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}

/** In quotes, on one line and never long: a name or a value as errors and warnings repeat it. */
export function quote(text: string): string {
  return JSON.stringify(beginning(text, 200));
}

/** The text, or its first so many characters and an ellipsis. No character is cut in half. */
export function beginning(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length).replace(/[\ud800-\udbff]$/, "")}…`;
}
