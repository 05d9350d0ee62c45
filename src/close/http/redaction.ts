import { credentialsMark } from "../../base/text.ts";
import type { Credentials } from "../../config.ts";
import { codeOfEllipsis, isSameLetter, undoAll } from "./escapes.ts";

/** Returns the text without the credentials. */
export type Redact = (text: string) => string;

/**
 * Takes the credentials out of texts, in whatever spelling they are in them: as they are or in base64, and under any
 * layers of the escapes of JSON, URLs and HTML. Proxies, error pages and debugging aids repeat what was sent, and
 * callers may write a key into an argument. What stays of a JSON text is still JSON.
 */
export function redactor(credentials: Credentials | undefined): Redact {
  if (credentials === undefined) return (text) => text;
  const forms = formsOf(credentials.secret);
  const asWritten = finder(forms);
  const undone = finder(forms.map((form) => undoAll(form).text));
  // Letters and digits have no escapes but these, and to look for them takes a tenth of the time.
  const cores = coresOf(forms);
  const firstCores = coresOf(forms.map((form) => form.slice(0, minCutCharacters)));
  const mayHold = (text: string) => {
    const includes = (core: string) => text.includes(core);
    return (
      cores.some(includes) || escapesLetters.test(text) || (firstCores.some(includes) && ellipses.test(text))
    );
  };

  return (text) => {
    if (!mayHold(text)) return text;
    const { text: plain, origin } = undoAll(text);
    const clean = withMarks(text, undone(plain), origin);
    if (plain.length === text.length) return clean;
    // Also as written: together with what stands before it, its beginning may have looked like an escape.
    return withMarks(clean, asWritten(clean), (place) => place);
  };
}

/** From where to where something stands in a text. */
type Place = readonly [start: number, end: number];

function withMarks(text: string, places: readonly Place[], origin: (place: number) => number): string {
  const parts: string[] = [];
  let read = 0;
  for (const [start, end] of places) {
    parts.push(text.slice(read, origin(start)));
    read = origin(end);
  }
  parts.push(text.slice(read));
  return parts.join(credentialsMark);
}

/** Texts are cut, with an ellipsis, before they come here. Of a credential less than this much, in characters, may be left. */
const minCutCharacters = 6;

/** An ellipsis, the escape that was cut in half before it, and a quotation mark between. */
const cutEnd = new RegExp(`(?:[%&u]#?\\w{0,16})?["']?[\u2026${String.fromCharCode(codeOfEllipsis)}]`, "iy");

/** Returns a function that finds the forms in a text, and what is left of them at its cut ends, in ascending order. */
function finder(forms: readonly string[]): (text: string) => Place[] {
  const firsts = new Set(forms.map((form) => literal(form.slice(0, minCutCharacters))));
  const start = new RegExp(`(?=${[...firsts].join("|")})`, "gi");
  return (text) => {
    const places: Place[] = [];
    for (start.lastIndex = 0; start.test(text); ) {
      const at = start.lastIndex;
      const length = lengthAt(text, at, forms);
      if (length > 0) places.push([at, at + length]);
      start.lastIndex = at + (length || 1);
    }
    return places;
  };
}

/** How long the form is that is at the place, or else the longest beginning of one that is there before a cut end; or 0. */
function lengthAt(text: string, place: number, forms: readonly string[]): number {
  let longest = 0;
  for (const form of forms) {
    let length = 0;
    while (length < form.length && isSameLetter(form.charCodeAt(length), text.charCodeAt(place + length))) {
      length += 1;
    }
    if (length === form.length) return length;
    cutEnd.lastIndex = place + length;
    if (length >= minCutCharacters && length > longest && cutEnd.test(text)) longest = length;
  }
  return longest;
}

/** The credential, and what base64 makes of it and its like at each of the three places in a group of bytes. */
function formsOf(secret: string): string[] {
  const whole = [`${secret}:`, secret].map((text) => base64(text).replace(/=+$/, ""));
  const parts = [0, 1, 2].map((place) => {
    const encoded = base64(" ".repeat(place) + secret);
    // The characters at both ends also depend on what stands next to the secret.
    return encoded.slice(Math.ceil((place * 4) / 3), Math.floor(((place + secret.length) * 4) / 3));
  });
  const encoded = [...whole, ...parts].filter((form) => form.length >= minFormCharacters);
  const forURLs = encoded.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"));
  return [secret, ...new Set([...encoded, ...forURLs])];
}

/** Shorter pieces of base64 are found in other texts by chance. */
const minFormCharacters = 8;

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function literal(text: string): string {
  return text.replace(
    /[^a-z\d]/gi,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** Letters and digits of each text: without them, none of the texts is there. */
function coresOf(texts: readonly string[]): string[] {
  return shortestOf(texts.map((text) => longest(text.split(/[^a-z\d]+/i))));
}

/** Without those texts that are not there unless another one is. */
function shortestOf(texts: readonly string[]): string[] {
  const different = [...new Set(texts)];
  return different.filter((text) => !different.some((other) => other !== text && text.includes(other)));
}

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length > best.length ? text : best), "");
}

/** Of these escapes, and of those that may hide one, such as `&amp;#95;`. Letters are ASCII, other escapes are no trace. */
const escapesLetters = /\\u00[2-7]|%|&#|&(?:amp|percnt|bsol|num)\b/i;

/** The ellipsis as it is written in texts and in JSON. */
const ellipses = /\u2026|\\u2026/i;
