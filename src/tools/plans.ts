import type { ToolContext } from "../mcp/tool.ts";
import { textOf } from "../opportunity/opportunity.ts";
import { closes } from "../opportunity/plans/consent.ts";
import { expecting, type Plan, rowFor } from "../opportunity/plans/plan.ts";
import { changeSentence, undoSentence } from "../opportunity/plans/sentence.ts";
import type { Row } from "../opportunity/update/many/rows.ts";
import { afterwards } from "./sent-update.ts";

/** The previews among rows, each with whether it closes the opportunity, or moves it away. */
export function previewsAmong(rows: readonly Row[], { names }: ToolContext) {
  const known = names.known();
  return rows.flatMap(({ update }) => {
    if (update?.kind !== "preview") return [];
    const { before = {}, after } = update;
    return [{ ...update, before, isClosing: closes(before, after, known) }];
  });
}

/** Keeps the plan of what was previewed. Returns its sentence; undefined if nothing would change. */
export function keepChanges(
  previews: ReturnType<typeof previewsAmong>,
  asked: Pick<Plan, "reason" | "maxFailures">,
  { plans, names }: ToolContext,
): string | undefined {
  if (previews.length === 0) return undefined;
  const rows = previews.map(({ id, before, wanted, isClosing }) =>
    rowFor(id, before, expecting(wanted, before), isClosing),
  );
  return plans.keep({ ...asked, kind: "change", rows }, (word) => changeSentence(previews, names.known(), word))
    .sentence;
}

/** Keeps the plan of taking back what was updated, the last first. Its sentence is undefined if nothing can be. */
export function keepUndo(rows: readonly Row[], { plans }: ToolContext) {
  return afterwards("keeping the plan of taking it back", undefined, () => {
    const updates = rows.flatMap(({ update }) =>
      update?.kind === "updated" && update.undo.length > 0 ? [update] : [],
    );
    if (updates.length === 0) return undefined;
    const undone = updates.map(({ id, after, undo }) => rowFor(id, after, undo, false)).toReversed();
    const leads = updates.map(({ id, after }) => textOf(after, "lead_name") ?? id);
    const restores = [...new Set(updates.flatMap((update) => update.restores ?? []))];
    return plans.keep({ kind: "undo", rows: undone }, (word) => undoSentence(leads, restores, word)).sentence;
  });
}
