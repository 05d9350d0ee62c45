import { z } from "zod/v3";
import type { JsonObject } from "../../base/json.ts";
import { isMisfit, type Opportunity, opportunitySchema } from "../opportunity.ts";
import { type Change, changeSchema, shownChange } from "./changes.ts";
import type { Edit } from "./edit.ts";
import { describeChanges, subject } from "./summary.ts";

/** What became of an update of one opportunity. `opportunity` is as it is now, as far as that is known. */
export type UpdateOutcome = { id: string; opportunity: Opportunity; warnings: readonly string[] } & (
  | { kind: "nothing to change"; why: string }
  | {
      /** Not sent: what would be, and what is expected of it. */
      kind: "preview";
      /** What was asked for, of which a plan is made, and the opportunity as it should be then. */
      asked: readonly Edit[];
      after: Opportunity;
      changes: readonly Change[];
      request: PlannedRequest;
    }
  | {
      kind: "updated";
      /** Undefined if it could not be read. */
      before: Opportunity | undefined;
      changes: readonly Change[];
      /** The edits that bring back what was there before; none if nothing changed or that is not known. */
      undo: readonly Edit[];
      /** Whose work they bring back as well, since this update replaced it unseen. */
      restores?: string | undefined;
      /** Whether Close's answer was lost, and the opportunity alone shows the update. */
      isShown: boolean;
      /** Whether Close answered with what was there before: it ignored the update. */
      isIgnored: boolean;
    }
  | {
      kind: "failed";
      outcome: "refused" | "in_doubt" | "not_tried";
      error: string;
      cause: unknown;
      /** Why all others will fail in the same way. */
      blocker?: string | undefined;
    }
);
export type Updated = Extract<UpdateOutcome, { kind: "updated" }>;
export type Failed = Extract<UpdateOutcome, { kind: "failed" }>;
export type Preview = Extract<UpdateOutcome, { kind: "preview" }>;

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

/** What a call has made: the sentences of its plans, and whether it sent nothing as a dry run, or until a person agrees. */
export type Made = {
  /** In which times are told; an IANA name. */
  timeZone: string;
  plan?: string | undefined;
  undo?: string | undefined;
  isDryRun?: boolean;
  isWaiting?: boolean;
};

/** What a call says that has made a plan: it has to be shown if it waits. */
export function planLine({ plan, isWaiting }: Made): string[] {
  if (plan === undefined) return [];
  const waiting = "Not applied yet: show this to the person, and once they agree call apply_plan with this plan";
  return [`${isWaiting ? waiting : "To carry it out, call apply_plan with this plan"}: ${plan}`];
}

/** The same as data. */
export function madeData({ plan, undo, isWaiting, isDryRun }: Made): JsonObject {
  return {
    ...(plan && { plan }),
    ...(undo && { undo }),
    ...(isWaiting && { waiting: true }),
    ...(isDryRun && { dry_run: true }),
  };
}

/**
 * What update_opportunity returns of an update that did not fail: the opportunity, flat. Fields that do not fit the published
 * schema, for which clients refuse a whole result, are under `unexpected`.
 */
export function resultOf(outcome: Exclude<UpdateOutcome, Failed>, made: Made) {
  const { id, opportunity, warnings } = outcome;
  const changes = outcome.kind === "nothing to change" ? [] : outcome.changes;
  const isMoved = (key: string) => Object.hasOwn(additions.shape, key) || isMisfit(key, opportunity[key]);
  const moved = Object.keys(opportunity).filter(isMoved);
  const part = (isIn: (key: string) => boolean) =>
    Object.fromEntries(Object.entries(opportunity).filter(([key]) => isIn(key)));
  const data: JsonObject = {
    id,
    ...(moved.length === 0 ? opportunity : part((key) => !isMoved(key))),
    changes: changes.map(shownChange),
    ...madeData(made),
    ...(outcome.kind === "preview" && { request: outcome.request }),
    ...(moved.length > 0 && { unexpected: part(isMoved) }),
  };
  const unexpected = `Close answered with fields in an undocumented form, moved under unexpected: ${moved.join(", ")}.`;
  return {
    lines: linesOf(outcome, made),
    data,
    brief: { id, ...madeData(made) },
    warnings: moved.length === 0 ? warnings : [...warnings, unexpected],
  };
}

function linesOf(outcome: Exclude<UpdateOutcome, Failed>, made: Made): string[] {
  const { id, opportunity } = outcome;
  const who = subject(id, opportunity);
  if (outcome.kind === "nothing to change") {
    return [`${made.isDryRun ? "Dry run. " : ""}Nothing to change on ${who}: ${outcome.why}, so nothing was sent.`];
  }
  const { kind, changes } = outcome;
  if (kind === "preview") {
    const { method, path, body } = outcome.request;
    const what = describeChanges(changes, opportunity, made) || "no field would differ";
    return [
      `${made.isDryRun ? "Dry run, nothing" : "Nothing"} was sent. This would update ${who}: ${what}`,
      ...planLine(made),
      `Request: ${method} ${path} ${JSON.stringify(body)}`,
    ];
  }
  if (changes.length === 0) return [`Sent an update of ${who}, but Close's answer shows no change`];
  const updated = outcome.isShown ? `Close's answer was lost, but ${who} shows the update` : `Updated ${who}`;
  const telling = { ...made, isBeforeKnown: outcome.before !== undefined };
  return [`${updated}: ${describeChanges(changes, opportunity, telling)}`];
}
