import { isDeepStrictEqual } from "node:util";
import type { Mistake } from "../../base/failure.ts";
import { quote } from "../../base/text.ts";
import { unreadOf } from "../../organization/lists.ts";
import { type NameCollector, NameError } from "../../organization/names.ts";
import { type Field, findField } from "../fields.ts";
import { keyOf } from "../values.ts";
import type { CustomFieldOperation } from "./arguments.ts";
import { type Circumstances, operationValues } from "./custom-field-values.ts";
import type { Edit } from "./edit.ts";

/** An operation whose values were found: each once, by what they are compared by, as Close takes it. None for unset. */
type Operation = {
  argument: string;
  action: CustomFieldOperation["action"];
  values: ReadonlyMap<string, unknown>;
};

/** Turns operations into edits: a field is set (to null to unset it), or values are added to it or removed from it. */
export async function customFieldEdits(
  operations: readonly CustomFieldOperation[],
  { call, ...circumstances }: Circumstances & { call: NameCollector },
): Promise<Edit[]> {
  const byField = new Map<string, { field: Field; operations: Operation[] }>();
  for (const [index, operation] of operations.entries()) {
    if (call.isFull) break;
    const argument = `custom_fields[${index}]`;
    const meant = await call.found(argument, operationMeant(operation, circumstances));
    if (meant === undefined) continue;
    const { field } = meant;
    const values = new Map(meant.values.map((value) => [keyOf(value, field.kind), value]));
    const own = byField.get(field.key) ?? { field, operations: [] };
    own.operations.push({ argument, action: operation.action, values });
    byField.set(field.key, own);
  }
  return [...byField.values()].flatMap(({ field, operations: own }) => {
    const edits = editsOf(field, own);
    if (Array.isArray(edits)) return edits;
    call.mistakes.push(edits);
    return [];
  });
}

/**
 * The field and the values of an operation. Before kept definitions refuse a value, they are read again.
 * @throws NameError of all that is mistaken, UnreadList if a name cannot be looked up.
 */
export async function operationMeant(operation: CustomFieldOperation, circumstances: Circumstances) {
  const { names } = circumstances;
  const meant = async () => {
    const { found: field, note } = await findField(operation.field, names);
    if (field.list === "users") await unreadOf([names.users]);
    const { found: values, note: onValues } = await operationValues(operation, field, circumstances);
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

/** What all operations of one call on one field come to, or what is wrong with them. */
function editsOf(field: Field, given: readonly Operation[]): Edit[] | Mistake {
  const operations = given.filter(({ action, values }, at) => {
    const isSame = (one: Operation) => one.action === action && isDeepStrictEqual(one.values, values);
    return given.findIndex(isSame) === at;
  });
  const of = (action: CustomFieldOperation["action"]) =>
    new Map(operations.filter((one) => one.action === action).flatMap(({ values }) => [...values]));
  const [toAdd, toRemove] = [of("add"), of("remove")];
  const isReplacing = operations.some(({ action }) => action === "set" || action === "unset");
  if ((isReplacing && operations.length > 1) || [...toAdd.keys()].some((key) => toRemove.has(key))) {
    const argument = given.map((operation) => operation.argument).join(", ");
    const actions = given.map(({ action }) => action).join(", ");
    const problem = `conflicting actions on ${quote(field.label)} (${actions}): give one set or unset, or additions and removals of different values`;
    return { argument, problem };
  }
  if (isReplacing) {
    const values = [...of("set").values()];
    const value = field.definition?.accepts_multiple_values && values.length > 0 ? values : values[0];
    return [{ field, action: "set", value: value ?? null }];
  }
  return [
    ...[...toAdd.values()].map((value): Edit => ({ field, action: "add", value })),
    ...[...toRemove.values()].map((value): Edit => ({ field, action: "remove", value })),
  ];
}
