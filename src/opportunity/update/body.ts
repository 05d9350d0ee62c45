import type { JsonObject } from "../../base/json.ts";
import { identical, includesValue, type Kind, type KindOf, same } from "../compare.ts";
import { effectOf, fieldOf } from "../fields.ts";
import type { Opportunity } from "../opportunity.ts";
import { sameForm, words } from "../rich-text.ts";

/** The JSON body of `PUT /opportunity/{id}/` (Close's update page). Money is in cents. */
export type UpdateBody = JsonObject;

/**
 * Whether the opportunity shows what one entry of a request body asks for, `.add` and `.remove` included, in whatever
 * spelling Close uses. A missing key shows nothing, except for custom fields: Close leaves empty ones out. Rich text that
 * Close cleaned up counts as shown: its words are compared, not its form.
 */
export function shows(opportunity: Opportunity, key: string, value: unknown, kindOf: KindOf): boolean {
  return holds(opportunity, key, value, kindOf, same) || isRewrittenNote(opportunity, key, value);
}

/** The same, in which the form of rich text counts too: a note that was made bold is not the one that was not. */
export function showsWithForm(
  opportunity: Opportunity,
  key: string,
  value: unknown,
  kindOf: KindOf,
): boolean {
  if (holds(opportunity, key, value, kindOf, same)) return true;
  const shown = opportunity[key];
  return (
    key === "note_html" && typeof value === "string" && typeof shown === "string" && sameForm(shown, value)
  );
}

/** The same to the letter, by `identical`. */
export function holdsExactly(opportunity: Opportunity, key: string, value: unknown, kindOf: KindOf): boolean {
  return holds(opportunity, key, value, kindOf, identical);
}

function holds(
  opportunity: Opportunity,
  key: string,
  value: unknown,
  kindOf: KindOf,
  equals: (a: unknown, b: unknown, kind: Kind) => boolean,
): boolean {
  const { field, action } = effectOf(key);
  const kind = kindOf(field);
  if (!includesField(opportunity, field)) return false;
  if (action === "set") return equals(opportunity[field], value, kind);
  return includesValue(opportunity[field], value, kind) === (action === "add");
}

/** Whether the opportunity says what the field holds, even if it is empty. */
export function includesField(opportunity: Opportunity, field: string): boolean {
  if (Object.hasOwn(opportunity, field)) return opportunity[field] !== undefined;
  return field.startsWith("custom.");
}

/** Every whole answer of Close's that was recorded has these. */
const inEveryAnswer = ["lead_id", "status_id", "status_label", "value", "confidence", "note", "date_updated"];

/**
 * An answer to an update, or to a read after it, to be compared with the opportunity before. Custom fields that it lacks
 * hold nothing, as Close leaves those out. But from an answer that lacks what every answer has, nothing follows: there
 * they are undefined instead.
 */
export function comparable(
  answer: Opportunity,
  { before = {}, body }: { before?: Opportunity | undefined; body: UpdateBody },
): Opportunity {
  const isWhole = inEveryAnswer.every((field) => field in answer || !(field in before));
  if (isWhole) return answer;
  const fields = [...Object.keys(before), ...Object.keys(body).map(fieldOf)];
  const unknown = fields.filter((field) => field.startsWith("custom.")).map((field) => [field, undefined]);
  return { ...Object.fromEntries(unknown), ...answer };
}

/** Close cleans rich text up, so the answer's spelling differs from what was sent; older answers lack it. */
function isRewrittenNote(opportunity: Opportunity, key: string, value: unknown): boolean {
  if (key !== "note_html" || typeof value !== "string") return false;
  return [opportunity.note_html, opportunity.note].some(
    (shown) => typeof shown === "string" && words(shown) === words(value),
  );
}
