import { isDeepStrictEqual } from "node:util";
import { fitting } from "../../base/grouped.ts";
import type { JsonObject } from "../../base/json.ts";
import { asText, firstCharacters, isMoment, joined, quote, truncate } from "../../base/text.ts";
import { localTime } from "../../base/time-zone.ts";
import type { Known } from "../../organization/lists.ts";
import { personName } from "../../organization/people.ts";
import type { Field } from "../fields.ts";
import { formatValue } from "../money.ts";
import { type Opportunity, textOf } from "../opportunity.ts";
import { namedValue } from "../update/changes.ts";
import { isEmpty } from "../values.ts";
import type { FindArguments } from "./filters.ts";

/** The fields of a found opportunity: enough to distinguish it from others and to know its state. */
export const foundFields = [
  ..."id lead_id lead_name status_label status_type pipeline_name value_formatted value value_period".split(" "),
  ..."confidence date_won user_name contact_name date_updated note".split(" "),
];

const maxTextCharacters = 200;

/** What of a found opportunity is shown besides these fields. */
export type Extras = { asked: readonly string[]; shown: readonly Field[] };

/** The opportunity with what tells its owner apart behind the name: a namesake's e-mail address, and that somebody has left. */
export function withOwner(opportunity: Opportunity, known: Known): Opportunity {
  const name = personName(opportunity.user_id, known);
  const stated = textOf(opportunity, "user_name");
  const isMore = name !== undefined && (stated === undefined || name.startsWith(`${stated} (`));
  return isMore ? { ...opportunity, user_name: name } : opportunity;
}

/**
 * A found opportunity: these fields and those it was found by, as far as they hold anything, the beginning of its note, and
 * the custom fields asked for by name.
 */
export function compact(opportunity: Opportunity, { asked, shown }: Extras, known: Known): Opportunity {
  const note = textOf(opportunity, "note") ?? "";
  const isCut = note.length > maxTextCharacters;
  const fields = [...foundFields, ...asked].filter((field) => !isEmpty(opportunity[field]));
  return {
    ...Object.fromEntries(fields.map((field) => [field, opportunity[field]])),
    ...(isCut && { note: firstCharacters(note, maxTextCharacters), note_is_cut: true }),
    ...(shown.length > 0 && { custom_fields: valuesByName(opportunity, shown, known) }),
  };
}

/** What is the same in all of several rows: it is said once. */
export function sharedBy([first = {}, ...others]: readonly Opportunity[]): JsonObject {
  const isShared = ([key, value]: [string, unknown]) =>
    others.length > 0 && others.every((other) => isDeepStrictEqual(other[key], value));
  return Object.fromEntries(Object.entries(first).filter(isShared));
}

/** As many of the rows as have room, in characters, without what is shared, and with the line of each. */
export function shownRows(
  rows: readonly Opportunity[],
  shared: JsonObject,
  line: (row: Opportunity) => string,
  room: number,
) {
  const own = (row: Opportunity) => Object.fromEntries(Object.entries(row).filter(([key]) => !(key in shared)));
  return fitting(
    rows.map((row) => ({ row: own(row), line: line(row) })),
    room,
  );
}

/** Values by the fields' names, null for none; users, and the opportunity's own contact, by name if that is known. Texts are cut. */
function valuesByName(opportunity: Opportunity, fields: readonly Field[], known: Known): JsonObject {
  const [id, name] = [textOf(opportunity, "contact_id") ?? "", textOf(opportunity, "contact_name")];
  const names = { ...known, contacts: [{ id, name }] };
  const shown = (value: unknown) => (typeof value === "string" ? truncate(value, maxTextCharacters) : value);
  return Object.fromEntries(fields.map((field) => [field.reference, shown(namedValue(field, opportunity, names))]));
}

/** Compares opportunities as `_order_by` does, empty values last. */
export function byOrder(order: string): (a: Opportunity, b: Opportunity) => number {
  const field = order.replace(/^-/, "");
  const direction = order.startsWith("-") ? -1 : 1;
  return (a, b) => {
    const [left, right] = [a[field], b[field]];
    const [isLeftEmpty, isRightEmpty] = [left, right].map(isEmpty);
    if (isLeftEmpty || isRightEmpty) return Number(isLeftEmpty) - Number(isRightEmpty);
    if (typeof left === "number" && typeof right === "number") return direction * (left - right);
    return direction * asText(left).localeCompare(asText(right));
  };
}

/** `315 found, 50 shown, skip 50 for more`, as far as it is known. */
export function describeCount(shown: number, total: number | undefined, next: number | undefined): string {
  if (shown === total) return `${total} found`;
  const more = next === undefined ? total === undefined && "there may be more" : `skip ${next} for more`;
  return [total !== undefined && `${total} found`, `${shown} shown`, more].filter(Boolean).join(", ");
}

/** One found opportunity on a line: `oppo_…: "Acme Corp", "Active" ("Sales"), $500, owner "Ada Quist"`. */
export function describeFound(opportunity: Opportunity, asked: readonly string[], timeZone: string): string {
  const of = (field: string) => {
    const text = textOf(opportunity, field);
    return text && truncate(text, maxTextCharacters);
  };
  const named = (field: string, before = "") => {
    const text = of(field);
    return text && before + quote(text);
  };
  const [date, pipeline, custom] = [of("date_won"), named("pipeline_name"), opportunity.custom_fields];
  const more = asked.filter((field) => lineFields.includes(field) && field in opportunity);
  const parts = [
    named("lead_name") ?? "no lead name",
    (named("status_label") ?? "no status") + (pipeline ? ` (${pipeline})` : ""),
    of("value_formatted") ?? "no value",
    date && `${of("status_type") === "won" ? "won" : "close date"} ${date}`,
    named("user_name", "owner ") ?? "owner none",
    named("contact_name", "contact "),
    ...more.map((field) => described(field, opportunity[field], timeZone)),
    custom === undefined ? undefined : truncate(JSON.stringify(custom), 1000),
  ];
  return `${of("id") ?? "no id"}: ${parts.filter(Boolean).join(", ")}`;
}

/** Those that a line shows only if they were asked for. */
const lineFields = "confidence date_created date_updated annualized_value annualized_expected_value".split(" ");

function described(field: string, value: unknown, timeZone: string): string {
  const isMoney = field.startsWith("annualized") && typeof value === "number";
  const text = isMoney ? formatValue(value, undefined, undefined) : asText(value);
  const shown = typeof value === "number" ? text : isMoment(text) ? localTime(text, timeZone) : quote(text);
  return `${field.replaceAll("_", " ")} ${shown}`;
}

/** What is said of an empty list: which filters were applied. */
export function nothingFound({ limit, skip, order_by, group_by, custom_fields, ...filters }: FindArguments): string {
  const applied = Object.entries(filters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${joined([value].flat(), (one) => quote(String(one)))}`);
  if (applied.length === 0) return "There are no opportunities that this key can see.";
  return `No opportunity matches ${applied.join(" and ")}. Try fewer filters, and fewer or other words in them.`;
}
