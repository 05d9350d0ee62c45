/** What `lock-process.ts` starts: obeys lines on stdin, and says on stdout what it does. */
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { createLocks } from "../../src/state/locks.ts";

const say = (word: string) => process.stdout.write(`${word}\n`);
const never = () => ({ signal: new AbortController().signal });
const locks = createLocks(process.argv.at(-1), (_level, event) => say(event));
let end = () => {};

const orders: Record<string, (key: string, file: string, times: string) => Promise<unknown>> = {
  begin: (key) =>
    locks.run(key, never(), async () => {
      say("began");
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      say("ended");
    }),
  end: async () => end(),
  async count(key, file, times) {
    const add = async () => {
      const number = Number(readFileSync(file, "utf8"));
      await setTimeout(1);
      writeFileSync(file, String(number + 1));
    };
    await Promise.all(Array.from({ length: Number(times) }, () => locks.run(key, never(), add)));
    say("counted");
  },
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const [order = "", key = "", file = "", times = ""] = line.split(" ");
  void orders[order]?.(key, file, times);
});
say("ready");
