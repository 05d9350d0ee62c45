import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { vi } from "vitest";

/** As plain JavaScript, which a process starts in a third of the time. */
const script = buildSync({
  entryPoints: [fileURLToPath(new URL("lock-worker.ts", import.meta.url))],
  bundle: true,
  platform: "node",
  write: false,
}).outputFiles.map(({ text }) => text);

/** Another process that works under the locks of a folder. */
export type LockProcess = {
  /** Waits for its turn under the key, and then works until it is told to end. */
  begin(key: string): void;
  end(): void;
  /** Adds 1 to the number in a file so many times, each time in its turn. Resolves when it is done. */
  count(key: string, file: string, times: number): Promise<void>;
  /** What it has said so far: "began" and "ended". */
  said: readonly string[];
  says(word: string, seconds?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
};

/** Starts one and waits until it runs. */
export async function startLockProcess(folder: string): Promise<LockProcess> {
  const child: ChildProcess = spawn(process.execPath, ["--eval", script.join(""), folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("The process has no pipes.");
  const said: string[] = [];
  createInterface({ input: stdout }).on("line", (line) => void said.push(line));
  const tell = (...words: (string | number)[]) => void stdin.write(`${words.join(" ")}\n`);
  const says = (word: string, seconds = 20) =>
    vi.waitFor(
      () => {
        if (!said.includes(word)) throw new Error(`It said only: ${said.join(", ")}`);
      },
      { timeout: seconds * 1_000, interval: 10 },
    );
  await says("ready");
  return {
    said,
    says,
    begin: (key) => tell("begin", key),
    end: () => tell("end"),
    count: (key, file, times) => {
      tell("count", key, file, times);
      return says("counted", 60);
    },
    kill: (signal) => void child.kill(signal),
  };
}
