import type { FoundField } from "../../organization/custom-fields.ts";
import { itemById, type Known, userName } from "../../organization/lists.ts";
import { listOf } from "../compare.ts";
import { type Opportunity, textOf } from "../opportunity.ts";

/** The values of these fields by the fields' names, null for none. Users and contacts by name if it is known. */
export function valuesByName(
  opportunity: Opportunity,
  fields: readonly FoundField[],
  known: Known,
): Record<string, unknown> {
  const nameOf = ({ name, key }: FoundField) => {
    const isShared = fields.some((other) => other.name === name && other.key !== key);
    return isShared ? `${name} (${key})` : name;
  };
  return Object.fromEntries(fields.map((field) => [nameOf(field), shownValue(opportunity, field, known)]));
}

function shownValue(opportunity: Opportunity, { key, definition }: FoundField, known: Known): unknown {
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
