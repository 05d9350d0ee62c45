/** An answer cut down to the fields that `_fields` names; `custom` stands for every custom field. */
export function withFields(
  answer: Record<string, unknown>,
  names: readonly string[],
): Record<string, unknown> {
  const isNamed = (key: string) =>
    names.includes(key) || (names.includes("custom") && key.startsWith("custom."));
  return Object.fromEntries(Object.entries(answer).filter(([key]) => isNamed(key)));
}
