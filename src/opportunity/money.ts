/** What a value can be paid per (Close's update page). */
export const valuePeriods = ["one_time", "monthly", "annual"] as const;

/** What a value, in cents, comes to in a year; what is paid once counts as it is, and what is no number not at all. */
export function annualized(cents: unknown, period: unknown): number {
  return typeof cents === "number" ? cents * (period === "monthly" ? 12 : 1) : 0;
}

/** Cents in the currency, if it is known, with what they are paid per: "$500.00 monthly", "500.00 one-time". */
export function formatValue(cents: number, currency: string | undefined, period: string | undefined): string {
  const format = formats.get(currency) ?? formatFor(currency);
  formats.set(currency, format);
  const money = format.format(cents / 100);
  return period === undefined ? money : `${money} ${period === "one_time" ? "one-time" : period}`;
}

/** To make a format takes longer than all else about a change. */
const formats = new Map<string | undefined, Intl.NumberFormat>();

function formatFor(currency: string | undefined): Intl.NumberFormat {
  // Anything but three letters is no ISO 4217 code, whatever the answer says, and no style of Intl.
  const style = /^[A-Z]{3}$/i.test(currency ?? "") ? ({ style: "currency", currency } as const) : {};
  return new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2, ...style });
}
