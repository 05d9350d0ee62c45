import type { InPart } from "../../base/in-part.ts";
import { isNullText, quote } from "../../base/text.ts";
import type { FoundField } from "../../organization/custom-fields.ts";
import type { CustomField, Known } from "../../organization/lists.ts";
import type { Problem, Resolution } from "../../organization/names.ts";
import { isNumeric, listOf } from "../compare.ts";
import type { Opportunity } from "../opportunity.ts";
import { type CustomFieldOperation, maxValues } from "./arguments.ts";
import { byKey, convert, severalValues, valueKey } from "./custom-field-values.ts";

/** An operation as far as it could be read. */
export type GivenOperation = InPart<CustomFieldOperation>;

/** After this many mistaken values of an operation the others are not checked. */
const maxProblems = 10;

/** An operation's values as Close spells them, each once. */
export function operationValues(
  operation: GivenOperation,
  action: CustomFieldOperation["action"],
  field: FoundField,
  before: Opportunity | undefined,
  known: Known,
): Resolution<readonly unknown[]> {
  const { key, definition } = field;
  const parts = partsOf(operation, action, field, before);
  if (!("found" in parts) || definition === undefined) return parts;
  // What is held can be removed, a choice that was retired since included.
  const list = action === "remove" ? listOf(before?.[key]) : [];
  const held = byKey(list, definition);
  const choices = definition.choices && withRetired(definition.choices, [...held.values()]);
  const values: unknown[] = [];
  const problems: Problem[] = [];
  for (const part of parts.found) {
    if (problems.length === maxProblems) break;
    const partKey = valueKey(part, definition.type);
    const converted = held.has(partKey)
      ? { found: held.get(partKey) }
      : convert(part, definition, known, choices ?? undefined);
    if ("lookUp" in converted) return converted;
    if ("problem" in converted) problems.push(converted);
    else values.push(converted.found);
  }
  const last = problems.at(-1);
  if (last === undefined) return { found: [...byKey(values, definition).values()] };
  // The suggestion comes right after the value that it is for.
  return {
    ...last,
    problem: problems.map(({ problem }) => problem).join("; "),
    isPassing: problems.every(({ isPassing }) => isPassing),
  };
}

/** The single values of an operation, if they have the form that its field and action take. */
function partsOf(
  operation: GivenOperation,
  action: CustomFieldOperation["action"],
  { key, name, definition }: FoundField,
  before: Opportunity | undefined,
): Resolution<readonly unknown[]> {
  const about = quote(name);
  const several = definition?.accepts_multiple_values === true;
  if ((action === "add" || action === "remove") && definition !== undefined && !several) {
    return { problem: `${about} accepts one value only, so ${action} does not apply: use set or unset` };
  }
  const value = operation.value?.filter((text) => text !== undefined);
  // Those that could be read are checked, each by itself.
  if (isMistaken(operation, "value")) return { found: action === "unset" ? [] : (value ?? []) };
  if (action === "unset") {
    return value === undefined || value.every(isNullText)
      ? { found: [] }
      : { problem: `unset of ${about} takes no value: leave it out, or use set` };
  }
  const needsValue = { problem: `${action} of ${about} needs a value; to empty the field use unset` };
  if (value === undefined || listOf(value).length === 0 || isWordForNull(value, definition))
    return needsValue;
  if (definition === undefined) {
    const values = action === "set" ? [asHeld(value, before?.[key])] : value;
    return values.length > maxValues ? tooMany(about, values.length) : { found: values };
  }
  const parts = several ? severalValues(value, definition) : listOf(value);
  if (parts.length === 0) return needsValue;
  if (parts.length > maxValues) return tooMany(about, parts.length);
  if (!several && parts.length > 1) {
    return { problem: `${about} accepts one value only, but a list of ${parts.length} was given` };
  }
  return { found: parts };
}

/** "null" and the like are no value, unless the field has such a choice. "None" is what people write as well. */
function isWordForNull(
  [only = "", ...others]: readonly string[],
  definition: CustomField | undefined,
): boolean {
  const isChoice = definition?.choices?.some((choice) => choice === only.trim()) ?? false;
  return others.length === 0 && only.trim() !== "None" && isNullText(only) && !isChoice;
}

/**
 * Without the field's definition, the form is that of the value held: one text is a list only if a list is there, and a
 * number if a number is.
 */
function asHeld(value: readonly string[], held: unknown): unknown {
  const [only, ...others] = value;
  if (only === undefined || others.length > 0 || Array.isArray(held)) return value;
  return typeof held === "number" && isNumeric(only) ? Number(only) : only;
}

function tooMany(about: string, count: number): { problem: string } {
  return { problem: `${about} takes at most ${maxValues} values at a time, not ${count}` };
}

function withRetired(choices: readonly string[], held: readonly unknown[]): readonly string[] {
  if (held.length === 0) return choices;
  const current = new Set(choices);
  const retired = held.flatMap((value) => (typeof value === "string" && !current.has(value) ? [value] : []));
  return retired.length === 0 ? choices : [...choices, ...retired];
}

/** Whether the operation was given with this argument in a form that cannot be read. */
export function isMistaken({ mistaken }: GivenOperation, argument: keyof CustomFieldOperation): boolean {
  return mistaken?.includes(argument) ?? false;
}
