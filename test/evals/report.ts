import { z } from "zod/v3";

const outcome = z.object({
  errand: z.string(),
  /** What was wrong: of the organization, of the answer, or with the model's endpoint. Nothing if it was right. */
  wrong: z.array(z.string()),
  calls: z.number(),
  /** Calls that were answered with an error. */
  refusals: z.number(),
  /** Of all results, as the model read them. */
  characters: z.number(),
  /** Of all requests, prompt and answer; 0 where the endpoint does not say. */
  tokens: z.number(),
  seconds: z.number(),
  /** All that was said, as it went to the model's endpoint. */
  messages: z.array(z.unknown()),
});
export type Outcome = z.infer<typeof outcome>;

export const evaluation = z.object({ model: z.string(), date: z.string(), outcomes: z.array(outcome) });
export type Evaluation = z.infer<typeof evaluation>;

const figures = ["calls", "refusals", "characters", "tokens", "seconds"] as const;
type Figures = Pick<Outcome, (typeof figures)[number]>;

const line = (cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replace(/\s+/g, " ")).join(" | ")} |\n`;
const headings = ["errand", "judgement", ...figures];

/** The head of the table of errands. */
export const head = line(headings) + line(headings.map(() => "---"));

const figuresOf = (one: Figures) => figures.map((key) => one[key].toLocaleString("en", { maximumFractionDigits: 1 }));
const judgement = ({ wrong }: Outcome) => (wrong.length === 0 ? "right" : "wrong");

/** The table's row of an errand. */
export function rowOf(one: Outcome): string {
  const what = one.wrong.slice(0, 3).join("; ");
  const more = one.wrong.length > 3 ? `; and ${one.wrong.length - 3} more` : "";
  return line([one.errand, [judgement(one), what].filter(Boolean).join(": ") + more, ...figuresOf(one)]);
}

function totalsOf(outcomes: readonly Outcome[]): string[] {
  const sum = (key: keyof Figures) => outcomes.reduce((total, one) => total + one[key], 0);
  const sums = { calls: sum("calls"), refusals: sum("refusals"), characters: sum("characters"), tokens: sum("tokens") };
  const right = outcomes.filter(({ wrong }) => wrong.length === 0).length;
  return [`${right} of ${outcomes.length} right`, ...figuresOf({ ...sums, seconds: sum("seconds") })];
}

/** The table's last row. */
export const totalsRow = (outcomes: readonly Outcome[]) => line(["all", ...totalsOf(outcomes)]);

/** Two evaluations in one table. The totals are of the errands that are in both. */
export function sideBySide(a: Evaluation, b: Evaluation): string {
  const find = ({ outcomes }: Evaluation, name: string) => outcomes.find(({ errand }) => errand === name);
  const names = [...new Set([...a.outcomes, ...b.outcomes].map(({ errand }) => errand))];
  const cells = (one: Outcome | undefined) => one && [judgement(one), ...figuresOf(one)];
  const row = (name: string, from: string[] = [], to: string[] = []) =>
    line([name, ...headings.slice(1).map((_, at) => `${from[at] ?? "–"} → ${to[at] ?? "–"}`)]);
  const common = ({ outcomes }: Evaluation) =>
    totalsOf(outcomes.filter(({ errand }) => find(a, errand) && find(b, errand)));
  return [
    `${a.model} (${a.date}) → ${b.model} (${b.date})\n\n${head}`,
    ...names.map((name) => row(name, cells(find(a, name)), cells(find(b, name)))),
    row("in both", common(a), common(b)),
  ].join("");
}
