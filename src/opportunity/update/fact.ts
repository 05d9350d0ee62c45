import type { Known } from "../../organization/lists.ts";
import type { Opportunity } from "../opportunity.ts";
import type { UpdateArguments } from "./arguments.ts";
import type { UpdateBody } from "./body.ts";
import type { ReviewedChange } from "./changes.ts";

/** What became of an update of one opportunity, as facts. */
export type UpdateFact = { id: string; warnings: readonly string[] } & (
  | {
      /** All that was asked for already holds, so nothing was sent. */
      kind: "nothing to change";
      before: Opportunity;
      isDryRun: boolean;
    }
  | {
      /** A dry run: what would be sent, and what is expected of it. */
      kind: "preview";
      before: Opportunity;
      changes: readonly ReviewedChange[];
      request: PlannedRequest;
    }
  | {
      kind: "updated";
      /** Undefined if it could not be read: an empty `from` of a change then means nothing. */
      before: Opportunity | undefined;
      /** As Close last answered with it. */
      after: Opportunity;
      changes: readonly ReviewedChange[];
      /** The arguments that bring back what was there before, if anything changed and that is known. */
      undo: UpdateArguments | undefined;
      /** The lists in which the names of what changed were found. */
      known: Known;
      /** Whether Close answered with what was there before: it ignored the update. */
      isIgnored: boolean;
    }
);

/** The request that an update would send. `path` is below the base URL. Headers are without the credentials. */
export type PlannedRequest = {
  method: "PUT";
  path: string;
  headers: Readonly<Record<string, string>>;
  body: UpdateBody;
};
