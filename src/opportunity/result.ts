import { z } from "zod/v3";
import { moreChanges, movedAsUnexpected } from "../warnings.ts";
import { type BothForms, inBothForms } from "./both-forms.ts";
import { fitToSchema, type Opportunity, opportunitySchema } from "./opportunity.ts";
import type { Change } from "./review.ts";
import { summarize } from "./summary.ts";

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
  body: Readonly<Record<string, unknown>>;
};

/** What became of an update. */
export type Outcome = {
  changes: readonly Change[];
  /** False where the opportunity could not be read before: an empty `from` then says nothing. */
  isBeforeKnown: boolean;
  warnings: readonly string[];
  /** False where nothing went to Close: a dry run, or all that was asked for already held. */
  sent: boolean;
  /** On a dry run: what would be sent, undefined where nothing would be. */
  dryRun?: { request: PlannedRequest | undefined };
};

/** An opportunity has far fewer fields; more would make the result too large for official clients. */
const mostChanges = 1000;

/**
 * An update's result in both of its forms. Fields that do not fit the published schema are under
 * `unexpected`: clients refuse a whole result for one of them, and the write has happened.
 *
 * @param answer the opportunity as Close last answered with it.
 */
export function updateResult(answer: Opportunity, id: string, outcome: Outcome): BothForms {
  const { opportunity, unexpected } = fitToSchema(answer, id, ownKeys);
  const moved = Object.keys(unexpected);
  const warnings = [
    ...outcome.warnings,
    ...(moved.length > 0 ? [movedAsUnexpected(moved)] : []),
    ...(outcome.changes.length > mostChanges ? [moreChanges(outcome.changes.length, mostChanges)] : []),
  ];
  const { dryRun } = outcome;
  const changes = outcome.changes.slice(0, mostChanges);
  const structured = {
    ...opportunity,
    changes,
    ...(dryRun && { dry_run: true }),
    ...(dryRun?.request && { request: dryRun.request }),
    ...(moved.length > 0 && { unexpected }),
  };
  return inBothForms(summarize(opportunity, { ...outcome, changes }), structured, warnings);
}
