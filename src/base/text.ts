/** Controls, marks of direction, tags and breaks: terminals obey them, models read them, and people do not see them. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{e0000}-\u{e0fff}]+/gu;

/** Text for a person's eyes: without the invisible characters that others may have written. */
export function printable(text: string): string {
  return text.replace(invisible, " ");
}

/** A value as JSON on one line, in which invisible characters are escaped. */
export function printableJson(value: unknown): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(invisible, (characters) => characters.replace(/./gs, escaped));
}

const maxQuotedCharacters = 200;

/**
 * What people wrote, wherever this program repeats it: in quotes, so that nobody takes it for the program's own words, on one
 * line, without invisible characters, and never longer than `maxCharacters`.
 */
export function quote(text: string, maxCharacters = maxQuotedCharacters): string {
  return printable(JSON.stringify(truncate(text, maxCharacters)));
}

/** The sentence of a plan alone has names as they are, if they are plain words: a person reads and repeats it. */
export function plainOrQuoted(text: string): string {
  const isPlain = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} .'’&+/@%#_-]*(?: \([a-z]+_[A-Za-z0-9]+\))?$/u.test(text);
  return (isPlain && text.length <= maxQuotedCharacters && text !== "empty") || isMoment(text) ? text : quote(text);
}

/** A day, or a date and time, in ISO 8601. */
export function isMoment(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(?:T[\d:.]{5,20}(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text);
}

/** The sentence with a full stop at its end: Close's own words come without one. */
export function ended(sentence: string): string {
  return /[.!?]"?$/.test(sentence) ? sentence : `${sentence}.`;
}

/**
 * The text in one Unicode form (NFC). More marks on a letter than any language writes are left as they are: to put them in
 * order takes time that grows with the square of their number.
 */
export function composed(text: string): string {
  return /(?<!\p{M})\p{M}{100}/u.test(text) ? text : text.normalize("NFC");
}

/** Any JSON value as text: text as it is, everything else as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** The text, or its first `length` characters and an ellipsis. */
export function truncate(text: string, length: number): string {
  return text.length <= length ? text : `${firstCharacters(text, length)}…`;
}

/** The text's first `length` characters. None is cut in half. */
export function firstCharacters(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, "");
}

/** Whether the text is blank, or a word that programs make of null. */
export function isNullText(text: string): boolean {
  return /^(null|NULL|None|undefined|nil|<nil>)?$/.test(text.trim());
}

/** Stands in texts of records for this server's credentials, which are never passed on. */
export const credentialsMark = "[credentials]";

const maxJoined = 50;

/** Entries joined by commas: as many as a text can hold, and how many more there are. */
export function joined<T>(entries: readonly T[], show: (entry: T) => string): string {
  const more = entries.length - maxJoined;
  const shown = entries.slice(0, maxJoined).map(show);
  return `${shown.join(", ") || "none"}${more > 0 ? ` and ${more} more` : ""}`;
}
