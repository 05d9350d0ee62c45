import fc from "fast-check";

/** What a caller asks for. Tags are unique to the call, except for one that is there at the start. */
export type Change =
  | { what: "status"; won: boolean }
  | { what: "value"; cents: number }
  | { what: "note"; text: string }
  | { what: "bold note" }
  | { what: "clear date_won" }
  | { what: "add a tag" }
  | { what: "add two tags" }
  | { what: "remove the old tag" }
  | { what: "replace the tags" };

/** Something that goes wrong on the way to Close or in it, for one request. Milliseconds are of the simulated time. */
export type Fault =
  | { kind: "refused connection" }
  | { kind: "reset"; when: "before" | "after" }
  | { kind: "slow"; when: "before" | "after"; milliseconds: number }
  | { kind: "dripping"; applied: boolean }
  | { kind: "answer"; status: number; from: "Close" | "gateway"; applied: boolean }
  | { kind: "other 200"; body: "empty" | "error" | "another record" | "list"; applied: boolean }
  | { kind: "rate limit"; seconds: number }
  | { kind: "ignored keys"; keys: "all" | "the first" | "the last"; answerLost: boolean };

/** A fault that hits one request of a call, or all from there on: the first PUT, the second GET. */
export type ArmedFault = { on: "GET" | "PUT"; from: number; times: number; fault: Fault };

/** What a colleague does to the same opportunity while the call runs. */
export type Interference = {
  when: "after the first read" | "after the PUT";
  does: "adds a tag" | "sets the confidence" | "the same change";
};

export type Call = {
  opportunity: 0 | 1;
  /** Before the call, in milliseconds. */
  pause: number;
  changes: readonly Change[];
  /** `expected_date_updated`: as at the start of everything, or of this call. */
  expects: "nothing" | "the first state" | "the latest state";
  faults: readonly ArmedFault[];
  /** Whether the first read after a PUT still shows the opportunity as it was before. */
  readsLag: boolean;
  interference: Interference | undefined;
  /** Which of the two processes of the program carries it out. */
  process: 0 | 1;
  /** After so many milliseconds of the call its process is killed, and another one started. */
  killedAfter: number | undefined;
};

/** Several callers at once, each with one call after the other. `random` decides what the program leaves to chance. */
export type Scenario = { callers: readonly (readonly Call[])[]; random: number };

const moments = fc.constantFrom("before" as const, "after" as const);

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.constant<Fault>({ kind: "refused connection" }),
  fc.record({ kind: fc.constant("reset" as const), when: moments }),
  fc.record({
    kind: fc.constant("slow" as const),
    when: moments,
    milliseconds: fc.constantFrom(400, 3_000, 14_500, 16_500, 30_000),
  }),
  fc.record({ kind: fc.constant("dripping" as const), applied: fc.boolean() }),
  fc.record({
    kind: fc.constant("answer" as const),
    status: fc.constantFrom(500, 503, 502, 504, 408, 499, 303, 400),
    from: fc.constantFrom("Close" as const, "gateway" as const),
    applied: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("other 200" as const),
    body: fc.constantFrom("empty" as const, "error" as const, "another record" as const, "list" as const),
    applied: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("rate limit" as const), seconds: fc.constantFrom(0.3, 1.5, 6, 90) }),
  fc.record({
    kind: fc.constant("ignored keys" as const),
    keys: fc.constantFrom("all" as const, "the first" as const, "the last" as const),
    answerLost: fc.boolean(),
  }),
);

const armedFault: fc.Arbitrary<ArmedFault> = fc.record({
  on: fc.constantFrom("PUT" as const, "PUT" as const, "PUT" as const, "GET" as const),
  from: fc.integer({ min: 1, max: 3 }),
  times: fc.constantFrom(1, 1, 2, Number.POSITIVE_INFINITY),
  fault,
});

/** A PUT that arrives when it has been given up, and what becomes of the tries after it. */
const lateAndThen: fc.Arbitrary<ArmedFault[]> = fault.map((next) => [
  { on: "PUT", from: 1, times: 1, fault: { kind: "slow", when: "before", milliseconds: 30_000 } },
  {
    on: "PUT",
    from: 2,
    times: Number.POSITIVE_INFINITY,
    fault: next.kind === "answer" ? { ...next, status: 500, from: "Close", applied: false } : next,
  },
]);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ what: fc.constant("status" as const), won: fc.boolean() }),
  fc.record({ what: fc.constant("value" as const), cents: fc.constantFrom(50_000, 64_000, 75_000) }),
  fc.record({ what: fc.constant("note" as const), text: fc.constantFrom("Call in May.", "Call Kit.") }),
  fc.constant<Change>({ what: "bold note" }),
  fc.constant<Change>({ what: "clear date_won" }),
  fc.constant<Change>({ what: "add a tag" }),
  fc.constant<Change>({ what: "add two tags" }),
  fc.constant<Change>({ what: "remove the old tag" }),
  fc.constant<Change>({ what: "replace the tags" }),
);

const call: fc.Arbitrary<Call> = fc.record({
  opportunity: fc.constantFrom(0 as const, 0 as const, 1 as const),
  pause: fc.constantFrom(0, 0, 5, 30, 2_000),
  changes: fc.uniqueArray(change, {
    minLength: 1,
    maxLength: 3,
    // One call has one note, and one kind of operation on the tags.
    selector: ({ what }) => (what.endsWith("note") ? "note" : /tags?$/.test(what) ? "tags" : what),
  }),
  expects: fc.constantFrom(
    "nothing" as const,
    "nothing" as const,
    "the first state" as const,
    "the latest state" as const,
  ),
  faults: fc.oneof(
    { weight: 5, arbitrary: fc.array(armedFault, { maxLength: 3 }) },
    { weight: 1, arbitrary: lateAndThen },
  ),
  readsLag: fc.boolean(),
  interference: fc.option(
    fc.record({
      when: fc.constantFrom("after the first read" as const, "after the PUT" as const),
      does: fc.constantFrom("adds a tag" as const, "sets the confidence" as const, "the same change" as const),
    }),
    { nil: undefined, freq: 2 },
  ),
  process: fc.constantFrom(0 as const, 1 as const),
  killedAfter: fc.oneof(
    { weight: 9, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(15, 35, 45, 55, 500, 16_000) },
  ),
});

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  callers: fc.array(fc.array(call, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  random: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
});
