import { printable } from "./text.ts";

/** What went wrong, so that an agent can act on it. Every field is a sentence or a list of them. */
export type FailureReport = {
  /** What happened, in the caller's words. */
  problem: string;
  /** One line each: mistaken arguments, Close's own messages. */
  details?: readonly string[];
  /** A write that took effect is never a failure, so "changed" is not among these. */
  record: "unchanged" | "in doubt";
  /** What to do now, and whether calling again helps. */
  remedy: string;
  /** Nothing took effect, as the call's time or the rate limit was used up, or it was cancelled: the same can be sent again. */
  isOutOfTime?: boolean;
  /** Close refuses the key: every other call will fail in the same way. */
  isKeyRefused?: boolean;
  /** Close's `trace-id` response header, for their support. */
  traceId?: string | undefined;
};

/** A call that did not succeed. Thrown anywhere, turned into text in one place, `failureText`. */
export class Failure extends Error {
  override name = "Failure";
  readonly report: FailureReport;

  constructor(report: FailureReport, options?: ErrorOptions) {
    super(report.problem, options);
    this.report = report;
  }
}

const recordSentences: Record<FailureReport["record"], { one: string; many: string }> = {
  unchanged: {
    one: "The opportunity is unchanged.",
    many: "None of the opportunities was changed.",
  },
  "in doubt": {
    one: "Whether the opportunity was changed is in doubt.",
    many: "Which of the opportunities were changed is in doubt.",
  },
};

/**
 * The text of a tool result with `isError`: problem, details, state of the record, remedy, trace id. Without a
 * `record` it says nothing of its state.
 *
 * @param about whether the call was to change one opportunity or many.
 */
export function failureText(
  {
    problem,
    details = [],
    record,
    remedy,
    traceId,
  }: Omit<FailureReport, "record"> & Partial<Pick<FailureReport, "record">>,
  about: "one" | "many" = "one",
): string {
  return [
    problem,
    ...details.map((detail) => `- ${detail}`),
    ...(record === undefined ? [] : [recordSentences[record][about]]),
    remedy,
    ...(traceId === undefined ? [] : [`Close's trace-id: ${traceId}`]),
  ]
    .map(printable)
    .join("\n");
}
