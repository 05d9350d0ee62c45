import { z } from "zod/v3";
import { isMisfit, type Opportunity, opportunitySchema } from "./opportunity.ts";
import type { Outcome } from "./outcome.ts";
import { summarize } from "./summary.ts";
import type { ToolResult } from "./tool-result.ts";
import { moreChanges, movedAsUnexpected } from "./warnings.ts";

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

/** An opportunity has far fewer fields; more would make the result too large for official clients. */
const mostChanges = 1000;

/**
 * An update's result in both of its forms. Fields that do not fit the published schema are under
 * `unexpected`: clients refuse a whole result for one of them, and the write has happened.
 *
 * @param answer the opportunity as Close last answered with it.
 */
export function updateResult(answer: Opportunity, id: string, outcome: Outcome): ToolResult {
  const moved = Object.keys(answer).filter((key) => ownKeys.includes(key) || isMisfit(key, answer[key]));
  const warnings = [
    ...outcome.warnings,
    ...(moved.length > 0 ? [movedAsUnexpected(moved)] : []),
    ...(outcome.changes.length > mostChanges ? [moreChanges(outcome.changes.length, mostChanges)] : []),
  ];
  const { dryRun } = outcome;
  const changes = outcome.changes.slice(0, mostChanges);
  const opportunity = moved.length === 0 ? answer : part(answer, (key) => !moved.includes(key));
  const data = {
    id,
    ...opportunity,
    changes,
    ...(dryRun && { dry_run: true }),
    ...(dryRun?.request && { request: dryRun.request }),
    ...(moved.length > 0 && { unexpected: part(answer, (key) => moved.includes(key)) }),
  };
  return { lines: summarize(id, opportunity, { ...outcome, changes }), data, warnings };
}

function part(opportunity: Opportunity, isIn: (key: string) => boolean): Opportunity {
  return Object.fromEntries(Object.entries(opportunity).filter(([key]) => isIn(key)));
}
