import { setTimeout } from "node:timers/promises";
import { isTooLong, reserving } from "../base/call-limits.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import type { UpdateBody } from "../opportunity/update/body.ts";
import { alreadyHolds } from "../opportunity/update/plan.ts";
import {
  decide,
  isRepeatable,
  judge,
  type Loss,
  type OwnUser,
  type Verdict,
} from "../opportunity/update/verdict.ts";
import { answerLost } from "../opportunity/warnings.ts";
import type { Known } from "../organization/lists.ts";
import type { CallContext, CloseClient } from "./http/client.ts";
import { CloseError, findOut } from "./http/errors.ts";
import { backoff } from "./http/retry.ts";

/** An update as it is to be sent, and what it was planned from. */
export type PlannedUpdate = {
  body: UpdateBody;
  /** The opportunity as read before; undefined if it could not be. */
  before: Opportunity | undefined;
  /** When that was read, in milliseconds of `performance.now()`. */
  readAt: number;
  known: Known;
  /** Whether it adds to what is there, so that a plan made again after it was applied would add the same once more. */
  isAddition: boolean;
};

/** What an update needs besides its plan. */
export type UpdateSteps<U extends PlannedUpdate> = {
  /** Reads the opportunity again and plans the update again. */
  replan(call: CallContext): Promise<U>;
  /** The key's own user. Never rejects. */
  ownUser(call: CallContext): Promise<OwnUser>;
};

/** What became of an update: `update` is the plan that was carried out in the end. */
export type ConfirmedUpdate<U extends PlannedUpdate> =
  | {
      isSent: true;
      update: U;
      /** The opportunity once the update has certainly taken effect. */
      after: Opportunity;
      /** What the caller should know of the way there. */
      notes: readonly string[];
    }
  /** Planned again, it turned out that all that was asked for already holds. */
  | { isSent: false; update: U };

/** How often an update is sent, if it is certain that it had no effect before. */
const maxUpdateTries = 3;

/** How old, in milliseconds, the state that an update was planned from may be when it is sent. */
const maxPlanAgeMs = 1_000;

/** The end of a call, in milliseconds, that is kept for reading the opportunity back. */
const readBackMs = 10_000;

/** How long, in milliseconds, until an opportunity that shows nothing new is read back a second time. */
const secondLookMs = 1_000;

/**
 * Sends an update and makes sure of what became of it. If it had to wait, it is planned again from the opportunity as
 * it is then. If the answer is lost, the opportunity is read back and judged:
 *
 * | the answer was lost            | read back                | the body       | what follows                       |
 * | ------------------------------ | ------------------------ | -------------- | ---------------------------------- |
 * | in any way                     | applied                  | any            | updated, with a warning            |
 * | failed: Close's own 500 or 503,| twice not applied        | any            | sent again; no try left: unchanged |
 * | a proxy's 429                  |                          |                |                                    |
 * | refused by a proxy (4xx)       | twice not applied        | any            | unchanged                          |
 * | open: it may still arrive      | twice not applied        | repeatable     | sent again; no try left: in doubt  |
 * |                                |                          | not repeatable | in doubt                           |
 * | in any way                     | unclear, or not possible | any            | in doubt                           |
 *
 * The table is `decisions`, what counts as applied is `judge`. An answer that was lost in one try and may still arrive
 * leaves the update in doubt whatever becomes of the next try.
 *
 * @throws CloseError that says whether the opportunity is unchanged or in doubt, and what `replan` throws.
 */
export async function confirmUpdate<U extends PlannedUpdate>(
  close: CloseClient,
  id: string,
  planned: U,
  { replan, ownUser }: UpdateSteps<U>,
  call: CallContext,
): Promise<ConfirmedUpdate<U>> {
  const sending = reserving(call, readBackMs);
  let update = planned;

  const first = await send(async (wasRefused) => {
    const isAsPlanned = wasRefused ? await isUntouched() : !isOld(update.readAt);
    if (!isAsPlanned) update = await replan(sending);
    const holds = update.before && alreadyHolds(update.before, update.body, update.known);
    return holds ? undefined : update.body;
  });
  if (first === "not sent") return { isSent: false, update };
  if ("after" in first) return { isSent: true, update, after: first.after, notes: [] };

  let { lost, loss: worstLoss } = first;
  for (let tries = 1; ; tries += 1) {
    const look = await readBack();
    const delay = backoff(tries);
    const isWorthwhile = tries < maxUpdateTries && lost.loss !== "refused";
    const hasTriesLeft = isWorthwhile && !isTooLong(delay, sending) && !sending.signal.aborted;
    const decision = decide(worstLoss, look.verdict, {
      isRepeatable: isRepeatable(update.body),
      hasTriesLeft,
    });
    if (decision === "updated" && look.current !== undefined) {
      return { isSent: true, update, after: look.current, notes: [answerLost(lost.report.problem)] };
    }
    if (decision === "unchanged") throw unchanged(lost);
    if (decision !== "send again") throw inDoubt(lost, look.finding);

    call.onWait?.("an update whose answer was lost", delay);
    await pause(delay, sending);
    const again = await sendAgain(look.readAt);
    if (again === "not sent") continue;
    if ("after" in again) return { isSent: true, update, after: again.after, notes: [] };
    lost = again.lost;
    // What may still arrive of an earlier try may do so after this one.
    if (worstLoss !== "open") worstLoss = again.loss;
  }

  /**
   * Whether nothing has happened to the opportunity since it was read. A 429 promises that of the update itself, but a
   * proxy can send one of its own.
   *
   * @throws CloseError, as if the answer was lost, if the update was applied in spite of it, or that cannot be told.
   */
  async function isUntouched(): Promise<boolean> {
    const { verdict, showsNew } = await lookAt();
    if (verdict === "applied") throw refusedForLimit("and yet applied");
    // What would be added once more must not be planned again on a mere promise.
    const mayBeApplied = verdict === "unread" || (verdict === "unclear" && showsNew);
    if (mayBeApplied && update.isAddition) throw refusedForLimit("but may have been applied all the same");
    return verdict === "not applied";
  }

  /** Once: what became of it. @throws what shows that Close certainly did not apply it, or that it was not sent. */
  async function send(
    body: (wasRefused: boolean) => Promise<UpdateBody | undefined>,
  ): Promise<{ after: Opportunity } | { lost: CloseError; loss: Loss } | "not sent"> {
    let isUnderWay = false;
    try {
      const after = await close.updateOpportunity(
        id,
        async (wasRefused) => {
          isUnderWay = false;
          const latest = await body(wasRefused);
          isUnderWay = latest !== undefined;
          return latest;
        },
        sending,
      );
      return after === undefined ? "not sent" : { after };
    } catch (error) {
      if (error instanceof CloseError && error.loss !== undefined) return { lost: error, loss: error.loss };
      if (error instanceof CloseError || !isUnderWay) throw error;
      return { lost: unexpected(error), loss: "open" };
    }
  }

  /** The body stays: it is sent only if nothing has happened to the opportunity since it was planned. */
  async function sendAgain(readAt: number) {
    try {
      return await send(async () => {
        if (isOld(readAt) && (await readBack()).verdict !== "not applied") return undefined;
        return update.body;
      });
    } catch (error) {
      if (error instanceof CloseError && worstLoss === "open") throw earlierMayStillArrive(error);
      throw error;
    }
  }

  async function readBack(): Promise<Look> {
    const once = await lookAt();
    if (once.verdict === "unread" || once.showsNew) return once;
    // What Close answers to a read may lag behind, and the update itself may be about to arrive.
    if (isTooLong(secondLookMs, call)) return { ...once, verdict: "unread", finding: tooLate };
    await pause(secondLookMs, call);
    return lookAt();
  }

  async function lookAt(): Promise<Look> {
    try {
      const { opportunity: current, readAt } = await close.readOpportunity(id, call);
      const { before, body, known } = update;
      const lost = { before, current, body, known };
      let judgement = judge({ ...lost, ownUser: {} });
      // Whose change it is matters only if there is one that could be this update's.
      if (judgement.showsNew || before === undefined) {
        judgement = judge({ ...lost, ownUser: await ownUser(call) });
      }
      const finding = `It was read back. ${judgement.finding}`;
      return { ...judgement, finding, current, readAt };
    } catch (error) {
      const reason = error instanceof CloseError ? error.report.problem : String(error);
      const finding = `Reading the opportunity back failed too: ${reason}`;
      return { verdict: "unread", showsNew: false, finding, current: undefined, readAt: performance.now() };
    }
  }
}

/** What reading the opportunity back showed. `readAt` is in milliseconds of `performance.now()`. */
type Look = {
  verdict: Verdict | "unread";
  showsNew: boolean;
  finding: string;
  current: Opportunity | undefined;
  readAt: number;
};

const tooLate = "It was read back and did not show the update, but no time was left to check a second time.";

function isOld(readAt: number): boolean {
  return performance.now() - readAt > maxPlanAgeMs;
}

/** A call that ends while it waits finds that out at its next request. */
async function pause(milliseconds: number, { signal }: CallContext): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch(() => {});
}

function refusedForLimit(andYet: string): CloseError {
  return new CloseError(
    {
      problem: `The update was refused because of a rate limit, ${andYet}.`,
      remedy: findOut,
    },
    { loss: "failed" },
  );
}

function unexpected(cause: unknown): CloseError {
  return new CloseError(
    {
      problem: `The update was sent, but what came back caused an unexpected internal error: ${String(cause)}`,
      remedy: "Look at the opportunity before calling again.",
    },
    { cause, loss: "open" },
  );
}

function unchanged(lost: CloseError): CloseError {
  const remedy = lost.loss === "refused" ? lost.report.remedy : "Call again in a moment.";
  return concluded(
    lost,
    "The opportunity was read back twice: the update was not applied.",
    undefined,
    remedy,
  );
}

function inDoubt(lost: CloseError, finding: string): CloseError {
  return concluded(lost, finding, "open", lost.loss === "refused" ? findOut : lost.report.remedy);
}

function earlierMayStillArrive(refused: CloseError): CloseError {
  const detail =
    "An earlier try of this update got no answer: it had not been applied when the opportunity was read back, and may still arrive.";
  return concluded(refused, detail, "open", `${findOut} ${refused.report.remedy}`);
}

/** The error with what was found out since. */
function concluded(error: CloseError, detail: string, loss: Loss | undefined, remedy: string): CloseError {
  const { report, status, refusedFields } = error;
  const details = [...(report.details ?? []), detail];
  // It was sent: only what was not is left for another call.
  const facts = { ...report, details, remedy, isOutOfTime: false };
  return new CloseError(facts, { status, cause: error, loss, refusedFields });
}
