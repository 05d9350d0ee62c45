import { isObject } from "../base/json.ts";
import { oncePerObject } from "../base/once.ts";
import { type CustomField, items, type Known } from "../organization/lists.ts";

/** Whether a field holds nothing: Close leaves an unset custom field out, and empties a note to "". */
export function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)
  );
}

/** A field's several values; a single one counts as a list of one, none as an empty list. */
export function listOf(value: unknown): readonly unknown[] {
  if (isEmpty(value)) return [];
  return Array.isArray(value) ? value : [value];
}

/** What a field's values are, and so how two of them are compared. Unknown: a custom field whose definition is not known. */
export type Kind = "text" | "number" | "date" | "datetime" | "unknown";

/** The kind of each field that an opportunity can have, custom fields by their definitions. */
export type KindOf = (field: string) => Kind;

/** The kinds of Close's own fields that are not text (Close's documentation). */
const ownKinds: ReadonlyMap<string, Kind> = new Map([
  ["date_won", "date"],
  ["date_lost", "datetime"],
  ["date_created", "datetime"],
  ["date_updated", "datetime"],
  ["value", "number"],
  ["confidence", "number"],
  ["expected_value", "number"],
  ["annualized_value", "number"],
  ["annualized_expected_value", "number"],
]);

/** The kinds of custom fields by the type in their definition; every other type is one of text or ids. */
const customKinds: ReadonlyMap<string, Kind> = new Map([
  ["number", "number"],
  ["date", "date"],
  ["datetime", "datetime"],
]);

/** Returns the kind of every field, as far as the organization's custom fields are known. */
export function kindsIn({ customFields }: Pick<Known, "customFields">): KindOf {
  return kindsOf(items(customFields));
}

const kindsOf = oncePerObject((customFields: readonly CustomField[]): KindOf => {
  const custom = new Map(
    customFields.map(({ id, type }) => [`custom.${id}`, customKinds.get(type) ?? "text"]),
  );
  return (field) => {
    if (field.startsWith("custom.")) return custom.get(field) ?? "unknown";
    return ownKinds.get(field) ?? "text";
  };
});

/**
 * Whether two values of a field mean the same in Close: dates by their day, datetimes by their instant, numbers and
 * numeric text by number, text without the space around it and its kind of line ends, lists as sets (recorded traffic shows
 * each of these changing its spelling on the way through). Takes time in proportion to the size of the values.
 */
export function same(a: unknown, b: unknown, kind: Kind): boolean {
  if (a === b) return true;
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (Array.isArray(a) || Array.isArray(b)) {
    return isSameList(listOf(a), listOf(b), kind, meaning);
  }
  const shared = sharedKind(a, b, kind);
  return meaning(a, shared) === meaning(b, shared);
}

/**
 * Whether two values of a field are the same to the letter: what `same` forgives may be just the correction that is
 * asked for. Only lists have no order, and datetimes are one instant in any offset.
 */
export function identical(a: unknown, b: unknown, kind: Kind): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return isSameList(a, b, kind, spelling);
  }
  return spelling(a, kind) === spelling(b, kind);
}

/** Values of one field, each once: whether one of them means the same as another value is known without a search. */
export class ValueSet {
  readonly #kind: Kind;
  readonly #keyOf: (value: unknown, kind: Kind) => string;
  readonly #keys: Set<string>;

  constructor(values: readonly unknown[], kind: Kind, keyOf = meaning) {
    this.#kind = kind;
    this.#keyOf = keyOf;
    this.#keys = new Set(values.map((value) => keyOf(value, kind)));
  }

  has(value: unknown): boolean {
    return this.#keys.has(this.#keyOf(value, this.#kind));
  }

  /** The different values that the set holds, as what they are compared by. */
  get keys(): ReadonlySet<string> {
    return this.#keys;
  }
}

function isSameList(
  left: readonly unknown[],
  right: readonly unknown[],
  kind: Kind,
  keyOf: typeof meaning,
): boolean {
  const isSameAt = (value: unknown, at: number) => value === right[at] || json(value) === json(right[at]);
  if (left.length === right.length && left.every(isSameAt)) return true;
  return hasSameKeys(new ValueSet(left, kind, keyOf).keys, new ValueSet(right, kind, keyOf).keys);
}

/** Whether a field's value, one or several, has this one among them. */
export function includesValue(held: unknown, value: unknown, kind: Kind): boolean {
  return listOf(held).some((one) => same(one, value, kind));
}

/** Whether two sets hold the same, or two maps have the same keys. */
export function hasSameKeys(left: Keys, right: Keys): boolean {
  return left.size === right.size && [...left.keys()].every((key) => right.has(key));
}

type Keys = Pick<ReadonlySet<string>, "size" | "keys" | "has">;

/** A field in which Close shows a number is a number field, whether its definition is known or not. */
function sharedKind(a: unknown, b: unknown, kind: Kind): Kind {
  return kind === "unknown" && (typeof a === "number" || typeof b === "number") ? "number" : kind;
}

/** What a single value is compared by if its spelling does not matter: equal for values that mean the same. */
function meaning(value: unknown, kind: Kind): string {
  if (typeof value !== "string") return json(value);
  if (kind === "number" && isNumeric(value)) return json(Number(value));
  if (kind === "date") return json(dayOf(value) ?? tidy(value));
  if (kind === "datetime") return instantOf(value) ?? json(tidy(value));
  return json(tidy(value));
}

/** What a single value is compared by if its spelling matters. */
function spelling(value: unknown, kind: Kind): string {
  const instant = kind === "datetime" && typeof value === "string" ? instantOf(value) : undefined;
  return instant ?? json(value);
}

/** As JSON whose objects have their keys in one order. */
function json(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return JSON.stringify(value, (_key, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

/** The day, `YYYY-MM-DD`, that a date or a datetime is written with. */
function dayOf(text: string): string | undefined {
  return /^\d{4}-\d{2}-\d{2}(?=T|$)/.exec(text)?.[0];
}

/** The same text for every spelling of an instant; only a full date and time with its offset is one. */
function instantOf(text: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T[\d:.]{5,20}(?:Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : `@${milliseconds}`;
}

function tidy(text: string): string {
  return text.replace(/\r\n?/g, "\n").trim();
}

/** Whether the text is a decimal number, with an exponent or without. */
export function isNumeric(text: string): boolean {
  return /^\s*-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text);
}
