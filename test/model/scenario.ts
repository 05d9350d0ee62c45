import fc from "fast-check";

const moments = fc.constantFrom("before", "after");

/** Something that goes wrong on the way to Close or in it, for one request. Milliseconds are of the simulated time. */
const fault = fc.oneof(
  fc.record({ kind: fc.constant("refused connection") }),
  fc.record({ kind: fc.constant("reset"), when: moments }),
  fc.record({
    kind: fc.constant("slow"),
    when: moments,
    milliseconds: fc.constantFrom<number[]>(400, 3_000, 14_500, 16_500, 30_000),
  }),
  fc.record({ kind: fc.constant("dripping"), applied: fc.boolean() }),
  fc.record({
    kind: fc.constant("answer"),
    status: fc.constantFrom<number[]>(500, 503, 502, 504, 408, 499, 303, 400),
    from: fc.constantFrom("Close", "gateway"),
    applied: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("other 200"),
    body: fc.constantFrom("empty", "error", "another record", "list"),
    applied: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("rate limit"), seconds: fc.constantFrom(0.3, 1.5, 6, 90) }),
  fc.record({
    kind: fc.constant("ignored keys"),
    keys: fc.constantFrom("all", "the first", "the last"),
    answerLost: fc.boolean(),
  }),
);
export type Fault = Value<typeof fault>;
type Value<A> = A extends fc.Arbitrary<infer T> ? T : never;

/** A fault that hits one request of a call, or all from there on: the first PUT, the second GET. */
const armedFault = fc.record({
  on: fc.constantFrom("PUT", "PUT", "PUT", "GET"),
  from: fc.integer({ min: 1, max: 3 }),
  times: fc.constantFrom<number[]>(1, 1, 2, Number.POSITIVE_INFINITY),
  fault,
});

/** A PUT that arrives when it has been given up, and what becomes of the tries after it. */
const lateAndThen = fault.map((next): Value<typeof armedFault>[] => [
  { on: "PUT", from: 1, times: 1, fault: { kind: "slow", when: "before", milliseconds: 30_000 } },
  {
    on: "PUT",
    from: 2,
    times: Number.POSITIVE_INFINITY,
    fault: next.kind === "answer" ? { ...next, status: 500, from: "Close", applied: false } : next,
  },
]);

/** What a caller asks for. Tags and lines are unique to the call, except for those that are there at the start. */
const change = fc.oneof(
  fc.record({ what: fc.constant("status"), won: fc.boolean() }),
  fc.record({ what: fc.constant("value"), cents: fc.constantFrom(50_000, 64_000, 75_000) }),
  fc.record({ what: fc.constant("note"), text: fc.constantFrom("Call in May.", "Call Kit.") }),
  fc.record({ what: fc.constantFrom("bold note", "note line", "note passage") }),
  fc.record({ what: fc.constantFrom("note line", "note passage") }),
  fc.record({ what: fc.constant("seats"), count: fc.constantFrom(40, 55) }),
  fc.record({ what: fc.constantFrom("owner", "clear date_won") }),
  fc.record({ what: fc.constantFrom("add a tag", "add two tags") }),
  fc.record({ what: fc.constantFrom("remove the old tag", "replace the tags") }),
);
export type Change = Value<typeof change>;

const call = fc.record({
  opportunity: fc.constantFrom(0, 0, 1),
  /** Before the call, in milliseconds. */
  pause: fc.constantFrom<number[]>(0, 0, 5, 30, 2_000, 70_000),
  changes: fc.uniqueArray(change, {
    minLength: 1,
    maxLength: 3,
    // One call has one note, and one kind of operation on the tags.
    selector: ({ what }) => (what.includes("note") ? "note" : /tags?$/.test(what) ? "tags" : what),
  }),
  /** `expected_date_updated`: as at the start of everything, or of this call. */
  expects: fc.constantFrom("nothing", "nothing", "the first state", "the latest state"),
  faults: fc.oneof(
    { weight: 5, arbitrary: fc.array(armedFault, { maxLength: 3 }) },
    { weight: 1, arbitrary: lateAndThen },
  ),
  /** Whether the first read after a PUT still shows the opportunity as it was before. */
  readsLag: fc.boolean(),
  /** What a colleague does to the same opportunity while the call runs. */
  interference: fc.option(
    fc.record({
      when: fc.constantFrom("after the first read", "after the PUT"),
      does: fc.constantFrom("adds a tag", "adds a line", "sets the confidence", "the same change"),
    }),
    { nil: undefined, freq: 2 },
  ),
  /** Which of the two processes of the program carries it out. */
  process: fc.constantFrom(0, 1),
  /** After so many milliseconds of the call its process is killed, and another one started. */
  killedAfter: fc.oneof(
    { weight: 9, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom<number[]>(15, 35, 45, 55, 500, 16_000) },
  ),
});
export type Call = Value<typeof call>;

/** Something gets another name, and another of its kind the one that it had. */
const renaming = fc.record({
  what: fc.constantFrom("status", "field", "user"),
  at: fc.constantFrom(20, 1_000, 40_000, 75_000),
});
export type Renaming = Value<typeof renaming>;

const hour = 3_600_000;

/** Several callers at once, each with one call after the other. */
export const scenario = fc.record({
  callers: fc.array(fc.array(call, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  renamings: fc.uniqueArray(renaming, { maxLength: 2, selector: ({ what }) => what }),
  /** How far the machine's clock is from Close's, in milliseconds, and when it is set right. */
  clock: fc.record({
    off: fc.constantFrom(0, 0, 15_000, 3 * hour, -72 * hour),
    setRightAt: fc.constantFrom(undefined, 25, 60_000),
  }),
  /** Decides what the program leaves to chance. */
  random: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
});
export type Scenario = Value<typeof scenario>;
