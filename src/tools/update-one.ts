import { Failure } from "../base/failure.ts";
import type { InPart } from "../base/in-part.ts";
import type { JsonObject } from "../base/json.ts";
import { dayIn } from "../base/time-zone.ts";
import type { CallContext } from "../close/http/client.ts";
import { CloseError } from "../close/http/errors.ts";
import type { ParsedArguments } from "../mcp/arguments.ts";
import { Refusal, type ToolContext } from "../mcp/tool.ts";
import type { UpdateBody } from "../opportunity/compare.ts";
import { type Opportunity, textOf } from "../opportunity/opportunity.ts";
import { contradictions, type UpdateArguments } from "../opportunity/update/arguments.ts";
import { fillerIn } from "../opportunity/update/filler.ts";
import { alreadyHolds, listsNeeded, plan } from "../opportunity/update/plan.ts";
import { expected } from "../opportunity/update/preview.ts";
import type { PlannedRequest } from "../opportunity/update/result.ts";
import { type Review, type ReviewedChange, review } from "../opportunity/update/review.ts";
import { unreadBefore } from "../opportunity/warnings.ts";
import type { Known } from "../organization/lists.ts";
import type { Mistake } from "../organization/names.ts";
import { afterwards } from "./afterwards.ts";
import { mistakenNames } from "./mistaken-names.ts";
import { resolveNames } from "./resolve-names.ts";
import { sendUpdate, type Update } from "./send-update.ts";

/** What became of an update of one opportunity, as facts. */
export type UpdateFact = { id: string; warnings: readonly string[] } & (
  | {
      /** All that was asked for already holds, so nothing was sent. */
      kind: "nothing to change";
      before: Opportunity;
    }
  | {
      /** A dry run: what would be sent, and what is expected of it. */
      kind: "preview";
      before: Opportunity;
      body: UpdateBody;
      changes: readonly ReviewedChange[];
      request: PlannedRequest;
    }
  | {
      kind: "updated";
      /** Undefined if it could not be read. */
      before: Opportunity | undefined;
      after: Opportunity;
      body: UpdateBody;
      changes: readonly ReviewedChange[];
      /** The arguments that bring back what was there before, if anything changed and that is known. */
      undo: JsonObject | undefined;
    }
);

/**
 * Updates one opportunity: arguments → resolve names → plan → send → review → result. Updates of the same opportunity
 * wait for one another, from reading it to the result; dry runs do not wait.
 *
 * @throws Refusal of all mistakes there are, before anything is sent.
 * @throws Failure that says whether the opportunity is unchanged or in doubt.
 */
export async function updateOne(
  parsed: ParsedArguments<UpdateArguments>,
  callContext: ToolContext,
): Promise<UpdateFact> {
  const { args, partial, mistakes } = parsed;
  const ownMistakes = [...mistakes, ...contradictions(partial)];
  if (args === undefined || ownMistakes.length > 0) return refuse(parsed, ownMistakes, callContext);
  const context = { ...callContext, timeZone: args.time_zone ?? callContext.timeZone };
  const asked = { args, given: parsed.given, blank: parsed.blank, mistakes: [] };
  if (args.dry_run) return carryOut(asked, context);
  return context.updates.run(args.id, context.signal, () => carryOut(asked, context));
}

/** What was asked for, as far as it could be read, the names of all that were given and of the blank ones, and the mistakes. */
type Asked = Pick<ParsedArguments<UpdateArguments>, "given" | "blank" | "mistakes"> & {
  args: InPart<UpdateArguments> & { id: string };
};

/** Names are looked up before a refusal, which then reports all mistakes there are. */
async function refuse(
  { partial, given, blank }: ParsedArguments<UpdateArguments>,
  mistakes: readonly Mistake[],
  context: ToolContext,
): Promise<never> {
  const { id } = partial;
  if (id === undefined) throw new Refusal([...mistakes, ...(await mistakenNames([partial], context)).flat()]);
  if (listsNeeded(partial).length > 0)
    await planned({ args: { ...partial, id }, given, blank, mistakes }, context);
  throw new Refusal(mistakes);
}

async function carryOut(asked: Asked & { args: UpdateArguments }, context: ToolContext): Promise<UpdateFact> {
  const { args } = asked;
  const { id } = args;
  const first = await planned(asked, context);
  if (first.before && alreadyHolds(first.before, first.body, first.known)) {
    return nothingToChange(id, { ...first, before: first.before }, context);
  }
  if (first.before && args.dry_run) {
    const { before, body, known, warnings } = first;
    const reviewed = reviewOf(first, expected(before, body, known, today(context)), context);
    const request = context.close.previewUpdate(id, body, context);
    return {
      kind: "preview",
      id,
      before,
      body,
      changes: reviewed.changes,
      warnings: [...warnings, ...reviewed.warnings],
      request,
    };
  }
  const replan = (call: CallContext) => planned(asked, { ...context, ...call });
  const sent = await sendUpdate(id, first, replan, context);
  const { update } = sent;
  const { before, body } = update;
  if (!sent.isSent) return nothingToChange(id, update, context);

  const { after, notes } = sent;
  const { value: reviewed, warnings: failed } = await afterwards(
    "comparing it with the state before",
    { changes: [], undo: undefined, warnings: [] },
    () => reviewOf(update, after, context),
  );
  const warnings = [...notes, ...update.warnings, ...reviewed.warnings, ...failed];
  return {
    kind: "updated",
    id,
    before,
    after,
    body,
    changes: reviewed.changes,
    undo: reviewed.undo,
    warnings,
  };
}

function nothingToChange(id: string, update: Update, context: ToolContext): UpdateFact {
  const before = update.before ?? {};
  const { warnings } = reviewOf(update, before, context);
  return { kind: "nothing to change", id, before, warnings: [...update.warnings, ...warnings] };
}

function reviewOf({ before, body, known }: Update, after: Opportunity, context: ToolContext): Review {
  return review({ before, after, body, known }, today(context), context.timeZone);
}

/** Looked up when it is needed: an update may wait past midnight. */
function today({ timeZone }: ToolContext): string {
  return dayIn(timeZone, new Date());
}

/** Reads, resolves names and plans. @throws Refusal if there is any mistake. */
async function planned({ args, given, blank, mistakes }: Asked, context: ToolContext): Promise<Update> {
  const [{ before, unread, readAt }, firstKnown] = await Promise.all([
    readBefore(args, context),
    context.directory.lookUp(listsNeeded(args), context),
  ]).catch((error: unknown) => {
    if (mistakes.length === 0 || !(error instanceof Failure)) throw error;
    throw new Refusal([...mistakes, { argument: "id", problem: error.report.problem }]);
  });
  const makePlan = (known: Known) => plan(args, before, known);
  const { planning, known } = await resolveNames(firstKnown, makePlan, context, textOf(before, "lead_id"));
  const filler = fillerIn(args, { given, blank }, before);
  const all = [...mistakes, ...planning.mistakes, ...filler.mistakes];
  if (all.length > 0) throw new Refusal(all, unread);
  if (before) refuseIfChanged(args, before);

  return {
    before,
    body: planning.body,
    known,
    readAt,
    warnings: [...unread, ...filler.warnings, ...planning.warnings],
  };
}

type Before = { before: Opportunity | undefined; unread: string[]; readAt: number };

/** The opportunity before the update. If Close fails to return it, the update goes on if it can do without. */
async function readBefore(args: Asked["args"], context: ToolContext): Promise<Before> {
  try {
    const before = await context.close.readOpportunity(args.id, context);
    return { before, unread: [], readAt: performance.now() };
  } catch (error) {
    const isFinal =
      !(error instanceof CloseError) ||
      [401, 403, 404].includes(error.status ?? 0) ||
      context.signal.aborted ||
      error.report.isOutOfTime ||
      args.dry_run ||
      args.expected_date_updated !== undefined;
    if (isFinal) throw error;
    return { before: undefined, unread: [unreadBefore(error.report.problem)], readAt: performance.now() };
  }
}

/** Compares by instant: hosts rewrite `+00:00` as `Z` and drop zeros. Close itself has no conditional update. */
function refuseIfChanged({ expected_date_updated: seen }: Asked["args"], before: Opportunity): void {
  const current = before.date_updated;
  if (seen === undefined || (typeof current === "string" && Date.parse(current) === Date.parse(seen))) return;
  const by =
    typeof before.updated_by_name === "string" ? ` by ${JSON.stringify(before.updated_by_name)}` : "";
  throw new Failure({
    problem: `Nothing was sent: the opportunity has changed since ${seen}. It was last updated at ${textOf(before, "date_updated") ?? "an unknown time"}${by}.`,
    record: "unchanged",
    remedy:
      "Look at the opportunity as it is now (a dry_run shows it), decide whether the update is still wanted, and call again with that date_updated.",
  });
}
