import { cpus, totalmem } from "node:os";

/** One figure of the benchmark. */
export type Row = {
  what: string;
  measured: string;
  /** What it is measured against, in the same run. */
  yardstick?: string;
  result: string;
  budget: { limit: string; holds: boolean };
};

/** The rows as a Markdown table, under a line that says when and where they were measured. */
export function table(rows: readonly Row[]): string {
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return [
    `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${machine}:`,
    "",
    "| what | measured | yardstick | result | at most | holds |",
    "|---|---|---|---|---|---|",
    ...rows.map(({ what, measured, yardstick = "", result, budget }) => {
      const verdict = budget.holds ? "yes" : "**no**";
      return `| ${what} | ${measured} | ${yardstick} | ${result} | ${budget.limit} | ${verdict} |`;
    }),
  ].join("\n");
}
