import { asText } from "../../base/text.ts";
import { type Field, fieldOf, isCustom } from "../fields.ts";
import { storedNote } from "../note.ts";
import { type Opportunity, statusTypeOf } from "../opportunity.ts";
import { identical, isEmpty, keyOf, keysOf, listOf } from "../values.ts";
import { clearableFields, updateArguments } from "./arguments.ts";
import { isEdited, isSetByClose } from "./close-rules.ts";
import { type Edit, heldBy, includesField, isNote, type Transition } from "./edit.ts";

/**
 * The edits that bring back what the transition changed, by Close as well, each with the value that it expects to find;
 * none if the state before is not known. `lost` is what people call the fields that cannot be brought back.
 */
export function undoOf(transition: Transition): { undo: readonly Edit[]; lost: readonly string[] } {
  const { before } = transition;
  if (before === undefined) return { undo: [], lost: [] };
  const changed = changedBy(transition, before);
  const inverses = changed.map((edit) => inverseOf(edit, { ...transition, before }));
  const lost = changed.filter((_, at) => inverses[at] === undefined).map(({ field }) => field.label);
  return { undo: inverses.flatMap((edits) => edits ?? []), lost };
}

/** The edits that had an effect, or may have if the answer does not show their fields, and what Close did with them. */
function changedBy({ edits, ...states }: Transition, before: Opportunity): Edit[] {
  const { after, known } = states;
  const isChanged = ({ key, kind }: Field) => !includesField(after, key) || !identical(before[key], after[key], kind);
  const changed = edits.filter(({ field }) => {
    if (!isNote(field)) return isChanged(field);
    const forms = ["note", "note_html"].filter((key) => includesField(after, key));
    return forms.length === 0 || forms.some((key) => isChanged(fieldOf(key, known)));
  });
  // Close would fill the date of the win with the day of the undoing, or keep one that was set since.
  const winsAgain = isEdited("status_id", changed) && statusTypeOf(before, known) === "won";
  const along = (key: string): Edit[] => {
    const field = fieldOf(key, known);
    const isByClose = isEdited("status_id", edits) && isSetByClose(field, { ...states, edits, before });
    const isAlong = (isByClose && isChanged(field)) || (key === "date_won" && winsAgain);
    return isAlong && !isEdited(key, changed) ? [{ field, action: "set", value: undefined }] : [];
  };
  // Close stamps a new day on what is lost, and takes it away by itself from what is not.
  const lost = isEmpty(before.date_lost) ? [] : along("date_lost");
  return [...changed, ...along("date_won"), ...along("confidence"), ...lost];
}

/** What brings the field back; undefined if nothing does. */
function inverseOf(edit: Edit, { before, after, known }: Transition & { before: Opportunity }): Edit[] | undefined {
  const { field, action, value } = edit;
  const { key } = field;
  const expected = heldBy(after, field);
  const set = (to: unknown, of = field): Edit[] => [{ field: of, action: "set", value: to, expected }];
  // One addition or removal is taken back by itself: what others did to the list stays.
  if (action === "add") return [{ field, action: "remove", value }];
  if (action === "remove") return isPossible(value, field) ? [{ field, action: "add", value }] : undefined;
  const held = before[key];
  if (isNote(field)) {
    // The form alone was changed.
    const { note, note_html: html } = before;
    const isOfForm = typeof note === "string" && note === after.note && typeof html === "string";
    const stored = isOfForm ? { field: "note_html", text: html } : storedNote(before);
    return stored && set(stored.text, fieldOf(stored.field, known));
  }
  if (isCustom(key)) {
    const [were, are] = [listOf(held), listOf(after[key])];
    const [gone, came] = [without(were, are, field), without(are, were, field)];
    if (!gone.every((one) => isPossible(one, field))) return undefined;
    if (!Array.isArray(held) && !Array.isArray(after[key])) return set(isEmpty(held) ? null : held);
    return [
      ...gone.map((one): Edit => ({ field, action: "add", value: one })),
      ...came.map((one): Edit => ({ field, action: "remove", value: one })),
    ];
  }
  if (!includesField(before, key)) return undefined;
  if (isEmpty(held)) return clearableFields.some((field) => field === key) ? set(null) : undefined;
  // Older answers have the day of the win with a time.
  const back = key === "date_won" ? asText(held).slice(0, 10) : held;
  return sendableFields.safeParse({ [key]: back }).success ? set(back) : undefined;
}

/** What Close takes of its own fields: its answer may hold what it does not. */
const sendableFields = updateArguments.omit({ id: true }).strict();

function without(values: readonly unknown[], others: readonly unknown[], { kind }: Field): readonly unknown[] {
  const keys = keysOf(others, kind);
  return values.filter((value) => !keys.has(keyOf(value, kind)));
}

/** A choice that was retired since can stay, but not be set again. */
function isPossible(value: unknown, { definition }: Field): boolean {
  return typeof value !== "object" && definition?.choices?.includes(asText(value)) !== false;
}
