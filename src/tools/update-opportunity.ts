import { Failure } from "../base/failure.ts";
import { dayIn } from "../base/time-zone.ts";
import { CloseError } from "../close/http/errors.ts";
import type { ParsedArguments } from "../mcp/arguments.ts";
import { hostHints } from "../mcp/hints.ts";
import { defineSearchingTool, Refusal, type ToolContext } from "../mcp/tool.ts";
import { type Opportunity, textOf } from "../opportunity/opportunity.ts";
import {
  contradictions,
  misplacedArgument,
  type UpdateArguments,
  updateArguments,
  verbatimTexts,
} from "../opportunity/update/arguments.ts";
import { fillerIn } from "../opportunity/update/filler.ts";
import { alreadyHolds, listsNeeded, plan } from "../opportunity/update/plan.ts";
import { expected } from "../opportunity/update/preview.ts";
import { nothingToChange, preview, updated, updateResultSchema } from "../opportunity/update/result.ts";
import { changesBetween, reviewWarnings } from "../opportunity/update/review.ts";
import { undoOf } from "../opportunity/update/undo.ts";
import { unreadBefore } from "../opportunity/warnings.ts";
import type { Known } from "../organization/lists.ts";
import { resolveNames } from "./resolve-names.ts";
import { sendUpdate } from "./send-update.ts";

const description = `Changes one opportunity in Close and reports what actually changed. Only the fields given are changed. For several opportunities use update_opportunities.

- Money is in cents: a deal of $500.00 has value 50000, and 500 would make it $5.00.
- date_won: when an opportunity is won, send date_won too if the day matters. Close fills it with today only if it is empty, and an active opportunity often holds its expected close date there.
- To empty a field, name it in clear. null and "" are ignored.
- custom_fields takes operations: to tag, use add, which keeps the other tags; set would replace them all.
- Statuses, owners, contacts and custom fields can be given by name; an unknown name returns the valid ones.
- On an error nothing was changed unless the text says otherwise. dry_run shows the request and the expected changes first.
- undo in the result is a call of this tool that brings back what was there before.
- No tool here creates or deletes opportunities, renames or moves leads, or changes the currency.

A win, with a tag added:
{"id": "oppo_…", "status_id": "Won", "date_won": "2026-11-23", "custom_fields": [{"field": "Tags", "action": "add", "value": ["Wednesday"]}]}
A new value of $750 and expected close date:
{"id": "oppo_…", "value": 75000, "date_won": "2026-12-31"}`;

export const updateOpportunity = defineSearchingTool({
  name: "update_opportunity",
  title: "Update an opportunity",
  description,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  meta: hostHints("update change mark win won lost close date owner value status tag note undo"),
  inputSchema: updateArguments,
  outputSchema: updateResultSchema,
  hint: misplacedArgument,
  verbatim: verbatimTexts,

  /** Arguments → resolve names → plan → send → review → result. */
  async handle(parsed, callContext) {
    const { args, before, body, known, warnings, context } = await prepare(parsed, callContext);
    const { id } = args;
    // Looked up when it is needed: an update may wait past midnight.
    const today = () => dayIn(context.timeZone, new Date());

    const review = (after: Opportunity) => {
      const transition = { before, after, body, known };
      return {
        changes: changesBetween(transition),
        undo: undoOf(transition).undo,
        warnings: [...warnings, ...reviewWarnings(transition, today(), context.timeZone)],
      };
    };

    if (before && alreadyHolds(before, body)) {
      return nothingToChange(id, before, review(before).warnings, args.dry_run === true);
    }
    if (before && args.dry_run) {
      const expectedReview = review(expected(before, body, known, today()));
      const request = context.close.previewUpdate(id, body, context);
      return preview(id, before, expectedReview.changes, expectedReview.warnings, request);
    }
    const { after, notes } = await sendUpdate({ id, body, before, known, warnings }, context);
    const reviewed = review(after);
    const allWarnings = [...notes, ...reviewed.warnings];
    return updated(id, after, reviewed.changes, allWarnings, before !== undefined, reviewed.undo);
  },
});

/** Reads, resolves names and plans. Throws the refusal of all mistakes there are, before anything is sent. */
async function prepare(
  { args, partial, mistakes, given, blank }: ParsedArguments<UpdateArguments>,
  callContext: ToolContext,
) {
  const ownMistakes = [...mistakes, ...contradictions(partial, mistakes.length > 0)];

  const lists = listsNeeded(partial);
  if (args === undefined || (ownMistakes.length > 0 && lists.length === 0)) throw new Refusal(ownMistakes);

  const context = { ...callContext, timeZone: args.time_zone ?? callContext.timeZone };
  const [{ before, unread }, firstKnown] = await Promise.all([
    readBefore(args, context),
    context.directory.lookUp(lists, context),
  ]).catch((error: unknown) => {
    if (ownMistakes.length === 0 || !(error instanceof Failure)) throw error;
    throw new Refusal([...ownMistakes, { argument: "id", problem: error.report.problem }]);
  });
  const makePlan = (known: Known) => plan(args, before, known);
  const { planning, known } = await resolveNames(firstKnown, makePlan, context, textOf(before, "lead_id"));
  const filler = fillerIn(args, given, blank, before);
  const filledIn = filler.mistake === undefined ? [] : [{ argument: "arguments", problem: filler.mistake }];
  const all = [...ownMistakes, ...planning.mistakes, ...filledIn];
  if (all.length > 0) throw new Refusal(all, unread);
  if (before) refuseIfChanged(args, before);

  const warnings = [...unread, ...filler.warnings, ...planning.warnings];
  return { args, before, body: planning.body, known, warnings, context };
}

type Before = { before: Opportunity | undefined; unread: string[] };

/** The opportunity before the update. Where Close fails to give it, the update goes on if it can do without. */
async function readBefore(args: UpdateArguments, context: ToolContext): Promise<Before> {
  try {
    return { before: await context.close.readOpportunity(args.id, context), unread: [] };
  } catch (error) {
    const isFinal =
      !(error instanceof CloseError) ||
      [401, 403, 404].includes(error.status ?? 0) ||
      context.signal.aborted ||
      args.dry_run ||
      args.expected_date_updated !== undefined;
    if (isFinal) throw error;
    return { before: undefined, unread: [unreadBefore(error.report.problem)] };
  }
}

/** Compares by instant: hosts rewrite `+00:00` as `Z` and drop zeros. Close itself has no conditional update. */
function refuseIfChanged({ expected_date_updated: seen }: UpdateArguments, before: Opportunity): void {
  const current = before.date_updated;
  if (seen === undefined || (typeof current === "string" && Date.parse(current) === Date.parse(seen))) return;
  const by =
    typeof before.updated_by_name === "string" ? ` by ${JSON.stringify(before.updated_by_name)}` : "";
  throw new Failure({
    problem: `Nothing was sent: the opportunity has changed since ${seen}. It was last updated at ${textOf(before, "date_updated") ?? "a time that Close does not tell"}${by}.`,
    record: "unchanged",
    remedy:
      "Look at the opportunity as it is now (a dry_run shows it), decide whether the update is still wanted, and call again with that date_updated.",
  });
}
