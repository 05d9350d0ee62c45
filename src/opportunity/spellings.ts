import type { ObjectRules } from "../base/reading-rules.ts";
import { quote } from "../base/text.ts";

/* Callers' spellings of values: what has one safe meaning is read, the rest (amounts, fractions) answered with what to send. */

const shown = (value: unknown) => (typeof value === "string" ? quote(value, 100) : String(value));

/** A text, or a number as one. */
const written = (value: unknown) => (["string", "number"].includes(typeof value) ? String(value) : "");

/** A number with the word or sign of its unit, which the pattern leaves out. */
function withUnit(pattern: RegExp, value: unknown) {
  const number = pattern.exec(written(value).trim())?.[1];
  return number === undefined ? undefined : { value: Number(number) };
}

/** What surrounds an id where it is quoted, or stands in a list. */
const around = "[\\s\"'`<>()[\\]\u2018-\u201d]*";

/**
 * An id of this kind in quotes or brackets, or in a link: any that holds exactly one. Several in one text are parted.
 * @param otherwise what to do where none is given, or several for one.
 */
export function idSpellings(prefix: string, otherwise: { none: string; several?: string }): ObjectRules {
  const alone = new RegExp(`^${around}${prefix}_[A-Za-z0-9]+${around}[.,;/]?$`);
  return {
    parted: /(?:[\s,;]|(?<!\S)(?:and|&|[-*•]|\d+[.)])(?=\s))+/,
    otherwise: () => otherwise.none,
    reads(value) {
      const text = [value].flat().map(written).join(" ");
      const [id, ...others] = new Set(text.match(new RegExp(`\\b${prefix}_[A-Za-z0-9]+`, "g")));
      if (others.length > 0 && otherwise.several) return { problem: otherwise.several };
      const isPlain = alone.test(text) || /:\/\/|close\.com\/|^\/opportunity\//.test(text);
      return id === undefined || others.length > 0 || !isPlain || id === text.trim() ? undefined : { value: id };
    },
  };
}

/** The id of an opportunity. */
export const opportunityIdSpellings = idSpellings("oppo", {
  none: "find_opportunities gives it",
  several:
    "holds several ids, and one belongs here, as find_opportunities gives it; update_opportunities takes several",
});

/** What an amount is in cents, by either reading; undefined if it is no amount. */
function inCents(value: unknown): string | undefined {
  const text = written(value)
    .slice(0, 50)
    .replace(/(?<=\d)[\s'’_](?=\d{3})/g, ",");
  const isEuropean = /^\D*\d+(?:\.\d{3})*,\d\d\D*$/.test(text);
  const [, digits, times = ""] =
    /^[^\d-]{0,4}(\d{1,3}(?:,\d{3})+(?:\.\d\d)?|\d+(?:\.\d\d?)?) ?([km]\b)?\s*(?:usd|eur|gbp|dollars?|euros?|[^\da-z]{1,3})?$/i.exec(
      isEuropean ? text.replaceAll(".", "").replace(",", ".") : text,
    ) ?? [];
  if (digits === undefined) return undefined;
  const factor = { k: 1_000, m: 1_000_000 }[times.toLowerCase()] ?? 1;
  const amount = Number((Number(digits.replaceAll(",", "")) * factor).toPrecision(15));
  const cents = Math.round(Number((amount * 100).toPrecision(15)));
  return `${cents} if it is dollars${Number.isInteger(amount) ? `, ${amount} if it is cents` : "; cents are whole"}`;
}

/** What to send for an amount whose unit is not said, in these arguments. */
export function amountAdvice(send: string) {
  return (value: unknown) => `Cents or dollars? Send ${send}, in cents: ${inCents(value) ?? "$500.00 = 50000"}`;
}

export const centsSpellings: ObjectRules = {
  reads(value) {
    if (/^\s*-?\d+\s*$/.test(written(value))) return undefined;
    const cents = inCents(value);
    if (cents === undefined) return withUnit(/^(\d+) ?cents?$/i, value);
    return { problem: `must be in whole cents, not ${shown(value)}: ${cents}` };
  },
};

export const percentSpellings: ObjectRules = {
  reads: (value) => withUnit(/^([+-]?\d+(?:\.\d+)?) ?(?:%|percent)$/i, value),
};

export const daysSpellings: ObjectRules = { reads: (value) => withUnit(/^([+-]?\d+) ?(?:d|days?)$/i, value) };

export const confidenceSpellings: ObjectRules = {
  reads(value) {
    if (!/^\s*0?\.\d+\s*$/.test(written(value))) return percentSpellings.reads?.(value);
    const percent = Math.round(Number(value) * 100);
    return { problem: `must be whole percent, not ${shown(value)}: ${percent} if it means ${percent} percent` };
  },
};

/** The day that a text writes, the year first, also as its midnight without an offset; undefined if it writes none. */
export function dayWritten(text: string): string | undefined {
  const written = /^["']?(\d{4}([-/])\d\d\2\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?)?["']?$/.exec(text.trim())?.[1];
  return written?.replaceAll("/", "-");
}

/** A day of an opportunity. */
export function daySpellings(advice = ""): ObjectRules {
  return {
    reads(value) {
      const text = typeof value === "string" ? value.trim() : "";
      const plain = dayWritten(text);
      if (plain !== undefined) return plain === text ? undefined : { value: plain };
      if (!/[a-z]{3}|^[+-]/i.test(text)) return undefined;
      return { problem: `must be a day as YYYY-MM-DD, not ${shown(value)}${advice}` };
    },
  };
}
