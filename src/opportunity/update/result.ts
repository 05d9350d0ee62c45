import { z } from "zod/v3";
import type { JsonObject } from "../../base/json.ts";
import { isMisfit, type Opportunity, opportunitySchema } from "../opportunity.ts";
import { moreChanges, movedAsUnexpected } from "../warnings.ts";
import type { UpdateBody } from "./body.ts";
import type { Change, ReviewedChange } from "./changes.ts";
import { describeChanges, subject } from "./summary.ts";

const changeValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]);

const additions = z.object({
  changes: z
    .array(
      z.object({
        field: z.string(),
        label: z.string(),
        from: changeValue,
        to: changeValue,
        requested: z.boolean().describe("false: changed without being asked for"),
      }),
    )
    .optional(),
  undo: z
    .object({})
    .passthrough()
    .optional()
    .describe("Arguments of update_opportunity that bring back what was there before"),
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

/** An opportunity has far fewer fields. */
const maxChanges = 1000;

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
  changes: readonly ReviewedChange[],
  warnings: readonly string[],
  request: PlannedRequest,
) {
  return result(id, before, changes, warnings, { dry_run: true, request }, (shown) => [
    `Dry run, nothing was sent. This would update ${subject(id, before)}: ${describeChanges(shown, before, true) || "no field would differ"}`,
    `Request: ${request.method} ${request.path} ${JSON.stringify(request.body)}`,
  ]);
}

/**
 * An update that was sent and has taken effect.
 *
 * @param after the opportunity as Close last answered with it.
 * @param isBeforeKnown false if the opportunity could not be read before: an empty `from` then means nothing.
 * @param undo the arguments that take the update back, if there are any.
 */
export function updated(
  id: string,
  after: Opportunity,
  changes: readonly ReviewedChange[],
  warnings: readonly string[],
  isBeforeKnown: boolean,
  undo?: JsonObject,
) {
  return result(id, after, changes, warnings, undo === undefined ? {} : { undo }, (shown) => [
    shown.length === 0
      ? `Sent an update of ${subject(id, after)}, whose answer shows no change`
      : `Updated ${subject(id, after)}: ${describeChanges(shown, after, isBeforeKnown)}`,
  ]);
}

/**
 * Fields that do not match the published schema are put under `unexpected`: clients refuse a whole result for one of
 * them, and the write has happened.
 */
function result(
  id: string,
  answer: Opportunity,
  allChanges: readonly ReviewedChange[],
  ownWarnings: readonly string[],
  extras: { dry_run?: true; request?: PlannedRequest; undo?: JsonObject },
  linesOf: (changes: readonly ReviewedChange[]) => string[],
) {
  const moved = Object.keys(answer).filter((key) => ownKeys.includes(key) || isMisfit(key, answer[key]));
  const changes = allChanges.slice(0, maxChanges);
  const data = {
    id,
    ...(moved.length === 0 ? answer : part(answer, (key) => !moved.includes(key))),
    changes: changes.map(publishedChange),
    ...extras,
    ...(moved.length > 0 && { unexpected: part(answer, (key) => moved.includes(key)) }),
  };
  const warnings = [
    ...ownWarnings,
    ...(moved.length > 0 ? [movedAsUnexpected(moved)] : []),
    ...(allChanges.length > maxChanges ? [moreChanges(allChanges.length, maxChanges)] : []),
  ];
  return { lines: linesOf(changes), data, warnings };
}

/** A change as results show it. */
export function publishedChange({ field, label, from, to, requested }: ReviewedChange): Change {
  return { field, label, from, to, requested };
}

function part(opportunity: Opportunity, isIn: (key: string) => boolean): Opportunity {
  return Object.fromEntries(Object.entries(opportunity).filter(([key]) => isIn(key)));
}
