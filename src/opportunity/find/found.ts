import type { JsonObject } from "../../base/json.ts";
import { asText, beginning, firstCharacters, plainOrQuoted, quote } from "../../base/text.ts";
import type { FoundField } from "../../organization/custom-fields.ts";
import type { Known } from "../../organization/lists.ts";
import { formatValue, valuePeriods } from "../money.ts";
import { type Opportunity, textOf } from "../opportunity.ts";
import type { FindArguments } from "./filters.ts";
import { valuesByName } from "./shown-fields.ts";

/** The fields of a found opportunity: enough to distinguish it from others and to know its state. */
export const foundFields = [
  "id",
  "lead_name",
  "status_label",
  "status_type",
  "pipeline_name",
  "value_formatted",
  "value",
  "value_period",
  "confidence",
  "date_won",
  "user_name",
  "contact_name",
  "date_updated",
  "note",
] as const;

const maxShownNoteCharacters = 200;

/** A found opportunity: these fields alone, the beginning of its note, and the custom fields asked for by name. */
export function compact(opportunity: Opportunity, shown: readonly FoundField[], known: Known): Opportunity {
  const note = textOf(opportunity, "note");
  const isCut = note !== undefined && note.length > maxShownNoteCharacters;
  return {
    ...Object.fromEntries(
      foundFields.filter((field) => field in opportunity).map((field) => [field, opportunity[field]]),
    ),
    ...(isCut && { note: firstCharacters(note, maxShownNoteCharacters), note_is_cut: true }),
    ...(shown.length > 0 && { custom_fields: valuesByName(opportunity, shown, known) }),
  };
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

type Period = (typeof valuePeriods)[number];

/** Sums of values by their period, in cents. */
export type Totals = Readonly<Partial<Record<Period, number>>>;

/**
 * The sums that a list answer of Close's holds of all that match, whatever the page (Close's documentation).
 * That they are in cents, as each value is, is inferred from clients that read them so.
 */
export function totalsOf(answer: JsonObject): Totals | undefined {
  return nonEmpty(
    valuePeriods.flatMap((period): [Period, number][] => {
      const cents = answer[`total_value_${period}`];
      return typeof cents === "number" ? [[period, cents]] : [];
    }),
  );
}

/** The sums of several lists, of those periods that all of them state. */
export function sumOfTotals(lists: readonly (Totals | undefined)[]): Totals | undefined {
  return nonEmpty(
    valuePeriods.flatMap((period): [Period, number][] => {
      const sums = lists.flatMap((totals) => totals?.[period] ?? []);
      return sums.length === lists.length ? [[period, sums.reduce((sum, cents) => sum + cents, 0)]] : [];
    }),
  );
}

function nonEmpty(entries: readonly [Period, number][]): Totals | undefined {
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** `Total value: $500.00 one-time, $45.00 monthly`, without the periods that have none; undefined if no period has any. */
export function describeTotals(totals: Totals, currency: string | undefined): string | undefined {
  const sums = valuePeriods.flatMap((period) => {
    const cents = totals[period] ?? 0;
    return cents === 0 ? [] : [formatValue(cents, currency, period)];
  });
  return sums.length === 0 ? undefined : `Total value: ${sums.join(", ")}`;
}

/** How many were found, and how many of them are shown. */
export function describeCount(total: number | undefined, shown: number): string {
  if (total === undefined) return `${shown} shown, there may be more:`;
  return `${total} found${shown === total ? "" : `, ${shown} shown`}:`;
}

/**
 * One found opportunity on a line: `oppo_…: "Acme Corp", Active (Sales), $500, owner Ada Quist`. Names that could
 * be taken for the line's own words are in quotes.
 */
export function describeFound(opportunity: Opportunity): string {
  const of = (field: string) => {
    const text = textOf(opportunity, field);
    return text && beginning(text, 200);
  };
  const named = (field: string) => {
    const text = of(field);
    return text && plainOrQuoted(text);
  };
  const [lead, pipeline, date, contact] = [
    of("lead_name"),
    named("pipeline_name"),
    of("date_won"),
    of("contact_name"),
  ];
  const custom = opportunity.custom_fields;
  const parts = [
    lead === undefined ? "no lead name" : quote(lead),
    `${named("status_label") ?? "no status"}${pipeline === undefined ? "" : ` (${pipeline})`}`,
    of("value_formatted") ?? "no value",
    ...(date === undefined ? [] : [`${of("status_type") === "won" ? "won" : "close date"} ${date}`]),
    `owner ${named("user_name") ?? "none"}`,
    ...(contact === undefined ? [] : [`contact ${quote(contact)}`]),
    ...(custom === undefined ? [] : [beginning(JSON.stringify(custom), 1000)]),
  ];
  return `${of("id") ?? "no id"}: ${parts.join(", ")}`;
}

/** The sentence for an empty list: which filters were applied, and what could be loosened. */
export function nothingFound({ limit, skip, order_by, custom_fields, ...filters }: FindArguments): string {
  const applied = Object.entries(filters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${quote(value)}`],
  );
  if (applied.length === 0) return "There are no opportunities that this key can see.";
  const hints = [
    ...(applied.length > 1 ? ["Leave out one filter at a time."] : []),
    ...(filters.lead_name === undefined
      ? []
      : ["lead_name matches the start of words in a lead's name: try another spelling, or less of it."]),
    ...(filters.query === undefined ? [] : ["query is passed to Close's search unchanged: try fewer words."]),
  ];
  return [`No opportunity matches ${applied.join(" and ")}.`, ...hints].join(" ");
}
