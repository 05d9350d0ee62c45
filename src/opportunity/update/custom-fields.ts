import { quote } from "../../base/text.ts";
import type { CustomField, Known, ListName, Lookup } from "../../organization/lists.ts";
import { byName, collector, type Mistake, type Naming, type Resolution } from "../../organization/names.ts";
import { distinct, type Kind, kindsIn, listOf, same, ValueSet } from "../compare.ts";
import type { Opportunity } from "../opportunity.ts";
import { alreadyHeld, notHeld, uncheckedCustomFields } from "../warnings.ts";
import type { CustomFieldOperation } from "./arguments.ts";
import { convert, severalValues } from "./custom-field-values.ts";

/** What the custom-field operations of a call come to. */
export type CustomFieldPlan = {
  /** `custom.ID`, `custom.ID.add` and `custom.ID.remove` entries of the request body. */
  body: Readonly<Record<string, unknown>>;
  mistakes: readonly Mistake[];
  warnings: readonly string[];
  /** Lists to read (again) before the rest can be told. */
  lookUps: readonly ListName[];
};

/** An operation whose field and value are known to fit. */
type CheckedOperation = {
  argument: string;
  field: CheckedField;
  action: CustomFieldOperation["action"];
  /** As Close spells them: none for unset, one or more otherwise. */
  values: readonly unknown[];
};

/** `key` is the field's own key in an opportunity; `definition` is absent where the schema could not be read. */
type CheckedField = { key: string; name: string; definition: CustomField | undefined; kind: Kind };

/**
 * Turns operations into entries of the request body, by the rules of Close's update page: `custom.ID` sets
 * (null unsets), `custom.ID.add` and `custom.ID.remove` take one value of a field that accepts several.
 * Several of those for one field become one replacement list, computed from the opportunity as just read.
 */
export function planCustomFields(
  operations: readonly CustomFieldOperation[],
  before: Opportunity | undefined,
  known: Known,
): CustomFieldPlan {
  const { found, mistakes, lookUps } = collector();
  const checked = operations.flatMap((operation, index) => {
    const argument = `custom_fields[${index}]`;
    return found(argument, check(operation, argument, before, known)) ?? [];
  });
  const namesUsers = checked.some(({ field }) => field.definition?.type === "user");
  if (namesUsers && known.users.state === "unread") lookUps.push("users");
  const plans = [...groupByField(checked).values()].map((group) => planField(group, before));
  return {
    body: Object.fromEntries(plans.flatMap((plan) => plan.entries)),
    mistakes: [...mistakes, ...plans.flatMap((plan) => plan.mistakes)],
    warnings: [...uncheckedWarnings(checked, known.customFields), ...plans.flatMap((plan) => plan.warnings)],
    lookUps,
  };
}

function check(
  { field: reference, action, value }: CustomFieldOperation,
  argument: string,
  before: Opportunity | undefined,
  known: Known,
): Resolution<CheckedOperation> {
  const resolution = findField(reference, known.customFields);
  if (!("found" in resolution)) return resolution;
  const field = resolution.found;
  const about = quote(field.name);
  if (action === "unset") {
    return value === undefined
      ? { found: { argument, field, action, values: [] } }
      : { problem: `unset of ${about} takes no value: leave it out, or use set` };
  }
  if (value === undefined || listOf(value).length === 0) {
    return { problem: `${action} of ${about} needs a value; to empty the field use unset` };
  }
  const { definition } = field;
  if (definition === undefined) {
    const values = action === "set" ? [value] : listOf(value);
    return { found: { argument, field, action, values } };
  }
  const several = definition.accepts_multiple_values === true;
  if (action !== "set" && !several) {
    return { problem: `${about} accepts one value only, so ${action} does not apply: use set or unset` };
  }
  const parts = several ? severalValues(value, definition) : listOf(value);
  if (!several && parts.length > 1) {
    return { problem: `${about} accepts one value only, but a list of ${parts.length} was given` };
  }
  const values: unknown[] = [];
  const problems: string[] = [];
  const held = new ValueSet(listOf(before?.[field.key]), field.kind);
  for (const part of parts) {
    // What is held can be removed, a choice that was retired since included.
    const isHeld = action === "remove" && held.has(part);
    const converted = isHeld ? { found: part } : convert(part, definition, known.users);
    if ("lookUp" in converted) return converted;
    if ("problem" in converted) problems.push(converted.problem);
    else values.push(converted.found);
  }
  return problems.length > 0
    ? { problem: problems.join("; ") }
    : { found: { argument, field, action, values: distinct(values, field.kind) } };
}

/** By `cf_…` or `custom.cf_…` id (`lcf_…` in old organizations), or by name. */
function findField(reference: string, customFields: Lookup<CustomField>): Resolution<CheckedField> {
  const id = /^(?:custom\.)?(l?cf_[A-Za-z0-9]+)$/.exec(reference.trim())?.[1];
  if (customFields.state === "failed" && id !== undefined) {
    return { found: { key: `custom.${id}`, name: id, definition: undefined, kind: "unknown" } };
  }
  const resolution = byName(customFields, id ?? reference, fieldNaming);
  if (!("found" in resolution)) return resolution;
  const definition = resolution.found;
  const key = `custom.${definition.id}`;
  return { found: { key, name: definition.name, definition, kind: kindsIn({ customFields })(key) } };
}

const fieldNaming: Naming<CustomField> = {
  list: "customFields",
  noun: "custom field",
  id: "cf_…",
  namesOf: [(field) => field.name],
  describe: (field) => `${field.id} (${field.type})`,
};

function groupByField(operations: readonly CheckedOperation[]): Map<string, CheckedOperation[]> {
  const groups = new Map<string, CheckedOperation[]>();
  for (const operation of operations) {
    groups.set(operation.field.key, [...(groups.get(operation.field.key) ?? []), operation]);
  }
  return groups;
}

type FieldPlan = { entries: [string, unknown][]; mistakes: Mistake[]; warnings: string[] };

/** All operations of one call on one field. */
function planField(operations: readonly CheckedOperation[], before: Opportunity | undefined): FieldPlan {
  const [first, ...others] = operations;
  if (first === undefined) return { entries: [], mistakes: [], warnings: [] };
  const { key, name, definition, kind } = first.field;
  if (first.action === "set" || first.action === "unset") {
    if (others.some((other) => other.action !== first.action || !same(other.values, first.values, kind))) {
      return conflict(operations);
    }
    const replacement = definition?.accepts_multiple_values ? first.values : first.values[0];
    return { entries: [[key, first.action === "set" ? replacement : null]], mistakes: [], warnings: [] };
  }
  const added = valuesOf(operations, "add");
  const removed = valuesOf(operations, "remove");
  if (operations.some(({ action }) => action === "set" || action === "unset")) return conflict(operations);
  const isRemoved = new ValueSet(removed, kind);
  if (added.some((value) => isRemoved.has(value))) return conflict(operations);
  if (before === undefined) return planUnseenList(operations, added, removed);

  const list = listOf(before[key]);
  const held = new ValueSet(list, kind);
  const toAdd = added.filter((value) => !held.has(value));
  const toRemove = removed.filter((value) => held.has(value));
  const warnings = [
    ...added.filter((value) => held.has(value)).map((value) => alreadyHeld(name, value)),
    ...removed.filter((value) => !held.has(value)).map((value) => notHeld(name, value)),
  ];
  const single = singleEntry(key, toAdd, toRemove);
  if (single !== undefined || toAdd.length + toRemove.length === 0) {
    return { entries: single === undefined ? [] : [single], mistakes: [], warnings };
  }
  const replacement = [...list.filter((value) => !isRemoved.has(value)), ...toAdd];
  return { entries: [[key, replacement.length === 0 ? null : replacement]], mistakes: [], warnings };
}

/** Where the opportunity could not be read, one addition or removal works; a list cannot be computed. */
function planUnseenList(
  operations: readonly CheckedOperation[],
  added: readonly unknown[],
  removed: readonly unknown[],
): FieldPlan {
  const [first] = operations;
  const entry = first === undefined ? undefined : singleEntry(first.field.key, added, removed);
  if (entry !== undefined) return { entries: [entry], mistakes: [], warnings: [] };
  const problem =
    "several values can be added or removed at once only where the opportunity can be read, and it could not be: give one value a call";
  return { entries: [], mistakes: [{ argument: argumentsOf(operations), problem }], warnings: [] };
}

function singleEntry(
  key: string,
  added: readonly unknown[],
  removed: readonly unknown[],
): [string, unknown] | undefined {
  if (added.length + removed.length !== 1) return undefined;
  return added.length === 1 ? [`${key}.add`, added[0]] : [`${key}.remove`, removed[0]];
}

function valuesOf(operations: readonly CheckedOperation[], action: CheckedOperation["action"]): unknown[] {
  const values = operations
    .filter((candidate) => candidate.action === action)
    .flatMap((operation) => operation.values);
  return distinct(values, operations[0]?.field.kind ?? "unknown");
}

function conflict(operations: readonly CheckedOperation[]): FieldPlan {
  const name = quote(operations[0]?.field.name ?? "");
  const actions = operations.map(({ action }) => action).join(", ");
  const problem = `conflicting actions on ${name} (${actions}): give one set or unset, or additions and removals of different values`;
  return { entries: [], mistakes: [{ argument: argumentsOf(operations), problem }], warnings: [] };
}

function argumentsOf(operations: readonly CheckedOperation[]): string {
  return operations.map(({ argument }) => argument).join(", ");
}

function uncheckedWarnings(
  checked: readonly CheckedOperation[],
  customFields: Lookup<CustomField>,
): string[] {
  if (customFields.state !== "failed" || checked.length === 0) return [];
  return [uncheckedCustomFields(customFields.reason)];
}
