import { setTimeout } from "node:timers/promises";
import type { UpdateBody } from "../opportunity/compare.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import { isRepeatable, judge } from "../opportunity/update/verdict.ts";
import { answerLost } from "../opportunity/warnings.ts";
import type { CallContext, CloseClient } from "./http/client.ts";
import { CloseError } from "./http/errors.ts";
import { backoff, isTooLong } from "./http/retry.ts";

/** The opportunity after an update that has certainly taken effect, and what the caller should know of the way. */
export type ConfirmedUpdate = { after: Opportunity; notes: readonly string[] };

/** So many times an update is sent at most, where it is certain that it had no effect before. */
const maxTries = 3;

/**
 * Sends an update and makes sure of what became of it: where Close's answer is lost, the opportunity is read back
 * and compared. Applied is a success; not applied is sent again where sending twice does no harm.
 *
 * @param before the opportunity as read before, or undefined where it could not be.
 * @throws CloseError that says whether the opportunity is unchanged or in doubt.
 */
export async function confirmUpdate(
  close: CloseClient,
  id: string,
  body: UpdateBody,
  before: Opportunity | undefined,
  call: CallContext,
): Promise<ConfirmedUpdate> {
  let pending: CloseError | undefined;
  for (let tries = 1; ; tries += 1) {
    try {
      return { after: await close.updateOpportunity(id, body, call), notes: [] };
    } catch (error) {
      if (!(error instanceof CloseError)) throw error;
      if (!error.mayHaveBeenApplied) throw pending === undefined ? error : mayStillArrive(error);
      if (!isFinished(error)) pending = error;
      const current = await readBack(close, id, error, call);
      const verdict = judge(before, current, body);
      if (verdict === "applied") return { after: current, notes: [answerLost(error.report.problem)] };
      if (verdict === "unclear") throw unclear(error);
      const delay = backoff(tries);
      const isSafe = isRepeatable(body) || isFinished(error);
      if (!isSafe || tries >= maxTries || isTooLong(delay, call)) throw notApplied(pending ?? error);
      call.onWait?.("an update whose answer was lost", delay);
      await setTimeout(delay, undefined, { signal: call.signal }).catch(() => {
        throw notApplied(pending ?? error);
      });
    }
  }
}

async function readBack(
  close: CloseClient,
  id: string,
  lost: CloseError,
  call: CallContext,
): Promise<Opportunity> {
  try {
    return await close.readOpportunity(id, call);
  } catch (error) {
    if (!(error instanceof CloseError)) throw error;
    throw withDetail(lost, `Reading the opportunity back failed too: ${error.report.problem}`, true);
  }
}

/** Whether Close itself has given up on the request: no answer, or a gateway's, leaves it possibly still at work. */
function isFinished({ status, isClosesOwn }: CloseError): boolean {
  return isClosesOwn && (status === 500 || status === 503);
}

function notApplied(lost: CloseError): CloseError {
  if (isFinished(lost)) {
    return withDetail(lost, "The opportunity was read back: the update was not applied.", false);
  }
  const detail =
    "The opportunity was read back: the update was not applied until then. A request without an answer may still arrive.";
  return withDetail(lost, detail, true);
}

function mayStillArrive(refused: CloseError): CloseError {
  const { report, status } = refused;
  const detail =
    "An earlier try of this update got no answer: it was not applied until then, and may still arrive.";
  return new CloseError(
    { ...report, details: [...(report.details ?? []), detail] },
    { status, cause: refused, mayHaveBeenApplied: true },
  );
}

function unclear(lost: CloseError): CloseError {
  const detail =
    "The opportunity was read back: it does not show the update, and what else has happened to it meanwhile is not known.";
  return withDetail(lost, detail, true);
}

function withDetail(lost: CloseError, detail: string, mayHaveBeenApplied: boolean): CloseError {
  const { report, status } = lost;
  const details = [...(report.details ?? []), detail];
  const remedy = mayHaveBeenApplied ? report.remedy : "Call again in a moment.";
  return new CloseError({ ...report, details, remedy }, { status, cause: lost, mayHaveBeenApplied });
}
