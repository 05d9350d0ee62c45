import { isDeepStrictEqual } from "node:util";
import { joined, quote } from "../base/text.ts";
import { instantOf } from "../base/time-zone.ts";
import { isCustom } from "../opportunity/fields.ts";
import { type Opportunity, textOf } from "../opportunity/opportunity.ts";
import { comparable, type Edit, holdsExactly, shows, showsAfter } from "../opportunity/update/edit.ts";
import type { Loss } from "./http/loss.ts";

/** What became of an update whose answer was lost, as far as the opportunity shows, if it can be read back. */
export type Verdict = "applied" | "not applied" | "unclear" | "unread";

/** What follows from a lost answer: a report to the caller, or another try. */
export type Decision = "updated" | "send again" | "unchanged" | "in doubt";

/** What is done about a lost answer, by the table at `confirmUpdate`. */
export function decide(
  loss: Loss,
  verdict: Verdict,
  { isRepeatable, hasTriesLeft }: { isRepeatable: boolean; hasTriesLeft: boolean },
): Decision {
  if (verdict === "applied") return "updated";
  if (verdict !== "not applied") return "in doubt";
  const isSafeAgain = loss === "failed" || (loss === "open" && isRepeatable);
  if (isSafeAgain && hasTriesLeft) return "send again";
  return loss === "open" ? "in doubt" : "unchanged";
}

/** Whether sending the edits twice does the same as once. Close does not document that for `.add` and `.remove`. */
export function isRepeatable(edits: readonly Edit[]): boolean {
  return edits.every(({ action }) => action === "set");
}

/** `before` is the opportunity as read before it was sent; undefined if it could not be. */
type LostUpdate = { edits: readonly Edit[]; before: Opportunity | undefined; current: Opportunity; ownUser: OwnUser };

/** Whose key it is; without an id if Close does not say. Unread: it could not be asked just now. */
export type OwnUser = { id?: string | undefined; isUnread?: boolean };

/** `showsNew`: whether anything that was asked for shows now and did not before. `finding` is a sentence for the caller. */
export type Judgement = { verdict: Verdict; showsNew: boolean; finding: string };

/**
 * Judges by proof alone. Applied: all that was asked for shows, some of it did not before, and nothing points to another
 * change that could have made it. Not applied: nothing has happened since it was read. Everything else is unclear.
 */
export function judge(lost: LostUpdate): Judgement {
  const { before, edits } = lost;
  const current = comparable(lost.current, before, edits);
  const isNew = (edit: Edit) =>
    before !== undefined && [holdsExactly, shows].some((shown) => shown(current, edit) && !shown(before, edit));
  const showsNew = edits.some(isNew);

  if (before !== undefined && !showsNew && isUntouched(before, current, edits)) {
    return { verdict: "not applied", showsNew, finding: "It has not changed since it was first read." };
  }
  // Reads may be stale.
  if (dateOf(current) < dateOf(before)) {
    return { verdict: "unclear", showsNew: false, finding: "It shows an older state than the one read before." };
  }
  const doubt = doubtAbout({ ...lost, current }, showsNew);
  if (doubt !== undefined) return { verdict: "unclear", showsNew, finding: `It ${doubt}.` };
  return { verdict: "applied", showsNew, finding: "It shows all that was asked for." };
}

/** What speaks against this update being the one that the opportunity shows; undefined if nothing does. */
function doubtAbout({ before, current, edits, ownUser }: LostUpdate, showsNew: boolean): string | undefined {
  const shown = edits.filter((edit) => showsAfter(current, edit, before));
  const missing = edits.filter((edit) => !shown.includes(edit));
  const since = inTheMeantime(before, current);
  if (shown.length === 0) return `does not show the update${since}`;
  if (missing.length > 0) return `shows ${namesOf(shown)}, but not ${namesOf(missing)}${since}`;
  const showsAll = "shows all that was asked for, but";
  if (before !== undefined && !showsNew) return `${showsAll} already did before${since}`;
  const user = textOf(current, "updated_by");
  const byWhom = `${showsAll} it was last changed by ${nameOfUser(current)}`;
  if (user !== undefined && ownUser.id !== undefined && user !== ownUser.id) {
    return `${byWhom}, who may have made the same change`;
  }
  if (user !== undefined && ownUser.isUnread) {
    return `${byWhom}, and whether that is the user of this API key could not be determined`;
  }
  return before === undefined ? `${showsAll} how it was before is not known` : undefined;
}

/** Close dates every change of an opportunity. */
function isUntouched(before: Opportunity, current: Opportunity, edits: readonly Edit[]): boolean {
  const date = textOf(before, "date_updated");
  return (
    date !== undefined &&
    date === textOf(current, "date_updated") &&
    edits.every(({ field: { key } }) => isDeepStrictEqual(before[key], current[key]))
  );
}

function dateOf(state: Opportunity | undefined): number {
  return instantOf(textOf(state, "date_updated") ?? "");
}

/** `; it has been changed since it was first read (by … at …)`, or nothing. */
function inTheMeantime(before: Opportunity | undefined, current: Opportunity): string {
  const date = textOf(current, "date_updated");
  if (before === undefined || date === undefined || date === textOf(before, "date_updated")) return "";
  return `; it has been changed since it was first read (by ${nameOfUser(current)} at ${date})`;
}

function nameOfUser(opportunity: Opportunity): string {
  const name = textOf(opportunity, "updated_by_name") ?? textOf(opportunity, "updated_by");
  return name === undefined ? "an unknown user" : quote(name);
}

/** The arguments that edits come from, as their caller knows them. */
function namesOf(edits: readonly Edit[]): string {
  const names = edits.map(({ field: { key, label } }) => (isCustom(key) ? `custom_fields ${quote(label)}` : key));
  return joined([...new Set(names)], String);
}
