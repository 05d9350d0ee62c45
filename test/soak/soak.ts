/**
 * What takes too long for the tests: runs against a rate limit, a long session, and thousands of random scenarios of
 * the model (`npm run test:soak -- 20000 7` for another number and seed). Prints its figures, and exits with 1 if one
 * is past its bound.
 */
import { ids, startSandbox } from "../../src/sandbox/sandbox.ts";
import { checkModel } from "../model/model.ts";
import { program } from "../support/host.ts";
import { type LineProcess, startServer } from "../support/line-process.ts";
import { print } from "../support/print.ts";
import { startQuickPeer } from "../support/quick-peer.ts";
import { residentMegabytes } from "../support/resident-memory.ts";

const bounds = {
  /** The seconds of 300 updates at once under the limit, in multiples of the least that it dictates. */
  pace: 1.15,
  /** The same for 200 opportunities in one call. */
  paceInOneCall: 1.1,
  /** Resident memory after 10,000 updates, in multiples of that after the first thousand. */
  memory: 1.25,
};

type Peer = { url: string; apiKey: string };

/** Runs `work` with a server over stdio. */
async function withServer<T>({ url, apiKey }: Peer, work: (server: LineProcess) => Promise<T>): Promise<T> {
  const env = { CLOSE_BASE_URL: url, CLOSE_API_KEY: apiKey, CLOSE_TIME_ZONE: "UTC", CLOSE_CONFIRM: "off" };
  const server = await startServer(program, env);
  try {
    return await work(server);
  } finally {
    await server.end();
  }
}

/** Whether it succeeded; prints the error if not. */
function succeeds(server: LineProcess, name: string, args: Record<string, unknown>): Promise<boolean> {
  return server.request("tools/call", { name, arguments: args }).then(
    () => true,
    (error: unknown) => {
      print(`  ${String(error)}`);
      return false;
    },
  );
}

/** Updates under 20 requests a second of each method: all succeed, about as fast as the limit lets them. */
async function limited(
  what: string,
  most: number,
  { updates, work }: { updates: number; work: (server: LineProcess, many: string[]) => Promise<boolean> },
): Promise<boolean> {
  const peer = await startQuickPeer({ limited: ["GET", "PUT"] });
  // The first window's requests go at once: the windows after it are what has to be waited for.
  const least = updates / 20 - 1;
  return withServer(peer, async (server) => {
    const started = performance.now();
    const isDone = await work(server, peer.many);
    const seconds = (performance.now() - started) / 1_000;
    const { applied, refused } = peer.counts;
    print(
      `Rate limit: ${what}, 20 requests a second: ${seconds.toFixed(2)} s; the limit dictates ${least.toFixed(2)} s; ` +
        `ratio ${(seconds / least).toFixed(3)} (at most ${most}); ${applied} applied, ${refused} answers of 429 waited out`,
    );
    return isDone && applied === updates && seconds <= least * most;
  }).finally(peer.close);
}

const limitedCalls = () =>
  limited("300 updates at once", bounds.pace, {
    updates: 300,
    work: async (server, many) => {
      const calls = Array.from({ length: 300 }, (_, at) =>
        succeeds(server, "update_opportunity", { id: many[at % 17], value: 1_000 + at }),
      );
      return (await Promise.all(calls)).every(Boolean);
    },
  });

const limitedCall = () =>
  limited("200 opportunities in one call", bounds.paceInOneCall, {
    updates: 200,
    work: (server, many) => succeeds(server, "update_opportunities", { updates: [{ ids: many, value: 64_000 }] }),
  });

/** 10,000 updates in one session: memory stays where it was after the first thousand. */
async function memory(): Promise<boolean> {
  const sandbox = await startSandbox();
  const opportunities = Object.values(ids.opportunities);
  return withServer(sandbox, async (server) => {
    let begun = 0;
    let isDone = true;
    const updateUntil = async (end: number) => {
      const work = async () => {
        while (begun < end) {
          begun += 1;
          const args = { id: opportunities[begun % opportunities.length], note: `Update ${begun}` };
          isDone = (await succeeds(server, "update_opportunity", args)) && isDone;
        }
      };
      await Promise.all(Array.from({ length: 32 }, work));
    };
    /** The least over the next two thousand updates: collecting garbage makes it rise and fall by a third. */
    const leastAfter = async (count: number) => {
      const samples: number[] = [];
      for (let done = count; done <= count + 2_000; done += 100) {
        await updateUntil(done);
        samples.push(residentMegabytes(server.pid));
      }
      return Math.min(...samples);
    };
    const [early, late] = [await leastAfter(1_000), await leastAfter(10_000)];
    print(
      `Memory: ${early.toFixed(1)} MB after 1,000 updates, ${late.toFixed(1)} MB after 10,000; ` +
        `ratio ${(late / early).toFixed(3)} (at most ${bounds.memory})`,
    );
    return isDone && late <= early * bounds.memory;
  }).finally(sandbox.close);
}

/** Random updates under random faults: every report is true. */
async function model(): Promise<boolean> {
  const [runs = 5_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
  try {
    print(`Model: seed ${seed}, no false report in ${JSON.stringify(await checkModel({ runs, seed }))}`);
    return true;
  } catch (error) {
    print(`Model: ${String(error)}`);
    return false;
  }
}

const passed = [await limitedCalls(), await limitedCall(), await memory(), await model()].every(Boolean);
print(passed ? "Within bounds." : "Out of bounds.");
process.exitCode = passed ? 0 : 1;
