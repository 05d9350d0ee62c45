import { asText } from "../../base/text.ts";
import type { Mistake } from "../../organization/names.ts";
import { formatMoney } from "../money.ts";
import { type Opportunity, textOf } from "../opportunity.ts";
import { zeroBesideBlanks } from "../warnings.ts";
import { type UpdateArguments, updateArguments } from "./arguments.ts";

/** What to make of zeros in a call that also has empty texts: agents that fill in every argument send both. */
export type FillerFinding = { mistakes: readonly Mistake[]; warnings: readonly string[] };

/**
 * Whether zeros of a call are filler. A call that gives every argument there is, several of them as empty text, does not
 * mean its zeros; if only some arguments are given, a zero may be meant, and a warning says what it replaced. Null is no
 * sign of filling: strict hosts send it for all that is not given.
 *
 * @param given the names of all arguments of the call, ignored ones included.
 * @param blank those that were empty text.
 */
export function fillerIn(
  args: UpdateArguments,
  given: readonly string[],
  blank: readonly string[],
  before: Opportunity | undefined,
): FillerFinding {
  const zeros = (["value", "confidence"] as const).filter(
    (field) => args[field] === 0 && before?.[field] !== 0,
  );
  if (zeros.length === 0 || blank.length === 0) return { mistakes: [], warnings: [] };
  const isFilledIn = Object.keys(updateArguments.shape).every((name) => given.includes(name));
  if (zeros.length === 2 && isFilledIn && blank.length >= minBlank) {
    return { mistakes: [{ argument: "arguments", problem: filledIn }], warnings: [] };
  }
  return {
    mistakes: [],
    warnings: zeros.map((field) => zeroBesideBlanks(field, heldAs(field, before), blank)),
  };
}

/** A form that was filled in has at least this many empty texts. */
const minBlank = 3;

const filledIn =
  "every argument was given, several as empty text, with value and confidence 0, as if to fill in a form: that would wipe what the opportunity holds. Call again with only the arguments that are meant, or with value and confidence as they are";

function heldAs(field: "value" | "confidence", before: Opportunity | undefined): string {
  const held = before?.[field];
  if (held === undefined) return "not known";
  if (field === "value" && typeof held === "number")
    return formatMoney(held, textOf(before, "value_currency"));
  return held === null ? "empty" : asText(held);
}
