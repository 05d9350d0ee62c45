import { asText, isNullText } from "../../base/text.ts";
import { type Field, fieldOf, isCustom } from "../fields.ts";
import { storedNote } from "../note.ts";
import { type Opportunity, statusTypeOf } from "../opportunity.ts";
import { identical, isEmpty, keysOf, listOf } from "../values.ts";
import { type CustomFieldOperation, type UpdateArguments, updateArguments } from "./arguments.ts";
import { isEdited, isSetByClose } from "./close-rules.ts";
import { type Edit, includesField, type Transition } from "./edit.ts";

/** What brings one field back: one argument with its value. */
type Part = Partial<UpdateArguments>;

/** What a call takes: Close may hold what no argument does. */
const sendable = updateArguments.omit({ id: true }).strict();

/**
 * The update that brings back what the transition changed, what Close changed along with it included; undefined if nothing
 * changed, or the state before is not known. It is refused if the opportunity changes after this transition. `lost` is what
 * people call the fields that no argument can bring back.
 */
export function undoOf(transition: Transition): { undo: UpdateArguments | undefined; lost: string[] } {
  const { before, after } = transition;
  if (before === undefined) return { undo: undefined, lost: [] };
  const parts: Part[] = [];
  const lost: string[] = [];
  for (const edit of changedBy(transition, before)) {
    const part = sendable.safeParse(partFor(edit, before, after));
    if (part.success) parts.push(part.data);
    else lost.push(edit.field.label);
  }
  if (parts.length === 0) return { undo: undefined, lost };
  const clear = parts.flatMap((part) => part.clear ?? []);
  const custom_fields = parts.flatMap((part) => part.custom_fields ?? []);
  const undo = updateArguments.safeParse({
    id: before.id,
    ...Object.assign({}, ...parts),
    ...(custom_fields.length > 0 && { custom_fields }),
    ...(clear.length > 0 && { clear }),
    expected_date_updated: after.date_updated ?? "",
  });
  return { undo: undo.data, lost };
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
    const isAlong = isChanged(field) && isSetByClose(field, { ...states, edits });
    const isMeant = !isEdited(key, changed) && (isAlong || (key === "date_won" && winsAgain));
    return isMeant ? [{ field, action: "set", value: undefined }] : [];
  };
  // Close stamps a new day on what is lost, and takes it away by itself from what is not.
  return [...changed, ...along("date_won"), ...(isEmpty(before.date_lost) ? [] : along("date_lost"))];
}

function isNote({ key }: Field): boolean {
  return key === "note" || key === "note_html";
}

/** What brings the field back, whether a call takes it or not. */
function partFor({ field, action, value }: Edit, before: Opportunity, after: Opportunity): unknown {
  const { key } = field;
  const held = before[key];
  if (isNote(field)) {
    const stored = storedNote(before);
    const isOfForm = typeof before.note === "string" && before.note === after.note;
    if (isOfForm && typeof before.note_html === "string") return { note_html: before.note_html };
    if (stored?.text === "") return { clear: ["note"] };
    // What stands for null would count as not given: it can be brought back as rich text only.
    if (stored && isNullText(stored.text)) return { note_html: before.note_html };
    return stored && { [stored.field]: stored.text };
  }
  // One addition or removal is taken back by itself: what others did to the list stays.
  if (action === "add") return { custom_fields: [operation(field, "remove", [value])] };
  if (action === "remove")
    return { custom_fields: isPossible(value, field) ? [operation(field, "add", [value])] : null };
  if (isCustom(key)) return { custom_fields: replacing(field, held, after[key]) };
  if (!includesField(before, key)) return undefined;
  if (isEmpty(held)) return { clear: [key] };
  // Older answers have the day of the win with a time.
  return { [key]: key === "date_won" ? asText(held).slice(0, 10) : held };
}

/** A choice that was retired since can stay, but not be set again. */
function isPossible(value: unknown, { definition }: Field): boolean {
  return typeof value !== "object" && definition?.choices?.includes(asText(value)) !== false;
}

/** Of several values only those that differ. */
function replacing(field: Field, before: unknown, after: unknown): CustomFieldOperation[] | null {
  if (isEmpty(before)) return [operation(field, "unset")];
  const arePossible = (values: readonly unknown[]) => values.every((value) => isPossible(value, field));
  if (!Array.isArray(before) || isEmpty(after)) {
    return arePossible(listOf(before)) ? [operation(field, "set", listOf(before))] : null;
  }
  const without = (list: unknown, other: unknown) => {
    const keys = keysOf(other, field.kind);
    return listOf(list).filter((one) => ![...keysOf(one, field.kind)].some((key) => keys.has(key)));
  };
  const [gone, came] = [without(before, after), without(after, before)];
  if (!arePossible(gone)) return null;
  return [
    ...(gone.length > 0 ? [operation(field, "add", gone)] : []),
    ...(came.length > 0 ? [operation(field, "remove", came)] : []),
  ];
}

function operation({ key }: Field, action: CustomFieldOperation["action"], values?: readonly unknown[]) {
  return { field: key.slice("custom.".length), action, ...(values && { value: values.map(asText) }) };
}
