/**
 * What several processes of the built program promise where they work on the same records at once: counts that stay 0,
 * and no call that fails. Takes about five minutes; `npm run test:processes -- append kill` runs only these parts.
 * Prints a table, and exits with 1 if a promise is broken.
 */
import { added, type Counted, guarded, killed, limited, machines } from "./parts.ts";

type Part = {
  promises: readonly string[];
  sizes: readonly number[];
  run(processes: number): Promise<Counted>;
};

const rounds = 20;

const parts: Record<string, Part> = {
  append: { promises: ["lost"], sizes: [2, 4, 6], run: (processes) => added("append", { processes, rounds }) },
  lists: { promises: ["lost"], sizes: [2, 4, 6], run: (processes) => added("lists", { processes, rounds }) },
  relative: { promises: ["lost"], sizes: [2, 4, 6], run: (processes) => added("relative", { processes, rounds }) },
  guarded: {
    promises: ["none passed", "several passed"],
    sizes: [2, 4, 6],
    run: (processes) => guarded({ processes, rounds }),
  },
  machines: { promises: ["unnamed"], sizes: [2, 4], run: (processes) => machines({ processes, rounds }) },
  kill: {
    promises: ["lost", "twice", "unaudited", "too slow"],
    sizes: [4],
    run: (processes) => killed({ processes, kills: 38, pauses: [1_000, 2_000] }),
  },
  limit: { promises: ["not done"], sizes: [4], run: (processes) => limited({ processes, rows: 200 }) },
};

/** How much is shown of the calls that failed. */
const max = { failures: 3, characters: 300 };

function print(...[part, processes, seconds, promises, counted]: [string, string, string, string, string]): void {
  const cells = [part.padEnd(8), processes.padStart(9), seconds.padStart(7), promises.padEnd(22), counted];
  process.stdout.write(`${cells.join("  ")}\n`);
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => parts[name] === undefined);
if (unknown.length > 0) throw new Error(`There is no part ${unknown.join()}, only ${Object.keys(parts).join(", ")}.`);

print("part", "processes", "seconds", "promises", "counted");
for (const [name, { promises, sizes, run }] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  for (const processes of sizes) {
    const started = performance.now();
    const { counts, failures } = await run(processes);
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    const all: Record<string, number> = { ...counts, failed: failures.length };
    const broken = [...promises, "failed"].filter((what) => all[what] !== 0);
    const counted = Object.entries(all).map(([what, count]) => `${what} ${count}`);
    const verdict = broken.length === 0 ? "kept" : `BROKEN ${broken.join(", ")}`;
    print(name, `${processes}`, seconds, verdict, counted.join(", "));
    for (const text of failures.slice(0, max.failures)) {
      process.stdout.write(`  ${text.replace(/\s+/g, " ").slice(0, max.characters)}\n`);
    }
    if (broken.length > 0) process.exitCode = 1;
  }
}
