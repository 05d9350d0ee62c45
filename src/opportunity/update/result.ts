import { z } from "zod/v3";
import { beginning } from "../../base/text.ts";
import type { UpdateBody } from "../compare.ts";
import { formatMoney } from "../money.ts";
import { isMisfit, type Opportunity, opportunitySchema, textOf } from "../opportunity.ts";
import { moreChanges, movedAsUnexpected } from "../warnings.ts";
import type { Change } from "./review.ts";

const changeValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]);

const additions = z.object({
  changes: z
    .array(
      z.object({
        field: z.string(),
        label: z.string(),
        from: changeValue,
        to: changeValue,
        requested: z.boolean().describe("false: changed by Close itself"),
      }),
    )
    .optional(),
  warnings: z.array(z.string()).optional(),
  dry_run: z.boolean().optional(),
  request: z
    .object({
      method: z.string(),
      path: z.string(),
      headers: z.object({}).passthrough(),
      body: z.object({}).passthrough(),
    })
    .optional(),
  unexpected: z.object({}).passthrough().optional(),
});

const ownKeys = Object.keys(additions.shape);

/** What an update returns: the Opportunity, flat, and what became of the update. */
export const updateResultSchema = opportunitySchema.extend(additions.shape).passthrough();

/** The request that an update would send. `path` is below the base URL. Headers are without the credentials. */
export type PlannedRequest = {
  method: "PUT";
  path: string;
  headers: Readonly<Record<string, string>>;
  body: UpdateBody;
};

/** Limits of a result: an opportunity has far fewer fields, and its JSON holds long values whole. */
const maxChanges = 1000;
const maxShownCharacters = 200;

/** An update that had nothing to do: all that was asked for already holds, and nothing was sent. */
export function nothingToChange(
  id: string,
  opportunity: Opportunity,
  warnings: readonly string[],
  isDryRun: boolean,
) {
  const line = `${isDryRun ? "Dry run. " : ""}Nothing to change on ${subject(id, opportunity)}: all that was asked for already holds, so nothing was sent.`;
  return result(id, opportunity, [], warnings, isDryRun ? { dry_run: true } : {}, () => [line]);
}

/** A dry run: the request that would be sent, and the changes that are expected of it. */
export function preview(
  id: string,
  before: Opportunity,
  changes: readonly Change[],
  warnings: readonly string[],
  request: PlannedRequest,
) {
  return result(id, before, changes, warnings, { dry_run: true, request }, (shown) => [
    `Dry run, nothing was sent. This would update ${subject(id, before)}: ${describe(shown, before, true) || "no field would differ"}`,
    `Request: ${request.method} ${request.path} ${JSON.stringify(request.body)}`,
  ]);
}

/**
 * An update that was sent and has taken effect.
 *
 * @param after the opportunity as Close last answered with it.
 * @param isBeforeKnown false if the opportunity could not be read before: an empty `from` then means nothing.
 */
export function updated(
  id: string,
  after: Opportunity,
  changes: readonly Change[],
  warnings: readonly string[],
  isBeforeKnown: boolean,
) {
  return result(id, after, changes, warnings, {}, (shown) => [
    shown.length === 0
      ? `Sent an update of ${subject(id, after)}, after which no field differs`
      : `Updated ${subject(id, after)}: ${describe(shown, after, isBeforeKnown)}`,
  ]);
}

/**
 * Fields that do not match the published schema are put under `unexpected`: clients refuse a whole result for one of
 * them, and the write has happened.
 */
function result(
  id: string,
  answer: Opportunity,
  allChanges: readonly Change[],
  ownWarnings: readonly string[],
  dryRun: { dry_run?: true; request?: PlannedRequest },
  linesOf: (changes: readonly Change[]) => string[],
) {
  const moved = Object.keys(answer).filter((key) => ownKeys.includes(key) || isMisfit(key, answer[key]));
  const changes = allChanges.slice(0, maxChanges);
  const data = {
    id,
    ...(moved.length === 0 ? answer : part(answer, (key) => !moved.includes(key))),
    changes,
    ...dryRun,
    ...(moved.length > 0 && { unexpected: part(answer, (key) => moved.includes(key)) }),
  };
  const warnings = [
    ...ownWarnings,
    ...(moved.length > 0 ? [movedAsUnexpected(moved)] : []),
    ...(allChanges.length > maxChanges ? [moreChanges(allChanges.length, maxChanges)] : []),
  ];
  return { lines: linesOf(changes), data, warnings };
}

function part(opportunity: Opportunity, isIn: (key: string) => boolean): Opportunity {
  return Object.fromEntries(Object.entries(opportunity).filter(([key]) => isIn(key)));
}

function subject(id: string, opportunity: Opportunity): string {
  const lead = textOf(opportunity, "lead_name");
  return lead === undefined ? id : `${beginning(lead, maxShownCharacters)} (${id})`;
}

/** `status Active → Won; value $1.00 → $2.00`. */
function describe(changes: readonly Change[], opportunity: Opportunity, isBeforeKnown: boolean): string {
  const currency = textOf(opportunity, "value_currency");
  return changes.map((change) => describeChange(change, currency, isBeforeKnown)).join("; ");
}

function describeChange(
  { field, label, from, to, requested }: Change,
  currency: string | undefined,
  isBeforeKnown: boolean,
): string {
  const side = (value: Change["from"]) => {
    if (value === null) return "empty";
    if (field === "value" && typeof value === "number") return formatMoney(value, currency);
    return beginning(Array.isArray(value) ? value.join(", ") : String(value), maxShownCharacters);
  };
  const name = field === "value" ? field : beginning(label, maxShownCharacters);
  const start = isBeforeKnown ? `${side(from)} ` : "";
  return `${name} ${start}→ ${side(to)}${requested ? "" : " (set by Close)"}`;
}
