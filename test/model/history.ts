import type { Opportunity } from "../../src/sandbox/sandbox.ts";
import type { Process } from "./process.ts";
import type { Call, Fault, Renaming } from "./scenario.ts";

/** A state of an opportunity, from that moment on, and who made it: a call by its number, or a colleague. */
export type Version = { at: number; by: number | "colleague"; record: Opportunity };

/** A read of the opportunity by a call: what the program received, if anything that it could use. */
export type Read = { sentAt: number; endedAt: number; record: Opportunity | undefined };

/** One PUT of a call, as it was sent, and what became of it in Close. */
export type Put = {
  sentAt: number;
  body: Record<string, unknown>;
  fault: Fault | undefined;
  endedAt: number | undefined;
  applied: { at: number; before: Opportunity; after: Opportunity } | undefined;
};

/** Killed: the process ended before there was a report. */
export type Report = "updated" | "nothing to change" | "unchanged" | "in doubt" | "crashed" | "killed";

/** What a caller was told. */
export type Told = { report: Report; text: string; data: Record<string, unknown>; warnings: readonly string[] };

/** One call: what was asked for, what it did, and what was reported. Moments are Close's. */
export type Run = Told & {
  number: number;
  call: Call;
  process: Process;
  id: string;
  args: Record<string, unknown>;
  startedAt: number;
  endedAt: number;
  reads: Read[];
  puts: Put[];
};

/** How the update that was the last one to be reported was taken back, by a run: what was found, and what was left. */
export type Undone = { of: Run; run: Run; found: Opportunity; left: Opportunity };

/** All that happened, once nothing is under way any more. */
export type History = {
  runs: readonly Run[];
  versions: ReadonlyMap<string, readonly Version[]>;
  /** When what is named so was renamed, and another one came to have its name. */
  renamed: ReadonlyMap<Renaming["what"], number>;
  undone: Undone | undefined;
};

/** A run that has not been reported yet. */
export function begun(run: Pick<Run, "number" | "call" | "process" | "id" | "args" | "startedAt">): Run {
  const unknown = { report: "crashed" as const, text: "", data: {}, warnings: [] };
  return { ...run, ...unknown, endedAt: Number.NaN, reads: [], puts: [] };
}

export function lastRead(reads: readonly Read[], before: number): Read | undefined {
  return reads.findLast(({ endedAt }) => endedAt <= before);
}

/** A call in a line, for a failure's report. */
export function described(run: Run): string {
  const puts = run.puts.map(({ sentAt, body, fault, applied }: Put) => {
    const became = applied === undefined ? "not applied" : `applied at ${applied.at - run.startedAt}`;
    const what = fault === undefined ? "no fault" : JSON.stringify(fault);
    return `  PUT at ${sentAt - run.startedAt} ${JSON.stringify(body)} (${what}): ${became}`;
  });
  const reads = run.reads.map(({ sentAt, record }) => `${sentAt - run.startedAt}${record ? "" : " (failed)"}`);
  return [
    `call ${run.number} at ${run.startedAt}: ${JSON.stringify(run.call)}`,
    `  reads at ${reads.join(", ")}`,
    ...puts,
    `  reported at ${run.endedAt - run.startedAt}: ${run.report}: ${run.text}`,
    ...run.warnings.map((warning) => `  warning: ${warning}`),
  ].join("\n");
}
