import { setMaxListeners } from "node:events";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createRateLimit } from "../../../src/close/http/rate-limiter.ts";
import { delayAfterLimit } from "../../../src/close/http/retry.ts";
import { type Answer, ExchangeError, type Outcome } from "../../../src/close/http/transport.ts";
import { answerOf } from "../../support/answers.ts";
import { stopTime } from "../../support/fake-time.ts";

vi.mock("node:timers/promises", async () => (await import("../../support/timers-promises.ts")).timersPromises);

beforeEach(stopTime);
afterEach(() => vi.useRealTimers());

const group = "PUT /opportunity/{id}/";
const never = new AbortController().signal;
setMaxListeners(0, never);
const ignore: (milliseconds: number) => void = () => {};
const later = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const answer = (rateLimit?: string) => answerOf(200, rateLimit === undefined ? {} : { ratelimit: rateLimit }, "{}");
const noAnswer = () =>
  new ExchangeError(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }), never, {
    mayHaveArrived: true,
  });

/** The limits of all groups. */
function createRateLimiter() {
  const limits = new Map<string, ReturnType<typeof createRateLimit>>();
  return {
    within<R extends Outcome | undefined>(
      name: string,
      signal: AbortSignal,
      send: () => Promise<R>,
      onWait: (milliseconds: number) => void,
    ): Promise<R> {
      const limit = limits.get(name) ?? createRateLimit();
      limits.set(name, limit);
      return limit(signal, send, onWait);
    },
  };
}

/** Sends at once, gets its answer at once, and returns when it was sent. */
async function sentAt(
  rateLimiter: ReturnType<typeof createRateLimiter>,
  rateLimit?: string,
  name = group,
  onWait = ignore,
): Promise<number> {
  let at = Number.NaN;
  await rateLimiter.within(
    name,
    never,
    async () => {
      at = performance.now();
      return answer(rateLimit);
    },
    onWait,
  );
  return at;
}

describe("a request of an endpoint group", () => {
  test("waits to the millisecond until the limit is reset if nothing is left", async () => {
    const rateLimiter = createRateLimiter();
    const first = await sentAt(rateLimiter, "limit=100, remaining=0, reset=0.375");
    const second = sentAt(rateLimiter);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await second).toBe(first + 375);
  });

  test("does not wait if something is left, nor for the limit of another group", async () => {
    const rateLimiter = createRateLimiter();
    const first = await sentAt(rateLimiter, "limit=100, remaining=1, reset=30");
    expect(await sentAt(rateLimiter, "limit=100, remaining=0, reset=30")).toBe(first);
    expect(await sentAt(rateLimiter, undefined, "GET /opportunity/{id}/")).toBe(first);
  });

  test("waits also if an earlier or a later answer does not announce the limit", async () => {
    const rateLimiter = createRateLimiter();
    await sentAt(rateLimiter);
    const first = await sentAt(rateLimiter, "limit=100, remaining=1, reset=0.5");
    await sentAt(rateLimiter);
    const next = sentAt(rateLimiter);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await next).toBe(first + 500);
  });

  test.each<[string, Record<string, string>]>([
    [
      "the RateLimit header before the others, in any order, case and punctuation",
      {
        ratelimit: "RESET=0.375; Remaining=0,limit=240",
        "ratelimit-remaining": "59",
        "ratelimit-reset": "1",
      },
    ],
    ["three headers", { "ratelimit-limit": "60, 60;w=1", "ratelimit-remaining": "0", "ratelimit-reset": "0.375" }],
  ])("learns the limit from %s", async (_name, headers) => {
    const rateLimiter = createRateLimiter();
    await rateLimiter.within(group, never, async () => answerOf(200, headers), ignore);
    const first = performance.now();
    const second = sentAt(rateLimiter);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await second).toBe(first + 375);
  });

  test.each([
    "limit=9, remaining=0, reset=1790000000",
    "limit=9, remaining=none, reset=30",
    "unlimit=9, xremaining=0, preset=30",
  ])("does not wait for what is no limit: %s", async (header) => {
    const rateLimiter = createRateLimiter();
    const first = await sentAt(rateLimiter, header);
    expect(await sentAt(rateLimiter)).toBe(first);
  });

  test("that has to wait learns for how long, and may give up instead", async () => {
    const rateLimiter = createRateLimiter();
    await sentAt(rateLimiter, "limit=100, remaining=0, reset=12.5");
    const giveUp = (milliseconds: number) => {
      throw new Error(`${milliseconds} ms are too long`);
    };
    await expect(sentAt(rateLimiter, undefined, group, giveUp)).rejects.toThrow("12500 ms are too long");
  });

  test("that gives up does not hold up those behind it", async () => {
    const rateLimiter = createRateLimiter();
    const first = await sentAt(rateLimiter, "limit=100, remaining=0, reset=0.5");
    const cancel = new AbortController();
    const cancelled = rateLimiter.within(group, cancel.signal, async () => answer(), ignore);
    const behind = sentAt(rateLimiter);
    const outcome = expect(cancelled).rejects.toThrow(/abort/i);
    await vi.advanceTimersByTimeAsync(100);
    cancel.abort();
    await outcome;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await behind).toBe(first + 500);
  });

  test("that comes when the limit is reset, before those who waited have gone, goes after them", async () => {
    const rateLimiter = createRateLimiter();
    const first = await sentAt(rateLimiter, "limit=1, remaining=0, reset=0.5");
    const order: string[] = [];
    const sendAs = (name: string) =>
      rateLimiter.within(
        group,
        never,
        async () => {
          order.push(name);
          return answer("limit=1, remaining=0, reset=0.5");
        },
        ignore,
      );
    const waiting = sendAs("who waited");
    // The clock is past the reset, but the timer of the one who waits has not fired yet.
    vi.spyOn(performance, "now").mockReturnValue(first + 500);
    const late = sendAs("who came late");
    vi.restoreAllMocks();
    await vi.advanceTimersByTimeAsync(2_000);
    await Promise.all([waiting, late]);
    expect(order).toEqual(["who waited", "who came late"]);
  });

  test("of a call that has ended is not sent, though the limit allows it", async () => {
    const rateLimiter = createRateLimiter();
    await sentAt(rateLimiter, "limit=100, remaining=50, reset=30");
    const send = vi.fn(async () => answer());
    await expect(rateLimiter.within(group, AbortSignal.abort(), send, ignore)).rejects.toThrow(/abort/i);
    expect(send).not.toHaveBeenCalled();
  });

  test("goes ahead alone until an answer shows the limit, and the others wait for that", async () => {
    const rateLimiter = createRateLimiter();
    const sent: number[] = [];
    const send = async () => {
      sent.push(performance.now());
      await later(100);
      return answer("limit=100, remaining=90, reset=30");
    };
    const started = performance.now();
    for (let at = 0; at < 3; at += 1) void rateLimiter.within(group, never, send, ignore);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent.map((at) => at - started)).toEqual([0, 100, 100]);
  });

  test("does not hold the others up for more than a second if its answer does not come", async () => {
    const rateLimiter = createRateLimiter();
    const started = performance.now();
    void rateLimiter.within(group, never, () => new Promise<Answer>(() => {}), ignore);
    const others = Promise.all([sentAt(rateLimiter), sentAt(rateLimiter)]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await others).map((at) => at - started)).toEqual([1_000, 1_000]);
  });

  test("that got no answer, or turned out not to be wanted, lets the next one go", async () => {
    const rateLimiter = createRateLimiter();
    const lost = noAnswer();
    expect(await rateLimiter.within(group, never, async () => lost, ignore)).toBe(lost);
    await sentAt(rateLimiter, "limit=100, remaining=1, reset=30");
    expect(await rateLimiter.within(group, never, async () => undefined, ignore)).toBeUndefined();
    expect(await sentAt(rateLimiter)).toBe(performance.now());
  });

  test("is not held up for good by a peer that always says that as many are left", async () => {
    const rateLimiter = createRateLimiter();
    const all = Promise.all(
      Array.from({ length: 1_000 }, () => sentAt(rateLimiter, "limit=240, remaining=239, reset=1")),
    );
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await all).toHaveLength(1_000);
  });
});

/** A Close that counts the requests of each window as they arrive, and says in each answer how many are left. */
function limitedServer(limit: number, windowMs: number) {
  let window = { end: Number.NEGATIVE_INFINITY, used: 0 };
  let most = 0;
  let refused = 0;
  return {
    /** The most requests that arrived in one window, and how many were refused in all. */
    counts: () => ({ most, refused }),
    arrival(): Answer {
      const now = performance.now();
      if (now >= window.end) window = { end: now + windowMs, used: 0 };
      window.used += 1;
      most = Math.max(most, window.used);
      const isRefused = window.used > limit;
      if (isRefused) refused += 1;
      const reset = ((window.end - now) / 1000).toFixed(6);
      const header = `limit=${limit}, remaining=${Math.max(0, limit - window.used)}, reset=${reset}`;
      return answerOf(isRefused ? 429 : 200, { ratelimit: header }, "{}");
    },
  };
}

/** One request: when it is asked for, and how long it takes to Close and back, in milliseconds. */
type Journey = { at: number; there: number; back: number };

/** How many requests Close met at most in one window, and how many were answered in the end. */
async function drive(limit: number, windowMs: number, journeys: readonly Journey[]) {
  const server = limitedServer(limit, windowMs);
  const rateLimiter = createRateLimiter();
  let answered = 0;
  for (const { at, there, back } of journeys) {
    const send = async () => {
      await later(there);
      const reply = server.arrival();
      await later(back);
      return reply;
    };
    void later(at)
      .then(() => rateLimiter.within(group, never, send, ignore))
      .then(() => {
        answered += 1;
      });
  }
  await vi.advanceTimersByTimeAsync(10_000 + journeys.length * (windowMs + 1_000));
  return { most: server.counts().most, answered };
}

const limits = fc.record({
  limit: fc.integer({ min: 1, max: 8 }),
  windowMs: fc.integer({ min: 50, max: 3_000 }),
});
const moments = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 40 });
const latency = fc.integer({ min: 0, max: 400 });

describe("whatever the limit and whenever requests are asked for, Close meets no more of them in a window than it allows", () => {
  test("and each gets its turn if answers come in order", async () => {
    await fc.assert(
      fc.asyncProperty(limits, moments, latency, latency, async ({ limit, windowMs }, ats, there, back) => {
        const journeys = ats.map((at) => ({ at, there, back }));
        const { most, answered } = await drive(limit, windowMs, journeys);
        expect(answered).toBe(journeys.length);
        expect(most).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 100 },
    );
  });

  test("and each gets its turn if one answer overtakes another", async () => {
    const journey = fc.record({
      at: fc.integer({ min: 0, max: 500 }),
      there: fc.constant(0),
      back: fc.integer({ min: 0, max: 50 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.array(journey, { minLength: 1, maxLength: 40 }),
        async (limit, journeys) => {
          const { most, answered } = await drive(limit, 1_000, journeys);
          expect(answered).toBe(journeys.length);
          expect(most).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** Processes with one key, each with so many updates, 16 at a time; an answer takes 60 to 160 ms. Returns the seconds it took. */
async function share(limit: number, windowMs: number, processes: number, updates: number) {
  const server = limitedServer(limit, windowMs);
  const travel = () => later(30 + Math.random() * 50);
  const send = async () => {
    await travel();
    const reply = server.arrival();
    await travel();
    return reply;
  };
  const started = performance.now();
  const process = async () => {
    const rateLimiter = createRateLimiter();
    let left = updates;
    const work = async () => {
      while (left-- > 0) {
        for (;;) {
          const reply = await rateLimiter.within(group, never, send, ignore);
          if (reply.status === 200) break;
          await later(delayAfterLimit(reply));
        }
      }
    };
    await Promise.all(Array.from({ length: 16 }, work));
  };
  let seconds = Number.NaN;
  void Promise.all(Array.from({ length: processes }, process)).then(() => {
    seconds = (performance.now() - started) / 1000;
  });
  await vi.advanceTimersByTimeAsync(120_000);
  return { seconds, refused: server.counts().refused };
}

describe("where answers take their time and overtake each other", () => {
  test("200 updates under 20 a second need little more than the limit dictates", async () => {
    expect((await share(20, 1_000, 1, 200)).seconds).toBeLessThan(11);
  });

  test.each([
    [4, 50, 1_000, 20, 12.5],
    [6, 100, 1_000, 20, 35],
    [6, 100, 8_000, 160, 35],
  ])(
    "%i processes with one key and %i updates each are done in time, without a storm of refusals (%i ms)",
    async (processes, updates, windowMs, limit, most) => {
      const { seconds, refused } = await share(limit, windowMs, processes, updates);
      expect(seconds).toBeLessThan(most);
      expect(refused).toBeLessThan(1.25 * processes * updates);
    },
  );
});

describe("whatever the RateLimit headers say", () => {
  const figure = fc.oneof(
    fc.constantFrom("0", "1", "2", "5", "0.25", "1.5", "44", "-1", "1e5", "", "NaN", "9".repeat(400)),
    fc.double().map(String),
  );
  const header = fc.oneof(
    fc.string(),
    fc.tuple(figure, figure, figure).map(([l, n, r]) => `limit=${l}, remaining=${n}, reset=${r}`),
    fc.constant(undefined),
  );
  const exchange = fc.record({
    header,
    milliseconds: latency,
    isLost: fc.boolean(),
    at: fc.integer({ min: 0, max: 9_000 }),
  });

  test("each request is sent or gives up: none is forgotten", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(exchange, { minLength: 1, maxLength: 20 }), async (exchanges) => {
        const rateLimiter = createRateLimiter();
        let settled = 0;
        for (const { header, milliseconds, isLost, at } of exchanges) {
          const send = async () => {
            await later(milliseconds);
            return isLost ? noAnswer() : answer(header);
          };
          const giveUp = (wait: number) => {
            if (wait > 45_000) throw new Error("too long");
          };
          void later(at)
            .then(() => rateLimiter.within(group, never, send, giveUp))
            .catch(() => undefined)
            .then(() => {
              settled += 1;
            });
        }
        await vi.advanceTimersByTimeAsync(10_000 + exchanges.length * 46_000);
        expect(settled).toBe(exchanges.length);
      }),
      { numRuns: 150 },
    );
  });
});
