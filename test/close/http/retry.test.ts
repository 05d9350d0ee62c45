import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type CallLimits, reserving } from "../../../src/base/call-limits.ts";
import type { Answer } from "../../../src/close/http/answer.ts";
import { CloseError } from "../../../src/close/http/errors.ts";
import { createRateLimiter } from "../../../src/close/http/rate-limiter.ts";
import { backoff, withRetries } from "../../../src/close/http/retry.ts";
import { ExchangeError, type Method } from "../../../src/close/http/transport.ts";
import { answerOf } from "../../support/answers.ts";
import { stopTime } from "../../support/fake-time.ts";

vi.mock("node:timers/promises", async () => (await import("../../support/fake-time.ts")).timersPromises);

beforeEach(stopTime);
afterEach(() => vi.useRealTimers());

const path = "/opportunity/oppo_1a2B3c/";
const never = new AbortController().signal;

type Outcome = Answer | ExchangeError;
const noAnswer = (code: string, mayHaveArrived: boolean, signal = never) =>
  new ExchangeError(Object.assign(new Error(`no answer: ${code}`), { code }), signal, { mayHaveArrived });
const lost = (code: string) => noAnswer(code, true);
const neverConnected = (code: string) => noAnswer(code, false);
const stopped = noAnswer("UND_ERR_ABORTED", true, AbortSignal.abort());

/** Sends until it is settled, to a peer that has these outcomes in turn and the last one for ever. */
async function attempt(method: Method, outcomes: readonly Outcome[], limits: Partial<CallLimits> = {}) {
  const sent: number[] = [];
  const waits: { reason: string; milliseconds: number }[] = [];
  const started = performance.now();
  const send = async (): Promise<Answer> => {
    const outcome = outcomes[Math.min(sent.length, outcomes.length - 1)];
    sent.push(performance.now() - started);
    if (outcome === undefined || outcome instanceof ExchangeError) throw outcome;
    return outcome;
  };
  const onWait = (reason: string, milliseconds: number) => void waits.push({ reason, milliseconds });
  let result: unknown;
  let settledAt = Number.NaN;
  void withRetries({ method, path }, { signal: never, onWait, ...limits }, createRateLimiter(), send)
    .catch((error: unknown) => error)
    .then((settled) => {
      result = settled;
      settledAt = performance.now() - started;
    });
  await vi.advanceTimersByTimeAsync(120_000);
  return { sent, waits, result, settledAt };
}

describe("how often a request is sent that keeps having the same outcome", () => {
  const rows: [string, Outcome, Record<Method, number>][] = [
    ...[500, 502, 503, 504].map((status): [string, Outcome, Record<Method, number>] => [
      String(status),
      answerOf(status),
      { GET: 4, POST: 4, PUT: 1 },
    ]),
    ...[200, 204, 301, 400, 401, 402, 403, 404, 405, 415].map(
      (status): [string, Outcome, Record<Method, number>] => [
        String(status),
        answerOf(status),
        { GET: 1, POST: 1, PUT: 1 },
      ],
    ),
    ["a connection that broke", lost("ECONNRESET"), { GET: 4, POST: 4, PUT: 1 }],
    ["a route lost on a connection that stood", lost("EHOSTUNREACH"), { GET: 4, POST: 4, PUT: 1 }],
    ["no connection", neverConnected("EHOSTUNREACH"), { GET: 4, POST: 4, PUT: 4 }],
    ["a call that was stopped", stopped, { GET: 1, POST: 1, PUT: 1 }],
  ];

  describe.each(["GET", "POST", "PUT"] as const)("%s", (method) => {
    test.each(rows)("%s", async (_name, outcome, times) => {
      const { sent, result } = await attempt(method, [outcome]);
      expect(sent).toHaveLength(times[method]);
      expect(result).toBe(outcome);
    });
  });
});

describe("a 429", () => {
  test.each([
    [
      "the RateLimit header before all else",
      { ratelimit: "limit=9, remaining=0, reset=0.375", "ratelimit-reset": "3", "retry-after": "7" },
      375,
    ],
    ["the RateLimit header with semicolons", { ratelimit: "limit=9; remaining=0; reset=0.375" }, 375],
    ["the RateLimit header in any order and case", { ratelimit: "Reset=0.375,Remaining=0,Limit=9" }, 375],
    ["the reset alone of the RateLimit header", { ratelimit: "reset=0.375" }, 375],
    ["ratelimit-reset before Retry-After", { "ratelimit-reset": "0.5", "retry-after": "7" }, 500],
    ["the first figure of ratelimit-reset", { "ratelimit-reset": "3, 3;w=1", "retry-after": "7" }, 3_000],
    ["Retry-After before the body", { "retry-after": "7" }, 7_000],
    [
      "Retry-After as a date, by the answer's clock",
      { "retry-after": "Wed, 01 May 2030 10:00:12 GMT", date: "Wed, 01 May 2030 10:00:03 GMT" },
      9_000,
    ],
    ["the body", {}, 2_500],
    ["the body where Retry-After is no time", { "retry-after": "soon" }, 2_500],
    ["the body where Retry-After is before now", { "retry-after": "-3" }, 2_500],
    [
      "the body where reset is a moment and not a duration",
      { ratelimit: "limit=9, remaining=0, reset=1790000000" },
      2_500,
    ],
    ["the body where Retry-After is past any number", { "retry-after": "9".repeat(400) }, 2_500],
  ])("is waited out to the millisecond, by %s", async (_name, headers, milliseconds) => {
    const refused = answerOf(429, headers, '{"error": {"rate_reset": 2.5}}');
    const { sent, waits, result } = await attempt("PUT", [refused, answerOf(200)]);
    expect(sent).toEqual([0, milliseconds]);
    expect(waits).toEqual([{ reason: "Close's rate limit", milliseconds }]);
    expect(result).toMatchObject({ status: 200 });
  });

  test("with a date as Retry-After is waited out by this machine's clock if the answer shows none", async () => {
    vi.setSystemTime("2030-05-01T10:00:03Z");
    const refused = answerOf(429, { "retry-after": "Wed, 01 May 2030 10:00:12 GMT" });
    const { sent } = await attempt("PUT", [refused, answerOf(200)]);
    expect(sent).toEqual([0, 9_000]);
  });

  test.each([
    ["Retry-After: 0", { "retry-after": "0" }, ""],
    ["a reset of 0", { ratelimit: "limit=9, remaining=0, reset=0" }, ""],
    ["a date in the past", { "retry-after": "Wed, 01 May 2019 10:00:12 GMT" }, ""],
    ["a body that says 0", {}, '{"rate_reset": "0"}'],
  ])(
    "is waited out at least a quarter of a second, doubled from try to try: %s",
    async (_name, headers, body) => {
      const deadline = performance.now() + 45_000;
      const { sent } = await attempt("PUT", [answerOf(429, headers, body)], { deadline });
      expect(sent).toEqual([0, 250, 750, 1_750, 3_750, 7_750, 15_750, 31_750]);
    },
  );

  test.each([
    '{"rate_reset": {"toString": 1, "valueOf": 1}}',
    '{"rate_reset": "NaN", "error": {"rate_reset": -1}}',
    '{"rate_reset": 1e400, "error": []}',
    '{"error": {"rate_reset": null}}',
    "<html>slow down</html>",
    "",
  ])("that does not say how long is waited out for a second: %s", async (body) => {
    const { sent } = await attempt("GET", [answerOf(429, {}, body), answerOf(200)]);
    expect(sent).toEqual([0, 1_000]);
  });

  test("does not count as a failure, however often it comes", async () => {
    const refused = Array.from({ length: 7 }, () => answerOf(429, { "retry-after": "1" }));
    const { sent, result } = await attempt("GET", [
      ...refused,
      answerOf(503),
      answerOf(503),
      answerOf(503),
      answerOf(200),
    ]);
    expect(sent).toHaveLength(11);
    expect(result).toMatchObject({ status: 200 });
  });

  test("that lasts longer than the call may take stands, at once", async () => {
    const refused = answerOf(429, { "retry-after": "46" });
    const { sent, waits, result } = await attempt("PUT", [refused], { deadline: performance.now() + 45_000 });
    expect(sent).toEqual([0]);
    expect(waits).toEqual([]);
    expect(result).toBe(refused);
  });
});

test("a limit that another request met and that lasts too long is an error, and nothing is sent", async () => {
  const rateLimiter = createRateLimiter();
  const exhausted = answerOf(200, { ratelimit: "limit=9, remaining=0, reset=60.2" });
  const limits = { signal: never, deadline: performance.now() + 45_000 };
  const send = vi.fn(async () => exhausted);
  await withRetries({ method: "PUT", path }, limits, rateLimiter, send);
  const next = withRetries({ method: "PUT", path: "/opportunity/oppo_other/" }, limits, rateLimiter, send);
  const error = await next.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CloseError);
  expect(error).toMatchObject({ report: { record: "unchanged", remedy: "Call again in 61 seconds." } });
  expect(send).toHaveBeenCalledTimes(1);
});

test("the waits between failures double from a quarter of a second on, a quarter more or less", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), (failures) => {
      const middle = 250 * 2 ** (failures - 1);
      expect(backoff(failures)).toBeGreaterThanOrEqual(middle * 0.75);
      expect(backoff(failures)).toBeLessThanOrEqual(middle * 1.25);
    }),
  );
});

test("a call that is stopped while it waits stops at once, and sends nothing more", async () => {
  const cancel = new AbortController();
  setTimeout(() => cancel.abort(), 500);
  const outcomes = [answerOf(429, { "retry-after": "2" }), answerOf(200)];
  const { sent, result, settledAt } = await attempt("GET", outcomes, { signal: cancel.signal });
  expect({ sent, settledAt }).toEqual({ sent: [0], settledAt: 500 });
  expect(result).toMatchObject({ name: "AbortError" });
});

describe("whatever becomes of a request", () => {
  const outcome = fc.oneof(
    fc.constantFrom(200, 204, 301, 400, 401, 404, 500, 502, 503, 504).map((status) => answerOf(status)),
    fc
      .tuple(fc.constantFrom("ECONNRESET", "EHOSTUNREACH", "ECONNREFUSED", "EPROTO"), fc.boolean())
      .map(([code, mayHaveArrived]) => noAnswer(code, mayHaveArrived)),
    fc
      .constantFrom("0", "0.25", "1", "3.5", "20", "44.9", "60", "soon", "-1")
      .map((seconds) => answerOf(429, { "retry-after": seconds })),
    fc
      .tuple(fc.constantFrom(0, 1, 50), fc.constantFrom("0", "0.3", "4", "50", "9999999999"))
      .map(([left, reset]) => answerOf(429, { ratelimit: `limit=50, remaining=${left}, reset=${reset}` })),
  );
  const outcomes = fc.array(outcome, { minLength: 1, maxLength: 12 });
  const mayHaveHappened = (each: Outcome) =>
    each instanceof ExchangeError ? each.mayHaveArrived : each.status !== 429;

  test("an update is never sent again after it may have been carried out", async () => {
    await fc.assert(
      fc.asyncProperty(outcomes, async (given) => {
        const deadline = performance.now() + 45_000;
        const { sent } = await attempt("PUT", [...given, answerOf(200)], { deadline });
        expect(given.slice(0, sent.length - 1).some(mayHaveHappened)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test("it is settled, with nothing sent after its time was used up, and at most four failures", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("GET", "POST", "PUT"), outcomes, async (method, given) => {
        const budget = 45_000;
        const all = [...given, answerOf(200)];
        const { sent, result } = await attempt(method, all, { deadline: performance.now() + budget });
        expect(result).toBeDefined();
        expect(sent.every((at) => at <= budget)).toBe(true);
        const failures = all
          .slice(0, sent.length)
          .filter((each) => each instanceof ExchangeError || each.status >= 500);
        expect(failures.length).toBeLessThanOrEqual(4);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a call with time reserved", () => {
  const reserved = (deadline: number | undefined, signal = never) =>
    reserving({ signal, deadline, timeZone: "UTC" }, 10_000);

  test("ends that much earlier, and the call itself goes on", async () => {
    const call = new AbortController();
    const early = reserved(performance.now() + 45_000, call.signal);
    expect(early).toMatchObject({ deadline: performance.now() + 35_000, timeZone: "UTC" });
    await vi.advanceTimersByTimeAsync(34_999);
    expect(early.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(early.signal.aborted).toBe(true);
    expect(call.signal.aborted).toBe(false);
  });

  test("ends with the call, and then leaves no timer behind", () => {
    const call = new AbortController();
    const early = reserved(performance.now() + 45_000, call.signal);
    expect(vi.getTimerCount()).toBe(1);
    call.abort();
    expect(early.signal.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    ["less is left than is reserved", 9_000, never],
    ["the call has ended already", 45_000, AbortSignal.abort()],
  ])("is over at once if %s", (_name, left, signal) => {
    expect(reserved(performance.now() + left, signal).signal.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is the call itself if the call has no deadline", () => {
    expect(reserved(undefined).signal).toBe(never);
  });

  test("sends nothing again and waits for nothing beyond its end", async () => {
    const { sent, result } = await attempt(
      "PUT",
      [answerOf(429, { "retry-after": "36" })],
      reserved(performance.now() + 45_000),
    );
    expect(sent).toEqual([0]);
    expect(result).toMatchObject({ status: 429 });
  });
});
