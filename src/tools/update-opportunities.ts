import { Failure, type FailureReport } from "../base/failure.ts";
import { hostHints } from "../mcp/hints.ts";
import type { ToolResult } from "../mcp/result.ts";
import { defineSearchingTool, Refusal, type ToolContext } from "../mcp/tool.ts";
import type { UpdateArguments } from "../opportunity/update/arguments.ts";
import type { Filling } from "../opportunity/update/filler.ts";
import { manyArguments, manyReading, placed, type RowArguments, rowsOf } from "../opportunity/update/many.ts";
import { listsNeeded, plan } from "../opportunity/update/plan.ts";
import {
  manyResultSchema,
  progressMessage,
  type Row,
  rowLines,
  rowsResult,
} from "../opportunity/update/rows.ts";
import type { Known } from "../organization/lists.ts";
import type { Mistake } from "../organization/names.ts";
import { resolveNames } from "./resolve-names.ts";
import { type UpdateFact, updateOne } from "./update-one.ts";

/** How many rows run side by side. Each has one request on its way at a time, within the rate limits. */
const maxSideBySide = 16;

/** A row that starts later than this before the end of the call, in milliseconds, could not be read back any more. */
const timeForARow = 11_000;

const description = `Changes many opportunities in Close in one call, and reports of each what became of it: updated, unchanged (already so), refused, in_doubt, or not_tried (time used up; call again with those ids). For a single opportunity use update_opportunity, whose arguments and rules hold here too.

All arguments are checked before anything is sent; what does not suit one opportunity refuses that row alone. Only change what was asked for: never widen a request about one opportunity to many. dry_run shows the expected changes of every row.

One change for many:
{"updates": [{"ids": ["oppo_…", "oppo_…"], "date_won": "2026-12-31"}]}
Different changes; to undo, give the undo of each row as an entry:
{"updates": [{"id": "oppo_…", "value": 75000}, {"id": "oppo_…", "status_id": "Lost", "note_append": "Went bankrupt."}]}`;

export const updateOpportunities = defineSearchingTool({
  name: "update_opportunities",
  title: "Update many opportunities",
  description,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  meta: hostHints("bulk batch many several all update change mark won lost close date owner tag undo"),
  inputSchema: manyArguments,
  outputSchema: manyResultSchema,
  reading: manyReading,

  /** Arguments → what is wrong with any entry → rows, each as update_opportunity would → result. */
  async handle({ args, mistakes: misread, given, blank }, context) {
    if (args === undefined || misread.length > 0) throw new Refusal(misread);
    const { rows, mistakes } = rowsOf(args, { given, blank });
    const all = [...mistakes, ...(await mistakenNames(rows, context))];
    if (all.length > 0) throw new Refusal(all);
    return report(await runRows(rows, context), args.dry_run === true);
  },
});

/** Owners and custom fields are the same for every opportunity: wrong ones are refused before anything is sent. */
async function mistakenNames(rows: readonly RowArguments[], context: ToolContext): Promise<Mistake[]> {
  const entries = new Map(rows.map(({ place, args }) => [place, args]));
  const found = await Promise.all(
    [...entries].map(async ([place, args]) => {
      const mistakes = await mistakenIn(args, context);
      return mistakes.map(({ argument, problem }) => ({ argument: placed(place, argument), problem }));
    }),
  );
  return found.flat();
}

async function mistakenIn(args: UpdateArguments, context: ToolContext): Promise<readonly Mistake[]> {
  // What an opportunity holds can be removed, whatever the field's definition says.
  const operations = [...(args.custom_fields ?? []).entries()].filter(
    ([, { action }]) => action !== "remove",
  );
  const shared = {
    id: args.id,
    ...(args.user_id !== undefined && { user_id: args.user_id }),
    custom_fields: operations.map(([, operation]) => operation),
  };
  const firstKnown = await context.directory.lookUp(listsNeeded(shared), context);
  const { planning } = await resolveNames(
    firstKnown,
    (known: Known) => {
      const { mistakes, lookUps } = plan(shared, {}, known);
      // Contacts are those of each opportunity's own lead.
      return { mistakes, lookUps: lookUps.filter((list) => list !== "contacts") };
    },
    context,
  );
  return planning.mistakes.map(({ argument, problem }) => ({
    argument: argument.replace(/\[(\d+)\]/g, (_, at) => `[${operations[Number(at)]?.[0] ?? at}]`),
    problem,
  }));
}

/** Runs the rows a few at a time, in their order, until none is left or the call ends. */
async function runRows(rows: readonly RowArguments[], context: ToolContext): Promise<Row[]> {
  const done: Row[] = new Array<Row>(rows.length);
  const waiting = rows.entries();
  let count = 0;
  context.onProgress?.(count, rows.length, `0 of ${rows.length}`);
  const work = async () => {
    for (const [at, { args, filling }] of waiting) {
      const row = await runRow(args, filling, context);
      done[at] = row;
      count += 1;
      context.onProgress?.(count, rows.length, progressMessage(count, rows.length, row));
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxSideBySide, rows.length) }, work));
  return done;
}

async function runRow(args: UpdateArguments, filling: Filling, context: ToolContext): Promise<Row> {
  const { deadline = Number.POSITIVE_INFINITY } = context;
  if (context.signal.aborted || performance.now() + timeForARow > deadline)
    return failedRow(args.id, notTried);
  try {
    return rowOf(await updateOne({ args, partial: args, mistakes: [], ...filling }, context));
  } catch (error) {
    if (error instanceof Refusal) {
      const problems = error.mistakes.map(({ argument, problem }) => `${argument}: ${problem}`);
      return { ...failedRow(args.id, undefined), outcome: "refused", error: problems.join("; ") };
    }
    if (error instanceof Failure) return failedRow(args.id, error.report);
    // After a write nothing may be reported as a failure that is none.
    return {
      ...failedRow(args.id, undefined),
      outcome: "in_doubt",
      error: `Unexpected internal error: ${error}`,
    };
  }
}

const notTried: FailureReport = { problem: "", record: "unchanged", remedy: "", isOutOfTime: true };

function rowOf(fact: UpdateFact): Row {
  const { id, warnings } = fact;
  switch (fact.kind) {
    case "nothing to change":
      return {
        id,
        opportunity: fact.before,
        outcome: "unchanged",
        changes: [],
        isBeforeKnown: true,
        warnings,
      };
    case "preview": {
      const { before: opportunity, changes } = fact;
      return { id, opportunity, outcome: "not_tried", changes, isBeforeKnown: true, warnings };
    }
    case "updated": {
      const { before, after: opportunity, changes, undo } = fact;
      return {
        id,
        opportunity,
        outcome: "updated",
        changes,
        isBeforeKnown: before !== undefined,
        warnings,
        undo,
      };
    }
  }
}

function failedRow(id: string, report: FailureReport | undefined): Row {
  const outcome = report?.isOutOfTime ? "not_tried" : report?.record === "in doubt" ? "in_doubt" : "refused";
  const error = [report?.problem, ...(report?.details ?? [])].filter(Boolean).join(" ");
  return {
    id,
    opportunity: {},
    outcome,
    changes: [],
    isBeforeKnown: false,
    warnings: [],
    ...(error !== "" && { error }),
  };
}

/** Nothing that was updated or may have been is reported as a failure. */
function report(rows: readonly Row[], isDryRun: boolean): ToolResult {
  const isFailed = rows.every(
    ({ outcome }) => outcome === "refused" || (outcome === "not_tried" && !isDryRun),
  );
  if (!isFailed) return rowsResult(rows, isDryRun);
  const wasTried = rows.some(({ outcome }) => outcome === "refused");
  throw new Failure({
    problem: `None of ${rows.length} opportunities was updated.`,
    details: rowLines(rows),
    record: "unchanged",
    remedy: wasTried
      ? "Correct what was refused, and call again with what is still wanted."
      : "Call again in a moment with the same arguments.",
  });
}
