import type { ValuePeriod } from "./records.ts";

type Answer = Record<string, unknown>;

/**
 * The sums that `GET /opportunity/` adds to its data, over every opportunity found, whatever the page
 * (Close's documentation). An empty value counts as nothing.
 */
export function totals(opportunities: readonly Answer[]): Record<string, unknown> {
  const of = (period: ValuePeriod) => opportunities.filter(({ value_period }) => value_period === period);
  const [oneTime, monthly, annual] = [of("one_time"), of("monthly"), of("annual")];
  return {
    total_results: opportunities.length,
    count_by_value_period: { one_time: oneTime.length, monthly: monthly.length, annual: annual.length },
    total_value_one_time: sum(oneTime, "value"),
    total_value_monthly: sum(monthly, "value"),
    total_value_annual: sum(annual, "value"),
    total_value_annualized: sum(opportunities, "annualized_value"),
    expected_value_one_time: sum(oneTime, "expected_value"),
    expected_value_monthly: sum(monthly, "expected_value"),
    expected_value_annual: sum(annual, "expected_value"),
    expected_value_annualized: sum(opportunities, "annualized_expected_value"),
  };
}

function sum(opportunities: readonly Answer[], field: string): number {
  return opportunities.reduce((total, { [field]: cents }) => total + Number(cents ?? 0), 0);
}
