import { isDeepStrictEqual } from "node:util";
import { grouped } from "../../base/grouped.ts";
import { quote } from "../../base/text.ts";
import { readLists } from "../../organization/lists.ts";
import { type NameCollector, NameError } from "../../organization/names.ts";
import { type Field, findField } from "../fields.ts";
import { keyOf } from "../values.ts";
import type { CustomFieldOperation } from "./arguments.ts";
import { type Circumstances, operationValues } from "./custom-field-values.ts";
import type { Edit } from "./edit.ts";

/** An operation whose values were found: each once, by what they are compared by, as Close takes it. None for unset. */
type Operation = {
  field: Field;
  argument: string;
  action: CustomFieldOperation["action"];
  values: ReadonlyMap<string, unknown>;
};

/** Turns operations into edits: a field is set (to null to unset it), or values are added to it or removed from it. */
export async function customFieldEdits(
  operations: readonly CustomFieldOperation[],
  { call, ...circumstances }: Circumstances & { call: NameCollector },
): Promise<Edit[]> {
  const found: Operation[] = [];
  for (const [index, operation] of operations.entries()) {
    if (call.isFull) break;
    const argument = `custom_fields[${index}]`;
    const meant = await call.found(argument, operationMeant(operation, circumstances));
    if (meant === undefined) continue;
    const { field } = meant;
    const values = new Map(meant.values.map((value) => [keyOf(value, field.kind), value]));
    found.push({ field, argument, action: operation.action, values });
  }
  return [...grouped(found, ({ field }) => field.key).values()].flatMap((own) => editsOf(own, call));
}

/**
 * The field and the values of an operation. Before kept definitions refuse a value, they are read again.
 * @throws NameError of all that is mistaken, UnreadList if a name cannot be looked up.
 */
export async function operationMeant(operation: CustomFieldOperation, circumstances: Circumstances) {
  const { names } = circumstances;
  const meant = async () => {
    const field = await findField(operation.field, names);
    if (field.list === "users") await readLists([names.users]);
    return { field, values: await operationValues(operation, field, circumstances) };
  };
  try {
    return await meant();
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    await names.customFields.readAgain().catch(() => []);
    return meant();
  }
}

/** What all operations of one call on one field come to. */
function editsOf(given: readonly Operation[], { mistakes }: NameCollector): Edit[] {
  const [first] = given;
  if (first === undefined) return [];
  const { field } = first;
  const isSame = (a: Operation, b: Operation) => a.action === b.action && isDeepStrictEqual(a.values, b.values);
  const operations = given.filter((own, at) => given.findIndex((one) => isSame(one, own)) === at);
  const of = (action: CustomFieldOperation["action"]) =>
    new Map(operations.filter((one) => one.action === action).flatMap(({ values }) => [...values]));
  const [toAdd, toRemove] = [of("add"), of("remove")];
  const isReplacing = operations.some(({ action }) => action === "set" || action === "unset");
  if ((isReplacing && operations.length > 1) || [...toAdd.keys()].some((key) => toRemove.has(key))) {
    const argument = given.map((one) => one.argument).join(", ");
    const actions = given.map((one) => one.action).join(", ");
    const problem = `conflicting actions on ${quote(field.label)} (${actions}): give one set or unset, or additions and removals of different values`;
    mistakes.push({ argument, problem });
    return [];
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
