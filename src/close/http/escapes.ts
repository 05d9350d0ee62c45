/**
 * A text without escapes, one character for each that is left; `origin` is where in the text with them the character
 * before a place ended.
 */
export type Unescaped = { text: string; origin(place: number): number };

/** More layers than these no program puts on by accident. */
const maxLayers = 8;

/** Of the characters that are not ASCII only the ellipsis matters, and each takes one byte. */
export const codeOfEllipsis = 0x85;
const codeOfOthers = 0x80;

/**
 * Undoes the escapes of JSON, URLs and HTML, one layer after the other. Characters that are not ASCII are all the same in
 * the result, but for the ellipsis (`codeOfEllipsis`). Every layer is undone in the same memory, as texts of megabytes
 * can have millions of escapes.
 */
export function undoAll(text: string): Unescaped {
  const codes = new Uint8Array(text.length + 1);
  const ends = new Uint32Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    codes[at] = codeOf(text.charCodeAt(at));
    ends[at] = at + 1;
  }
  let length = text.length;
  for (let layer = 0; layer < maxLayers; layer += 1) {
    const shorter = undoOne(codes, ends, length);
    if (shorter === length) break;
    length = shorter;
  }
  return {
    text: Buffer.from(codes.buffer, 0, length).toString("latin1"),
    origin: (place) => ends[place - 1] ?? 0,
  };
}

/** The ellipsis's UTF-16 unit. */
const ellipsis = 0x2026;

function codeOf(unit: number): number {
  if (unit < 0x80) return unit;
  return unit === ellipsis ? codeOfEllipsis : codeOfOthers;
}

/** Undoes one layer of escapes in the first `length` characters, and returns how many are left. */
function undoOne(codes: Uint8Array, ends: Uint32Array, length: number): number {
  let left = 0;
  let at = 0;
  while (at < length) {
    const end = escapeEnd(codes, at);
    const meant = end === at ? undefined : decodedEscape(codes, at, end);
    if (meant !== undefined) {
      codes[left] = meant;
      ends[left] = ends[end - 1] ?? 0;
      left += 1;
      at = end;
    } else if (codes[at] === ascii.backslash) {
      // Backslashes that stand for nothing go with the character that follows.
      at = end;
    } else {
      const next = end === at ? at + 1 : end;
      for (; at < next; at += 1, left += 1) {
        codes[left] = codes[at] ?? 0;
        ends[left] = ends[at] ?? 0;
      }
    }
  }
  codes[left] = 0;
  return left;
}

/** Where the escape that begins at the place ends; the place itself if none does. Takes time by the escape's length. */
function escapeEnd(codes: Uint8Array, start: number): number {
  switch (codes[start]) {
    case ascii.backslash:
      return backslashesEnd(codes, start);
    case ascii.percent:
      return percentEnd(codes, start);
    case ascii.ampersand:
      return entityEnd(codes, start);
    default:
      return start;
  }
}

/** Backslashes, however many, and what of JSON follows them. */
function backslashesEnd(codes: Uint8Array, start: number): number {
  const end = runEnd(codes, start, kinds.backslash);
  return isLetterAt(codes, end, ascii.u) && runEnd(codes, end + 1, kinds.hex, 4) === end + 5 ? end + 5 : end;
}

/** Percent signs of URLs: `%41`, `%252541`, `%u0041`. */
function percentEnd(codes: Uint8Array, start: number): number {
  let at = start + 1;
  while (codes[at] === ascii.two && codes[at + 1] === ascii.five) at += 2;
  const isLong =
    isLetterAt(codes, at, ascii.u) && codes[at + 1] === ascii.zero && codes[at + 2] === ascii.zero;
  const digits = isLong ? at + 3 : at;
  if (runEnd(codes, digits, kinds.hex, 2) === digits + 2) return digits + 2;
  return at > start + 1 ? at : start;
}

/** Entities of HTML, also without their semicolon. */
function entityEnd(codes: Uint8Array, start: number): number {
  const isNumber = codes[start + 1] === ascii.numberSign;
  const isHex = isNumber && isLetterAt(codes, start + 2, ascii.x);
  const first = start + (isHex ? 3 : isNumber ? 2 : 1);
  const end = isNumber
    ? runEnd(codes, runEnd(codes, first, kinds.zero), isHex ? kinds.hex : kinds.decimal, isHex ? 6 : 7)
    : runEnd(codes, first, kinds.letter, 16);
  if (end - first < (isNumber ? 1 : 2)) return start;
  return codes[end] === ascii.semicolon ? end + 1 : end;
}

/** The code of the character that the escape stands for, or undefined if that is none of those that matter. */
function decodedEscape(codes: Uint8Array, start: number, end: number): number | undefined {
  if (codes[start] === ascii.percent) return known(numberIn(codes, end - 2, end, 16));
  if (codes[start] === ascii.backslash) {
    const isCode = end - 5 > start && isLetterAt(codes, end - 5, ascii.u);
    return isCode ? known(numberIn(codes, end - 4, end, 16)) : undefined;
  }
  const last = codes[end - 1] === ascii.semicolon ? end - 1 : end;
  if (codes[start + 1] !== ascii.numberSign) return entities.get(nameKey(codes, start + 1, last));
  const isHex = isLetterAt(codes, start + 2, ascii.x);
  return known(numberIn(codes, start + (isHex ? 3 : 2), last, isHex ? 16 : 10));
}

/** Credentials are ASCII, and are cut by an ellipsis. */
function known(unit: number): number | undefined {
  return (unit >= 0x20 && unit < 0x7f) || unit === ellipsis ? codeOf(unit) : undefined;
}

const ascii = {
  percent: 0x25,
  ampersand: 0x26,
  backslash: 0x5c,
  numberSign: 0x23,
  semicolon: 0x3b,
  zero: 0x30,
  two: 0x32,
  five: 0x35,
  u: 0x75,
  x: 0x78,
};

/** What characters can be part of: each is one bit of `kindsOf`. */
const kinds = { zero: 1, decimal: 2, hex: 4, letter: 8, backslash: 16 };

const kindsOf = Uint8Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code);
  return (
    (character === "0" ? kinds.zero : 0) |
    (/\d/.test(character) ? kinds.decimal : 0) |
    (/[\da-f]/i.test(character) ? kinds.hex : 0) |
    (/[a-z]/i.test(character) ? kinds.letter : 0) |
    (character === "\\" ? kinds.backslash : 0)
  );
});

/** The place after the characters of a kind that follow, at most `most` of them. */
function runEnd(codes: Uint8Array, start: number, kind: number, most = codes.length): number {
  const last = start + most;
  let end = start;
  // What follows the text is 0, which is of no kind.
  while (end < last && ((kindsOf[codes[end] ?? 0] ?? 0) & kind) !== 0) end += 1;
  return end;
}

function isLetterAt(codes: Uint8Array, at: number, lowerCase: number): boolean {
  return ((codes[at] ?? 0) | 0x20) === lowerCase;
}

function numberIn(codes: Uint8Array, start: number, end: number, base: number): number {
  let number = 0;
  for (let at = start; at < end; at += 1) {
    const code = codes[at] ?? 0;
    number = number * base + (code <= 0x39 ? code - 0x30 : (code | 0x20) - 0x57);
  }
  return number;
}

/** What a name is looked up by, in either case: a number, as a text for each would take most of the time. */
function nameKey(codes: Uint8Array, start: number, end: number): number {
  let key = 0;
  for (let at = start; at < end; at += 1) key = (key * 31 + ((codes[at] ?? 0) & 31)) | 0;
  return key;
}

/** Whether the codes are those of one letter in any case, or the same. */
export function isSameLetter(a: number, b: number): boolean {
  return a === b || ((a ^ b) === 0x20 && ((kindsOf[a] ?? 0) & kinds.letter) !== 0);
}

/** HTML's names of ASCII's punctuation (HTML specification, named character references). */
const entities: ReadonlyMap<number, number> = new Map(
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
  }).flatMap(([character, names]) =>
    names
      .split(" ")
      .map((name): [number, number] => [nameKey(Buffer.from(name), 0, name.length), character.charCodeAt(0)]),
  ),
);
