/** Cents as a person reads them: 50000 in USD is "$500.00". Without a known currency: "500.00". */
export function formatMoney(cents: number, currency: string | undefined): string {
  const amount = cents / 100;
  const plain = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  try {
    return new Intl.NumberFormat("en-US", {
      ...plain,
      ...(currency && { style: "currency", currency }),
    }).format(amount);
  } catch {
    // Not an ISO 4217 code, whatever the answer says.
    return new Intl.NumberFormat("en-US", plain).format(amount);
  }
}

/** Cents with what they are paid per: "$500.00 monthly", "$500.00 one-time". */
export function formatValue(cents: number, currency: string | undefined, period: string | undefined): string {
  const money = formatMoney(cents, currency);
  return period === undefined ? money : `${money} ${period === "one_time" ? "one-time" : period}`;
}
