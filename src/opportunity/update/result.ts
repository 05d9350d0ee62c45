import { z } from "zod/v3";
import type { JsonObject } from "../../base/json.ts";
import { isMisfit, type Opportunity, opportunitySchema } from "../opportunity.ts";
import { type Change, changeSchema, shownChange } from "./changes.ts";
import type { Edit } from "./edit.ts";
import { describeChanges, subject } from "./summary.ts";

/** What became of an update of one opportunity, as facts. `before` is undefined if it could not be read. */
export type UpdateOutcome = { id: string; warnings: readonly string[]; before: Opportunity | undefined } & (
  | { kind: "nothing to change"; isDryRun: boolean; why: string }
  | {
      /** A dry run: what would be sent, and what is expected of it. */
      kind: "preview";
      /** What was asked for, of which a plan is made, and the opportunity as it should be then. */
      wanted: readonly Edit[];
      after: Opportunity;
      changes: readonly Change[];
      request: PlannedRequest;
    }
  | {
      kind: "updated";
      /** As Close last answered with it. */
      after: Opportunity;
      changes: readonly Change[];
      /** The edits that bring back what was there before; none if nothing changed or that is not known. */
      undo: readonly Edit[];
      /** Whose work they bring back as well, since this update replaced it unseen. */
      restores: string | undefined;
      /** Whether Close's answer was lost, and the opportunity alone shows the update. */
      isShown: boolean;
      /** Whether Close answered with what was there before: it ignored the update. */
      isIgnored: boolean;
    }
);

/** The request that an update would send. `path` is below the base URL. Headers are without the credentials. */
type PlannedRequest = { method: "PUT"; path: string; headers: Readonly<Record<string, string>>; body: JsonObject };

const additions = z.object({
  changes: z.array(changeSchema).optional(),
  undo: z.string().optional().describe("The plan of taking it back, for apply_plan"),
  plan: z.string().optional().describe("The plan of a dry run or of an update that waits, for apply_plan"),
  waiting: z.boolean().optional().describe("true: not applied yet, a person has to agree first"),
  warnings: z.array(z.string()).optional(),
  dry_run: z.boolean().optional(),
  request: z.object({}).passthrough().optional().describe("method, path, headers and body of a dry run"),
  unexpected: z.object({}).passthrough().optional(),
});

/** What an update returns: the Opportunity, flat, and what became of the update. */
export const updateResultSchema = opportunitySchema.extend(additions.shape).passthrough();

/** The sentences of the plans that a call has made, and whether it waits for a person's consent. */
export type Made = { plan?: string | undefined; undo?: string | undefined; isWaiting?: boolean };

/** What a call says that has made a plan: it has to be shown if it waits. */
export function planLine({ plan, isWaiting }: Made): string[] {
  if (plan === undefined) return [];
  const waiting = "Not applied yet: show this to the person, and once they agree call apply_plan with this plan";
  return [`${isWaiting ? waiting : "To carry it out, call apply_plan with this plan"}: ${plan}`];
}

/** The same as data. */
export function planData({ plan, undo, isWaiting }: Made): JsonObject {
  return { ...(plan && { plan }), ...(undo && { undo }), ...(isWaiting && { waiting: true }) };
}

/** What update_opportunity returns of an update. */
export function resultOf(outcome: UpdateOutcome, made: Made = {}) {
  const { id, before = {}, warnings } = outcome;
  switch (outcome.kind) {
    case "nothing to change": {
      const { isDryRun, why } = outcome;
      const line = `${isDryRun ? "Dry run. " : ""}Nothing to change on ${subject(id, before)}: ${why}, so nothing was sent.`;
      return { ...dataOf(before, { id, warnings, ...(isDryRun && { dry_run: true }) }), lines: [line] };
    }
    case "preview": {
      const { changes, request } = outcome;
      const what = describeChanges(changes, before, true) || "no field would differ";
      const isDryRun = !made.isWaiting;
      const lines = [
        `${isDryRun ? "Dry run, nothing" : "Nothing"} was sent. This would update ${subject(id, before)}: ${what}`,
        ...planLine(made),
        `Request: ${request.method} ${request.path} ${JSON.stringify(request.body)}`,
      ];
      return { ...dataOf(before, { id, warnings, changes, made, ...(isDryRun && { dry_run: true }), request }), lines };
    }
    case "updated": {
      const { after, changes, isShown } = outcome;
      const who = subject(id, after);
      const what = describeChanges(changes, after, outcome.before !== undefined);
      const updated = isShown ? `Close's answer was lost, but ${who} shows the update` : `Updated ${who}`;
      const ignored = `Sent an update of ${who}, but Close's answer shows no change`;
      const line = changes.length === 0 ? ignored : `${updated}: ${what}`;
      return { ...dataOf(after, { id, warnings, changes, made }), lines: [line] };
    }
  }
}

type Additions = JsonObject & Pick<UpdateOutcome, "id" | "warnings"> & { changes?: readonly Change[]; made?: Made };

/** Fields that do not fit the published schema, for which clients refuse a whole result, are under `unexpected`. */
function dataOf(answer: Opportunity, { id, warnings, changes = [], made = {}, ...extras }: Additions) {
  const isMoved = (key: string) => Object.hasOwn(additions.shape, key) || isMisfit(key, answer[key]);
  const moved = Object.keys(answer).filter(isMoved);
  const part = (isIn: (key: string) => boolean) =>
    Object.fromEntries(Object.entries(answer).filter(([key]) => isIn(key)));
  const data: JsonObject = {
    id,
    ...(moved.length === 0 ? answer : part((key) => !isMoved(key))),
    changes: changes.map(shownChange),
    ...planData(made),
    ...extras,
    ...(moved.length > 0 && { unexpected: part(isMoved) }),
  };
  const unexpected = `Close answered with fields in an undocumented form, moved under unexpected: ${moved.join(", ")}.`;
  const said = moved.length === 0 ? warnings : [...warnings, unexpected];
  return { data, brief: { id, ...planData(made) }, warnings: said };
}
