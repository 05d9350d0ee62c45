import { beginning, quote } from "../base/text.ts";
import type { Known, ListName } from "../organization/lists.ts";
import { joined } from "../organization/matching.ts";
import { formatValue } from "./money.ts";

/*
 * What a call that succeeded still has to say, a sentence each.
 */

/** Close's answer shows another value than was sent. `by`: the name of who updated it last, if that was somebody else. */
export function notShown(
  field: string,
  key: string,
  sent: string,
  shown: string,
  by: string | undefined,
): string {
  return `Close accepted the request but does not show what was sent: ${wasSent(field, key, sent)} and is ${shown}.${lastUpdatedBy(by)}`;
}

/** Close's answer leaves out a field that was sent. */
export function notIncluded(field: string, key: string, sent: string, missing: string): string {
  return `Close accepted the request, but its answer does not include ${missing}: ${wasSent(field, key, sent)}.`;
}

/** A won status was set without `date_won`, which is not today. Days are `YYYY-MM-DD`. */
export function wonOnAnotherDay(dateWon: string, today: string, timeZone: string): string {
  return `The status is won but date_won is ${dateWon}, not today (${today} in ${timeZone}): Close fills date_won only if it is empty. If it was won today, send date_won ${today}.`;
}

/** An opportunity is won on a day that has not come yet. */
export function wonInFuture(dateWon: string, today: string, timeZone: string): string {
  return `The status is won but date_won is ${dateWon}, which is after today (${today} in ${timeZone}).`;
}

/** `value` became exactly 100 times or a hundredth of what it was. Both are in cents. */
export function centsForDollars(
  from: number,
  to: number,
  currency: string | undefined,
  period: string | undefined,
): string {
  const money = (cents: number) => `${formatValue(cents, currency, period)} (${cents} cents)`;
  const factor = to > from ? "100 times" : "a hundredth of";
  return `value went from ${money(from)} to ${money(to)}, exactly ${factor} what it was: value is in cents. Check that dollars and cents were not mixed up.`;
}

/** The update moved the opportunity to another pipeline. */
export function movedToPipeline(from: string, to: string): string {
  return `The status belongs to another pipeline, so the opportunity moves from pipeline ${quote(from)} to ${quote(to)}. If that is not wanted, set a status of ${quote(from)}.`;
}

/** A custom field has lost values that nobody asked to remove. */
export function valuesGone(field: string, values: readonly string[]): string {
  return `${quote(field)} no longer holds ${shortList(values)}, although that was not asked for: make sure that nothing is lost.`;
}

/** A custom field has got values that nobody asked to add. */
export function valuesCame(field: string, values: readonly string[]): string {
  return `${quote(field)} now holds ${shortList(values)} as well, although that was not asked for: somebody or something else added it in the meantime.`;
}

/** Fields changed that were not asked for, and no rule of Close's explains it. `by`: the name of who did it, if known. */
export function changedMeanwhile(fields: readonly string[], by: string | undefined): string {
  return `Changed by somebody or something else in the meantime: ${shortList(fields)}.${lastUpdatedBy(by)}`;
}

function lastUpdatedBy(name: string | undefined): string {
  return name === undefined ? "" : ` The opportunity was last updated by ${quote(name)}.`;
}

/** No argument brings these fields back. */
export function cannotBeUndone(fields: readonly string[]): string {
  return `undo cannot bring back what was in ${shortList(fields)}.`;
}

/** A zero came together with empty texts. */
export function zeroBesideBlanks(field: string, was: string, blank: readonly string[]): string {
  return `${field} was given as 0, and ${joined(blank, (name) => name)} as empty text. Before, ${field} was ${was}: if the 0 was only filled in as well, set it back.`;
}

/** Values to add to a custom field are there already. */
export function alreadyHeld(field: string, values: readonly string[]): string {
  return `${quote(field)} already holds ${shortList(values)}: nothing to add.`;
}

/** Values to remove from a custom field are not there. */
export function notHeld(field: string, values: readonly string[]): string {
  return `${quote(field)} does not hold ${shortList(values)}: nothing to remove.`;
}

/** Custom fields were given by id, and their definitions could not be read. */
export function uncheckedCustomFields(reason: string): string {
  return `The custom fields could not be read (${reason}), so the custom-field operations were not checked.`;
}

/** `status_id` is an id that no pipeline has. */
export function unknownStatus(id: string): string {
  return `No pipeline has a status ${id}: Close will probably refuse it.`;
}

/** The opportunity could not be read before the update. */
export function unreadBefore(problem: string): string {
  return `The opportunity could not be read before the update, so changes lists what was asked for without the values before, and there is no undo. ${problem}`;
}

/** The opportunity could not be read, and nothing was changed, or that is not known. */
export function unreadOpportunity(problem: string): string {
  return `The opportunity could not be read before the update. ${problem}`;
}

/** Close's answer was lost, and reading the opportunity back showed that the update took effect. */
export function answerLost(problem: string): string {
  return `Close's answer to the update was lost, but the opportunity was read back and shows it. ${problem}`;
}

/** What follows a write that has taken effect did not succeed. */
export function failedAfterwards(what: string, error: unknown): string {
  return `The update went through, but ${what} failed: ${String(error)}.`;
}

/** The audit file could not take the write, which is neither blocked nor hidden by that. */
export function notInAuditFile(reason: string): string {
  return `The audit file does not hold this write: ${reason}.`;
}

/** Close answered with fields in a form that the output schema does not allow. */
export function movedAsUnexpected(fields: readonly string[]): string {
  return `Close answered with fields in an undocumented form, moved under unexpected: ${fields.join(", ")}.`;
}

/** The opportunity has more fields than are compared. */
export function fieldsNotCompared(most: number): string {
  return `The opportunity has more than ${most} fields: of the others, only those asked for were compared.`;
}

/** More fields differ than a result lists. */
export function moreChanges(count: number, most: number): string {
  return `Only the first ${most} of ${count} changes are listed.`;
}

/** `lead_name` matches no lead that has opportunities. */
export function noLeadNamed(name: string): string {
  return `No lead with opportunities has a word starting with ${quote(name)} in its name.`;
}

/** The same, if Close refused to find leads by the start of words. */
export function noLeadWithWords(name: string): string {
  return `No lead has the words ${quote(name)} in its name.`;
}

/** `lead_name` matches more leads than are searched. */
export function tooManyLeads(max: number, name: string): string {
  return `More than ${max} leads match lead_name ${quote(name)}; only the ${max} newest were searched. Use more of the name.`;
}

/** Close refused to find leads by the start of words. */
export function wholeWordsOnly(name: string): string {
  return `Close refused to search for the start of words, so lead_name ${quote(name)} was matched by whole words only.`;
}

/** Close's list holds entries that are no objects. */
export function unreadableEntries(count: number): string {
  return `Close's list has ${count === 1 ? "an entry" : `${count} entries`} that could not be read: left out here.`;
}

/** `get_opportunity` could not read Close's event log. */
export function unreadHistory(problem: string): string {
  return `The history could not be read: ${problem}`;
}

/** Close does not show the values of older changes to users who are not admins. */
export function hiddenValues(): string {
  return "Close shows values of changes older than an hour to admins only: some changes in history have no from and to.";
}

/** A sentence for each of these lists that could not be read. */
export function unreadLists(known: Partial<Known>): string[] {
  return nouns.flatMap(([list, noun]) => {
    const lookup = known[list];
    return lookup?.state === "failed" ? [`The ${noun} could not be read: ${lookup.reason}`] : [];
  });
}

const nouns: readonly (readonly [ListName, string])[] = [
  ["customFields", "custom fields"],
  ["pipelines", "pipelines"],
  ["users", "users"],
  ["contacts", "contacts"],
  ["me", "key's user"],
];

function wasSent(field: string, key: string, value: string): string {
  const name = field.startsWith(key) ? field : `${quote(field)} (${key})`;
  return `${name} was sent as ${value}`;
}

/** At most twenty of the texts, each short and in quotes. */
function shortList(texts: readonly string[]): string {
  const shown = texts.slice(0, 20).map((text) => quote(beginning(text, 100)));
  return texts.length > shown.length ? `${shown.join(", ")} … (${texts.length})` : shown.join(", ");
}
