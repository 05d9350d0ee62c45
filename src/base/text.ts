/**
 * Text for a person's eyes. Records hold what others wrote: control characters, terminal escapes and invisible
 * marks in it stay out.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}

/** Of a name or a value, as errors, warnings and summaries repeat it. */
const maxQuotedCharacters = 200;

/** In quotes, on one line and never longer than `maxCharacters`: a name or a value as errors and warnings repeat it. */
export function quote(text: string, maxCharacters = maxQuotedCharacters): string {
  return JSON.stringify(beginning(text, maxCharacters));
}

/** A name as it is if it is plain words, with or without an id behind it, or a moment; otherwise in quotes. */
export function plainOrQuoted(text: string): string {
  const isPlain = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} .'’&+/@%#_-]*(?: \([a-z]+_[A-Za-z0-9]+\))?$/u.test(text);
  return (isPlain && text.length <= maxQuotedCharacters && text !== "empty") || isMoment(text)
    ? text
    : quote(text);
}

/** A day, or a date and time, in ISO 8601. */
export function isMoment(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(?:T[\d:.]{5,20}(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text);
}

/** The sentence with a full stop at its end: Close's own words come without one. */
export function ended(sentence: string): string {
  return /[.!?]"?$/.test(sentence) ? sentence : `${sentence}.`;
}

/** Sentences one after the other, without the empty ones. */
export function sentences(...texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join(" ");
}

/** The characters as JSON escapes: `\u200b`. */
export function escaped(characters: string): string {
  return Array.from({ length: characters.length }, (_, at) => {
    return `\\u${characters.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }).join("");
}

/** Any JSON value as text: text as it is, everything else as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** The text, or its first `length` characters and an ellipsis. */
export function beginning(text: string, length: number): string {
  return text.length <= length ? text : `${firstCharacters(text, length)}…`;
}

/** The text's first `length` characters. None is cut in half. */
export function firstCharacters(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, "");
}

/** U+FFFD is what decoders leave of bytes that are not UTF-8; a lone surrogate is half of a character. */
const replaced = /\ufffd/;
const halved = /\p{Cs}/u;

/** What is left in the text of something that was not UTF-8: a replacement character, or half of a character. */
export function brokenPart(text: string): "replaced" | "halved" | undefined {
  if (replaced.test(text)) return "replaced";
  return halved.test(text) ? "halved" : undefined;
}

/** What programs make of null when they write it as text. */
const nullWords: ReadonlySet<string> = new Set(["null", "None", "undefined", "nil", "<nil>", "NULL"]);

/** Whether the text is blank, or a word that programs make of null. */
export function isNullText(text: string): boolean {
  const word = text.trim();
  return word === "" || nullWords.has(word);
}

/** Stands in texts of records for this server's credentials, which are never passed on. */
export const credentialsMark = "[credentials]";
