import type { Filling, InPart } from "../../base/in-part.ts";
import { asText } from "../../base/text.ts";
import type { Mistake } from "../../organization/names.ts";
import { formatValue } from "../money.ts";
import { type Opportunity, textOf } from "../opportunity.ts";
import { zeroBesideBlanks } from "../warnings.ts";
import { type UpdateArguments, updateArguments } from "./arguments.ts";

/** What to make of zeros in a call that also has empty texts: agents that fill in every argument send both. */
export type FillerFinding = { mistakes: readonly Mistake[]; warnings: readonly string[] };

/**
 * Whether zeros of a call are filler. A call that gives every argument there is, several of them as empty text, does not
 * mean its zeros; if only some arguments are given, a zero may be meant, and a warning says what it replaced. Null is no
 * sign of filling: strict hosts send it for all that is not given. A host that cannot leave arguments out is not caught:
 * with value or confidence as it is, or with expected_date_updated, the same call is accepted.
 */
export function fillerIn(
  args: InPart<UpdateArguments>,
  { given, blank }: Filling,
  before: Opportunity | undefined,
): FillerFinding {
  const zeros = zeroable.filter((field) => args[field] === 0);
  const replacing = zeros.filter((field) => before?.[field] !== 0);
  if (replacing.length === 0 || blank.length === 0) return { mistakes: [], warnings: [] };

  const isFilledIn = Object.keys(updateArguments.shape).every((name) => given.includes(name));
  const wipes = replacing.some((field) => before === undefined || before[field] != null);
  const isDeliberate = zeros.length < zeroable.length || args.expected_date_updated !== undefined;
  if (isFilledIn && wipes && blank.length >= minBlankTexts && !isDeliberate) {
    const problem = `every argument was given, several as empty text, with value and confidence 0, as if to fill in a form: that would replace ${replacing.map((field) => `${field} (${heldAs(field, before)})`).join(" and ")}. Call again with only the arguments that are meant. If none can be left out, give value and confidence as they are; if 0 is meant, give expected_date_updated too`;
    return { mistakes: [{ argument: "arguments", problem }], warnings: [] };
  }
  return {
    mistakes: [],
    warnings: replacing.map((field) => zeroBesideBlanks(field, heldAs(field, before), blank)),
  };
}

/** The arguments for which 0 is a value. */
const zeroable = ["value", "confidence"] as const;

/** A form that was filled in has at least this many empty texts. */
const minBlankTexts = 3;

function heldAs(field: (typeof zeroable)[number], before: Opportunity | undefined): string {
  const held = before?.[field];
  if (held === undefined) return "not known";
  if (field === "value" && typeof held === "number")
    return formatValue(held, textOf(before, "value_currency"), textOf(before, "value_period"));
  return held === null ? "empty" : asText(held);
}
