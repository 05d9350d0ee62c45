import { z } from "zod/v3";
import type { Known } from "../../organization/lists.ts";
import { fieldOf } from "../fields.ts";
import { storedNote } from "../note.ts";
import type { Opportunity } from "../opportunity.ts";
import { type Edit, editActions, heldBy, holdsExactly, isNote } from "../update/edit.ts";
import { same } from "../values.ts";

/** Fields go by their keys: a custom field may be renamed before the plan is carried out. */
const planEdit = z.object({
  key: z.string(),
  action: z.enum(editActions),
  value: z.unknown(),
  expected: z.unknown(),
  isComputed: z.boolean().optional(),
});

const planRow = z.object({
  id: z.string(),
  /** Whether it wins, loses or reopens the opportunity, or moves it to another pipeline. */
  isClosing: z.boolean(),
  edits: z.array(planEdit),
});
/** The edits of one opportunity, each with the value that it expects to find. */
export type PlanRow = z.infer<typeof planRow>;

/** Edits of opportunities that can be carried out later, under a sentence that a person can read. */
export const planSchema = z.object({
  /** Changes were previewed; an undo takes back what was done. */
  kind: z.enum(["change", "undo"]),
  /** The plan's name: its sentence's last word. */
  word: z.string(),
  sentence: z.string(),
  /** ISO 8601. */
  madeAt: z.string(),
  /** Why, in the caller's words, unless apply_plan is given another reason. */
  reason: z.string().optional(),
  /** After so many failures the rest is left. */
  maxFailures: z.number().optional(),
  /** In the order in which they are to be carried out. */
  rows: z.array(planRow),
});
export type Plan = z.infer<typeof planSchema>;

/** The row of a plan for these edits. */
export function rowFor(id: string, edits: readonly Edit[], isClosing: boolean): PlanRow {
  return { id, isClosing, edits: edits.map(({ field, ...edit }) => ({ key: field.key, ...edit })) };
}

/** The edits, each with what the opportunity holds as what it expects. What is added or removed expects only itself. */
export function expecting(edits: readonly Edit[], before: Opportunity): Edit[] {
  return edits.map((edit) => (edit.action === "set" ? { ...edit, expected: heldBy(before, edit.field) } : edit));
}

/** The edits of a row, with what is known of their fields. */
export function editsOf({ edits }: PlanRow, known: Known): Edit[] {
  return edits.map(({ key, value, ...edit }) => ({ ...edit, field: fieldOf(key, known), value }));
}

/** The edits whose fields hold neither what they expect nor what they set. */
export function changedSince(edits: readonly Edit[], current: Opportunity): readonly Edit[] {
  const noteKind = storedNote(current)?.field === "note_html" ? "html" : "text";
  return edits.filter((edit) => {
    const { field, expected } = edit;
    if (expected === undefined || holdsExactly(current, edit)) return false;
    return !same(heldBy(current, field), expected, isNote(field) ? noteKind : field.kind);
  });
}
