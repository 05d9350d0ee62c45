import type { Change } from "./review.ts";

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
