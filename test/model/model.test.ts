import { expect, test } from "vitest";
import { checkModel } from "./model.ts";

const seed = Number(process.env.MODEL_SEED ?? 20_261_123);
const runs = Number(process.env.MODEL_RUNS ?? 200);
const path = process.env.MODEL_PATH;

test("whatever goes wrong on the way, a report is true, nothing is lost between calls, and nothing is applied twice", async () => {
  const figures = await checkModel({ runs, seed, path });
  if (path !== undefined) return;
  // Otherwise the scenarios would be too tame to show anything.
  expect(figures.crashed).toBe(0);
  for (const report of ["updated", "unchanged", "in doubt"] as const) {
    expect(figures[report]).toBeGreaterThan(figures.calls / 50);
  }
}, 600_000);
