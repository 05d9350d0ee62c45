import { isMoment, plainOrQuoted, quote } from "../../base/text.ts";
import { formatValue } from "../money.ts";
import { type Opportunity, textOf } from "../opportunity.ts";
import type { ReviewedChange } from "./changes.ts";

/** More values of a list are only counted. */
const maxShownValues = 20;

/** The opportunity as a person knows it: its lead in quotes, and its id. */
export function subject(id: string, opportunity: Opportunity): string {
  const lead = textOf(opportunity, "lead_name");
  return lead === undefined ? id : `${quote(lead)} (${id})`;
}

/**
 * The changes in a line: `status Active → Won; value $1.00 monthly → $2.00 monthly`. What people wrote stands in
 * quotes, so that it cannot be taken for the line's own words; names do unless they are plain words.
 *
 * @param isBeforeKnown false if an empty `from` means nothing.
 */
export function describeChanges(
  changes: readonly ReviewedChange[],
  opportunity: Opportunity,
  isBeforeKnown: boolean,
): string {
  const money = moneyOf(changes, opportunity);
  return changes.map((change) => describeChange(change, money, isBeforeKnown)).join("; ");
}

type Side = "from" | "to";
type Money = (side: Side) => string | undefined;

function describeChange(change: ReviewedChange, money: Money, isBeforeKnown: boolean): string {
  const arrow = (show: (side: Side) => string) => `${isBeforeKnown ? `${show("from")} ` : ""}→ ${show("to")}`;
  const value = () => `value ${arrow((side) => money(side) ?? "empty")}`;
  if (change.field === "value") return value() + cause(change);
  const own = `${plainOrQuoted(change.label)} ${arrow((side) => shown(change[side], change.isFreeText))}`;
  const isPeriod = change.field === "value_period" && money("to") !== undefined;
  return (isPeriod ? `${own} (${value()})` : own) + cause(change);
}

function cause({ requested, isSetByClose }: ReviewedChange): string {
  if (requested) return "";
  return isSetByClose ? " (set by Close)" : " (changed by somebody or something else in the meantime)";
}

/** The value with its period on either side, whichever of the two has changed. */
function moneyOf(changes: readonly ReviewedChange[], opportunity: Opportunity): Money {
  const at = (field: string, side: Side): unknown => {
    const change = changes.find((candidate) => candidate.field === field);
    return change === undefined ? opportunity[field] : change[side];
  };
  return (side) => {
    const [cents, period] = [at("value", side), at("value_period", side)];
    if (typeof cents !== "number") return undefined;
    const periodName = typeof period === "string" && period !== "" ? plainOrQuoted(period) : undefined;
    return formatValue(cents, textOf(opportunity, "value_currency"), periodName);
  };
}

function shown(value: ReviewedChange["from"], isFreeText: boolean): string {
  if (value === null) return "empty";
  if (typeof value !== "string" && !Array.isArray(value)) return String(value);
  const texts = [value].flat().map((text) => (isFreeText ? freeText(text) : plainOrQuoted(text)));
  const first = texts.slice(0, maxShownValues);
  return texts.length > first.length ? `${first.join(", ")} … (${texts.length} values)` : first.join(", ");
}

function freeText(text: string): string {
  return isMoment(text) ? text : quote(text);
}
