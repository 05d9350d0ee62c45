import { isMoment, quote } from "../../base/text.ts";
import { localTime } from "../../base/time-zone.ts";
import { isCustom } from "../fields.ts";
import { formatValue, valuePeriods } from "../money.ts";
import { type Opportunity, textOf } from "../opportunity.ts";
import { type Change, type ChangeValue, shownSides, usual } from "./changes.ts";

/** More values of a list are only counted. */
const maxShownValues = 20;

/** The opportunity as a person knows it: its lead in quotes, and its id. */
export function subject(id: string, opportunity: Opportunity): string {
  const lead = textOf(opportunity, "lead_name");
  return lead === undefined ? id : `${quote(lead)} (${id})`;
}

/** How changes are told: in which zone times are (IANA name), and whether an empty `from` means that nothing was there. */
type Telling = { timeZone: string; isBeforeKnown?: boolean };

/** The changes in a line: `status "Active" → "Won"; value $1.00 monthly → $2.00 monthly`. What people wrote is quoted. */
export function describeChanges(
  changes: readonly Change[],
  opportunity: Opportunity,
  { timeZone, isBeforeKnown = true }: Telling,
): string {
  const described = changes.map((change) => {
    const { key, label, kind } = change.field;
    const money = () => `value ${describeMoney(changes, opportunity, isBeforeKnown)}`;
    if (key === "value") return money() + cause(change);
    const { from, to } = shownSides(change, usual);
    const name = isCustom(key) || !/^[a-z_]+$/.test(label) ? quote(label) : label;
    const zone = kind === "datetime" ? timeZone : undefined;
    const own = `${name} ${arrow(shown(from, zone), shown(to, zone), isBeforeKnown)}`;
    const isOfMoney = key === "value_period" && moneyOf("to", changes, opportunity) !== "empty";
    return (isOfMoney ? `${own} (${money()})` : own) + cause(change);
  });
  return described.join("; ");
}

/** The value before and after with what it is paid per: `$1.00 monthly → $2.00 monthly`. */
export function describeMoney(changes: readonly Change[], opportunity: Opportunity, isBeforeKnown: boolean): string {
  return arrow(moneyOf("from", changes, opportunity), moneyOf("to", changes, opportunity), isBeforeKnown);
}

function arrow(from: string, to: string, isBeforeKnown: boolean): string {
  return `${isBeforeKnown ? `${from} ` : ""}→ ${to}`;
}

function cause({ requested, isSetByClose }: Change): string {
  if (requested) return "";
  return isSetByClose ? " (set by Close)" : " (changed by somebody or something else in the meantime)";
}

/** The value with its period on one side, whichever of the two has changed. */
function moneyOf(side: "from" | "to", changes: readonly Change[], opportunity: Opportunity): string {
  const at = (key: string): unknown => {
    const change = changes.find(({ field }) => field.key === key);
    return change === undefined ? opportunity[key] : change[side];
  };
  const [cents, period] = [at("value"), at("value_period")];
  if (typeof cents !== "number") return "empty";
  const periodName = typeof period === "string" && period !== "" ? shown(period) : undefined;
  return formatValue(cents, textOf(opportunity, "value_currency"), periodName);
}

/** @param timeZone in which a time is shown; undefined if the value is none. */
function shown(value: ChangeValue, timeZone?: string): string {
  if (value === null) return "empty";
  if (typeof value !== "string" && !Array.isArray(value)) return String(value);
  const isPlain = (text: string) => isMoment(text) || valuePeriods.some((period) => period === text);
  const plainly = (text: string) => (timeZone === undefined ? text : localTime(text, timeZone));
  const texts = [value].flat().map((text) => (isPlain(text) ? plainly(text) : quote(text)));
  const first = texts.slice(0, maxShownValues).join(", ");
  return texts.length > maxShownValues ? `${first} … (${texts.length} values)` : first;
}
