import fc from "fast-check";
import { described, type History, type Report } from "./history.ts";
import { brokenLaws } from "./laws.ts";
import { type Scenario, scenario } from "./scenario.ts";
import { simulate } from "./world.ts";

export type ModelOptions = {
  runs: number;
  seed: number;
  /** Of a failure that is to be replayed. */
  path?: string | undefined;
};

/** How many calls were reported how. */
export type Figures = { scenarios: number; calls: number } & Record<Report | "undone" | "undo refused", number>;

/**
 * Tries random sequences of updates by several callers, with random faults, in simulated time. What was reported is
 * compared with what really happened.
 *
 * @throws an error that shows the smallest failing scenario found and the command that replays it.
 */
export async function checkModel({ runs, seed, path }: ModelOptions): Promise<Figures> {
  const figures: Figures = {
    scenarios: 0,
    calls: 0,
    updated: 0,
    "nothing to change": 0,
    unchanged: 0,
    "in doubt": 0,
    crashed: 0,
    killed: 0,
    undone: 0,
    "undo refused": 0,
  };
  const property = fc.asyncProperty(scenario, async (each) => {
    const history = await simulate(each);
    figures.scenarios += 1;
    figures.calls += history.runs.length;
    for (const { report } of history.runs) figures[report] += 1;
    if (history.undone !== undefined) figures[history.undone.run.report === "updated" ? "undone" : "undo refused"] += 1;
    return brokenLaws(history).length === 0;
  });
  const outcome = await fc.check(property, { numRuns: runs, seed, ...(path !== undefined && { path }) });
  if (!outcome.failed) return figures;
  const [smallest] = outcome.counterexample ?? [];
  const command = `MODEL_SEED=${seed} MODEL_PATH=${outcome.counterexamplePath ?? ""} npx vitest run test/model`;
  throw new Error(`${await story(smallest)}\n${outcome.errorInstance ?? ""}\nReplay it: ${command}`);
}

async function story(failing: Scenario | undefined): Promise<string> {
  if (failing === undefined) return "No failing scenario is known.";
  const history: History = await simulate(failing);
  const { clock, renamings } = failing;
  const setting = `clock ${JSON.stringify(clock)}, renamings ${JSON.stringify(renamings)}`;
  const { undone } = history;
  const told = [...history.runs, ...(undone === undefined ? [] : [undone.run])].map(described);
  return [...brokenLaws(history), setting, ...told].join("\n");
}
