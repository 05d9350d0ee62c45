import { isDeepStrictEqual } from "node:util";
import { Failure, type Mistake } from "../../base/failure.ts";
import { asText, joined, quote } from "../../base/text.ts";
import { unreadOf } from "../../organization/lists.ts";
import { type Match, type NameCollector, NameError } from "../../organization/names.ts";
import { personName } from "../../organization/people.ts";
import { type Field, findField } from "../fields.ts";
import { keyOf, listOf } from "../values.ts";
import type { CustomFieldOperation } from "./arguments.ts";
import { type Circumstances, operationValues } from "./custom-field-values.ts";
import type { Edit } from "./edit.ts";

/** An operation whose values were found: by what they are compared by, as Close takes them. None for unset. */
type Operation = {
  argument: string;
  action: CustomFieldOperation["action"];
  values: ReadonlyMap<string, unknown>;
};

type Planning = { edits: Edit[]; warnings: string[] };

/**
 * Turns operations into edits, by the rules of Close's update page: a field is set (to null to unset it), and one value is
 * added to a field that accepts several, or removed. More than one for the same field become one replacement list,
 * computed from the opportunity as just read.
 */
export async function planCustomFields(
  operations: readonly CustomFieldOperation[],
  { call, ...circumstances }: Circumstances & { call: NameCollector },
): Promise<Planning> {
  const byField = new Map<string, { field: Field; operations: Operation[] }>();
  for (const [index, operation] of operations.entries()) {
    if (call.isFull) break;
    const argument = `custom_fields[${index}]`;
    const meant = await call.found(argument, operationMeant(operation, circumstances));
    if (meant === undefined) continue;
    const { field, values } = meant;
    const own = byField.get(field.key) ?? { field, operations: [] };
    own.operations.push({ argument, action: operation.action, values: byKey(values, field) });
    byField.set(field.key, own);
  }
  const planning: Planning = { edits: [], warnings: [] };
  for (const { field, operations: own } of byField.values()) {
    const mistake = planField(field, own, circumstances, planning);
    if (mistake !== undefined) call.mistakes.push(mistake);
  }
  return planning;
}

/** Each value once, in the first of its spellings. */
function byKey(values: readonly unknown[], { kind }: Field): Map<string, unknown> {
  const keyed = new Map<string, unknown>();
  for (const value of values) {
    const key = keyOf(value, kind);
    if (!keyed.has(key)) keyed.set(key, value);
  }
  return keyed;
}

/**
 * The field and the values of an operation. Before kept definitions refuse a value, they are read again.
 * @throws NameError of all that is mistaken, UnreadList if a name cannot be looked up.
 */
export async function operationMeant(
  operation: CustomFieldOperation,
  { before, names }: Circumstances,
): Promise<Match<{ field: Field; values: readonly unknown[] }>> {
  const meant = async () => {
    const { found: field, note } = await findField(operation.field, names);
    if (field.list === "users") await unreadOf([names.users]);
    const { found: values, note: onValues } = await operationValues(operation, field, { before, names });
    return { found: { field, values }, note: [note, onValues].filter(Boolean).join(" ") || undefined };
  };
  try {
    return await meant();
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    await names.customFields.readAgain().catch(() => []);
    return meant();
  }
}

/** What is computed from the present state needs it. */
export function stateNeeded(argument: string): Failure {
  return new Failure({
    problem: `${argument} depends on what the opportunity holds, and that could not be read.`,
    record: "unchanged",
    remedy: "Call again in a moment.",
  });
}

/** Adds what all operations of one call on one field come to, or returns what is wrong with them. */
function planField(
  field: Field,
  given: readonly Operation[],
  { before, names }: Circumstances,
  { edits, warnings }: Planning,
): Mistake | undefined {
  const operations = given.filter(({ action, values }, at) => {
    const isSame = (one: Operation) => one.action === action && isDeepStrictEqual(one.values, values);
    return given.findIndex(isSame) === at;
  });
  const argument = given.map((operation) => operation.argument).join(", ");
  const of = (action: string) =>
    new Map(operations.filter((one) => one.action === action).flatMap(({ values }) => [...values]));
  const [toAdd, toRemove] = [of("add"), of("remove")];
  const isReplacing = operations.some(({ action }) => action === "set" || action === "unset");
  if ((isReplacing && operations.length > 1) || [...toAdd.keys()].some((key) => toRemove.has(key))) {
    const actions = given.map(({ action }) => action).join(", ");
    const problem = `conflicting actions on ${quote(field.label)} (${actions}): give one set or unset, or additions and removals of different values`;
    return { argument, problem };
  }
  if (isReplacing) {
    const values = [...of("set").values()];
    const value = field.definition?.accepts_multiple_values && values.length > 0 ? values : values[0];
    edits.push({ field, action: "set", value: value ?? null });
    return undefined;
  }

  const held = byKey(listOf(before?.[field.key]), field);
  const isNeeded = (isHeld: boolean) => (key: string) => before === undefined || held.has(key) === isHeld;
  const added = parted(toAdd, isNeeded(false));
  const removed = parted(toRemove, isNeeded(true));
  const named = (values: readonly unknown[]) =>
    joined(values, (value) => quote(personName(value, names.known()) ?? asText(value), 100));
  const label = quote(field.label);
  if (added.rest.length > 0) warnings.push(`${label} already holds ${named(added.rest)}: nothing to add.`);
  if (removed.rest.length > 0) {
    warnings.push(`${label} does not hold ${named(removed.rest)}: nothing to remove.`);
  }
  const [only, ...others] = [...added.needed, ...removed.needed];
  if (others.length > 0) {
    if (before === undefined) throw stateNeeded(argument);
    const kept = [...held].filter(([key]) => !toRemove.has(key)).map(([, value]) => value);
    const replacement = [...kept, ...added.needed];
    edits.push({ field, action: "set", value: replacement.length === 0 ? null : replacement });
  } else if (only !== undefined) {
    edits.push({ field, action: added.needed.length > 0 ? "add" : "remove", value: only });
  }
  return undefined;
}

function parted(values: ReadonlyMap<string, unknown>, isNeeded: (key: string) => boolean) {
  const entries = [...values];
  const part = (isIn: boolean) => entries.filter(([key]) => isNeeded(key) === isIn).map(([, value]) => value);
  return { needed: part(true), rest: part(false) };
}
