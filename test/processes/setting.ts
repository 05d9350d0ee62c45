import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Host, startHost } from "../support/host.ts";
import { type SandboxOptions, startSandbox } from "../support/sandbox/sandbox.ts";

/** One process of the built program. */
export type Process = Host;

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
      const process = await startHost({ env: own });
      processes.push(process);
      return process;
    },
    /** Resolves when every process has ended. */
    end: () => Promise.all(processes.map((process) => process.close())),
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
