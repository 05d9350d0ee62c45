import type { InPart } from "../../base/in-part.ts";
import { isNullText, isRedacted, quote } from "../../base/text.ts";
import { type FoundField, findField } from "../../organization/custom-fields.ts";
import type { CustomField, Known, ListName, Lookup } from "../../organization/lists.ts";
import { collector, type Mistake, type Resolution } from "../../organization/names.ts";
import { hasSameKeys, isNumeric, listOf } from "../compare.ts";
import type { Opportunity } from "../opportunity.ts";
import { alreadyHeld, notHeld, uncheckedCustomFields } from "../warnings.ts";
import { type CustomFieldOperation, maxValues } from "./arguments.ts";
import { includesField } from "./body.ts";
import { convert, severalValues, valueKey } from "./custom-field-values.ts";

/** What the custom-field operations of a call come to. */
export type CustomFieldPlan = {
  /** `custom.ID`, `custom.ID.add` and `custom.ID.remove` entries of the request body. */
  body: Readonly<Record<string, unknown>>;
  mistakes: readonly Mistake[];
  warnings: readonly string[];
  /** Lists to read (again) before the rest can be decided. */
  lookUps: readonly ListName[];
};

/** An operation whose field there is. */
type CheckedOperation = {
  argument: string;
  field: FoundField;
  action: CustomFieldOperation["action"];
  /** As Close spells them: none for unset, one or more otherwise. Undefined if they are mistaken. */
  values: readonly unknown[] | undefined;
};

/** An operation as far as it could be read. */
type GivenOperation = InPart<CustomFieldOperation>;

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
    const values = found(argument, orReadAgain(spelled(operation, action, field, before, known), known));
    return [{ argument, field, action, values: isMistaken(operation, "value") ? undefined : values }];
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

function isMistaken({ mistaken }: GivenOperation, argument: keyof CustomFieldOperation): boolean {
  return mistaken?.includes(argument) ?? false;
}

/** What a kept list of fields does not allow is worth reading it again. */
function orReadAgain<T>(resolution: Resolution<T>, { customFields }: Known): Resolution<T> {
  const isStale = "problem" in resolution && customFields.state === "read" && !customFields.fresh;
  return isStale ? { lookUp: "customFields" } : resolution;
}

/** After this many mistaken values of an operation the others are not checked. */
const maxProblems = 10;

/** An operation's values as Close spells them, each once. */
function spelled(
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
  const problems: { problem: string; valid?: () => string; isPassing?: boolean }[] = [];
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
  if (value === undefined || listOf(value).length === 0 || isWordForNull(value, definition)) {
    return { problem: `${action} of ${about} needs a value; to empty the field use unset` };
  }
  if (definition === undefined) {
    const values = action === "set" ? [asHeld(value, before?.[key])] : value;
    return values.length > maxValues ? tooMany(about, values.length) : { found: values };
  }
  const parts = several ? severalValues(value, definition) : listOf(value);
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

/** The values by what they are compared by: each once, the first of its spellings. */
function byKey(values: readonly unknown[], definition: CustomField | undefined): Map<string, unknown> {
  const keyed = new Map<string, unknown>();
  for (const value of values) {
    const key = valueKey(value, definition?.type);
    if (!keyed.has(key)) keyed.set(key, value);
  }
  return keyed;
}

function withRetired(choices: readonly string[], held: readonly unknown[]): readonly string[] {
  if (held.length === 0) return choices;
  const current = new Set(choices);
  const retired = held.flatMap((value) => (typeof value === "string" && !current.has(value) ? [value] : []));
  return retired.length === 0 ? choices : [...choices, ...retired];
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
function planField(operations: readonly CheckedOperation[], before: Opportunity | undefined): FieldPlan {
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
  const warnings = [
    ...present.map((value) => alreadyHeld(name, value)),
    ...absent.map((value) => notHeld(name, value)),
  ];
  const single = singleEntry(key, toAdd, toRemove);
  if (single !== undefined || toAdd.length + toRemove.length === 0) {
    return { entries: single === undefined ? [] : [single], mistakes: [], warnings };
  }
  const kept = list.filter((value) => !removed.has(valueKey(value, definition?.type)));
  if (kept.some(isRedacted)) {
    return mistakeOf(
      operations,
      "the field holds this server's own credentials, so its list cannot be sent back: give one value per call",
    );
  }
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
    `several values can be added or removed at once only if the ${isTooLarge ? "field can be read, and it is too large" : "opportunity can be read, and it could not be"}: give one value per call`,
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
