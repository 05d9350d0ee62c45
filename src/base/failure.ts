/** What went wrong, so that an agent can act on it. */
export type FailureReport = {
  /** What happened, in the caller's words. */
  problem: string;
  /** What is wrong with the call's arguments, if that is the problem. */
  mistakes?: readonly Mistake[];
  /** One line each: Close's own messages, what else should be known. */
  details?: readonly string[];
  /** A write that took effect is never a failure, so "changed" is not among these. */
  record: "unchanged" | "in doubt";
  /** What to do now, and whether calling again helps. */
  remedy: string;
  /** Nothing took effect, as the call's time or the rate limit was used up, or it was cancelled: the same can be sent again. */
  canBeSentAgain?: boolean;
  /** Why every other call will fail in the same way, until somebody puts that right. */
  blocker?: string | undefined;
  /** Close's `trace-id` response header, for their support. */
  traceId?: string | undefined;
};

/** A call that did not succeed. Thrown anywhere, turned into text in one place: `failureText` in mcp/. */
export class Failure extends Error {
  override name = "Failure";
  readonly report: FailureReport;

  constructor(report: FailureReport, options?: ErrorOptions) {
    super(report.problem, options);
    this.report = report;
  }
}

/** The failure of a call that ended before anything took effect. @param during what it waited for: "while …". */
export function callEnded(during: string): Failure {
  const problem = `The call's time was used up, or it was cancelled, ${during}.`;
  return new Failure({ problem, record: "unchanged", remedy: "Call again in a moment.", canBeSentAgain: true });
}

/** What the work comes to, or the error of this kind that it ends with; any other is thrown. */
export function orError<T, E extends Error>(
  work: Promise<T>,
  kind: abstract new (...args: never) => E,
): Promise<T | E> {
  return work.catch((error: unknown) => {
    if (error instanceof kind) return error;
    throw error;
  });
}

/** An argument that cannot be accepted, and why, in the caller's words. */
export type Mistake = { argument: string; problem: string };

/** The mistakes among checks, each with whether it is one, the argument and the problem. */
export function mistakesAmong(checks: readonly (readonly [isMistake: boolean, argument: string, problem: string])[]) {
  return checks.flatMap(([isMistake, argument, problem]) => (isMistake ? [{ argument, problem }] : []));
}

/** The failure of a call whose arguments are mistaken: nothing was sent. `notes` is what else the caller should know. */
export function invalidArguments(mistakes: readonly Mistake[], notes: Iterable<string> = []): Failure {
  return new Failure({
    problem: `${mistakes.length} invalid argument${mistakes.length === 1 ? "" : "s"}`,
    mistakes,
    details: [...notes],
    record: "unchanged",
    remedy: "Correct this and call again; the same arguments will be refused again.",
  });
}

/** @throws Failure of all that is mistaken, if anything is. */
export function refuseMistakes(mistakes: readonly Mistake[], notes?: Iterable<string>): void {
  if (mistakes.length > 0) throw invalidArguments(mistakes, notes);
}

/** The failure with more to say: a sentence each. */
export function withDetails(failure: Failure, details: readonly string[]): Failure {
  const { report } = failure;
  return new Failure({ ...report, details: [...(report.details ?? []), ...details] }, { cause: failure });
}
