import { expect, test } from "vitest";
import { changedBy, shifted } from "../../../src/opportunity/update/wanted.ts";

test.each([
  [14, "2026-12-24", "2027-01-07"],
  [-1, "2028-03-01", "2028-02-29"],
  [0, "2026-03-29", "2026-03-29"],
])("%i days move the date from %s to %s", (days, date_won, value) => {
  expect(shifted(days, { date_won })).toEqual({ field: "date_won", value });
});

test.each([
  [10, 50_000, 55_000],
  [10, 115, 127],
  [10, 114, 125],
  [-10, 115, 104],
  [12.5, 99, 111],
  [0.7, 1_500, 1_511],
  [-100, 7, 0],
])("%d percent make %i cents %i: whole cents, and more of a half", (percent, before, value) => {
  expect(changedBy(percent, { value: before })).toEqual({ field: "value", value });
});

test.each([
  [shifted(1, { date_won: null }), /no date_won that could be moved: send date_won/],
  [shifted(1e12, { date_won: "2026-12-24" }), /no day of the calendar/],
  [changedBy(10, { value: null }), /no value that could be changed: send value/],
  [changedBy(-101, { value: 500 }), /cannot become less than 0: it is 500 cents/],
  [changedBy(1e300, { value: 500 }), /too large/],
])("what does not come to a value is refused: %j", (computed, problem) => {
  expect(computed).toEqual({ problem: expect.stringMatching(problem) });
});
