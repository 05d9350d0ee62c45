import type { Organization } from "../data/records.ts";
import { type Answer, opportunityAnswer } from "../rules/answers.ts";
import { badParameter } from "../rules/refusal.ts";
import { day, InvalidValue, statusType, text } from "../rules/values.ts";

/** The test that the value of a parameter asks for. */
type Filter = (value: string) => (opportunity: Answer) => boolean;

/** The filters of `GET /opportunity/` (Close's documentation) that the tools send. */
const filters = new Map<string, Filter>([
  ["lead_id", among("lead_id")],
  ["query", searchText],
  ["status_id", among("status_id")],
  ["status_id__in", (value) => among("status_id")(...value.split(","))],
  ["status_type", (value) => among("status_type")(statusType(value))],
  ["user_id", among("user_id")],
  ["date_won__gte", byDay("date_won", (actual, limit) => actual >= limit)],
  ["date_won__lte", byDay("date_won", (actual, limit) => actual <= limit)],
  // A day stands for its beginning, in UTC here.
  ["date_created__gte", byDay("date_created", (actual, limit) => actual >= limit)],
  ["date_created__lt", byDay("date_created", (actual, limit) => actual < limit)],
  ["date_updated__gte", byDay("date_updated", (actual, limit) => actual >= limit)],
  ["date_updated__lt", byDay("date_updated", (actual, limit) => actual < limit)],
]);

/** What `_order_by` takes (Close's documentation), each with a leading minus too. */
const orderFields = [
  "date_won",
  "date_updated",
  "date_created",
  "confidence",
  "user_name",
  "value",
  "annualized_value",
  "annualized_expected_value",
];

/**
 * All opportunities that the parameters ask for, in the order they ask for, and the totals of them.
 * @throws Refusal of a parameter that the tools do not send, or of its value.
 */
export function listOpportunities(
  { _order_by = "-date_updated", _limit, _skip, _fields, ...asked }: Record<string, string>,
  organization: Organization,
): { opportunities: Answer[]; totals: Answer } {
  const tests = Object.entries(asked).map(([name, value]) => testOf(name, value));
  const found = [...organization.opportunities.values()]
    .map((opportunity) => opportunityAnswer(opportunity, organization))
    .filter((opportunity) => tests.every((test) => test(opportunity)))
    .sort(orderBy(_order_by));
  return { opportunities: found, totals: totalsOf(found) };
}

function testOf(name: string, value: string): ReturnType<Filter> {
  const filter = filters.get(name);
  if (filter === undefined) throw badParameter(name, "Unknown parameter.");
  try {
    return filter(value);
  } catch (error) {
    throw error instanceof InvalidValue ? badParameter(name, error.message) : error;
  }
}

/** The sums that every list answer holds (Close's documentation); in cents, as values are. */
function totalsOf(found: readonly Answer[]): Answer {
  const periods = ["one_time", "monthly", "annual"];
  const of = (period: string) => found.filter(({ value_period }) => value_period === period);
  const sum = (list: readonly Answer[], field: string) =>
    list.reduce((total, { [field]: value }) => total + Number(value), 0);
  const sums = (name: string, field: string) =>
    Object.fromEntries(periods.map((period) => [`${name}_${period}`, sum(of(period), field)]));
  return {
    total_results: found.length,
    count_by_value_period: Object.fromEntries(periods.map((period) => [period, of(period).length])),
    ...sums("total_value", "value"),
    total_value_annualized: sum(found, "annualized_value"),
    ...sums("expected_value", "expected_value"),
    expected_value_annualized: sum(found, "annualized_expected_value"),
  };
}

function among(field: string) {
  return (...wanted: string[]) =>
    ({ [field]: actual }: Answer) =>
      wanted.some((value) => value === actual);
}

/** An opportunity without the date is in no range. */
function byDay(field: string, holds: (actual: string, limit: string) => boolean): Filter {
  return (value) => {
    const limit = day(value);
    return ({ [field]: actual }) => actual !== null && holds(text(actual), limit);
  };
}

/** Those in which the field is empty come last in both directions. */
function orderBy(asked: string): (one: Answer, other: Answer) => number {
  const field = asked.replace(/^-/, "");
  if (!orderFields.includes(field)) throw badParameter("_order_by", "Not a valid choice.");
  const sign = field === asked ? 1 : -1;
  return ({ [field]: one }, { [field]: other }) => {
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    if (typeof one === "number") return sign * (one - Number(other));
    return sign * String(one).localeCompare(String(other));
  };
}

/** Of Close's search text plain words, each of which the note or the lead's name holds, and `note:word`. */
function searchText(query: string): ReturnType<Filter> {
  const words = query.toLowerCase().split(/\s+/);
  for (const word of words) {
    if (!/^(note:)?[^"():]+$/.test(word)) throw new InvalidValue(`The sandbox does not understand ${word}.`);
  }
  return ({ note, lead_name }) =>
    words.every((word) => {
      const searched = word.startsWith("note:") ? `${note}` : `${note}\n${lead_name}`;
      return searched.toLowerCase().includes(word.replace(/^note:/, ""));
    });
}
