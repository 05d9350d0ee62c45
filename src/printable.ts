/**
 * Text for a person's eyes. Records hold what others wrote: control characters, terminal escapes and invisible
 * marks in it stay out.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}
