import { setMaxListeners } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import OpenAI from "openai";
import { errands } from "./errands.ts";
import { inNewWorld, type Player, play, timeoutMs } from "./play.ts";
import { evaluation, head, type Outcome, rowOf, sideBySide, totalsRow } from "./report.ts";

const usage = `Which model is to run the errands? Set these, for example for one on this machine:

  EVAL_BASE_URL=http://127.0.0.1:11434/v1   an endpoint that speaks as OpenAI's does, tools included
  EVAL_MODEL=qwen3:8b                       the model's name there
  EVAL_API_KEY=...                          only if the endpoint wants one
`;

/** What a run has of its process: its environment, its folder, where it prints to, and what interrupts it. */
export type Process = {
  env: NodeJS.ProcessEnv;
  folder: string;
  print: (text: string) => void;
  signal: AbortSignal;
};

/** Does what the command line says, and gives the exit code. */
export async function run(args: string[], { env, folder, print, signal }: Process): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { compare: { type: "boolean", default: false } },
  });
  const refuse = (text: string) => {
    print(text);
    return 1;
  };
  if (values.compare) {
    const [a, b] = positionals.map((path) => evaluation.parse(JSON.parse(readFileSync(resolve(folder, path), "utf8"))));
    if (a === undefined || b === undefined) return refuse("Name two files: --compare a.json b.json\n");
    print(sideBySide(a, b));
    return 0;
  }
  const { EVAL_BASE_URL: baseURL, EVAL_MODEL: model, EVAL_API_KEY: apiKey } = env;
  if (!baseURL || !model) return refuse(usage);
  const unknown = positionals.filter((name) => !Object.hasOwn(errands, name));
  const known = Object.keys(errands);
  if (unknown.length > 0) return refuse(`No errand is called ${unknown.join(", ")}. Errands: ${known.join(", ")}\n`);

  // The client adds one with each request.
  setMaxListeners(0, signal);
  const endpoint = new OpenAI({ baseURL, apiKey: apiKey || "none", timeout: timeoutMs, maxRetries: 1 });
  const outcomes: Outcome[] = [];
  print(head);
  for (const name of positionals.length > 0 ? positionals : known) {
    const outcome = await outcomeOf(name, { endpoint, model, signal });
    if (outcome === undefined) break;
    outcomes.push(outcome);
    print(rowOf(outcome));
  }
  const date = new Date().toISOString().slice(0, 19);
  const file = join(folder, `eval-${`${model}-${date}`.replace(/[^\w.-]+/g, "-")}.json`);
  writeFileSync(file, `${JSON.stringify({ model, date, outcomes }, undefined, 2)}\n`);
  print(`${totalsRow(outcomes)}\n${file}\n`);
  return 0;
}

/** Undefined if it was interrupted. */
async function outcomeOf(errand: string, player: Player): Promise<Outcome | undefined> {
  const started = performance.now();
  try {
    const played = await inNewWorld((world) => play(errands[errand] ?? [], player, world));
    return { errand, ...played, seconds: (performance.now() - started) / 1_000 };
  } catch (error) {
    if (player.signal.aborted) return undefined;
    throw error;
  }
}
