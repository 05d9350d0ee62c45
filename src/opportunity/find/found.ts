import type { JsonObject } from "../../base/json.ts";
import { asText, firstCharacters, plainOrQuoted, quote, truncate } from "../../base/text.ts";
import type { Known } from "../../organization/lists.ts";
import type { Field } from "../fields.ts";
import { formatValue, valuePeriods } from "../money.ts";
import { type Opportunity, textOf } from "../opportunity.ts";
import { namedValue } from "../update/changes.ts";
import type { FindArguments } from "./filters.ts";

/** The fields of a found opportunity: enough to distinguish it from others and to know its state. */
export const foundFields = [
  ..."id lead_name status_label status_type pipeline_name value_formatted value value_period".split(" "),
  ..."confidence date_won user_name contact_name date_updated note".split(" "),
];

const maxNoteCharacters = 200;

/** A found opportunity: these fields alone, the beginning of its note, and the custom fields asked for by name. */
export function compact(opportunity: Opportunity, shown: readonly Field[], known: Known): Opportunity {
  const note = textOf(opportunity, "note") ?? "";
  const isCut = note.length > maxNoteCharacters;
  const own = foundFields.filter((field) => field in opportunity).map((field) => [field, opportunity[field]]);
  return {
    ...Object.fromEntries(own),
    ...(isCut && { note: firstCharacters(note, maxNoteCharacters), note_is_cut: true }),
    ...(shown.length > 0 && { custom_fields: valuesByName(opportunity, shown, known) }),
  };
}

/** Values by the fields' labels, null for none; users, and the opportunity's own contact, by name if that is known. */
function valuesByName(opportunity: Opportunity, fields: readonly Field[], known: Known): JsonObject {
  const nameOf = ({ label, key, reference, definition }: Field) => {
    if (definition === undefined) return reference;
    const isShared = fields.some((other) => other.label === label && other.key !== key);
    return isShared ? `${label} (${key})` : label;
  };
  const [id, name] = [textOf(opportunity, "contact_id") ?? "", textOf(opportunity, "contact_name")];
  const names = { ...known, contacts: [{ id, name }] };
  return Object.fromEntries(fields.map((field) => [nameOf(field), namedValue(field, opportunity, names)]));
}

/** Compares opportunities as `_order_by` does, empty values last. */
export function byOrder(order: string): (a: Opportunity, b: Opportunity) => number {
  const field = order.replace(/^-/, "");
  const direction = order.startsWith("-") ? -1 : 1;
  return (a, b) => {
    const [left, right] = [a[field], b[field]];
    const [isLeftEmpty, isRightEmpty] = [left, right].map((value) => value === undefined || value === null);
    if (isLeftEmpty || isRightEmpty) return Number(isLeftEmpty) - Number(isRightEmpty);
    if (typeof left === "number" && typeof right === "number") return direction * (left - right);
    return direction * asText(left).localeCompare(asText(right));
  };
}

/**
 * The sums in cents, by period, that list answers of Close's hold of all that match, whatever the page (Close's documentation), of those periods
 * that all of them state. That they are in cents, as each value is, is inferred from clients that read them so.
 */
export function totalsOf(answers: readonly JsonObject[]) {
  const sums = valuePeriods.flatMap((period): [string, number][] => {
    const cents = answers.map((answer) => answer[`total_value_${period}`]).filter((sum) => typeof sum === "number");
    if (cents.length < answers.length || answers.length === 0) return [];
    return [[period, cents.reduce((sum, one) => sum + one, 0)]];
  });
  return sums.length === 0 ? undefined : Object.fromEntries(sums);
}

/** `Total value: $500.00 one-time, $45.00 monthly`, without the periods that have none; undefined if no period has any. */
export function describeTotals(totals: Record<string, number>, currency: string | undefined): string | undefined {
  const sums = valuePeriods.flatMap((period) => {
    const cents = totals[period] ?? 0;
    return cents === 0 ? [] : [formatValue(cents, currency, period)];
  });
  return sums.length === 0 ? undefined : `Total value: ${sums.join(", ")}`;
}

/**
 * One found opportunity on a line: `oppo_…: "Acme Corp", Active (Sales), $500, owner Ada Quist`. Names that could
 * be taken for the line's own words are in quotes.
 */
export function describeFound(opportunity: Opportunity): string {
  const of = (field: string) => {
    const text = textOf(opportunity, field);
    return text && truncate(text, 200);
  };
  const named = (field: string, otherwise: string) => {
    const text = of(field);
    return text === undefined ? otherwise : plainOrQuoted(text);
  };
  const [lead, date, contact] = [of("lead_name"), of("date_won"), of("contact_name")];
  const pipeline = named("pipeline_name", "");
  const custom = opportunity.custom_fields;
  const parts = [
    lead === undefined ? "no lead name" : quote(lead),
    named("status_label", "no status") + (pipeline && ` (${pipeline})`),
    of("value_formatted") ?? "no value",
    date && `${of("status_type") === "won" ? "won" : "close date"} ${date}`,
    `owner ${named("user_name", "none")}`,
    contact && `contact ${quote(contact)}`,
    custom === undefined ? undefined : truncate(JSON.stringify(custom), 1000),
  ];
  return `${of("id") ?? "no id"}: ${parts.filter(Boolean).join(", ")}`;
}

/** What is said of an empty list: which filters were applied. */
export function nothingFound({ limit, skip, order_by, custom_fields, ...filters }: FindArguments): string {
  const applied = Object.entries(filters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${quote(value)}`],
  );
  if (applied.length === 0) return "There are no opportunities that this key can see.";
  return `No opportunity matches ${applied.join(" and ")}. Try fewer filters, and fewer or other words in them.`;
}
