/**
 * Lets a model run errands against the sandbox, and judges them by what became of the organization (docs/evals.md).
 * `npm run eval -- undo dollars` plays these alone, `npm run eval -- --compare a.json b.json` shows two runs in one table.
 */
import { run } from "./run.ts";

const interruption = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => interruption.abort());

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  folder: process.cwd(),
  print: (text) => void process.stdout.write(text),
  signal: interruption.signal,
});
