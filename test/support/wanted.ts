import { Failure, type Mistake } from "../../src/base/failure.ts";
import type { Opportunity } from "../../src/opportunity/opportunity.ts";
import type { WantedChanges } from "../../src/opportunity/update/arguments.ts";
import { bodyOf } from "../../src/opportunity/update/edit.ts";
import { sendable } from "../../src/opportunity/update/sendable.ts";
import { wantedEdits } from "../../src/opportunity/update/wanted.ts";
import type { Names } from "../../src/organization/lists.ts";

/** The request body that these arguments come to, and the warnings. */
export async function planned(given: WantedChanges, before: Opportunity | undefined, names: Names) {
  const { edits, warnings } = sendable(
    await wantedEdits(given, { before, names, timeZone: "UTC" }),
    before,
    names.known(),
  );
  return { body: bodyOf(edits), warnings };
}

/** The mistakes of arguments that must be refused. */
export async function refused(
  given: WantedChanges,
  before: Opportunity | undefined,
  names: Names,
): Promise<readonly Mistake[]> {
  const error = await wantedEdits(given, { before, names, timeZone: "UTC" }).catch((reason: unknown) => reason);
  if (error instanceof Failure && error.report.mistakes) return error.report.mistakes;
  throw new Error(`Not refused: ${JSON.stringify(error)}`);
}
