import { definitionOf } from "../organization/custom-fields.ts";
import type { Known } from "../organization/lists.ts";

/** Kept by Close about the record itself: no change that anyone asked for. */
export const bookkeeping: ReadonlySet<string> = new Set([
  "date_created",
  "created_by",
  "created_by_name",
  "date_updated",
  "updated_by",
  "updated_by_name",
]);

/** Follow from another field, so that to report them would be to report that field twice. */
export const derived: ReadonlySet<string> = new Set([
  "status_label",
  "status_type",
  "status_display_name",
  "pipeline_name",
  "user_name",
  "contact_name",
  "lead_name",
  "value_formatted",
  "expected_value",
  "annualized_value",
  "annualized_expected_value",
]);

/** What Close itself thinks of an opportunity, on its own schedule. */
export const assessments: ReadonlySet<string> = new Set(["is_stalled", "stall_status", "suggested_action"]);

/** The field that holds what an id stands for. */
const namedBy: ReadonlyMap<string, string> = new Map([
  ["status_id", "status_label"],
  ["pipeline_id", "pipeline_name"],
  ["user_id", "user_name"],
  ["contact_id", "contact_name"],
  ["lead_id", "lead_name"],
]);

const labels: ReadonlyMap<string, string> = new Map([
  ["status_id", "status"],
  ["pipeline_id", "pipeline"],
  ["user_id", "owner"],
  ["contact_id", "contact"],
  ["lead_id", "lead"],
  ["value", "value (cents)"],
]);

/** The field in which Close states what an id field refers to: `status_id` is named by `status_label`. */
export function nameFieldOf(field: string): string | undefined {
  return namedBy.get(field);
}

/** What an entry of a request body does to a field of the opportunity (Close's update page). */
export type Effect = { field: string; action: "set" | "add" | "remove" };

/** `custom.cf_x.add` adds to `custom.cf_x`, and `.remove` removes from it; every other key sets its own field. */
export function effectOf(key: string): Effect {
  const [, field, action] = /^(custom\..+)\.(add|remove)$/.exec(key) ?? [];
  if (field === undefined) return { field: key, action: "set" };
  return { field, action: action === "add" ? "add" : "remove" };
}

/** The opportunity's field that an entry of a request body changes. */
export function fieldOf(key: string): string {
  return effectOf(key).field;
}

/** Types of custom fields whose values are not written freely (Close's documentation). */
const typesWithoutFreeText: ReadonlySet<string> = new Set([
  "number",
  "date",
  "datetime",
  "choices",
  "user",
  "contact",
  "custom_object",
]);

/** Whether the field holds what people write, so that it can look like anything. */
export function isFreeText(field: string, known: Known): boolean {
  if (!field.startsWith("custom.")) return field === "note" || field === "note_html";
  const definition = definitionOf(field, known);
  return definition === undefined || !typesWithoutFreeText.has(definition.type);
}

/** What a person calls the field that a key of an opportunity or of a request body stands for. */
export function labelOf(key: string, known: Known): string {
  const field = fieldOf(key);
  return definitionOf(field, known)?.name ?? labels.get(field) ?? field;
}
