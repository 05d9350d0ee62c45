import { Failure } from "../base/failure.ts";
import { quote } from "../base/text.ts";
import { instantOf } from "../base/time-zone.ts";
import { eventsIfReadable, maxEvents } from "../close/events.ts";
import type { ToolContext } from "../mcp/tool.ts";
import { historyOf } from "../opportunity/history.ts";
import { type Opportunity, textOf } from "../opportunity/opportunity.ts";
import type { Plan } from "../opportunity/plans/plan.ts";
import type { UpdateArguments } from "../opportunity/update/arguments.ts";
import type { Asked } from "../opportunity/update/edit.ts";
import { listsNeeded, wantedEdits } from "../opportunity/update/wanted.ts";
import { type List, type Names, readLists } from "../organization/lists.ts";

/** What one opportunity is to become: by the arguments of a call, or by a plan. */
export type WantedUpdate = {
  id: string;
  /** Whether it may be one that a person has to agree to for what it does, as far as that shows before anything is read. */
  mayBeClosing: boolean;
  /** Whether it cannot be sent without the opportunity as it is. */
  needsBefore: boolean;
  /** Of a plan: the one whose row it is. A person has agreed to it if that was needed, and an undo is exempt from limits on fields. */
  plan?: Pick<Plan, "kind" | "word">;
  /** Why, for the audit file. */
  reason?: string | undefined;
  /** The lists that are read beside the opportunity. */
  listsNeeded(names: Names, isDryRun: boolean): readonly List<unknown>[];
  /** What is asked for, of the opportunity as just read. @throws Failure if it must not be carried out. */
  edits(before: Opportunity | undefined, context: ToolContext): Promise<Asked>;
  /** Called once it has been carried out, before another update of the opportunity begins. */
  onApplied?(): void;
};

/** The update that these arguments ask for, which do not contradict each other. */
export function wantedBy(args: UpdateArguments): WantedUpdate {
  const { id, expected_date_updated, reason } = args;
  return {
    id,
    reason,
    mayBeClosing: args.status_id !== undefined,
    needsBefore: expected_date_updated !== undefined,
    listsNeeded: (names, isDryRun) => listsNeeded(args, names, isDryRun),
    async edits(before, context) {
      const wanted = await wantedEdits(args, { ...context, before });
      if (before && expected_date_updated) await refuseIfChanged(id, expected_date_updated, before, context);
      return wanted;
    },
  };
}

/** Compares by instant: hosts rewrite `+00:00` as `Z` and drop zeros. Close itself has no conditional update. */
async function refuseIfChanged(id: string, seen: string, before: Opportunity, context: ToolContext): Promise<void> {
  const current = textOf(before, "date_updated") ?? "an unknown time";
  const [seenAt, currentAt] = [instantOf(seen), instantOf(current)];
  if (currentAt === seenAt) return;
  const created = textOf(before, "date_created") ?? "";
  const wrong =
    seenAt > currentAt
      ? `later than the opportunity's own date_updated, ${current}`
      : seenAt < Math.floor(instantOf(created) / 1000) * 1000 && `earlier than the opportunity itself, of ${created}`;
  if (wrong) {
    const problem = `Nothing was sent: expected_date_updated ${seen} is wrong, it is ${wrong}.`;
    throw new Failure({ problem, record: "unchanged", remedy: readAgain });
  }
  const { names } = context;
  const [events] = await Promise.all([
    eventsIfReadable(context.close, id, maxEvents, context),
    readLists([names.users, names.pipelines, names.customFields]).catch(() => []),
  ]);
  const { lines, entries } = historyOf(events, names.known(), context.timeZone);
  const details = lines.filter((_, at) => instantOf(entries[at]?.date ?? "") > seenAt);
  const by = textOf(before, "updated_by_name");
  const problem = `Nothing was sent: the opportunity has changed since ${seen}. It was last updated at ${current}${by === undefined ? "" : ` by ${quote(by)}`}.`;
  throw new Failure({ problem, details, record: "unchanged", remedy: readAgain });
}

const readAgain =
  "Read the opportunity with get_opportunity, decide whether the update is still wanted, and call again with the date_updated that it shows.";
