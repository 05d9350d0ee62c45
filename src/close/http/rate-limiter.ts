import { setTimeout } from "node:timers/promises";
import { ExchangeError, type HttpAnswer } from "./transport.ts";

/** What is known of one endpoint group. Moments are in milliseconds of `performance.now()`. */
type Group = {
  /** Undefined until an answer told it: one request then goes ahead, and the others wait for its answer. */
  window: { limit: number; left: number; endsAt: number } | undefined;
  /** An answer came without a limit: there is nothing to keep to. */
  unlimited: boolean;
  inFlight: number;
  /** How many were sent, and which one's answer was learned from last. */
  sent: number;
  learnedFrom: number;
  /** How many wait for their turn or have it. */
  waiting: number;
  /** Resolves at the next answer. */
  nextAnswer: PromiseWithResolvers;
  /** Resolves when the last of those who wait has had its turn. */
  queue: Promise<void>;
};

type PromiseWithResolvers = { promise: Promise<void>; resolve: () => void };

/** Keeps requests within the rate limits that Close announces. */
export type RateLimiter = {
  /**
   * Sends once the group's limit allows one more request, and remembers what the answer says of the limit.
   * An ExchangeError is a result like an answer.
   *
   * @param onWait told before a wait, with its length in milliseconds; may throw to give up instead.
   */
  within(
    group: string,
    signal: AbortSignal,
    send: () => Promise<HttpAnswer>,
    onWait: (milliseconds: number) => void,
  ): Promise<HttpAnswer | ExchangeError>;
};

/**
 * Remembers the `RateLimit` header of every answer by endpoint group (Close's rate-limit page) and lets no more
 * requests go than the window has left.
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
      let answer: HttpAnswer | undefined;
      try {
        answer = await send();
        return answer;
      } catch (error) {
        if (error instanceof ExchangeError) return error;
        throw error;
      } finally {
        group.inFlight -= 1;
        if (answer !== undefined) learn(group, answer, number);
        group.nextAnswer.resolve();
        group.nextAnswer = resolvers();
      }
    },
  };
}

function newGroup(): Group {
  return {
    window: undefined,
    unlimited: false,
    inFlight: 0,
    sent: 0,
    waiting: 0,
    learnedFrom: 0,
    nextAnswer: resolvers(),
    queue: Promise.resolve(),
  };
}

function learn(group: Group, answer: HttpAnswer, number: number): void {
  // Overtaken by the answer to a later request, which knew more.
  if (number < group.learnedFrom) return;

  const limit = parseRateLimit(answer);
  if (limit !== undefined) {
    group.unlimited = false;
    group.learnedFrom = number;
    // The count is Close's at the moment of answering: requests still under way may not be in it.
    const left = limit.remaining - group.inFlight;
    group.window = { limit: limit.limit, left, endsAt: performance.now() + limit.reset * 1000 };
  } else if (group.window === undefined) {
    group.unlimited = true;
  }
}

/** Those who wait do so one behind the other, in the order they came. */
async function turn(
  group: Group,
  signal: AbortSignal,
  onWait: (milliseconds: number) => void,
): Promise<void> {
  if (group.waiting === 0 && !signal.aborted && isAllowed(group)) {
    group.inFlight += 1;
    return;
  }
  const previous = group.queue;
  const own = resolvers();
  group.queue = own.promise;
  try {
    const wait = (group.window?.endsAt ?? 0) - performance.now();
    const isBehind = group.waiting > 0 && (group.window?.left ?? 1) <= 0 && Number.isFinite(wait) && wait > 0;
    group.waiting += 1;
    if (isBehind) onWait(wait);
    await race(previous, Number.POSITIVE_INFINITY, signal);
    await untilAllowed(group, signal, onWait);
    // Before the next one's turn, which must see it.
    group.inFlight += 1;
  } finally {
    group.waiting -= 1;
    // Also where it gave up: those behind come after those in front.
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
    if (isAllowed(group)) return;
    const wait = (group.window?.endsAt ?? Number.POSITIVE_INFINITY) - performance.now();
    if (Number.isFinite(wait) && wait > 0) onWait(wait);
    await race(group.nextAnswer.promise, wait, signal);
  }
}

/** Whether one more request may go now, which then counts as gone. */
function isAllowed(group: Group): boolean {
  if (group.unlimited) return true;
  const { window } = group;
  if (window === undefined) return group.inFlight === 0;
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

/** Waits for whichever comes first: the promise, so many milliseconds, the signal's abort. */
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

function resolvers(): PromiseWithResolvers {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** What a `RateLimit` header says. `reset` is in seconds, decimals kept. */
export type RateLimit = { limit: number; remaining: number; reset: number };

const parts = [/\blimit=(\d+(?:\.\d+)?)/, /\bremaining=(\d+(?:\.\d+)?)/, /\breset=(\d+(?:\.\d+)?)/] as const;

/** The `RateLimit: limit=100, remaining=50, reset=5.2` header (Close's rate-limit page), where it is there whole. */
export function parseRateLimit({ headers }: HttpAnswer): RateLimit | undefined {
  const header = headers.ratelimit ?? "";
  const [limit, remaining, reset] = parts.map((part) => {
    const value = part.exec(header)?.[1];
    return value === undefined ? undefined : Number(value);
  });
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  return { limit, remaining, reset };
}

/**
 * How many seconds until a rate limit resets, decimals kept: the `RateLimit` header, else `Retry-After`, else
 * one of the two body forms (Close's rate-limit page, recorded traffic). Undefined where none says it.
 */
export function secondsUntilReset({ headers, body }: HttpAnswer): number | undefined {
  const candidates = [
    /\breset=([\d.]+)/.exec(headers.ratelimit ?? "")?.[1],
    headers["retry-after"],
    /"rate_reset"\s*:\s*"?([\d.]+)/.exec(body)?.[1],
  ];
  return candidates
    .filter((candidate) => candidate !== undefined && candidate !== "")
    .map(Number)
    .find((seconds) => Number.isFinite(seconds) && seconds >= 0);
}
