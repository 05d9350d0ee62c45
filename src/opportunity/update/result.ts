import { z } from "zod/v3";
import type { JsonObject } from "../../base/json.ts";
import { isMisfit, type Opportunity, opportunitySchema } from "../opportunity.ts";
import { moreChanges, movedAsUnexpected } from "../warnings.ts";
import type { UpdateArguments } from "./arguments.ts";
import { type Change, changeSchema, type ReviewedChange } from "./changes.ts";
import type { PlannedRequest, UpdateFact } from "./fact.ts";
import { describeChanges, subject } from "./summary.ts";

const additions = z.object({
  changes: z.array(changeSchema).optional(),
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

/** An opportunity has far fewer fields. */
const maxChanges = 1000;

/** What update_opportunity returns of an update. */
export function resultOf(fact: UpdateFact): UpdateResult {
  const { id } = fact;
  switch (fact.kind) {
    case "nothing to change": {
      const { before, isDryRun } = fact;
      const line = `${isDryRun ? "Dry run. " : ""}Nothing to change on ${subject(id, before)}: it already has all that was asked for, so nothing was sent.`;
      return result(fact, before, [], isDryRun ? { dry_run: true } : {}, () => [line]);
    }
    case "preview": {
      const { before, changes, request } = fact;
      const { method, path, body } = request;
      return result(fact, before, changes, { dry_run: true, request }, (shown) => [
        `Dry run, nothing was sent. This would update ${subject(id, before)}: ${describeChanges(shown, before, true) || "no field would differ"}`,
        `Request: ${method} ${path} ${JSON.stringify(body)}`,
      ]);
    }
    case "updated": {
      const { before, after, changes, undo } = fact;
      return result(fact, after, changes, undo === undefined ? {} : { undo }, (shown) => [
        shown.length === 0
          ? `Sent an update of ${subject(id, after)}, but Close's answer shows no change`
          : `Updated ${subject(id, after)}: ${describeChanges(shown, after, before !== undefined)}`,
      ]);
    }
  }
}

type UpdateResult = {
  lines: readonly string[];
  data: JsonObject;
  brief: JsonObject;
  warnings: readonly string[];
};

/**
 * Fields that do not match the published schema are put under `unexpected`: clients refuse a whole result for one of
 * them, and the write has happened.
 */
function result(
  { id, warnings: ownWarnings }: UpdateFact,
  answer: Opportunity,
  allChanges: readonly ReviewedChange[],
  extras: { dry_run?: true; request?: PlannedRequest; undo?: UpdateArguments },
  linesOf: (changes: readonly ReviewedChange[]) => string[],
): UpdateResult {
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
  return { lines: linesOf(changes), data, brief: { id }, warnings };
}

/** A change as results show it. */
export function publishedChange({ field, label, from, to, requested }: ReviewedChange): Change {
  return { field, label, from, to, requested };
}

function part(opportunity: Opportunity, isIn: (key: string) => boolean): Opportunity {
  return Object.fromEntries(Object.entries(opportunity).filter(([key]) => isIn(key)));
}
