export type Compare<Item> = (one: Item, other: Item) => number;

/** What `_order_by` takes (Close's documentation), each with a leading minus too. */
export const orderFields = [
  "date_won",
  "date_updated",
  "date_created",
  "confidence",
  "user_name",
  "value",
  "annualized_value",
  "annualized_expected_value",
];

/** Orders answers by one of their fields; those in which it is empty come last in both directions. */
export function byField(field: string, direction: "asc" | "desc"): Compare<Record<string, unknown>> {
  const sign = direction === "asc" ? 1 : -1;
  return ({ [field]: one }, { [field]: other }) => {
    if (isEmpty(one) || isEmpty(other)) return Number(isEmpty(one)) - Number(isEmpty(other));
    if (typeof one === "number" && typeof other === "number") return sign * (one - other);
    return sign * compareTexts(String(one), String(other));
  };
}

/** Orders by the first of the comparisons that tells two items apart. */
export function inTurn<Item>(comparisons: readonly Compare<Item>[]): Compare<Item> {
  return (one, other) => {
    for (const compare of comparisons) {
      const order = compare(one, other);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined;
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
