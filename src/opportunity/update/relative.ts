import { daysAfter } from "../../base/time-zone.ts";
import { isDay, type Opportunity, textOf } from "../opportunity.ts";
import type { Computed } from "../values.ts";

/** The date by so many days later, or earlier. */
export function shifted(days: number, before: Opportunity): Computed {
  const held = textOf(before, "date_won")?.slice(0, 10) ?? "";
  if (!isDay(held)) return { problem: "the opportunity has no date_won that could be moved: send date_won" };
  const value = daysAfter(held, days);
  return value === undefined
    ? { problem: `${days} days from ${held} is no day of the calendar` }
    : { field: "date_won", value };
}

/** The value changed by so many percent, in whole cents, half a cent away from zero. */
export function changedBy(percent: number, { value: held }: Opportunity): Computed {
  if (typeof held !== "number") return { problem: "the opportunity has no value that could be changed: send value" };
  // Decimals that binary numbers cannot hold are off in the 16th digit: 115 and 10 percent must be 126.5.
  const exact = Number(((held * (100 + percent)) / 100).toPrecision(15));
  if (exact < 0) return { problem: `the value cannot become less than 0: it is ${held} cents` };
  const value = Math.round(exact);
  return Number.isSafeInteger(value) ? { field: "value", value } : { problem: "the value would become too large" };
}
