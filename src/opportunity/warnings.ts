import { quote } from "../base/text.ts";
import { formatMoney } from "./money.ts";

/** The sentence of a warning, made of the facts; `when` a result carries it, for the README. */
type Warning<Facts extends readonly unknown[]> = ((...facts: Facts) => string) & { when: string };

function warning<Facts extends readonly unknown[]>(
  when: string,
  sentence: (...facts: Facts) => string,
): Warning<Facts> {
  return Object.assign(sentence, { when });
}

export const notShown = warning(
  "Close accepted the request, but its answer shows another value than was sent",
  (field: string, key: string, sent: string, shown: string) =>
    `Close accepted the request but does not show what was sent: ${wasSent(field, key, sent)} and is ${shown}.`,
);

export const notTold = warning(
  "Close accepted the request, but its answer leaves a field out that was sent",
  (field: string, key: string, sent: string, missing: string) =>
    `Close accepted the request, but its answer does not tell ${missing}: ${wasSent(field, key, sent)}.`,
);

export const wonOnAnotherDay = warning(
  "a won status was set without `date_won`, and `date_won` is not today",
  (dateWon: string, today: string, timeZone: string) =>
    `The status is won but date_won is ${dateWon}, not today (${today} in ${timeZone}): Close fills date_won only where it is empty. If it was won today, send date_won ${today}.`,
);

export const centsForDollars = warning(
  "`value` became exactly 100 times or a hundredth of what it was",
  (from: number, to: number, currency: string | undefined) => {
    const money = (cents: number) => `${formatMoney(cents, currency)} (${cents} cents)`;
    const factor = to > from ? "100 times" : "a hundredth of";
    return `value went from ${money(from)} to ${money(to)}, exactly ${factor} what it was: value is in cents, make sure that dollars and cents were not mixed up.`;
  },
);

export const ignoredAsNotGiven = warning(
  'an argument was null, empty or the text "null"',
  (names: readonly string[]) =>
    `Ignored as not given, because null or empty: ${names.join(", ")}. An empty value never empties a field: that takes clear, or the action unset for a custom field.`,
);

export const ignoredAsOfHost = warning(
  "a host added keys of its own to the arguments",
  (names: readonly string[]) => `Ignored, because hosts add them by themselves: ${names.join(", ")}.`,
);

export const zeroBesideBlanks = warning(
  "a zero came together with empty texts",
  (field: string, was: string, blank: readonly string[]) =>
    `${field} is set to 0; it was ${was}. ${blank.join(", ")} came as empty text: if the 0 was only filled in as well, set ${field} back.`,
);

export const alreadyHeld = warning(
  "a value to add to a custom field is there already",
  (field: string, value: unknown) => `${quote(field)} already holds ${quote(String(value))}: nothing to add.`,
);

export const notHeld = warning(
  "a value to remove from a custom field is not there",
  (field: string, value: unknown) =>
    `${quote(field)} does not hold ${quote(String(value))}: nothing to remove.`,
);

export const uncheckedCustomFields = warning(
  "custom fields were given by id, and their definitions could not be read",
  (reason: string) =>
    `The custom fields could not be read (${reason}), so the custom-field operations were not checked.`,
);

export const unknownStatus = warning(
  "`status_id` is an id that no pipeline has",
  (id: string) => `No pipeline has a status ${id}: Close will probably refuse it.`,
);

export const unreadBefore = warning(
  "the opportunity could not be read before the update",
  (problem: string) =>
    `The opportunity could not be read before the update, so changes lists what was asked for without the values before. ${problem}`,
);

export const answerLost = warning(
  "Close's answer to the update was lost, and reading the opportunity back showed that it took effect",
  (problem: string) =>
    `Close's answer to the update was lost, but the opportunity was read back and shows it. ${problem}`,
);

export const notInAuditFile = warning(
  "the audit file could not take the write, which is neither blocked nor hidden by that",
  (reason: string) => `The audit file does not hold this write: ${reason}.`,
);

export const movedAsUnexpected = warning(
  "Close answered with a field in a form that the output schema does not allow",
  (fields: readonly string[]) =>
    `Close answered with fields of another form than documented, moved under unexpected: ${fields.join(", ")}.`,
);

export const moreChanges = warning(
  "more fields differ than a result lists",
  (count: number, most: number) => `Of ${count} changes the first ${most} are listed.`,
);

export const textsCut = warning(
  "the result is larger than official clients take",
  () => "The result is too large to be passed on whole: long texts are cut.",
);

export const leftOut = warning(
  "the result is larger than that even with its texts cut",
  () => "The result is too large to be passed on: read the opportunity in Close.",
);

export const noLeadNamed = warning(
  "`lead_name` fits no lead",
  (name: string) => `No lead has a name with words that begin as in ${quote(name)}.`,
);

export const tooManyLeads = warning(
  "`lead_name` fits more leads than are looked into",
  (most: number, name: string) =>
    `More than ${most} leads match lead_name ${quote(name)}; the first ${most} were looked into. Give more of the name.`,
);

export const unnamedCustomFields = warning(
  "`get_opportunity` could not read what custom fields are called",
  (reason: string) => `The names of custom fields could not be read (${reason}).`,
);

export const unreadList = warning(
  "`describe_opportunity_fields` could not read one of the lists",
  (list: string, reason: string) => `The ${list} could not be read: ${reason}`,
);

function wasSent(field: string, key: string, value: string): string {
  return `${field} (${key}) was sent as ${value}`;
}
