import type { ObjectRules } from "../base/reading-rules.ts";
import { quote } from "../base/text.ts";

/*
 * How callers spell values. What has one safe meaning is read as that; an amount, a fraction or a day in words is answered
 * with what to send.
 */

const shown = (value: unknown) => (typeof value === "string" ? quote(value, 100) : String(value));

/** A text, or a number as one. */
const written = (value: unknown) => (["string", "number"].includes(typeof value) ? String(value) : "");

/** An id in quotes, or in a link to the opportunity: any that holds exactly one id. Several in one text are parted. */
export const idSpellings: ObjectRules = {
  parted: /[\s,;]+/,
  reads(value) {
    if (typeof value !== "string" || !/^["'`\s]*oppo_[A-Za-z0-9]+["'`\s]*$|:\/\/|close\.com\//.test(value))
      return undefined;
    const [id, ...others] = new Set(value.match(/\boppo_[A-Za-z0-9]+/g));
    return id === undefined || others.length > 0 || id === value.trim() ? undefined : { value: id };
  },
};

/** What an amount is in cents, by either reading; undefined if it is no amount. */
function inCents(value: unknown): string | undefined {
  const text = written(value).slice(0, 50);
  const [, digits, times = ""] =
    /^[^\d-]{0,4}(\d{1,3}(?:,\d{3})+(?:\.\d\d)?|\d+(?:\.\d\d?)?) ?([km]\b)?\D{0,4}$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const factor = { k: 1_000, m: 1_000_000 }[times.toLowerCase()] ?? 1;
  const amount = Number((Number(digits.replaceAll(",", "")) * factor).toPrecision(15));
  const cents = Math.round(Number((amount * 100).toPrecision(15)));
  return `${cents} if it is dollars${Number.isInteger(amount) ? `, ${amount} if it is cents` : "; cents are whole"}`;
}

/** What to send for an amount whose unit is not said. */
export function amountAdvice(value: unknown): string {
  return `Cents or dollars? Send value, in cents: ${inCents(value) ?? "$500.00 = 50000"}`;
}

export const centsSpellings: ObjectRules = {
  reads(value) {
    if (/^\s*-?\d+\s*$/.test(written(value))) return undefined;
    const cents = inCents(value);
    return cents === undefined ? undefined : { problem: `must be in whole cents, not ${shown(value)}: ${cents}` };
  },
};

export const percentSpellings: ObjectRules = {
  reads(value) {
    const [, percent] = /^\s*(-?\d+(?:\.\d+)?) ?%\s*$/.exec(written(value)) ?? [];
    return percent === undefined ? undefined : { value: Number(percent) };
  },
};

export const confidenceSpellings: ObjectRules = {
  reads(value) {
    const isFraction = /^\s*0?\.\d+\s*$/.test(written(value));
    if (!isFraction) return percentSpellings.reads?.(value);
    const percent = Math.round(Number(value) * 100);
    return { problem: `must be whole percent, not ${shown(value)}: ${percent} if it means ${percent} percent` };
  },
};

/** Midnight without an offset is the day as it is written. */
export function dayAtMidnight(text: string): string | undefined {
  return /^\s*(\d{4}-\d{2}-\d{2})[T ]00:00(?::00(?:\.0+)?)?\s*$/.exec(text)?.[1];
}

/** The close date of an opportunity. */
export const daySpellings: ObjectRules = {
  reads(value) {
    if (typeof value !== "string") return undefined;
    const day = dayAtMidnight(value);
    if (day !== undefined) return { value: day };
    if (!/[a-z]{3}/i.test(value)) return undefined;
    return { problem: `must be a day as YYYY-MM-DD, not ${shown(value)}; date_won_shift_days moves the date by days` };
  },
};
