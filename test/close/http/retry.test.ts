import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CloseError } from "../../../src/close/http/errors.ts";
import { createRateLimiter } from "../../../src/close/http/rate-limiter.ts";
import { backoff, type CallLimits, withRetries } from "../../../src/close/http/retry.ts";
import { ExchangeError, type HttpAnswer, type Method } from "../../../src/close/http/transport.ts";
import { stopTime } from "../../support/fake-time.ts";

vi.mock("node:timers/promises", async () => (await import("../../support/fake-time.ts")).timersPromises);

beforeEach(stopTime);
afterEach(() => vi.useRealTimers());

const path = "/opportunity/oppo_1a2B3c/";
const never = new AbortController().signal;

type Outcome = HttpAnswer | ExchangeError;
const answer = (status: number, headers: Record<string, string> = {}, body = ""): HttpAnswer => ({
  status,
  headers,
  body,
});
const lost = (code: string, signal = never) =>
  new ExchangeError(Object.assign(new Error(`no answer: ${code}`), { code }), signal);
const stopped = lost("UND_ERR_ABORTED", AbortSignal.abort());

/** Sends until it is settled, to a peer that gives these outcomes in turn and the last one for ever. */
async function attempt(method: Method, outcomes: readonly Outcome[], limits: Partial<CallLimits> = {}) {
  const sent: number[] = [];
  const waits: { reason: string; milliseconds: number }[] = [];
  const started = performance.now();
  const send = async (): Promise<HttpAnswer> => {
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
      answer(status),
      { GET: 4, POST: 4, PUT: 1 },
    ]),
    ...[200, 204, 301, 400, 401, 402, 403, 404, 405, 415].map(
      (status): [string, Outcome, Record<Method, number>] => [
        String(status),
        answer(status),
        { GET: 1, POST: 1, PUT: 1 },
      ],
    ),
    ["a connection that broke", lost("ECONNRESET"), { GET: 4, POST: 4, PUT: 1 }],
    ["a connection that was refused", lost("ECONNREFUSED"), { GET: 4, POST: 4, PUT: 4 }],
    ["a name that is not found", lost("ENOTFOUND"), { GET: 4, POST: 4, PUT: 4 }],
    ["a failed TLS handshake", lost("ERR_TLS_CERT_ALTNAME_INVALID"), { GET: 4, POST: 4, PUT: 4 }],
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
      { ratelimit: "limit=9, remaining=0, reset=0.375", "retry-after": "7" },
      375,
    ],
    ["Retry-After before the body", { "retry-after": "7" }, 7_000],
    ["the body", {}, 2_500],
  ])("is waited out to the millisecond, by %s", async (_name, headers, milliseconds) => {
    const refused = answer(429, headers, '{"error": {"rate_reset": 2.5}}');
    const { sent, waits, result } = await attempt("PUT", [refused, answer(200)]);
    expect(sent).toEqual([0, milliseconds]);
    expect(waits).toEqual([{ reason: "Close's rate limit", milliseconds }]);
    expect(result).toMatchObject({ status: 200 });
  });

  test("does not count as a failure, however often it comes", async () => {
    const refused = Array.from({ length: 10 }, () => answer(429, { "retry-after": "1" }));
    const { sent, result } = await attempt("GET", [
      ...refused,
      answer(503),
      answer(503),
      answer(503),
      answer(200),
    ]);
    expect(sent).toHaveLength(14);
    expect(result).toMatchObject({ status: 200 });
  });

  test("that lasts longer than the call may take stands, at once", async () => {
    const refused = answer(429, { "retry-after": "46" });
    const { sent, waits, result } = await attempt("PUT", [refused], { deadline: performance.now() + 45_000 });
    expect(sent).toEqual([0]);
    expect(waits).toEqual([]);
    expect(result).toBe(refused);
  });
});

test("a limit that another request met and that lasts too long is an error, and nothing is sent", async () => {
  const rateLimiter = createRateLimiter();
  const exhausted = answer(200, { ratelimit: "limit=9, remaining=0, reset=60.2" });
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
  const outcomes = [answer(429, { "retry-after": "2" }), answer(200)];
  const { sent, result, settledAt } = await attempt("GET", outcomes, { signal: cancel.signal });
  expect({ sent, settledAt }).toEqual({ sent: [0], settledAt: 500 });
  expect(result).toMatchObject({ name: "AbortError" });
});

describe("whatever becomes of a request", () => {
  const outcome = fc.oneof(
    fc.constantFrom(200, 204, 301, 400, 401, 404, 500, 502, 503, 504).map((status) => answer(status)),
    fc
      .constantFrom("ECONNRESET", "UND_ERR_SOCKET", "ECONNREFUSED", "ENOTFOUND", "EPROTO")
      .map((code) => lost(code)),
    fc
      .constantFrom("0", "0.25", "1", "3.5", "20", "44.9", "60", "soon", "-1")
      .map((seconds) => answer(429, { "retry-after": seconds })),
    fc
      .tuple(fc.constantFrom(0, 1, 50), fc.constantFrom("0", "0.3", "4", "50", "9999999999"))
      .map(([left, reset]) => answer(429, { ratelimit: `limit=50, remaining=${left}, reset=${reset}` })),
  );
  const outcomes = fc.array(outcome, { minLength: 1, maxLength: 12 });
  const mayHaveHappened = (each: Outcome) =>
    each instanceof ExchangeError ? each.mayHaveArrived : each.status !== 429;

  test("an update is never sent again after it may have been carried out", async () => {
    await fc.assert(
      fc.asyncProperty(outcomes, async (given) => {
        const deadline = performance.now() + 45_000;
        const { sent } = await attempt("PUT", [...given, answer(200)], { deadline });
        expect(given.slice(0, sent.length - 1).some(mayHaveHappened)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test("it is settled, with nothing sent after its time was used up, and at most four failures", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("GET", "POST", "PUT"), outcomes, async (method, given) => {
        const budget = 45_000;
        const all = [...given, answer(200)];
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
