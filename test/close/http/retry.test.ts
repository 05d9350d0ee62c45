import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type CallLimits, reserving } from "../../../src/base/call-limits.ts";
import { delayAfterLimit, withRetries } from "../../../src/close/http/retry.ts";
import { type Answer, ExchangeError } from "../../../src/close/http/transport.ts";
import { answerOf } from "../../support/answers.ts";
import { stopTime } from "../../support/fake-time.ts";

vi.mock("node:timers/promises", async () => (await import("../../support/timers-promises.ts")).timersPromises);

beforeEach(() => {
  stopTime();
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const never = new AbortController().signal;

type Outcome = Answer | ExchangeError;
const noAnswer = (code: string, mayHaveArrived = true, signal = never) =>
  new ExchangeError(Object.assign(new Error(`no answer: ${code}`), { code }), signal, { mayHaveArrived });

/** Sends until it is settled, to a peer that has these outcomes in turn and the last one for ever. */
async function attempt(outcomes: readonly Outcome[], limits: Partial<CallLimits> = {}) {
  const sent: number[] = [];
  const waits: { reason: string; milliseconds: number }[] = [];
  const started = performance.now();
  const send = async (): Promise<Outcome> => {
    const outcome = outcomes[Math.min(sent.length, outcomes.length - 1)] ?? answerOf(200);
    sent.push(performance.now() - started);
    return outcome;
  };
  const onWait = (reason: string, milliseconds: number) => void waits.push({ reason, milliseconds });
  let result: unknown;
  void withRetries({ signal: never, onWait, ...limits }, send)
    .catch((error: unknown) => error)
    .then((settled) => {
      result = settled;
    });
  await vi.advanceTimersByTimeAsync(120_000);
  return { sent, waits, result };
}

describe("how often a read is sent that keeps having the same outcome", () => {
  test.each<[string, Outcome, number]>([
    ["503", answerOf(503), 4],
    ["404", answerOf(404), 1],
    ["a connection that broke", noAnswer("ECONNRESET"), 4],
    ["no connection", noAnswer("EHOSTUNREACH", false), 4],
    ["no answer in time", noAnswer("UND_ERR_HEADERS_TIMEOUT"), 4],
    ["an answer that is too large", noAnswer("UND_ERR_RES_EXCEEDED_MAX_SIZE"), 1],
    ["a name lookup that may succeed later", noAnswer("EAI_AGAIN", false), 4],
    ["an unknown host", noAnswer("ENOTFOUND", false), 1],
    ["a certificate that is not valid yet", noAnswer("CERT_NOT_YET_VALID", false), 1],
    ["a certificate whose issuer is unknown", noAnswer("UNABLE_TO_VERIFY_LEAF_SIGNATURE", false), 1],
    ["a certificate in a chain that ends with an unknown one", noAnswer("SELF_SIGNED_CERT_IN_CHAIN", false), 1],
    ["TLS of another version", noAnswer("EPROTO", false), 1],
    ["a server that fails in the TLS handshake", noAnswer("ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", false), 4],
    ["an answer that is no HTTP", noAnswer("HPE_INVALID_CONSTANT"), 1],
    ["an answer whose end is missing", noAnswer("HPE_INVALID_EOF_STATE"), 4],
    ["a call that was stopped", noAnswer("UND_ERR_ABORTED", true, AbortSignal.abort()), 1],
  ])("%s", async (_name, outcome, times) => {
    const { sent, result } = await attempt([outcome]);
    expect(sent).toHaveLength(times);
    expect(result).toBe(outcome);
  });
});

describe("a 429", () => {
  test.each([
    [
      "the RateLimit header before all else",
      { ratelimit: "limit=9, remaining=0, reset=0.375", "ratelimit-reset": "3", "retry-after": "7" },
      375,
    ],
    ["ratelimit-reset before Retry-After", { "ratelimit-reset": "0.5", "retry-after": "7" }, 500],
    ["Retry-After before the body", { "retry-after": "7" }, 7_000],
    ["the body", {}, 2_500],
    [
      "Retry-After where reset is a moment",
      { ratelimit: "limit=9, remaining=0, reset=1790000000", "retry-after": "7" },
      7_000,
    ],
  ])("is waited out to the millisecond, by %s", async (_name, headers, milliseconds) => {
    const refused = answerOf(429, headers, '{"error": {"rate_reset": 2.5}}');
    const { sent, waits, result } = await attempt([refused, answerOf(200)]);
    expect(sent).toEqual([0, milliseconds]);
    expect(waits).toEqual([{ reason: "Close's rate limit", milliseconds }]);
    expect(result).toMatchObject({ status: 200 });
  });

  test.each([{}, { "retry-after": "soon" }])("that does not say how long is waited out for a second: %o", (headers) => {
    expect(delayAfterLimit(answerOf(429, headers))).toBe(1_000);
  });

  test("is waited out a quarter of a second at least, however often it says that the limit has reset", async () => {
    const deadline = performance.now() + 1_100;
    const { sent } = await attempt([answerOf(429, { "retry-after": "0" })], { deadline });
    expect(sent).toEqual([0, 250, 500, 750, 1_000]);
  });

  test("is waited out a little longer by chance, so that several processes do not come back at once", () => {
    vi.restoreAllMocks();
    const delays = Array.from({ length: 100 }, () => delayAfterLimit(answerOf(429, { "retry-after": "2" })));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(2_000);
    expect(Math.max(...delays)).toBeLessThanOrEqual(2_300);
    expect(new Set(delays).size).toBeGreaterThan(50);
  });

  test("does not count as a failure, however often it comes", async () => {
    const refused = Array.from({ length: 7 }, () => answerOf(429, { "retry-after": "1" }));
    const failures = Array.from({ length: 3 }, () => answerOf(503));
    const { sent, result } = await attempt([...refused, ...failures, answerOf(200)]);
    expect(sent).toHaveLength(11);
    expect(result).toMatchObject({ status: 200 });
  });

  test("that lasts longer than the call may take stands, at once", async () => {
    const refused = answerOf(429, { "retry-after": "46" });
    const { sent, waits, result } = await attempt([refused], { deadline: performance.now() + 45_000 });
    expect({ sent, waits }).toEqual({ sent: [0], waits: [] });
    expect(result).toBe(refused);
  });
});

test("the waits between failures double from a quarter of a second on, a quarter more or less", async () => {
  vi.restoreAllMocks();
  const { waits } = await attempt([answerOf(503)]);
  const middles = [250, 500, 1_000];
  expect(waits).toHaveLength(middles.length);
  for (const [at, middle] of middles.entries()) {
    expect(waits[at]?.milliseconds).toBeGreaterThanOrEqual(middle * 0.75);
    expect(waits[at]?.milliseconds).toBeLessThanOrEqual(middle * 1.25);
  }
});

test("a call that is stopped while it waits stops at once, and sends nothing more", async () => {
  const cancel = new AbortController();
  setTimeout(() => cancel.abort(), 500);
  const outcomes = [answerOf(429, { "retry-after": "2" }), answerOf(200)];
  const { sent, result } = await attempt(outcomes, { signal: cancel.signal });
  expect(sent).toEqual([0]);
  expect(result).toMatchObject({ name: "AbortError" });
});

test("whatever becomes of a read, it is settled, with nothing sent after its time, and at most four failures", async () => {
  const outcome = fc.oneof(
    fc.constantFrom(200, 301, 404, 500, 503).map((status) => answerOf(status)),
    fc.constantFrom("ECONNRESET", "ECONNREFUSED", "EPROTO").map((code) => noAnswer(code)),
    fc
      .constantFrom("0", "0.25", "3.5", "20", "44.9", "60", "soon", "-1")
      .map((seconds) => answerOf(429, { "retry-after": seconds })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(outcome, { minLength: 1, maxLength: 12 }), async (given) => {
      const all = [...given, answerOf(200)];
      const { sent, result } = await attempt(all, { deadline: performance.now() + 45_000 });
      expect(result).toBeDefined();
      expect(sent.every((at) => at <= 45_000)).toBe(true);
      const failures = all.slice(0, sent.length).filter((each) => each instanceof ExchangeError || each.status >= 500);
      expect(failures.length).toBeLessThanOrEqual(4);
    }),
    { numRuns: 200 },
  );
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

  test("ends with the call, at once if less is left than is reserved, and leaves no timer behind", () => {
    const call = new AbortController();
    const early = reserved(performance.now() + 45_000, call.signal);
    expect(early.signal.aborted).toBe(false);
    call.abort();
    expect(early.signal.aborted).toBe(true);
    expect(reserved(performance.now() + 9_000).signal.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
