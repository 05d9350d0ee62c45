import { isMoment, plainOrQuoted, quote } from "../../base/text.ts";
import { formatValue } from "../money.ts";
import { type Opportunity, textOf } from "../opportunity.ts";
import { type Change, type ChangeValue, shownSides, usual } from "./changes.ts";

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
 * @param isBeforeKnown false if an empty `from` means nothing.
 */
export function describeChanges(changes: readonly Change[], opportunity: Opportunity, isBeforeKnown: boolean): string {
  const money = moneyOf(changes, opportunity);
  return changes.map((change) => describeChange(change, money, isBeforeKnown)).join("; ");
}

type Side = "from" | "to";
type Money = (side: Side) => string | undefined;

function describeChange(change: Change, money: Money, isBeforeKnown: boolean): string {
  const { field } = change;
  const sides = shownSides(change, usual);
  const arrow = (show: (side: Side) => string) => `${isBeforeKnown ? `${show("from")} ` : ""}→ ${show("to")}`;
  const value = () => `value ${arrow((side) => money(side) ?? "empty")}`;
  if (field.key === "value") return value() + cause(change);
  const own = `${plainOrQuoted(field.label)} ${arrow((side) => shown(sides[side], field.isFreeText))}`;
  const isPeriod = field.key === "value_period" && money("to") !== undefined;
  return (isPeriod ? `${own} (${value()})` : own) + cause(change);
}

function cause({ requested, isSetByClose }: Change): string {
  if (requested) return "";
  return isSetByClose ? " (set by Close)" : " (changed by somebody or something else in the meantime)";
}

/** The value with its period on either side, whichever of the two has changed. */
function moneyOf(changes: readonly Change[], opportunity: Opportunity): Money {
  const at = (key: string, side: Side): unknown => {
    const change = changes.find(({ field }) => field.key === key);
    return change === undefined ? opportunity[key] : change[side];
  };
  return (side) => {
    const [cents, period] = [at("value", side), at("value_period", side)];
    if (typeof cents !== "number") return undefined;
    const periodName = typeof period === "string" && period !== "" ? plainOrQuoted(period) : undefined;
    return formatValue(cents, textOf(opportunity, "value_currency"), periodName);
  };
}

function shown(value: ChangeValue, isFreeText: boolean): string {
  if (value === null) return "empty";
  if (typeof value !== "string" && !Array.isArray(value)) return String(value);
  const texts = [value].flat().map((text) => (isFreeText && !isMoment(text) ? quote(text) : plainOrQuoted(text)));
  const first = texts.slice(0, maxShownValues);
  return texts.length > first.length ? `${first.join(", ")} … (${texts.length} values)` : first.join(", ");
}
