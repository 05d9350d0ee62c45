import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod/v3";
import { startRaw } from "../support/raw-program.ts";
import { type SandboxOptions, startSandbox } from "../support/sandbox/sandbox.ts";

const result = z.object({
  isError: z.boolean().default(false),
  content: z.array(z.object({ text: z.string() })),
  structuredContent: z
    .object({ warnings: z.array(z.string()).default([]) })
    .passthrough()
    .default({}),
});

/** What came of a call. */
export type Outcome = Awaited<ReturnType<Process["call"]>>;

/** One process of the built program. */
export type Process = Awaited<ReturnType<typeof startProcess>>;

/** Runs `work` where answers take 60 to 180 milliseconds unless the options say otherwise, and cleans up after it. */
export async function within<T>(
  options: SandboxOptions,
  work: (setting: Awaited<ReturnType<typeof open>>) => Promise<T>,
): Promise<T> {
  const setting = await open(options);
  try {
    return await work(setting);
  } finally {
    await setting.end();
    await setting.sandbox.close();
    rmSync(setting.folder, { recursive: true, force: true });
  }
}

async function open(options: SandboxOptions) {
  const sandbox = await startSandbox({ delays: [60, 180], ...options });
  const folder = mkdtempSync(join(tmpdir(), "processes-"));
  const processes: Process[] = [];
  return {
    /** Close. */
    sandbox,
    /** Holds what all computers have on their disks. */
    folder,
    /** Starts a process on a computer, with a home of its own unless it is given one. */
    async start(env: Record<string, string> = {}, computer = "computer") {
      const own = {
        CLOSE_BASE_URL: sandbox.url,
        CLOSE_API_KEY: sandbox.apiKey,
        CLOSE_TIME_ZONE: "UTC",
        CLOSE_STATE_DIR: join(folder, computer, "state"),
        HOME: join(folder, computer, `home-${processes.length}`),
        ...env,
      };
      for (const path of [own.CLOSE_STATE_DIR, own.HOME]) mkdirSync(path, { recursive: true });
      const process = await startProcess(own);
      processes.push(process);
      return process;
    },
    /** Resolves when every process has ended. */
    end: () => Promise.all(processes.map((process) => process.end())),
  };
}

async function startProcess(env: Record<string, string>) {
  const program = startRaw([], env);
  await program.initialize();
  return {
    /** Rejects if the process ends before it has answered. */
    async call(args: Record<string, unknown>, tool = "update_opportunity") {
      const started = performance.now();
      const message = await program.request("tools/call", { name: tool, arguments: args });
      const seconds = (performance.now() - started) / 1_000;
      const { isError, content, structuredContent } = result.parse(message.result);
      return { isError, text: content.map(({ text }) => text).join("\n"), structured: structuredContent, seconds };
    },
    kill: () => program.kill("SIGKILL"),
    async end() {
      program.endInput();
      await program.ended;
    },
  };
}

/** As many of these as asked for, made side by side. */
export function several<T>(count: number, make: (at: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, at) => make(at)));
}

/** Each process does so many rounds, one after the other, side by side with the others. */
export async function rounds<T>(
  processes: readonly Process[],
  count: number,
  work: (process: Process, at: number, round: number) => Promise<T>,
): Promise<T[]> {
  const done = processes.map(async (process, at) => {
    const own: T[] = [];
    for (let round = 1; round <= count; round += 1) own.push(await work(process, at, round));
    return own;
  });
  return (await Promise.all(done)).flat();
}
