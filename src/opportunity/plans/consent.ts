import type { Known } from "../../organization/lists.ts";
import { type Opportunity, pipelineOf, statusTypeOf } from "../opportunity.ts";

/** When a person has to agree to updates before they are sent, by the names that CLOSE_CONFIRM has for it. */
export const confirmations = ["off", "many", "closing", "all"] as const;
type Confirmation = (typeof confirmations)[number];

/** A call that changes more opportunities needs a person's consent unless that is off. */
const maxUnconfirmed = 10;

/** Whether a person has to agree to these updates, each of one opportunity. */
export function needsConsent(updates: readonly { isClosing: boolean }[], when: Confirmation): boolean {
  if (when === "off" || updates.length === 0) return false;
  if (when === "all" || updates.length > maxUnconfirmed) return true;
  return when === "closing" && updates.some(({ isClosing }) => isClosing);
}

/** Whether the change wins, loses or reopens the opportunity, or moves it to another pipeline. */
export function closes(before: Opportunity, after: Opportunity, known: Pick<Known, "pipelines">): boolean {
  if (before.status_id === after.status_id) return false;
  const [from, to] = [statusTypeOf(before, known), statusTypeOf(after, known)];
  return from !== "active" || to !== "active" || pipelineOf(before, known).id !== pipelineOf(after, known).id;
}
