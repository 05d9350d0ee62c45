import { z } from "zod/v3";
import type { JsonObject } from "../../base/json.ts";
import { isMisfit, type Opportunity, opportunitySchema } from "../opportunity.ts";
import type { UpdateArguments } from "./arguments.ts";
import { type Change, changeSchema, shownChange } from "./changes.ts";
import { describeChanges, subject } from "./summary.ts";

/** What became of an update of one opportunity, as facts. `before` is undefined if it could not be read. */
export type UpdateOutcome = { id: string; warnings: readonly string[]; before: Opportunity | undefined } & (
  | {
      /** All that was asked for already holds, so nothing was sent. */
      kind: "nothing to change";
      isDryRun: boolean;
    }
  | {
      /** A dry run: what would be sent, and what is expected of it. */
      kind: "preview";
      changes: readonly Change[];
      request: PlannedRequest;
    }
  | {
      kind: "updated";
      /** As Close last answered with it. */
      after: Opportunity;
      changes: readonly Change[];
      /** The arguments that bring back what was there before, if anything changed and that is known. */
      undo: UpdateArguments | undefined;
      /** Whether Close answered with what was there before: it ignored the update. */
      isIgnored: boolean;
    }
);

/** The request that an update would send. `path` is below the base URL. Headers are without the credentials. */
type PlannedRequest = {
  method: "PUT";
  path: string;
  headers: Readonly<Record<string, string>>;
  body: JsonObject;
};

const additions = z.object({
  changes: z.array(changeSchema).optional(),
  undo: z
    .object({})
    .passthrough()
    .optional()
    .describe("Arguments of update_opportunity that bring back what was there before"),
  warnings: z.array(z.string()).optional(),
  dry_run: z.boolean().optional(),
  request: z.object({}).passthrough().optional().describe("method, path, headers and body of a dry run"),
  unexpected: z.object({}).passthrough().optional(),
});

const ownKeys = Object.keys(additions.shape);

/** What an update returns: the Opportunity, flat, and what became of the update. */
export const updateResultSchema = opportunitySchema.extend(additions.shape).passthrough();

/** What update_opportunity returns of an update. */
export function resultOf(outcome: UpdateOutcome) {
  const { id, before = {}, warnings } = outcome;
  switch (outcome.kind) {
    case "nothing to change": {
      const { isDryRun } = outcome;
      const line = `${isDryRun ? "Dry run. " : ""}Nothing to change on ${subject(id, before)}: it already has all that was asked for, so nothing was sent.`;
      return { ...dataOf(before, { id, warnings, ...(isDryRun && { dry_run: true }) }), lines: [line] };
    }
    case "preview": {
      const { changes, request } = outcome;
      const what = describeChanges(changes, before, true) || "no field would differ";
      return {
        ...dataOf(before, { id, warnings, changes, dry_run: true, request }),
        lines: [
          `Dry run, nothing was sent. This would update ${subject(id, before)}: ${what}`,
          `Request: ${request.method} ${request.path} ${JSON.stringify(request.body)}`,
        ],
      };
    }
    case "updated": {
      const { after, changes, undo } = outcome;
      const what = describeChanges(changes, after, outcome.before !== undefined);
      const line =
        changes.length === 0
          ? `Sent an update of ${subject(id, after)}, but Close's answer shows no change`
          : `Updated ${subject(id, after)}: ${what}`;
      return { ...dataOf(after, { id, warnings, changes, ...(undo && { undo }) }), lines: [line] };
    }
  }
}

type Additions = JsonObject & Pick<UpdateOutcome, "id" | "warnings"> & { changes?: readonly Change[] };

/**
 * The opportunity with what is added to it. Fields that do not match the published schema are put under `unexpected`:
 * clients refuse a whole result for one of them, and the write has happened.
 */
function dataOf(answer: Opportunity, { id, warnings, changes = [], ...extras }: Additions) {
  const isMoved = (key: string) => ownKeys.includes(key) || isMisfit(key, answer[key]);
  const moved = Object.keys(answer).filter(isMoved);
  const part = (isIn: (key: string) => boolean) =>
    Object.fromEntries(Object.entries(answer).filter(([key]) => isIn(key)));
  const data: JsonObject = {
    id,
    ...(moved.length === 0 ? answer : part((key) => !isMoved(key))),
    changes: changes.map(shownChange),
    ...extras,
    ...(moved.length > 0 && { unexpected: part(isMoved) }),
  };
  const unexpected = `Close answered with fields in an undocumented form, moved under unexpected: ${moved.join(", ")}.`;
  return { data, brief: { id }, warnings: moved.length === 0 ? warnings : [...warnings, unexpected] };
}
