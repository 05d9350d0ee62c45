import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redactor } from "../../../src/close/http/redaction.ts";

type Spelling = (text: string) => string;

const codeOf = (character: string) => character.charCodeAt(0);
const hexOf = (character: string) => codeOf(character).toString(16);
const each =
  (pattern: RegExp, spell: Spelling): Spelling =>
  (text) =>
    text.replace(pattern, spell);
const all = /[\s\S]/g;
const punctuation = /[^A-Za-z\d]/g;

const names: Readonly<Record<string, string>> = {
  _: "&lowbar;",
  ".": "&period;",
  "/": "&sol;",
  "+": "&plus;",
  "=": "&equals;",
  "&": "&amp;",
  "%": "&percnt;",
  "#": "&num;",
  ";": "&semi;",
  "\\": "&bsol;",
  '"': "&quot;",
  ":": "&colon;",
};

/** What programs make of a text on its way through JSON, URLs and HTML. */
const spellings: Readonly<Record<string, Spelling>> = {
  "as JSON": (text) => JSON.stringify(text).slice(1, -1),
  "as JSON with escaped slashes": (text) => JSON.stringify(text).slice(1, -1).replaceAll("/", "\\/"),
  "as JSON with every character escaped": each(all, (one) => `\\u${hexOf(one).padStart(4, "0")}`),
  "as JSON with punctuation escaped": each(
    punctuation,
    (one) => `\\u${hexOf(one).padStart(4, "0").toUpperCase()}`,
  ),
  "percent-encoded": encodeURIComponent,
  "percent-encoded in full": each(all, (one) => `%${hexOf(one).padStart(2, "0").toUpperCase()}`),
  "percent-encoded in small letters": each(punctuation, (one) => `%${hexOf(one).padStart(2, "0")}`),
  "as named entities": each(punctuation, (one) => names[one] ?? `&#${codeOf(one)};`),
  "as decimal entities": each(all, (one) => `&#${codeOf(one)};`),
  "as hexadecimal entities": each(all, (one) => `&#X${hexOf(one).padStart(4, "0")};`),
};

const spelling = fc.constantFrom(...Object.keys(spellings));
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const secretText = fc.string({
  unit: fc.constantFrom(...letters, ..."._-/+=~"),
  minLength: 12,
  maxLength: 60,
});
/** In which no key can be found by chance. */
const other = fc.string({ unit: fc.constantFrom(..."üéß→ \n\t\"'\\{}[]<>&%#;:"), maxLength: 20 });
const carriers: Readonly<Record<string, Spelling>> = {
  itself: (secret) => secret,
  "base64 of the key": (secret) => base64(secret),
  "base64 of what Basic sends": (secret) => base64(`${secret}:`),
  "base64 without padding": (secret) => base64(`${secret}:`).replace(/=+$/, ""),
  "base64 for URLs": (secret) => Buffer.from(`${secret}:`).toString("base64url"),
  "base64 in the middle of more": (secret) => base64(`Authorization: Bearer ${secret}\r\nAccept: */*`),
};
const carrier = fc.constantFrom(...Object.keys(carriers));

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function spelled(text: string, layers: readonly string[]): string {
  return layers.reduce((spelt, layer) => spellings[layer]?.(spelt) ?? spelt, text);
}

describe("a credential is taken out of a text", () => {
  test("in whatever spelling, up to four layers deep", () => {
    fc.assert(
      fc.property(
        secretText,
        carrier,
        fc.array(spelling, { maxLength: 4 }),
        other,
        other,
        (secret, by, layers, before, after) => {
          const carried = carriers[by]?.(secret) ?? "";
          const around = (text: string) => `${before}|${text}|${after}`;
          const clean = redactor({ scheme: "basic", secret })(around(spelled(carried, layers)));
          expect(clean).toContain("[credentials]");
          expect(clean).not.toContain(spelled(carried, layers));
          if (by === "itself") expect(clean).toBe(around("[credentials]"));
        },
      ),
      { numRuns: 2000 },
    );
  });

  const redact = redactor({ scheme: "bearer", secret: "tok_made/up+of=kinds" });
  test.each([
    ["tok&lowbar;made/up+of=kinds"],
    ["tok&UnderBar;made&sol;up&plus;of&equals;kinds"],
    ["tok&#95made/up+of=kinds"],
    ["tok&#x5fmade/up+of=kinds"],
    ["tok&#0000000000095;made/up+of=kinds"],
    ["tok%5Fmade%2Fup%2Bof%3Dkinds"],
    ["tok%255Fmade%252Fup%252Bof%253Dkinds"],
    ["tok%252525255fmade/up+of=kinds"],
    ["tok&amp;lowbar;made/up+of=kinds"],
    ["tok%26lowbar%3Bmade/up+of=kinds"],
    ["tok\\u0026#95;made/up+of=kinds"],
    ["tok\\\\\\\\u005fmade\\\\\\/up+of=kinds"],
    ["tok_made\\/up+of=kinds"],
    [`tok_made${"\\".repeat(50)}/up+of=kinds`],
  ])("as in %s", (text) => {
    expect(redact(`<a>${text}</a>`)).toBe("<a>[credentials]</a>");
  });

  test("every time that it is there, and nothing else with it", () => {
    const text = "x%41tok_made%2fup+of=kinds,&amp;tok_made/up+of=kinds\\n";
    expect(redact(text)).toBe("x%41[credentials],&amp;[credentials]\\n");
  });

  test("also if its beginning would complete an escape", () => {
    const redact = redactor({ scheme: "basic", secret: "aaaaaaaaaaaa" });
    expect(redact("x %6aaaaaaaaaaaa% y")).toBe("x %6[credentials]% y");
  });

  test("and what is left of JSON is JSON, with every other value as it was", () => {
    fc.assert(
      fc.property(secretText, other, fc.array(spelling, { maxLength: 3 }), (secret, note, layers) => {
        const json = { note: `${note}|${spelled(secret, layers)}|${note}`, kept: [note, 1, null] };
        const clean: unknown = JSON.parse(redactor({ scheme: "basic", secret })(JSON.stringify(json)));
        expect(clean).toMatchObject({ note: expect.stringContaining("[credentials]"), kept: json.kept });
      }),
    );
  });
});

describe("a credential that was cut in half is taken out as well, from six characters on", () => {
  const secret = "api_4kQx9ZpLmT7vRs2WnB8y.Hc3Jd6Fg1";
  const redact = redactor({ scheme: "basic", secret });
  const cut = (text: string, length: number) => `${text.slice(0, length)}…`;
  const lengths = Array.from({ length: secret.length }, (_, at) => at);
  const expected = (length: number) => (length < 6 ? secret.slice(0, length) : "[credentials]");

  test("before an ellipsis, and before one in JSON with or without escapes", () => {
    for (const length of lengths) {
      expect(redact(`value: ${cut(secret, length)} and more`)).toBe(`value: ${expected(length)}… and more`);
      const json = JSON.stringify(cut(`x${secret}`, length + 1));
      expect(redact(`not ${json}`)).toBe(`not "x${expected(length)}…"`);
      expect(redact(json.replace("…", "\\u2026"))).toBe(`"x${expected(length)}\\u2026"`);
      expect(redact(`${JSON.stringify(secret.slice(0, length))}…`)).toBe(`"${expected(length)}"…`);
    }
  });

  test("in whatever spelling, also in the middle of an escape", () => {
    fc.assert(
      fc.property(spelling, fc.nat(secret.length - 1), fc.nat(3), (layer, length, more) => {
        const spell = (text: string) => spelled(text, [layer]);
        const next = spell(secret.slice(length, length + 1));
        // A part of an escape, and at least that of it which shows that it is one.
        const part = next.length === 1 ? "" : next.slice(0, Math.min(more, next.length - 1));
        const clean = redact(`|${spell(secret.slice(0, length))}${part}…`);
        expect(clean).toBe(`|${length < 6 ? spell(secret.slice(0, length)) : "[credentials]"}${part}…`);
      }),
    );
  });

  test("and the beginning of a key that is not cut stays, as does an ellipsis after something else", () => {
    for (const text of ["api_4k and …", "api_4kR…", "api_4…", "… api_4kQx9Z"])
      expect(redact(text)).toBe(text);
  });
});

describe("a text without the credential", () => {
  test("stays as it is, whatever escapes it holds", () => {
    const redact = redactor({ scheme: "basic", secret: "api_NotInThere.AtAll" });
    fc.assert(
      fc.property(other, fc.array(spelling, { maxLength: 4 }), (text, layers) => {
        expect(redact(spelled(text, layers))).toBe(spelled(text, layers));
      }),
    );
  });

  test("stays as it is if there are no credentials", () => {
    expect(redactor(undefined)("Basic YXBpXzE6")).toBe("Basic YXBpXzE6");
  });

  // The test's own time limit is the bound: what takes time by the square of the length takes minutes.
  test.each([
    ...["\\", "%", "%25", "25", "&", "&amp;", "&#0", "&#x0", "\\u005c", "\\\\u", "a&lowbar", "tok_"],
    ...["%41%5", "&amp;amp;", "&amp;amp;amp;amp;amp;amp;", "&ab", "…", "tok_ma", "dG9rX2", "tok_m…"],
  ])("stays as it is, even as three million characters of %s", (piece) => {
    const redact = redactor({ scheme: "bearer", secret: "tok_made/up+of=kinds" });
    // The percent sign may be an escape, so that the text is looked through.
    const text = `% ${piece.repeat(3_000_000 / piece.length)}`;
    expect(redact(text)).toBe(text);
  });
});
