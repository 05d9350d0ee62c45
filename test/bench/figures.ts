/** One figure: what is measured, what it is measured against in the same run, and the budget. */
export type Row = Record<"what" | "measured" | "result" | "budget", string> & {
  yardstick?: string;
  holds: boolean;
};

/** What two things took or did, each a median. */
export type Medians = Record<"own" | "yardstick", number>;

/** The medians of what `own` and `yardstick` give, measured in turns. */
export async function inTurns(
  { warmUps, rounds }: { warmUps: number; rounds: number },
  { own, yardstick }: Record<"own" | "yardstick", () => Promise<number>>,
): Promise<Medians> {
  const figures: Medians[] = [];
  for (let round = -warmUps; round < rounds; round += 1) {
    const figure = { yardstick: await yardstick(), own: await own() };
    if (round >= 0) figures.push(figure);
  }
  return {
    own: median(figures.map(({ own }) => own)),
    yardstick: median(figures.map((one) => one.yardstick)),
  };
}

/** The row of a size in bytes, which has no yardstick. */
export function sizeRow(what: string, size: number, most: number): Row {
  const measured = size < 100_000 ? `${thousands(size)} bytes` : `${Math.round(size / 1_000)} kB`;
  const result = `${(size / most).toFixed(2)} of it`;
  return { what, measured, result, budget: `${thousands(most)} bytes`, holds: size <= most };
}

/** The figure and its yardstick, in the same unit, for a row. */
export function beside({ own, yardstick }: Medians, unit: string, what: string) {
  const shown = (figure: number) => `${Number(figure.toPrecision(3))} ${unit}`;
  return { measured: shown(own), yardstick: `${shown(yardstick)}, ${what}` };
}

/** The verdict of a figure that may not be larger. */
export function atMost(figure: number, most: number, unit: string) {
  return { result: `${figure.toFixed(2)} ${unit}`, budget: `${most} ${unit}`, holds: figure <= most };
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

/** Does all jobs, `count` of them at a time. */
export async function atATime(count: number, jobs: readonly (() => Promise<unknown>)[]): Promise<void> {
  const waiting = jobs.values();
  const worker = async () => {
    for (const job of waiting) await job();
  };
  await Promise.all(Array.from({ length: count }, worker));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The length of the value as JSON. */
export function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function thousands(count: number): string {
  return count.toLocaleString("en-US");
}
