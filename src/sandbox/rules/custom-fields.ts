import type { CustomField, CustomFieldType, CustomValue, Organization } from "../data/records.ts";
import { isDay, normalizeDatetime } from "./time.ts";
import { InvalidValue, idAmong, number, oneOf, text } from "./values.ts";

type Custom = Record<string, CustomValue>;
type Scalar = string | number;
type ReadScalar = (value: unknown, field: CustomField, organization: Organization) => Scalar;

const readers: Record<CustomFieldType, ReadScalar> = {
  text,
  hidden: text,
  number,
  date: (value) => {
    const written = text(value);
    // A datetime sent to a date field comes back as its date (recorded traffic).
    const date = normalizeDatetime(written) === undefined ? written : written.slice(0, 10);
    if (!isDay(date)) throw new InvalidValue("Value must be a date of the form YYYY-MM-DD.");
    return date;
  },
  datetime: (value) => {
    const normalized = normalizeDatetime(text(value));
    if (normalized === undefined) throw new InvalidValue("Value must be an ISO 8601 date and time.");
    return normalized;
  },
  choices: (value, { choices = [] }) => oneOf(...choices)(value),
  // Ids of former users are taken too (Close's documentation).
  user: (value, _field, { users, former }) => idAmong([...users, ...former])(value),
  contact: (value, _field, { contacts }) => idAmong(contacts)(value),
  custom_object: (value, field, { customObjects }) =>
    idAmong(customObjects.filter((object) => object.custom_object_type_id === field.referenced_custom_type_id))(value),
};

/**
 * Carries out one custom-field key of an update's body (Close's update page): `custom.ID` replaces, or unsets
 * with null; `custom.ID.add` and `custom.ID.remove` take one value, if the field accepts several.
 */
export function changeCustom(custom: Custom, key: string, value: unknown, organization: Organization): Custom {
  const [, id, operation] = /^custom\.(\w+)(?:\.(add|remove))?$/.exec(key) ?? [];
  const field = organization.customFields.find((one) => one.id === id);
  if (field === undefined) throw new InvalidValue("Unknown field.");
  const read = (one: unknown) => readers[field.type](one, field, organization);

  if (operation === undefined) {
    return withValue(custom, field, value === null ? [] : replacement(field, value, read));
  }
  if (!field.accepts_multiple_values) throw new InvalidValue("This custom field does not accept multiple values.");
  const one = read(value);
  const others = list(custom[field.id]).filter((other) => other !== one);
  if (operation === "remove") return withValue(custom, field, others);
  const isThere = list(custom[field.id]).includes(one);
  return isThere ? custom : withValue(custom, field, [...others, one]);
}

function replacement(field: CustomField, value: unknown, read: (one: unknown) => Scalar): CustomValue {
  if (!field.accepts_multiple_values) return read(value);
  if (!Array.isArray(value)) throw new InvalidValue("Value must be of list type.");
  return [...new Set(value.map(read))];
}

/** An empty list is no value, and a field without a value has no key. */
function withValue(custom: Custom, field: CustomField, value: CustomValue): Custom {
  const { [field.id]: _previous, ...others } = custom;
  return Array.isArray(value) && value.length === 0 ? others : { ...others, [field.id]: value };
}

function list(value: CustomValue | undefined): Scalar[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
