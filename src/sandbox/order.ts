type Answer = Record<string, unknown>;

/** What `_order_by` takes (Close's documentation), each with a leading minus too. */
const orderFields = [
  "date_won",
  "date_updated",
  "date_created",
  "confidence",
  "user_name",
  "value",
  "annualized_value",
  "annualized_expected_value",
];

/**
 * The order of answers that `_order_by` asks for; those in which its field is empty come last in both
 * directions. Undefined where it asks for none that there is.
 */
export function readOrder(asked: string): ((one: Answer, other: Answer) => number) | undefined {
  const field = asked.replace(/^-/, "");
  if (!orderFields.includes(field)) return undefined;
  const sign = field === asked ? 1 : -1;
  return ({ [field]: one }, { [field]: other }) => {
    if (isEmpty(one) || isEmpty(other)) return Number(isEmpty(one)) - Number(isEmpty(other));
    if (typeof one === "number" && typeof other === "number") return sign * (one - other);
    return sign * compareTexts(String(one), String(other));
  };
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined;
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
