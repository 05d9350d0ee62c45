import { expect, test } from "vitest";
import {
  describeGroup,
  describeTotals,
  groupsOf,
  statedTotals,
  totalsOf,
} from "../../../src/opportunity/find/totals.ts";

test("the sums of Close's answer are taken as far as it states them", () => {
  const answer = { total_value_one_time: 5, total_value_monthly: "6", total_value_annualized: 7 };
  expect(statedTotals(answer)).toEqual({ one_time: 5, annualized: 7 });
  expect(statedTotals({ data: [] })).toBeUndefined();
});

test("sums are by period and over a year, and those without a value are counted", () => {
  const values = [
    [500, "one_time"],
    [100, "monthly"],
    [7, "annual"],
    [null, "monthly"],
  ] as const;
  expect(totalsOf(values.map(([value, value_period]) => ({ value, value_period })))).toEqual({
    one_time: 500,
    monthly: 100,
    annual: 7,
    annualized: 1707,
    without_value: 1,
  });
});

test("sums are told as money without those that are 0", () => {
  const totals = { one_time: 50_000, monthly: 100, annual: 0, annualized: 51_200, without_value: 2 };
  expect(describeTotals(totals, "EUR")).toBe("€500.00 one-time, €1.00 monthly; €512.00 a year; 2 without a value");
  expect(describeTotals({ one_time: 0 }, "EUR")).toBe("");
});

test("groups come by what they are worth a year, namesakes with their ids", () => {
  const deal = (user_id: string, value: number) => ({ user_id, user_name: "Sam Doyle", value, value_period: "annual" });
  const groups = groupsOf([deal("user_a", 1), deal("user_b", 2), deal("user_b", 3), { value: 4 }], "user");
  expect(groups).toMatchObject([
    { user: "Sam Doyle (user_b)", count: 2, annual: 5 },
    { user: "none", count: 1, annualized: 4 },
    { user: "Sam Doyle (user_a)", count: 1 },
  ]);
  expect(groups.map((group) => describeGroup(group, "USD"))[0]).toBe('"Sam Doyle (user_b)": 2, $0.05 annual');
});
