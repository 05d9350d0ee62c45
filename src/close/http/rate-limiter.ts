import { parseRateLimit } from "./rate-limit-headers.ts";
import type { Answer, Outcome } from "./transport.ts";

type OnWait = (milliseconds: number) => void;

/** How long a window lasts that no answer has announced yet, in milliseconds: one that hangs must not hold up the others. */
const guessedWindowMs = 1_000;

type Waiter = { go: (number: number) => void; giveUp: (reason: unknown) => void; onWait: OnWait };

/**
 * Holds the requests of an endpoint group back to the rate limit that Close announces (its rate-limit page). Until an
 * answer has shown the limit, one request goes ahead and the others wait a second at most.
 */
export function createRateLimit() {
  const queue = new Set<Waiter>();
  let limit = Number.POSITIVE_INFINITY;
  let share = limit;
  let inFlight = 0;
  let sent = 0;
  let timer: NodeJS.Timeout | undefined;
  let window = newWindow(1);

  /** One window of the limit. Moments are in milliseconds of `performance.now()`. */
  function newWindow(left: number) {
    return {
      endsAt: performance.now() + guessedWindowMs,
      /** Whether an answer to a request of this window has said when it ends; until then that is a guess. */
      isAnnounced: false,
      /** The number of the first request sent in it. */
      first: sent + 1,
      left,
      /** The least that any of its answers said was left: answers overtake each other, and this is Close's latest count. */
      least: Number.POSITIVE_INFINITY,
      /** How many of our own Close counts in it at most. */
      own: inFlight,
      /** How many of other processes Close counts in it at least. */
      others: 0,
    };
  }

  function renewIfOver(): void {
    if (performance.now() < window.endsAt) return;
    // What others took of the last window is left to them, and what is on its way may count in either.
    share = Math.max(limit - window.others, 1);
    window = newWindow(share - inFlight);
  }

  function serve(): void {
    renewIfOver();
    for (const waiter of queue) {
      if (window.left <= 0 && (inFlight > 0 || window.isAnnounced)) break;
      window.left -= 1;
      window.own += 1;
      inFlight += 1;
      sent += 1;
      waiter.go(sent);
    }
    clearTimeout(timer);
    if (queue.size > 0) timer = setTimeout(serve, window.endsAt - performance.now());
  }

  function tell(waiters: Iterable<Waiter>): void {
    if (!window.isAnnounced) return;
    for (const { onWait, giveUp } of waiters) {
      try {
        onWait(window.endsAt - performance.now());
      } catch (error) {
        giveUp(error);
      }
    }
  }

  function learn(answer: Answer, number: number): void {
    const announced = parseRateLimit(answer);
    if (announced === undefined) {
      if (limit === Number.POSITIVE_INFINITY) window.left = limit;
      return;
    }
    renewIfOver();
    // It is about an earlier window, and the answers to those sent in this one are on their way.
    if (number < window.first && sent >= window.first) return;
    const isFirst = limit === Number.POSITIVE_INFINITY;
    limit = announced.limit;
    const endsAt = performance.now() + announced.reset * 1000;
    // Answers arrive late, and so does each end that they announce: the earliest is the most accurate.
    window.endsAt = window.isAnnounced ? Math.min(window.endsAt, endsAt) : endsAt;
    window.least = window.isAnnounced ? Math.min(window.least, announced.remaining) : announced.remaining;
    window.isAnnounced ||= isFirst || number >= window.first;
    if (answer.status === 429) window.own -= 1;
    const free = window.least - inFlight;
    // A part of what others leave may be taken too: they may be gone.
    window.left = Math.min(free, Math.max(share - window.own, Math.ceil(free / 4)));
    window.others = Math.max(window.others, limit - window.least - window.own);
  }

  function turn(signal: AbortSignal, onWait: OnWait): Promise<number> {
    return new Promise((resolve, reject) => {
      const leaving = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          queue.delete(waiter);
          signal.removeEventListener("abort", abort);
          settle(value);
        };
      };
      const waiter: Waiter = { go: leaving(resolve), giveUp: leaving(reject), onWait };
      const abort = () => waiter.giveUp(signal.reason);
      if (signal.aborted) return abort();
      signal.addEventListener("abort", abort);
      queue.add(waiter);
      serve();
      if (queue.has(waiter)) tell([waiter]);
    });
  }

  /**
   * Sends once the limit allows one more request, first come, first served, and learns from the answer; `send` may find
   * that nothing is to be sent, and return undefined.
   * @param onWait called with the length of a wait in milliseconds once that is known; may throw to give up instead.
   * @throws the signal's reason if it aborts before its turn has come.
   */
  return async <R extends Outcome | undefined>(
    signal: AbortSignal,
    send: () => Promise<R>,
    onWait: OnWait,
  ): Promise<R> => {
    const number = await turn(signal, onWait);
    let result: R | undefined;
    try {
      result = await send();
      return result;
    } finally {
      const wasAnnounced = window.isAnnounced;
      inFlight -= 1;
      if (result === undefined) {
        window.left += 1;
        window.own -= 1;
      } else if ("status" in result) learn(result, number);
      serve();
      if (!wasAnnounced) tell(queue);
    }
  };
}
