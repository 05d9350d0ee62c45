import { setTimeout } from "node:timers/promises";
import { isTooLong } from "../base/call-limits.ts";
import type { JsonObject } from "../base/json.ts";
import { ageOf, type Moment, moment } from "../base/moment.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import { alreadyHolds, bodyOf, type Edit } from "../opportunity/update/edit.ts";
import type { CloseClient } from "./api.ts";
import { CloseError, ifThisKeepsHappening } from "./http/errors.ts";
import type { Loss } from "./http/loss.ts";
import type { CallContext } from "./http/requests.ts";
import { backoff } from "./http/retry.ts";
import { decide, isRepeatable, type Judgement, judge, type OwnUser } from "./verdict.ts";

/** An update as it is to be sent, and the state that it was prepared from; `before` is undefined if it could not be read. */
export type PreparedUpdate = { edits: readonly Edit[]; before: Opportunity | undefined; readAt: Moment };

type UpdateSteps<U extends PreparedUpdate> = {
  close: Pick<CloseClient, "put" | "readOpportunity">;
  call: CallContext;
  /** The call as far as it may send: it ends early, so that the opportunity can be read back. */
  sending: CallContext;
  prepareAgain(call: CallContext): Promise<U>;
  /** The key's own user. Never rejects. */
  ownUser(call: CallContext): Promise<OwnUser>;
  /** Called whenever the update is about to be sent. Never rejects. */
  beforeSending(update: U): Promise<void>;
};

/**
 * What became of an update: `update` is as it was carried out, or given up, in the end. `lost` is set if only the
 * opportunity, read back, shows the change, which another program may have made. Nothing to change: prepared again, all
 * that was asked for already holds. `error` says whether the opportunity is unchanged or in doubt.
 */
type ConfirmedUpdate<U extends PreparedUpdate> =
  | { kind: "applied"; update: U; after: Opportunity; lost?: CloseError }
  | { kind: "nothing to change"; update: U }
  | { kind: "failed"; update: U; error: CloseError };

/** How often an update is sent, if it is certain that it had no effect before; and if it never reached Close. */
const maxTries = { lost: 3, unsent: 4 };

/** How old, in milliseconds, the state that an update was prepared from may be when it is sent. */
const maxPreparedAgeMs = 250;

/** The end of a call, in milliseconds, that is kept for reading the opportunity back. */
export const readBackMs = 10_000;

/** How long, in milliseconds, until an opportunity that shows nothing new is read back a second time. */
const secondLookMs = 1_000;

/**
 * Sends an update and makes sure of what became of it: the one place that sends a PUT again. If it had to wait, it is
 * prepared again from the opportunity as it is then. If the answer is lost, the opportunity is read back and judged:
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
 * The table is `decide`, what counts as applied is `judge`. An answer that was lost in one try and may still arrive
 * leaves the update in doubt whatever becomes of the next try.
 * @throws what `prepareAgain` throws, unless it is a CloseError: nothing was applied then.
 */
export async function confirmUpdate<U extends PreparedUpdate>(
  id: string,
  prepared: U,
  { close, call, sending, prepareAgain, ownUser, beforeSending }: UpdateSteps<U>,
): Promise<ConfirmedUpdate<U>> {
  let update = prepared;
  let wasLimited = false;
  /** The last answer that was lost, the worst way in which one was, and when the opportunity was then read back. */
  let lost: { error: CloseError; worst: Loss; readAt: Moment | undefined } | undefined;
  const tries = { lost: 0, unsent: 0 };

  for (;;) {
    const outcome = await close.put(id, body, sending);
    if (outcome.kind === "answered") return { kind: "applied", update, after: outcome.after };
    if (outcome.kind === "refused") return failed(unlessItArrives(outcome.error));
    if (outcome.kind === "not sent" || outcome.kind === "limited") {
      wasLimited = outcome.kind === "limited";
      tries.unsent += wasLimited ? 0 : 1;
      const { delayMs, reason, error } = outcome;
      if (tries.unsent === maxTries.unsent || isTooLong(delayMs, sending)) return failed(unlessItArrives(error));
      call.onWait?.(reason, delayMs);
      await pause(delayMs, sending);
      continue;
    }
    if (outcome.kind === "lost") {
      lost = { error: outcome.error, worst: lost?.worst === "open" ? "open" : outcome.loss, readAt: undefined };
      tries.lost += 1;
    } else if (lost === undefined) return { kind: "nothing to change", update };
    // Otherwise something has happened since it was read back: that is looked at once more.

    const look = await readBack();
    const delay = backoff(tries.lost);
    const { error } = lost;
    const isWorthwhile = tries.lost < maxTries.lost && error.loss !== "refused";
    const decision = decide(lost.worst, look.verdict, {
      isRepeatable: isRepeatable(update.edits),
      hasTriesLeft: isWorthwhile && !isTooLong(delay, sending) && !sending.signal.aborted,
    });
    if (decision === "updated" && look.current) return { kind: "applied", update, after: look.current, lost: error };
    if (decision === "unchanged") return failed(concluded(error, notApplied, error.report.remedy));
    if (decision !== "send again") return failed(inDoubt(error, look.finding));
    lost.readAt = look.readAt;
    call.onWait?.("an update whose answer was lost", delay);
    await pause(delay, sending);
  }

  /** Called when the turn has come. After a lost answer it is sent only if nothing has happened to the opportunity since. */
  async function body(): Promise<JsonObject | undefined> {
    if (lost === undefined) {
      const isAsPrepared = wasLimited ? await isAsBefore() : !isOld(update.readAt);
      if (!isAsPrepared) update = await prepareAgain(sending);
      if (update.before !== undefined && alreadyHolds(update.before, update.edits)) return undefined;
    } else if (isOld(lost.readAt) && (await lookAt()).verdict !== "not applied") return undefined;
    await beforeSending(update);
    return bodyOf(update.edits);
  }

  function failed(error: CloseError): ConfirmedUpdate<U> {
    return { kind: "failed", update, error };
  }

  /** This try was not applied, but an earlier one may still arrive. */
  function unlessItArrives(error: CloseError): CloseError {
    if (lost?.worst !== "open") return error;
    return concluded(error, mayStillArrive, `${findOut} ${error.report.remedy}`, "open");
  }

  /**
   * Whether nothing has happened to the opportunity since it was read: a proxy's 429 does not promise that.
   * @throws CloseError, as if the answer was lost, if the update was applied in spite of it, or that cannot be told.
   */
  async function isAsBefore(): Promise<boolean> {
    const { verdict, showsNew } = await lookAt();
    if (verdict === "applied") throw limitedAndYet("and yet applied");
    // What was computed from the state before, such as an added note, must not be computed again on a mere promise.
    const mayBeApplied = verdict === "unread" || (verdict === "unclear" && showsNew);
    if (mayBeApplied && update.edits.some(({ isComputed }) => isComputed))
      throw limitedAndYet("but may have been applied all the same");
    return verdict === "not applied";
  }

  async function readBack(): Promise<Look> {
    const first = await lookAt();
    if (first.verdict === "unread" || first.showsNew) return first;
    // Reads may be stale, and the update itself may be about to arrive.
    if (isTooLong(secondLookMs, call)) return { ...first, verdict: "unread", finding: tooLate };
    await pause(secondLookMs, call);
    return lookAt();
  }

  async function lookAt(): Promise<Look> {
    try {
      const { opportunity: current, readAt } = await close.readOpportunity(id, call);
      const { before, edits } = update;
      const first = judge({ before, current, edits, ownUser: {} });
      // Whose change it is matters only if there is one that could be this update's.
      const isToldByUser = first.showsNew || before === undefined;
      const judgement = isToldByUser ? judge({ before, current, edits, ownUser: await ownUser(call) }) : first;
      return { ...judgement, finding: `It was read back. ${judgement.finding}`, current, readAt };
    } catch (error) {
      const reason = error instanceof CloseError ? error.report.problem : String(error);
      const finding = `Reading the opportunity back failed too: ${reason}`;
      return { verdict: "unread", showsNew: false, finding, current: undefined, readAt: moment() };
    }
  }
}

type Look = Judgement & { current: Opportunity | undefined; readAt: Moment };

const tooLate = "It was read back and did not show the update, but no time was left to check a second time.";

function isOld(readAt: Moment | undefined): boolean {
  return readAt === undefined || ageOf(readAt) > maxPreparedAgeMs;
}

/** A call that ends while it waits finds that out at its next request. */
async function pause(milliseconds: number, { signal }: CallContext): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch(() => {});
}

function limitedAndYet(what: string): CloseError {
  const problem = `The update was refused because of a rate limit, ${what}.`;
  return new CloseError({ problem, remedy: findOut }, { loss: "failed" });
}

const notApplied = "The opportunity was read back twice: the update was not applied.";

const mayStillArrive =
  "An earlier try of this update got no answer: it had not been applied when the opportunity was read back, and may still arrive.";

/** What to do about an update that may have been applied: a dry run lists what is still missing. */
const findOut =
  "To find out, call again with the same arguments, without expected_date_updated and with dry_run: true: changes lists what is still missing, and is empty if the update went through.";

function inDoubt(error: CloseError, finding: string): CloseError {
  return concluded(error, finding, `${findOut} ${ifThisKeepsHappening}`, "open");
}

/** The error with what was found out since. It was sent: only what was not is left for another call. */
function concluded(error: CloseError, detail: string, remedy: string, loss?: Loss): CloseError {
  const { report, status } = error;
  const conclusion = { ...report, details: [...(report.details ?? []), detail], remedy, canBeSentAgain: false };
  return new CloseError(conclusion, { status, cause: error, loss });
}
