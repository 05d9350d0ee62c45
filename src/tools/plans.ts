import type { ToolContext } from "../mcp/tool.ts";
import { textOf } from "../opportunity/opportunity.ts";
import { closes } from "../opportunity/plans/consent.ts";
import { expecting, type Plan, rowFor } from "../opportunity/plans/plan.ts";
import { changeSentence, undoSentence } from "../opportunity/plans/sentence.ts";
import type { UpdateOutcome } from "../opportunity/update/result.ts";

/** The previews among updates, each with whether it closes the opportunity, or moves it away. */
export function previewsAmong(updates: readonly UpdateOutcome[], { names }: ToolContext) {
  const previews = updates.filter((update) => update.kind === "preview");
  return previews.map((preview) => {
    return { ...preview, isClosing: closes(preview.opportunity, preview.after, names.known()) };
  });
}

/** Keeps the plan of what was previewed. Returns its sentence; undefined if nothing would change. */
export function keepChanges(
  previews: ReturnType<typeof previewsAmong>,
  about: Pick<Plan, "reason" | "maxFailures">,
  { plans, names }: ToolContext,
): string | undefined {
  if (previews.length === 0) return undefined;
  const rows = previews.map(({ id, opportunity, asked, isClosing }) =>
    rowFor(id, expecting(asked, opportunity), isClosing),
  );
  return plans.keep({ ...about, kind: "change", rows }, (word) => changeSentence(previews, names.known(), word))
    .sentence;
}

/** Keeps the plan of taking back what was updated, the last first. Returns its sentence; undefined if nothing can be. */
export function keepUndo(updates: readonly UpdateOutcome[], { plans }: ToolContext): string | undefined {
  const undoable = updates.filter((update) => update.kind === "updated").filter(({ undo }) => undo.length > 0);
  if (undoable.length === 0) return undefined;
  const rows = undoable.map(({ id, undo }) => rowFor(id, undo, false)).toReversed();
  const leads = undoable.map(({ id, opportunity }) => textOf(opportunity, "lead_name") ?? id);
  const restores = [...new Set(undoable.flatMap((update) => update.restores ?? []))];
  return plans.keep({ kind: "undo", rows }, (word) => undoSentence(leads, restores, word)).sentence;
}
