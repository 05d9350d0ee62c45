import { type CustomField, itemById, type Known, userName } from "../../organization/lists.ts";
import { listOf } from "../compare.ts";
import { type Opportunity, textOf } from "../opportunity.ts";

/** A custom field that the caller wants to see: its key in an opportunity and what it is called. */
export type ShownField = {
  /** `custom.cf_…` */
  key: string;
  /** The id if the name is not known. */
  name: string;
  /** Undefined if the custom fields could not be read. */
  definition: CustomField | undefined;
};

/** The values of these fields by the fields' names, null for none. Users and contacts by name if it is known. */
export function valuesByName(
  opportunity: Opportunity,
  fields: readonly ShownField[],
  known: Known,
): Record<string, unknown> {
  const nameOf = ({ name, key }: ShownField) => {
    const isShared = fields.some((other) => other.name === name && other.key !== key);
    return isShared ? `${name} (${key})` : name;
  };
  return Object.fromEntries(fields.map((field) => [nameOf(field), shownValue(opportunity, field, known)]));
}

function shownValue(opportunity: Opportunity, { key, definition }: ShownField, known: Known): unknown {
  const value = opportunity[key] ?? null;
  const names = listOf(value).map((id) => nameBehind(id, definition?.type, opportunity, known) ?? id);
  if (Array.isArray(value)) return names;
  return names.length === 1 ? names[0] : value;
}

/** Close answers with ids. Of the contacts only the opportunity's own is known by name. */
function nameBehind(
  id: unknown,
  type: string | undefined,
  opportunity: Opportunity,
  { users }: Known,
): string | undefined {
  if (type === "contact" && id === opportunity.contact_id) return textOf(opportunity, "contact_name");
  const user = type === "user" ? itemById(users, id) : undefined;
  return user && userName(user);
}
