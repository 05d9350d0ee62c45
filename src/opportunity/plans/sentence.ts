import { grouped, mostCommon } from "../../base/grouped.ts";
import { plainOrQuoted, printable, truncate } from "../../base/text.ts";
import type { Known } from "../../organization/lists.ts";
import { fold } from "../../organization/names.ts";
import { personName } from "../../organization/people.ts";
import { annualized, formatValue } from "../money.ts";
import { type Opportunity, pipelineOf, statusTypeOf, textOf } from "../opportunity.ts";
import { type Change, shownSides, usual } from "../update/changes.ts";
import type { Preview } from "../update/result.ts";

/** What a sentence tells of an update that was previewed. */
export type Previewed = Pick<Preview, "id" | "opportunity" | "after" | "changes">;

/** Characters of a sentence, as hosts cut what they ask a person to approve; of these for what happens; and how many names. */
const max = { sentence: 200, head: 120, names: 10 };

/**
 * What a plan does, for a person to judge: what happens to how many, the sum of their values before, those that stand out
 * first, and the plan's word: `Win 3, move 1 to Renewals: $182,400 a year: Acme Corp, Globex and 2 more · k7f3a9`.
 */
export function changeSentence(previews: readonly Previewed[], known: Known, word: string): string {
  const deeds = previews.map((preview) => deedOf(preview, known));
  // No number is ever left out: where there is no room for more, only the weightiest deeds go by their names.
  const brief = deeds.map(({ verb }) => ({ verb: weights.includes(verb) ? verb : "change", tail: "" }));
  const [whole, sum] = [counted(deeds), yearlySum(previews)];
  const what = whole.length <= max.head ? whole : counted(brief);
  return sentence(sum === undefined ? what : `${what}: ${sum}`, remarked(previews, known), word);
}

/** What happens to an opportunity: the number of those to which the same happens stands between verb and tail. */
type Deed = { verb: string; tail: string };

/** What happens to how many, the weightiest first. */
function counted(deeds: readonly Deed[]): string {
  const weight = ([deed]: readonly Deed[]) => [...weights, deed?.verb].indexOf(deed?.verb);
  return [...grouped(deeds, ({ verb, tail }) => JSON.stringify([verb, tail])).values()]
    .sort((a, b) => weight(a) - weight(b) || b.length - a.length)
    .map((same) => `${same[0]?.verb} ${same.length}${same[0]?.tail}`)
    .join(", ");
}

const weights = ["win", "lose", "reopen", "move"];

/**
 * What an undo takes back: `Take back 2 updates: Acme Corp, Globex · p2m81c`.
 * @param restores the people whose work it puts back as well.
 */
export function undoSentence(leads: readonly string[], restores: readonly string[], word: string): string {
  const count = `${leads.length} update${leads.length === 1 ? "" : "s"}`;
  const others = restores.length === 0 ? "" : ` and put back what ${restores.map(named).join(", ")} wrote`;
  return sentence(truncate(`Take back ${count}${others}`, max.head), leads.map(named), word);
}

/** What a plan is found by: a sentence's last word. Undefined if the text cannot end with one. */
export function wordIn(text: string): string | undefined {
  return /(?<![a-z0-9])[a-z0-9]{6}$/i.exec(bare(text))?.[0].toLowerCase();
}

/** Whether the text is the sentence, whatever quotes, stops and white space are around and in it. */
export function isSentence(text: string, own: string): boolean {
  return fold(bare(text)) === fold(own);
}

function bare(text: string): string {
  return text.replace(/^[\s"'`“”‘’«».!*]+|[\s"'`“”‘’«».!*]+$/g, "");
}

function sentence(head: string, names: readonly string[], word: string): string {
  const end = ` · ${word}`;
  const capital = head.charAt(0).toUpperCase() + head.slice(1);
  for (let shown = Math.min(names.length, max.names); shown > 0; shown -= 1) {
    const more = names.length - shown;
    const whole = `${capital}: ${names.slice(0, shown).join(", ")}${more > 0 ? ` and ${more} more` : ""}${end}`;
    if (whole.length <= max.sentence) return whole;
  }
  return capital + end;
}

function deedOf({ opportunity: before, after, changes }: Previewed, known: Known): Deed {
  const requested = changes.filter(({ field, requested: isAsked }) => isAsked && field.key !== "status_id");
  const labels = requested.map(({ field: { key, label } }) => (key === "value" ? key : named(label)));
  if (before.status_id === after.status_id) {
    const [only, ...others] = requested;
    const isOne = only !== undefined && others.length === 0;
    if (isOne && only.to === null) return { verb: `clear ${labels.join()} of`, tail: "" };
    const isShown = isOne && !only.field.isFreeText && !Array.isArray(only.to);
    const tail = isShown ? ` to ${shownTo(only, after)}` : "";
    return { verb: `${isShown ? "set" : "change"} ${labels.join(", ")} of`, tail };
  }
  const others = labels.filter((label) => label !== "date_won");
  const along = others.length === 0 ? "" : ` and change ${others.join(", ")}`;
  const pipeline = pipelineOf(after, known);
  const place = pipelineOf(before, known).id === pipeline.id ? undefined : named(pipeline.name ?? pipeline.id ?? "");
  const to = statusTypeOf(after, known);
  const isReopened = to === "active" && statusTypeOf(before, known) !== "active";
  const verb = to === "won" ? "win" : to === "lost" ? "lose" : isReopened ? "reopen" : "move";
  if (verb !== "move") return { verb, tail: (place === undefined ? "" : ` in ${place}`) + along };
  const label = textOf(after, "status_label") ?? textOf(after, "status_id") ?? "";
  return { verb, tail: ` to ${place ?? named(label)}${along}` };
}

function shownTo(change: Change, after: Opportunity): string {
  const { to } = shownSides(change, usual);
  if (change.field.key !== "value" || typeof to !== "number") return named(String(to));
  return rounded(to, textOf(after, "value_currency"), textOf(after, "value_period"));
}

/** `$182,400 a year`; without "a year" if all are paid once, and nothing if none has a value. */
function yearlySum(previews: readonly Previewed[]): string | undefined {
  const valued = previews.map(({ opportunity }) => opportunity).filter(({ value }) => typeof value === "number");
  const [first] = valued;
  if (first === undefined) return undefined;
  const cents = valued.reduce((sum, { value, value_period }) => sum + annualized(value, value_period), 0);
  const isYearly = valued.some(({ value_period }) => value_period !== "one_time");
  return rounded(cents, textOf(first, "value_currency"), undefined) + (isYearly ? " a year" : "");
}

function rounded(cents: number, currency: string | undefined, period: string | undefined): string {
  return formatValue(cents, currency, period).replace(/\.00(?!\d)/, "");
}

/** The leads' names, first those of opportunities that are closed already, or not like most: of another owner or pipeline. */
function remarked(previews: readonly Previewed[], known: Known): string[] {
  const ownerOf = ({ opportunity }: Previewed) =>
    personName(opportunity.user_id, known) ?? textOf(opportunity, "user_name");
  const placeOf = ({ opportunity }: Previewed) => pipelineOf(opportunity, known).name;
  const [[usualOwner], [usualPlace]] = [mostCommon(previews.map(ownerOf)), mostCommon(previews.map(placeOf))];
  const rows = previews.map((preview) => {
    const { id, opportunity } = preview;
    const [type, owner, place] = [statusTypeOf(opportunity, known), ownerOf(preview), placeOf(preview)];
    const remarks = [
      ...(type === "won" || type === "lost" ? [`already ${type}`] : []),
      ...(owner === undefined || owner === usualOwner ? [] : [`owner ${named(owner)}`]),
      ...(place === undefined || place === usualPlace ? [] : [`in ${named(place)}`]),
    ];
    const lead = named(textOf(opportunity, "lead_name") ?? id);
    return { isOdd: remarks.length > 0, text: remarks.length === 0 ? lead : `${lead} (${remarks.join(", ")})` };
  });
  return rows.sort((a, b) => Number(b.isOdd) - Number(a.isOdd)).map(({ text }) => text);
}

/** A name as a sentence holds it: what its own words are made of cannot be imitated. */
function named(name: string): string {
  const own = printable(name).replaceAll(/["\\·]/g, "'");
  return plainOrQuoted(truncate(own.trim(), 40));
}
