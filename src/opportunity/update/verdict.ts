import { isDeepStrictEqual } from "node:util";
import { quote } from "../../base/text.ts";
import type { Known } from "../../organization/lists.ts";
import { joined } from "../../organization/matching.ts";
import { type KindOf, kindsIn } from "../compare.ts";
import { effectOf, fieldOf, labelOf } from "../fields.ts";
import { type Opportunity, textOf } from "../opportunity.ts";
import { comparable, holdsExactly, shows, showsWithForm, type UpdateBody } from "./body.ts";

/** What became of an update whose answer was lost, as far as the opportunity shows when it is read back. */
export type Verdict = "applied" | "not applied" | "unclear";

/**
 * How an answer was lost. Failed: Close itself reported an error, or a proxy a rate limit, so the request is no longer at
 * work. Refused: a proxy in front of Close refused it, and may have passed it on before. Open: there was no answer, or one
 * that does not show what Close did, so the request may still arrive.
 */
export type Loss = "failed" | "refused" | "open";

/** What follows from a lost answer: a report to the caller, or another try. */
export type Decision = "updated" | "send again" | "unchanged" | "in doubt";

/** A body is repeatable if sending it twice does the same as once; otherwise it is to be applied once. */
type Row = { repeatable: Decision; once: Decision; noTryLeft: Decision };

const always = (decision: Decision): Row => ({ repeatable: decision, once: decision, noTryLeft: decision });

/** By how the answer was lost and what reading the opportunity back showed; unread if that failed. */
export const decisions: Readonly<Record<Loss, Readonly<Record<Verdict | "unread", Row>>>> = {
  failed: {
    applied: always("updated"),
    "not applied": { repeatable: "send again", once: "send again", noTryLeft: "unchanged" },
    unclear: always("in doubt"),
    unread: always("in doubt"),
  },
  refused: {
    applied: always("updated"),
    "not applied": always("unchanged"),
    unclear: always("in doubt"),
    unread: always("in doubt"),
  },
  open: {
    applied: always("updated"),
    "not applied": { repeatable: "send again", once: "in doubt", noTryLeft: "in doubt" },
    unclear: always("in doubt"),
    unread: always("in doubt"),
  },
};

/** What is done about a lost answer, by the table of `decisions`. */
export function decide(
  loss: Loss,
  verdict: Verdict | "unread",
  { isRepeatable, hasTriesLeft }: { isRepeatable: boolean; hasTriesLeft: boolean },
): Decision {
  const row = decisions[loss][verdict];
  if (!hasTriesLeft) return row.noTryLeft;
  return isRepeatable ? row.repeatable : row.once;
}

/** Whether sending the body twice does the same as once. Close does not document that for `.add` and `.remove`. */
export function isRepeatable(body: UpdateBody): boolean {
  return Object.keys(body).every((key) => effectOf(key).action === "set");
}

/** An update whose answer was lost, and what can be known about it afterwards. */
export type LostUpdate = {
  body: UpdateBody;
  /** The opportunity as read before; undefined if it could not be. */
  before: Opportunity | undefined;
  /** As read back. */
  current: Opportunity;
  known: Known;
  /** The key's own user. */
  ownUser: OwnUser;
};

/** Whose key it is; without an id if Close does not say. Unread: it could not be asked just now. */
export type OwnUser = { id?: string | undefined; isUnread?: boolean };

/** `finding` is a sentence on what the opportunity shows, for the caller. */
export type Judgement = {
  verdict: Verdict;
  /** Whether anything that was asked for shows now and did not before. */
  showsNew: boolean;
  finding: string;
};

/**
 * Judges by proof alone. Applied: all that was asked for shows, at least some of it did not show before, and nothing
 * points to another change that could have made it. Not applied: nothing has happened to the opportunity since it was
 * read. Everything else is unclear. What showed before proves nothing, and neither do the words of a note if only
 * its form was to change.
 */
export function judge(judged: LostUpdate): Judgement {
  const lost = { ...judged, current: comparable(judged.current, judged) };
  const { before, current, body, known } = lost;
  const entries = Object.entries(body).map(([key, value]) => entryState(lost, key, value, kindsIn(known)));
  const shown = entries.filter(({ isShown }) => isShown);
  const missing = entries.filter(({ isShown }) => !isShown);
  const showsNew = entries.some(({ isNew }) => isNew);

  if (before !== undefined && !showsNew && isUntouched(before, current, body)) {
    return { verdict: "not applied", showsNew, finding: "It has not changed since it was first read." };
  }
  const unclear = (finding: string): Judgement => ({ verdict: "unclear", showsNew, finding });
  if (before !== undefined && isOlder(current, before)) {
    return {
      verdict: "unclear",
      showsNew: false,
      finding: "It shows an older state than the one read before.",
    };
  }
  if (shown.length === 0) return unclear(`It does not show the update${inTheMeantime(before, current)}.`);
  if (missing.length > 0) {
    return unclear(
      `It shows ${namesOf(shown)}, but not ${namesOf(missing)}${inTheMeantime(before, current)}.`,
    );
  }
  if (before !== undefined && !showsNew) {
    return unclear(
      `It shows all that was asked for, but already did before${inTheMeantime(before, current)}.`,
    );
  }
  const doubt = anotherCause(lost);
  if (doubt !== undefined) return unclear(`It shows all that was asked for, but ${doubt}.`);
  return { verdict: "applied", showsNew, finding: "It shows all that was asked for." };
}

type EntryState = { name: string; isShown: boolean; isNew: boolean };

/** From the strictest comparison to the most forgiving one. */
const comparisons = [holdsExactly, showsWithForm, shows];

function entryState(
  { before, current, known }: LostUpdate,
  key: string,
  value: unknown,
  kindOf: KindOf,
): EntryState {
  const isNew =
    before !== undefined &&
    comparisons.some((shown) => shown(current, key, value, kindOf) && !shown(before, key, value, kindOf));
  // The form that Close gives rich text counts as the one asked for only if the words are new.
  const isShown = isNew || showsWithForm(current, key, value, kindOf);
  return { name: argumentFor(key, known), isShown, isNew };
}

/** Close dates every change of an opportunity. */
function isUntouched(before: Opportunity, current: Opportunity, body: UpdateBody): boolean {
  const date = textOf(before, "date_updated");
  return (
    date !== undefined &&
    date === textOf(current, "date_updated") &&
    Object.keys(body).every((key) => isDeepStrictEqual(before[fieldOf(key)], current[fieldOf(key)]))
  );
}

/** What speaks against this update being the one that the opportunity shows; undefined if nothing does. */
function anotherCause({ before, current, ownUser }: LostUpdate): string | undefined {
  const user = textOf(current, "updated_by");
  if (user !== undefined && ownUser.id !== undefined && user !== ownUser.id) {
    return `it was last changed by ${nameOfUser(current)}, who may have made the same change`;
  }
  if (user !== undefined && ownUser.isUnread) {
    return `it was last changed by ${nameOfUser(current)}, and whether that is the user of this API key could not be determined`;
  }
  return before === undefined ? "how it was before is not known" : undefined;
}

/** What Close answers to a read may lag behind what it answered before. */
function isOlder(current: Opportunity, before: Opportunity): boolean {
  const [now, then] = [current, before].map((state) => Date.parse(textOf(state, "date_updated") ?? ""));
  return now !== undefined && then !== undefined && now < then;
}

/** `; it has been changed since it was first read (by … at …)`, or nothing. */
function inTheMeantime(before: Opportunity | undefined, current: Opportunity): string {
  const date = textOf(current, "date_updated");
  if (before === undefined) return "; how it was before is not known";
  if (date === undefined) return "; when it was last changed is not known";
  if (date === textOf(before, "date_updated")) return "";
  return `; it has been changed since it was first read (by ${nameOfUser(current)} at ${date})`;
}

function nameOfUser(opportunity: Opportunity): string {
  const name = textOf(opportunity, "updated_by_name") ?? textOf(opportunity, "updated_by");
  return name === undefined ? "an unknown user" : quote(name);
}

/** The argument that an entry of a request body comes from, as its caller knows it. */
function argumentFor(key: string, known: Known): string {
  const field = fieldOf(key);
  return field.startsWith("custom.") ? `custom_fields ${quote(labelOf(key, known))}` : field;
}

function namesOf(entries: readonly EntryState[]): string {
  return joined([...new Set(entries.map(({ name }) => name))], (name) => name);
}
