import { setTimeout } from "node:timers/promises";
import { type Deferred, deferred } from "../../base/signals.ts";
import type { Answer } from "./answer.ts";
import { parseRateLimit } from "./rate-limit-headers.ts";
import { ExchangeError } from "./transport.ts";

/** What is known of one endpoint group. Moments are in milliseconds of `performance.now()`. */
type Group = {
  /** Undefined until an answer announces it: one request then goes ahead, and the others wait a moment for its answer. */
  window: { limit: number; left: number; endsAt: number } | undefined;
  /** From when on requests go ahead without it, in case the first one's answer does not come. */
  openAt: number | undefined;
  /** An answer came without a limit: there is nothing to respect. */
  unlimited: boolean;
  inFlight: number;
  /** How many were sent, and which one's answer was learned from last. */
  sent: number;
  learnedFrom: number;
  /** How many are waiting for their turn or have it. */
  waiting: number;
  /** Resolves at the next answer, if anyone waits for it. */
  nextAnswer: Deferred | undefined;
  /** Resolves when the last waiter has had its turn. */
  queue: Promise<void>;
};

/** Holds requests back to the rate limits that Close announces. */
export type RateLimiter = {
  /**
   * Sends once the group's limit allows one more request, and remembers what the answer says of the limit.
   * An ExchangeError is a result like an answer.
   *
   * @param onWait called before a wait, with its length in milliseconds; may throw to give up instead.
   */
  within(
    group: string,
    signal: AbortSignal,
    send: () => Promise<Answer>,
    onWait: (milliseconds: number) => void,
  ): Promise<Answer | ExchangeError>;
};

/**
 * Remembers the rate limit of every answer by endpoint group (Close's rate-limit page) and lets no more requests go
 * than the window has left.
 */
export function createRateLimiter(): RateLimiter {
  const groups = new Map<string, Group>();
  return {
    async within(name, signal, send, onWait) {
      const group = groups.get(name) ?? newGroup();
      groups.set(name, group);
      await turn(group, signal, onWait);
      group.sent += 1;
      const number = group.sent;
      let answer: Answer | undefined;
      try {
        answer = await send();
        return answer;
      } catch (error) {
        if (error instanceof ExchangeError) return error;
        throw error;
      } finally {
        group.inFlight -= 1;
        if (answer !== undefined) learn(group, answer, number);
        group.nextAnswer?.resolve();
        group.nextAnswer = undefined;
        if (group.inFlight === 0) group.openAt = undefined;
      }
    },
  };
}

/** How long the first answer of a group is waited for: one request that hangs must not hold up all the others. */
const maxFirstAnswerMs = 1_000;

function newGroup(): Group {
  return {
    window: undefined,
    openAt: undefined,
    unlimited: false,
    inFlight: 0,
    sent: 0,
    waiting: 0,
    learnedFrom: 0,
    nextAnswer: undefined,
    queue: Promise.resolve(),
  };
}

function learn(group: Group, answer: Answer, number: number): void {
  // Overtaken by the answer to a later request, which knew more.
  if (number < group.learnedFrom) return;

  const limit = parseRateLimit(answer);
  if (limit !== undefined) {
    group.unlimited = false;
    group.learnedFrom = number;
    // The count is Close's at the moment of answering: requests still under way may not be in it.
    const left = limit.remaining - group.inFlight;
    group.window = { limit: limit.limit, left, endsAt: endOfWindow(group, limit.reset) };
  } else if (group.window === undefined) {
    group.unlimited = true;
  }
}

/** Answers arrive late, and so does each end that they announce: in one window the earliest is the most accurate. */
function endOfWindow({ window }: Group, reset: number): number {
  const now = performance.now();
  const announced = now + reset * 1000;
  const isSameWindow = window !== undefined && window.endsAt > now;
  return isSameWindow ? Math.min(window.endsAt, announced) : announced;
}

/** Waiters are served first come, first served. */
async function turn(
  group: Group,
  signal: AbortSignal,
  onWait: (milliseconds: number) => void,
): Promise<void> {
  if (group.waiting === 0 && !signal.aborted && admit(group)) return;
  const previous = group.queue;
  const own = deferred();
  group.queue = own.promise;
  try {
    const wait = (group.window?.endsAt ?? 0) - performance.now();
    const isBehind = group.waiting > 0 && (group.window?.left ?? 1) <= 0 && Number.isFinite(wait) && wait > 0;
    group.waiting += 1;
    if (isBehind) onWait(wait);
    await race(previous, Number.POSITIVE_INFINITY, signal);
    await untilAllowed(group, signal, onWait);
  } finally {
    group.waiting -= 1;
    // Also if it gave up: those behind come after those in front.
    void previous.then(own.resolve);
  }
}

async function untilAllowed(
  group: Group,
  signal: AbortSignal,
  onWait: (milliseconds: number) => void,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if (admit(group)) return;
    const wait = (group.window?.endsAt ?? group.openAt ?? 0) - performance.now();
    if (group.window !== undefined && Number.isFinite(wait) && wait > 0) onWait(wait);
    group.nextAnswer ??= deferred();
    await race(group.nextAnswer.promise, wait, signal);
  }
}

/** Counts one more request as under way, if one may go now. Returns whether it may. */
function admit(group: Group): boolean {
  const mayGo = group.unlimited || takeFromWindow(group);
  if (mayGo) group.inFlight += 1;
  return mayGo;
}

/** Takes one request out of what the window leaves, a new one if the last is over. Without a window one at a time may go. */
function takeFromWindow(group: Group): boolean {
  const { window } = group;
  if (window === undefined) {
    group.openAt ??= performance.now() + maxFirstAnswerMs;
    return group.inFlight === 0 || performance.now() >= group.openAt;
  }
  if (window.endsAt <= performance.now()) {
    // A new window: its end is known with its first answer.
    window.left = window.limit - group.inFlight;
    window.endsAt = Number.POSITIVE_INFINITY;
  }
  const nobodyAnswers = group.inFlight === 0 && window.endsAt === Number.POSITIVE_INFINITY;
  if (window.left <= 0 && !nobodyAnswers) return false;
  window.left -= 1;
  return true;
}

/** Waits for whichever comes first: the promise, the milliseconds, the signal's abort. */
async function race(promise: Promise<void>, milliseconds: number, signal: AbortSignal): Promise<void> {
  const timer = new AbortController();
  const either = AbortSignal.any([timer.signal, signal]);
  const time = setTimeout(Math.min(milliseconds, 2 ** 31 - 1), undefined, { signal: either });
  try {
    await Promise.race([promise, time]);
  } finally {
    timer.abort();
    time.catch(() => undefined);
  }
}
