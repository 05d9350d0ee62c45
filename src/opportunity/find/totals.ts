import { grouped } from "../../base/grouped.ts";
import type { JsonObject } from "../../base/json.ts";
import { quote } from "../../base/text.ts";
import { annualized, formatValue, valuePeriods } from "../money.ts";
import { type Opportunity, textOf } from "../opportunity.ts";

/** Sums in cents, by period and over a year, and how many have no value; each as far as it is known. */
type Totals = Partial<Record<(typeof valuePeriods)[number] | "annualized" | "without_value", number>>;

/** The sums of these opportunities. */
export function totalsOf(opportunities: readonly Opportunity[]): Totals {
  const sum = (list: readonly Opportunity[]) =>
    list.reduce((cents, { value }) => cents + annualized(value, undefined), 0);
  const sums = valuePeriods.map((period) => [period, sum(opportunities.filter((one) => one.value_period === period))]);
  return {
    ...Object.fromEntries(sums),
    annualized: opportunities.reduce((cents, { value, value_period }) => cents + annualized(value, value_period), 0),
    without_value: opportunities.filter(({ value }) => typeof value !== "number").length,
  };
}

/**
 * The sums that a list answer of Close's holds of all that match, whatever the page (Close's documentation). That they are
 * in cents, as each value is, is inferred from clients that read them so.
 */
export function statedTotals(answer: JsonObject): Totals | undefined {
  const sums = [...valuePeriods, "annualized"].flatMap((name) => {
    const cents = answer[`total_value_${name}`];
    return typeof cents === "number" ? [[name, cents] as const] : [];
  });
  return sums.length === 0 ? undefined : Object.fromEntries(sums);
}

/** `$500.00 one-time, $45.00 monthly; $1,040.00 a year; 2 without a value`, without what is none or said already. */
export function describeTotals(totals: Totals, currency: string | undefined): string {
  const sums = valuePeriods.flatMap((period) => {
    const cents = totals[period] ?? 0;
    return cents === 0 ? [] : [formatValue(cents, currency, period)];
  });
  const { annualized: yearly = 0, without_value = 0 } = totals;
  const parts = [
    sums.join(", "),
    sums.length < 2 && !totals.monthly ? "" : `${formatValue(yearly, currency, undefined)} a year`,
    without_value === 0 ? "" : `${without_value} without a value`,
  ];
  return parts.filter(Boolean).join("; ");
}

const groupings = {
  status: ["status_id", "status_label"],
  user: ["user_id", "user_name"],
  pipeline: ["pipeline_id", "pipeline_name"],
  lead: ["lead_id", "lead_name"],
} as const;

/** The sums of each status, user, pipeline or lead, those that are worth most a year first. Namesakes come with their ids. */
export function groupsOf(opportunities: readonly Opportunity[], by: keyof typeof groupings) {
  const [idField, nameField] = groupings[by];
  const groups = [...grouped(opportunities, (one) => textOf(one, idField))].map(([id, list]) => {
    const pipeline = by === "status" ? textOf(list[0], "pipeline_name") : undefined;
    const name = textOf(list[0], nameField) ?? id ?? "none";
    return { id, name: pipeline === undefined ? name : `${pipeline} / ${name}`, count: list.length, ...totalsOf(list) };
  });
  const namesakes = grouped(groups, ({ name }) => name);
  return groups
    .sort((one, other) => (other.annualized ?? 0) - (one.annualized ?? 0))
    .map(({ id, name, ...sums }) => ({ [by]: namesakes.get(name)?.length === 1 ? name : `${name} (${id})`, ...sums }));
}

/** One group on a line. */
export function describeGroup({ count, ...group }: ReturnType<typeof groupsOf>[number], currency: string | undefined) {
  const name = Object.values(group).find((value) => typeof value === "string");
  const sums = describeTotals(group, currency);
  return `${quote(`${name}`)}: ${count}${sums && `, ${sums}`}`;
}
