import fc from "fast-check";
import { expect, test } from "vitest";
import { redactor } from "../../../src/close/http/redaction.ts";

type Spelling = (text: string) => string;

const codeOf = (character: string) => character.charCodeAt(0);
const hexOf = (character: string) => codeOf(character).toString(16).padStart(2, "0");
const each =
  (pattern: RegExp, spell: Spelling): Spelling =>
  (text) =>
    text.replace(pattern, spell);
const punctuation = /[^A-Za-z\d]/g;

/** What programs make of a text on its way through JSON, URLs and HTML. */
const spelling = fc.constantFrom<Spelling>(
  (text) => text,
  (text) => JSON.stringify(text).slice(1, -1).replaceAll("/", "\\/"),
  each(punctuation, (one) => `\\u00${hexOf(one)}`),
  encodeURIComponent,
  each(punctuation, (one) => `%${hexOf(one)}`),
  each(punctuation, (one) => `%${hexOf(one).toUpperCase()}`),
  each(punctuation, (one) => `&#${codeOf(one)};`),
  each(punctuation, (one) => `&#X00${hexOf(one)};`),
);

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const secret = fc.string({ unit: fc.constantFrom(...letters, ..."._-/+=~"), minLength: 12, maxLength: 60 });
/** In which no key can be found by chance. */
const other = fc.string({ unit: fc.constantFrom(..."üéß→ \n\t\"'{}[]<>;:"), maxLength: 20 });
const carrier = fc.constantFrom<Spelling>(
  (key) => key,
  (key) => Buffer.from(key).toString("base64").replace(/=+$/, ""),
  (key) => Buffer.from(`${key}:`).toString("base64").replace(/=+$/, ""),
  (key) => Buffer.from(`${key}:`).toString("base64url"),
);

test("a credential is taken out of a text in whatever spelling, every time, and nothing else with it", () => {
  fc.assert(
    fc.property(secret, carrier, spelling, other, (key, carry, spell, around) => {
      const written = spell(carry(key));
      const clean = redactor({ scheme: "basic", secret: key })(`${around}|${written}|${written}|${around}`);
      expect(clean).toBe(`${around}|[credentials]|[credentials]|${around}`);
    }),
    { numRuns: 150 },
  );
});

test("what is left of JSON is JSON, with every other value as it was", () => {
  fc.assert(
    fc.property(secret, spelling, other, (key, spell, around) => {
      const json = { note: `${around}|${spell(key)}|`, kept: [around, 1, null] };
      const clean: unknown = JSON.parse(redactor({ scheme: "bearer", secret: key })(JSON.stringify(json)));
      expect(clean).toEqual({ ...json, note: `${around}|[credentials]|` });
    }),
    { numRuns: 100 },
  );
});

test("a text without the credential stays as it is, whatever escapes it holds", () => {
  fc.assert(
    fc.property(secret, fc.string({ unit: fc.constantFrom(..."aé\\u0%6&#x;_. ") }), (key, text) => {
      fc.pre(key.length > 20);
      expect(redactor({ scheme: "basic", secret: key })(text)).toBe(text);
    }),
  );
  expect(redactor(undefined)("api_anything")).toBe("api_anything");
});

test.each(["api_", "\\", "&#0", "\\\\u00"])("five million characters of %s take no second", (piece) => {
  const text = piece.repeat(5_000_000 / piece.length);
  const started = performance.now();
  expect(redactor({ scheme: "basic", secret: "api_4kQw.9x-Zz0123456789" })(text)).toBe(text);
  expect(performance.now() - started).toBeLessThan(1_000);
});
