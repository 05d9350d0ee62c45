import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { serveSandbox } from "../support/served.ts";
import { startErrandRunner } from "./errand-runner.ts";
import { type Call, errands, today } from "./errands.ts";
import { play } from "./play.ts";
import { evaluation } from "./report.ts";
import { run } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "evals-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the evals, and interrupts them once this is printed. */
async function evals(args: string[], env: Record<string, string> = {}, until?: string) {
  const interruption = new AbortController();
  let printed = "";
  const print = (text: string) => {
    printed += text;
    if (until !== undefined && printed.includes(until)) interruption.abort();
  };
  const code = await run(args, { env, folder, print, signal: interruption.signal });
  return { code, printed };
}

/** The same with a scripted model, and what is in the file that is left. */
async function evalsOf(args: string[], instead: Record<string, Call[]> = {}, until?: string) {
  const model = await startErrandRunner(instead);
  onTestFinished(() => model.close());
  const { code, printed } = await evals(args, { EVAL_BASE_URL: model.url, EVAL_MODEL: "a/script" }, until);
  expect(code).toBe(0);
  const [file = ""] = /\S+[/\\]eval-a-script-\d{4}-\S+\.json(?=\n$)/.exec(printed) ?? [];
  const { outcomes } = evaluation.parse(JSON.parse(readFileSync(file, "utf8")));
  return { printed, file, told: model.asked[0]?.said, outcomes };
}

const { acmeExpansion } = ids.opportunities;
const updated = (args: object): Call => ["update_opportunity", { id: acmeExpansion, ...args }];
const instead = {
  "acme corp second warehouse is 750 now": [updated({ value: "$750" }), updated({ value: 750, confidence: 90 })],
  "how many seats does elm street have on the open deal": [],
};

test("A model is judged by what became of the organization, and by a number that it had to name; calls and refusals are counted.", async () => {
  const names = ["undo", "dollars", "how-much", "how-many-seats", "which-deal"];
  const { outcomes, printed, file, told } = await evalsOf(names, instead);
  const wrong = ["acmeExpansion value is 750, not 75000", "acmeExpansion confidence is 90, not 50"];
  expect(outcomes).toMatchObject([
    { errand: "undo", wrong: [], calls: 2, refusals: 0, tokens: 400 },
    { errand: "dollars", wrong, calls: 2, refusals: 1, tokens: 300 },
    { errand: "how-much", wrong: [], calls: 1, refusals: 0, tokens: 200 },
    { errand: "how-many-seats", wrong: ["the answer does not name 12"], calls: 0, refusals: 0, tokens: 100 },
    { errand: "which-deal", wrong: [], calls: 0, refusals: 0, tokens: 100 },
  ]);
  expect(printed).toContain(`| dollars | wrong: ${wrong.join("; ")} | 2 | 1 |`);
  expect(printed).toContain("| all | 3 of 5 right | 5 | 1 |");
  // What the model is told at first.
  expect(told).toContain("Today is Wednesday, 2026-11-25.");
  expect(told).toContain("Money is in cents");

  const compared = await evals(["--compare", file, file]);
  expect(compared.printed).toContain("| dollars | wrong → wrong | 2 → 2 | 1 → 1 |");
}, 60_000);

test("An interrupted run ends by itself, with the errands there are.", async () => {
  const { outcomes, printed } = await evalsOf([], {}, "| win-and-tag |");
  expect(outcomes).toMatchObject([{ errand: "win-and-tag", wrong: [] }]);
  expect(printed).toContain("| all | 1 of 1 right |");
});

test("Without a model it says what to set, and without such an errand which there are.", async () => {
  const { code, printed } = await evals([]);
  expect(code).toBe(1);
  expect(printed).toMatch(/EVAL_BASE_URL=http:.*\n.*EVAL_MODEL=.*\n.*EVAL_API_KEY=/);
  expect(await evals(["undone"], { EVAL_BASE_URL: "http://127.0.0.1:9", EVAL_MODEL: "none" })).toEqual({
    code: 1,
    printed: `No errand is called undone. Errands: ${Object.keys(errands).join(", ")}\n`,
  });
});

describe("every errand that asks for something can be run", async () => {
  const world = await serveSandbox({ now: () => today }, { now: today });
  const { url, close } = await startErrandRunner();
  afterAll(close);
  const endpoint = new OpenAI({ baseURL: url, apiKey: "none" });
  const asking = Object.entries(errands).filter(([, turns]) => turns.some(({ calls }) => calls));

  test.each(asking)("%s", async (_name, turns) => {
    const player = { endpoint, model: "script", signal: new AbortController().signal };
    expect(await play(turns, player, world)).toMatchObject({ wrong: [], refusals: 0 });
  });
});
