/** One figure: what is measured, what it is measured against in the same run, and the budget. */
export type Row = Record<"what" | "measured" | "result" | "budget", string> & {
  yardstick?: string;
  holds: boolean;
};

type Medians = Record<"own" | "yardstick", number>;

/** What is measured of each subject in turns with a yardstick, and how it is shown. */
type Comparison<T> = {
  what: string;
  warmUps: number;
  rounds: number;
  own(subject: T): Promise<number>;
  yardstick(): Promise<number>;
  unit: string;
  /** What the yardstick is. */
  against: string;
  verdict(medians: Medians): Pick<Row, "result" | "budget" | "holds">;
};

/** A row for each subject: the medians of its figures and of the yardstick's, all of them taken in turns. */
export async function compare<T>(subjects: readonly T[], comparison: Comparison<T>): Promise<Row[]> {
  const { what, warmUps, rounds, own, yardstick, unit, against, verdict } = comparison;
  const works = [yardstick, ...subjects.map((subject) => () => own(subject))];
  const figures: number[][] = works.map(() => []);
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const [at, work] of works.entries()) {
      const figure = await work();
      if (round >= 0) figures[at]?.push(figure);
    }
  }
  const [beside = Number.NaN, ...owns] = figures.map(median);
  const shown = (figure: number) => `${Number(figure.toPrecision(3))} ${unit}`;
  return owns.map((figure) => {
    const sides = { measured: shown(figure), yardstick: `${shown(beside)}, ${against}` };
    return { what, ...sides, ...verdict({ own: figure, yardstick: beside }) };
  });
}

/** The row of a size in bytes, which has no yardstick. */
export function sizeRow(what: string, size: number, most: number): Row {
  const result = `${(size / most).toFixed(2)} of it`;
  return { what, measured: `${thousands(size)} bytes`, ...atMost(size, most, "bytes"), result };
}

/** The verdict of a figure that may not be larger. */
export function atMost(figure: number, most: number, unit: string) {
  return {
    result: `${figure.toFixed(2)} ${unit}`,
    budget: `${thousands(most)} ${unit}`,
    holds: figure <= most,
  };
}

/** The verdict of a ratio that may not be smaller. */
export function atLeast(ratio: number, least: number) {
  return { result: `${ratio.toFixed(2)} of it`, budget: `at least ${least} of it`, holds: ratio >= least };
}

/** How long the work takes. */
export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** How many jobs are done in a second, `count` of them at a time. */
export async function perSecond(count: number, jobs: readonly (() => Promise<unknown>)[]): Promise<number> {
  const waiting = jobs.values();
  const worker = async () => {
    for (const job of waiting) await job();
  };
  const workers = () => Promise.all(Array.from({ length: count }, worker));
  return (jobs.length / (await milliseconds(workers))) * 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function thousands(count: number): string {
  return count.toLocaleString("en-US");
}
