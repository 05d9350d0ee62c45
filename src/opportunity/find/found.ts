import { asText, beginning } from "../../base/text.ts";
import { type Opportunity, textOf } from "../opportunity.ts";
import type { FindArguments } from "./filters.ts";

/** The fields of a found opportunity: enough to tell it from others and to know its state. */
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
  "date_updated",
  "note",
] as const;

/** A found opportunity: these fields alone, the note's first 200 characters. */
export function compact(opportunity: Opportunity): Opportunity {
  const note = textOf(opportunity, "note");
  return {
    ...Object.fromEntries(
      foundFields.filter((field) => field in opportunity).map((field) => [field, opportunity[field]]),
    ),
    ...(note !== undefined && { note: beginning(note, 200) }),
  };
}

/** Compares opportunities as `_order_by` does, empty values last. */
export function byOrder(order: string): (a: Opportunity, b: Opportunity) => number {
  const field = order.replace(/^-/, "");
  const direction = order.startsWith("-") ? -1 : 1;
  return (a, b) => {
    const [left, right] = [a[field], b[field]];
    const isEmpty = [left, right].map((value) => value === undefined || value === null);
    if (isEmpty[0] || isEmpty[1]) return Number(isEmpty[0]) - Number(isEmpty[1]);
    if (typeof left === "number" && typeof right === "number") return direction * (left - right);
    return direction * asText(left).localeCompare(asText(right));
  };
}

/** One found opportunity on a line: `oppo_…: Acme Corp, Active (Sales), $500, owner Ada Quist`. */
export function describeFound(opportunity: Opportunity): string {
  const of = (field: string) => {
    const text = textOf(opportunity, field);
    return text && beginning(text, 200);
  };
  const pipeline = of("pipeline_name");
  const date = of("date_won");
  const parts = [
    of("lead_name") ?? "no lead name",
    `${of("status_label") ?? "no status"}${pipeline === undefined ? "" : ` (${pipeline})`}`,
    of("value_formatted") ?? "no value",
    ...(date === undefined ? [] : [`${of("status_type") === "won" ? "won" : "close date"} ${date}`]),
    `owner ${of("user_name") ?? "none"}`,
  ];
  return `${of("id") ?? "no id"}: ${parts.join(", ")}`;
}

/** The sentence for an empty list: which filters were applied, and what could be loosened. */
export function nothingFound({ limit, skip, order_by, ...filters }: FindArguments): string {
  const applied = Object.entries(filters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${JSON.stringify(value)}`],
  );
  if (applied.length === 0) return "There are no opportunities that this key can see.";
  const hints = [
    ...(applied.length > 1 ? ["Leave out one filter after another."] : []),
    ...(filters.lead_name === undefined
      ? []
      : ["lead_name matches the beginnings of words in a lead's name: try another spelling, or less of it."]),
    ...(filters.query === undefined ? [] : ["query is taken by Close's search as it is: try fewer words."]),
  ];
  return [`No opportunity matches ${applied.join(" and ")}.`, ...hints].join(" ");
}
