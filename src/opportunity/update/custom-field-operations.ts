import { quote } from "../../base/text.ts";
import { type FoundField, findField } from "../../organization/custom-fields.ts";
import type { CustomField, Known, ListName, Lookup } from "../../organization/lists.ts";
import { collector, type Mistake, type Resolution } from "../../organization/names.ts";
import { personOrText } from "../../organization/people.ts";
import { hasSameKeys, listOf } from "../compare.ts";
import type { Opportunity } from "../opportunity.ts";
import { alreadyHeld, notHeld, uncheckedCustomFields } from "../warnings.ts";
import type { CustomFieldOperation } from "./arguments.ts";
import { includesField } from "./body.ts";
import { byKey, valueKey } from "./custom-field-values.ts";
import { type GivenOperation, isMistaken, operationValues } from "./operation-values.ts";

/** What the custom-field operations of a call come to. */
export type CustomFieldPlan = {
  /** `custom.ID`, `custom.ID.add` and `custom.ID.remove` entries of the request body. */
  body: Readonly<Record<string, unknown>>;
  mistakes: readonly Mistake[];
  warnings: readonly string[];
  /** Lists to read (again) before the rest can be decided. */
  lookUps: readonly ListName[];
};

/** An operation whose field was found. */
type CheckedOperation = {
  argument: string;
  field: FoundField;
  action: CustomFieldOperation["action"];
  /** As Close spells them: none for unset, one or more otherwise. Undefined if they are mistaken. */
  values: readonly unknown[] | undefined;
};

/**
 * Turns operations into entries of the request body, by the rules of Close's update page: `custom.ID` sets
 * (null unsets), `custom.ID.add` and `custom.ID.remove` take one value of a field that accepts several.
 * Several of those for one field become one replacement list, computed from the opportunity as just read.
 */
export function planCustomFields(
  operations: readonly (GivenOperation | undefined)[],
  before: Opportunity | undefined,
  known: Known,
): CustomFieldPlan {
  const { found, mistakes, lookUps } = collector();
  const checked = operations.flatMap((operation = {}, index): CheckedOperation[] => {
    const argument = `custom_fields[${index}]`;
    const { field: reference, action } = operation;
    if (reference === undefined) return [];
    const field = found(argument, findField(reference, known.customFields));
    if (field === undefined || action === undefined) return [];
    const values = found(
      argument,
      orReadAgain(operationValues(operation, action, field, before, known), known),
    );
    return [{ argument, field, action, values: isMistaken(operation, "value") ? undefined : values }];
  });
  const namesUsers = checked.some(({ field }) => field.definition?.type === "user");
  if (namesUsers && known.users.state === "unread") lookUps.push("users");
  const plans = [...groupByField(checked).values()].map((group) => planField(group, before, known));
  return {
    body: Object.fromEntries(plans.flatMap((plan) => plan.entries)),
    mistakes: [...mistakes, ...plans.flatMap((plan) => plan.mistakes)],
    warnings: [...uncheckedWarnings(checked, known.customFields), ...plans.flatMap((plan) => plan.warnings)],
    lookUps,
  };
}

/** Before a kept list of fields refuses something, it is read again. */
function orReadAgain<T>(resolution: Resolution<T>, { customFields }: Known): Resolution<T> {
  const isStale = "problem" in resolution && customFields.state === "read" && !customFields.fresh;
  return isStale ? { lookUp: "customFields" } : resolution;
}

function groupByField(operations: readonly CheckedOperation[]): Map<string, CheckedOperation[]> {
  const groups = new Map<string, CheckedOperation[]>();
  for (const operation of operations) {
    const group = groups.get(operation.field.key);
    if (group === undefined) groups.set(operation.field.key, [operation]);
    else group.push(operation);
  }
  return groups;
}

type FieldPlan = { entries: [string, unknown][]; mistakes: Mistake[]; warnings: string[] };

/** All operations of one call on one field. */
function planField(
  operations: readonly CheckedOperation[],
  before: Opportunity | undefined,
  known: Known,
): FieldPlan {
  const [first, ...others] = operations;
  if (first === undefined) return { entries: [], mistakes: [], warnings: [] };
  const { key, name, definition } = first.field;
  if (first.action === "set" || first.action === "unset") {
    const wanted = first.values && byKey(first.values, definition);
    const isOther = ({ action, values }: CheckedOperation) =>
      action !== first.action || (wanted && values && !hasSameKeys(byKey(values, definition), wanted));
    if (others.some(isOther)) return conflict(operations);
    if (first.values === undefined) return { entries: [], mistakes: [], warnings: [] };
    const replacement = definition?.accepts_multiple_values ? first.values : first.values[0];
    return { entries: [[key, first.action === "set" ? replacement : null]], mistakes: [], warnings: [] };
  }
  if (operations.some(({ action }) => action === "set" || action === "unset")) return conflict(operations);
  const added = valuesOf(operations, "add");
  const removed = valuesOf(operations, "remove");
  if ([...added.keys()].some((value) => removed.has(value))) return conflict(operations);
  if (before === undefined || !includesField(before, key)) {
    return planUnseenList(operations, [...added.values()], [...removed.values()], before !== undefined);
  }

  const list = listOf(before[key]);
  const held = byKey(list, definition);
  const [toAdd, present] = parted(added, (value) => !held.has(value));
  const [toRemove, absent] = parted(removed, (value) => held.has(value));
  const named = (values: readonly unknown[]) => values.map((value) => personOrText(value, known));
  const warnings = [
    ...(present.length === 0 ? [] : [alreadyHeld(name, named(present))]),
    ...(absent.length === 0 ? [] : [notHeld(name, named(absent))]),
  ];
  const single = singleEntry(key, toAdd, toRemove);
  if (single !== undefined || toAdd.length + toRemove.length === 0) {
    return { entries: single === undefined ? [] : [single], mistakes: [], warnings };
  }
  const kept = list.filter((value) => !removed.has(valueKey(value, definition?.type)));
  const replacement = [...kept, ...toAdd];
  return { entries: [[key, replacement.length === 0 ? null : replacement]], mistakes: [], warnings };
}

/** The values whose keys meet the condition, and the others. */
function parted(
  values: ReadonlyMap<string, unknown>,
  meets: (key: string) => boolean,
): [unknown[], unknown[]] {
  const entries = [...values];
  const of = (wanted: boolean) => entries.filter(([key]) => meets(key) === wanted).map(([, value]) => value);
  return [of(true), of(false)];
}

/**
 * If the list that is held is not known, one addition or removal works; a list cannot be computed.
 *
 * @param isTooLarge the opportunity was read, but not this list of it.
 */
function planUnseenList(
  operations: readonly CheckedOperation[],
  added: readonly unknown[],
  removed: readonly unknown[],
  isTooLarge: boolean,
): FieldPlan {
  const [first] = operations;
  const entry = first === undefined ? undefined : singleEntry(first.field.key, added, removed);
  if (entry !== undefined) return { entries: [entry], mistakes: [], warnings: [] };
  return mistakeOf(
    operations,
    isTooLarge
      ? "the field is too large to be read, so only one value at a time can be added or removed: give one value per call"
      : "the opportunity could not be read, so only one value at a time can be added or removed: call again in a moment, or give one value per call",
    { isPassing: !isTooLarge },
  );
}

function singleEntry(
  key: string,
  added: readonly unknown[],
  removed: readonly unknown[],
): [string, unknown] | undefined {
  if (added.length + removed.length !== 1) return undefined;
  return added.length === 1 ? [`${key}.add`, added[0]] : [`${key}.remove`, removed[0]];
}

function valuesOf(
  operations: readonly CheckedOperation[],
  action: CheckedOperation["action"],
): Map<string, unknown> {
  const values = operations.flatMap((operation) =>
    operation.action === action ? (operation.values ?? []) : [],
  );
  return byKey(values, operations[0]?.field.definition);
}

function conflict(operations: readonly CheckedOperation[]): FieldPlan {
  const name = quote(operations[0]?.field.name ?? "");
  const actions = operations.map(({ action }) => action).join(", ");
  return mistakeOf(
    operations,
    `conflicting actions on ${name} (${actions}): give one set or unset, or additions and removals of different values`,
  );
}

/** One mistake of all the operations on a field. */
function mistakeOf(
  operations: readonly CheckedOperation[],
  problem: string,
  facts: Pick<Mistake, "isPassing"> = {},
): FieldPlan {
  const argument = operations.map(({ argument }) => argument).join(", ");
  return { entries: [], mistakes: [{ argument, problem, ...facts }], warnings: [] };
}

function uncheckedWarnings(
  checked: readonly CheckedOperation[],
  customFields: Lookup<CustomField>,
): string[] {
  if (customFields.state !== "failed" || checked.length === 0) return [];
  return [uncheckedCustomFields(customFields.reason)];
}
