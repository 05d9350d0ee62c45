import { credentialsMark } from "../../base/text.ts";
import type { Credentials } from "../../config.ts";

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
  const asWritten = new RegExp(forms.map(literal).join("|"), "gi");
  const every = new RegExp(forms.map((form) => literal(undoAll(form).text)).join("|"), "gi");
  // Letters and digits have no escapes but these, and to look for them takes a tenth of the time.
  const cores = shortestOf(forms.map((form) => longest(form.split(/[^a-z\d]+/i))));
  const mayHold = (text: string) => cores.some((core) => text.includes(core)) || escapesLetters.test(text);

  return (text) => {
    if (!mayHold(text)) return text;
    const { text: plain, origin } = undoAll(text);
    let clean = "";
    let end = 0;
    for (const { 0: match, index } of plain.matchAll(every)) {
      clean += `${text.slice(end, origin(index))}${credentialsMark}`;
      end = origin(index + match.length);
    }
    // Also as written: together with what stands before it, its beginning may have looked like an escape.
    return (clean + text.slice(end)).replace(asWritten, credentialsMark);
  };
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

/** Without those texts that are not there unless another one is. */
function shortestOf(texts: readonly string[]): string[] {
  const different = [...new Set(texts)];
  return different.filter((text) => !different.some((other) => other !== text && text.includes(other)));
}

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length > best.length ? text : best), "");
}

/** A text without escapes; `origin` is where in the text with them the character before a place ended. */
type Unescaped = { text: string; origin(place: number): number };

/** More layers than these no program puts on by accident. */
const maxLayers = 8;

function undoAll(text: string): Unescaped {
  let result: Unescaped = { text, origin: (place) => place };
  for (let layer = 0; layer < maxLayers; layer += 1) {
    const outer = result;
    const inner = undoOne(outer.text);
    if (inner.text === outer.text) break;
    result = { text: inner.text, origin: (place) => outer.origin(inner.origin(place)) };
  }
  return result;
}

/** Undoes one layer of escapes, in one pass. */
function undoOne(text: string): Unescaped {
  const parts: string[] = [];
  /** After the n-th escape: the place in the result, and the place in the text that belongs to it. */
  const to: number[] = [];
  const from: number[] = [];
  let length = 0;
  let read = 0;
  for (const { 0: match, 1: unicode, 2: percent, 3: hex, 4: decimal, 5: name, index } of text.matchAll(
    escapes,
  )) {
    const character = decodedEscape(unicode ?? percent ?? hex, decimal, name);
    if (character === undefined && !match.startsWith("\\")) continue;
    const end = index + match.length;
    length += index - read + (character === undefined ? 0 : 1);
    parts.push(text.slice(read, index), character ?? "");
    read = end;
    // Backslashes that stand for nothing go with the character that follows.
    to.push(character === undefined ? length + 1 : length);
    from.push(character === undefined ? end + 1 : end);
  }
  parts.push(text.slice(read));
  return {
    text: parts.join(""),
    origin(place) {
      const at = lastAtMost(to, place);
      return at < 0 ? place : (from[at] ?? 0) + place - (to[at] ?? 0);
    },
  };
}

/** Backslashes, however many, and what of JSON follows them; percent signs of URLs; entities of HTML. */
const escapes =
  /(?<!\\)\\+(?:u([\da-f]{4})|(?!u[\da-f]{4}))|%(?:25)*(?:u00)?([\da-f]{2})|&(?:#x0*([\da-f]{1,6})|#0*(\d{1,7})|([a-z]{2,16}));?/gi;

/** Of these escapes, and of those that may hide one, such as `&amp;#95;`. Letters are ASCII, other escapes are no trace. */
const escapesLetters = /\\u00[2-7]|%|&#|&(?:amp|percnt|bsol|num)\b/i;

function decodedEscape(hex?: string, decimal?: string, name?: string): string | undefined {
  if (name !== undefined) return entities.get(name.toLowerCase());
  const code = hex === undefined ? Number(decimal ?? "NaN") : Number.parseInt(hex, 16);
  // Credentials are ASCII.
  return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : undefined;
}

/** HTML's names of ASCII's punctuation (HTML specification, named character references). */
const entities: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "!": "excl",
    '"': "quot",
    "#": "num",
    $: "dollar",
    "%": "percnt",
    "&": "amp",
    "'": "apos",
    "(": "lpar",
    ")": "rpar",
    "*": "ast midast",
    "+": "plus",
    ",": "comma",
    ".": "period",
    "/": "sol",
    ":": "colon",
    ";": "semi",
    "<": "lt",
    "=": "equals",
    ">": "gt",
    "?": "quest",
    "@": "commat",
    "[": "lsqb lbrack",
    "\\": "bsol",
    "]": "rsqb rbrack",
    "^": "hat",
    _: "lowbar underbar",
    "`": "grave diacriticalgrave",
    "{": "lcub lbrace",
    "|": "verbar vert verticalline",
    "}": "rcub rbrace",
  }).flatMap(([character, names]) => names.split(" ").map((name): [string, string] => [name, character])),
);

/** The place of the last of the ascending numbers that is at most `limit`, or -1. */
function lastAtMost(numbers: readonly number[], limit: number): number {
  let low = -1;
  let high = numbers.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? Number.POSITIVE_INFINITY) <= limit) low = middle;
    else high = middle;
  }
  return low;
}
