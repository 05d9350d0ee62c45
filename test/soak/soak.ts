import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { checkModel } from "../model/model.ts";
import { residentMegabytes } from "../support/resident-memory.ts";
import { type Sandbox, startSandbox } from "../support/sandbox/sandbox.ts";

/**
 * What takes too long for the tests: a run against a rate limit, a long session, and thousands of random scenarios of
 * the model (`npm run test:soak -- 20000 7` for another number and seed). Prints its figures, and exits with 1 if one
 * is past its bound.
 */
const bounds = {
  /** The seconds of the rate-limited run, in multiples of the least that the limit dictates. */
  pace: 1.15,
  /** The same for 200 opportunities in one call. */
  paceInOneCall: 1.1,
  /** Resident memory after 10,000 updates, in multiples of that after the first thousand. */
  memory: 1.25,
} as const;

const program = fileURLToPath(new URL("../../dist/index.js", import.meta.url));
const opportunities = Object.values(ids.opportunities);

type Session = {
  pid: number;
  /** Gives an error's text, or undefined on success. */
  update(args: Record<string, unknown>): Promise<string | undefined>;
  /** Gives the structured content of an update of many. */
  updateMany(args: Record<string, unknown>): Promise<unknown>;
};

/** Runs `work` with a server over stdio. */
async function withServer<T>(sandbox: Sandbox, work: (session: Session) => Promise<T>): Promise<T> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program],
    env: { CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: sandbox.apiKey, CLOSE_TIME_ZONE: "UTC" },
    stderr: "inherit",
  });
  const client = new Client({ name: "soak", version: "1.0.0" });
  await client.connect(transport);
  await client.listTools();
  try {
    return await work({
      pid: transport.pid ?? 0,
      async update(args) {
        const result = await client.callTool({ name: "update_opportunity", arguments: args });
        const { isError, content } = CallToolResultSchema.parse(result);
        return isError
          ? content.map((block) => (block.type === "text" ? block.text : "")).join(" ")
          : undefined;
      },
      async updateMany(args) {
        const result = await client.callTool({ name: "update_opportunities", arguments: args });
        return CallToolResultSchema.parse(result).structuredContent;
      },
    });
  } finally {
    await client.close();
  }
}

/** 300 updates issued at once against 20 requests a second: all succeed, about as fast as the limit lets them. */
async function rateLimited(): Promise<boolean> {
  const updates = 300;
  const rateLimit = { limit: 20, windowMs: 1_000 };
  // The first window's requests go at once: the windows after it are what has to be waited for.
  const least = (updates / rateLimit.limit - 1) * (rateLimit.windowMs / 1_000);
  const sandbox = await startSandbox({ rateLimit });
  try {
    return await withServer(sandbox, async ({ update }) => {
      const started = performance.now();
      const replies = await Promise.all(
        Array.from({ length: updates }, (_, at) =>
          update({ id: opportunities[at % opportunities.length], note: `Update ${at}` }),
        ),
      );
      const seconds = (performance.now() - started) / 1_000;
      const ratio = seconds / least;
      const errors = replies.filter((error) => error !== undefined);
      const applied = sandbox.requests.filter((request) => request.applied).length;
      const waitedOut = sandbox.requests.filter(({ status }) => status === 429).length;
      print(
        `Rate limit: ${updates} updates at once, ${rateLimit.limit} requests a second: ${seconds.toFixed(2)} s; ` +
          `the limit dictates ${least.toFixed(2)} s; ratio ${ratio.toFixed(3)} (at most ${bounds.pace}); ` +
          `${applied} applied, ${errors.length} errors, ${waitedOut} answers of 429 waited out`,
      );
      for (const error of errors.slice(0, 3)) print(`  ${error}`);
      return errors.length === 0 && applied === updates && ratio <= bounds.pace;
    });
  } finally {
    await sandbox.close();
  }
}

const manyResult = z.object({
  counts: z.object({ updated: z.number() }),
  results: z.array(z.object({ error: z.string().optional() })),
});

/** 200 opportunities in one call against 20 requests a second: all are updated, and no 429 reaches the agent. */
async function rateLimitedInOneCall(): Promise<boolean> {
  const count = 200;
  const rateLimit = { limit: 20, windowMs: 1_000 };
  const least = (count / rateLimit.limit - 1) * (rateLimit.windowMs / 1_000);
  const sandbox = await startSandbox({ rateLimit });
  const template = sandbox.organization.opportunities.get(ids.opportunities.acmeExpansion);
  if (template === undefined) throw new Error("The sandbox has no opportunity to copy.");
  const many = Array.from({ length: count }, (_, at) => `oppo_Soak${at}`);
  for (const id of many) sandbox.organization.opportunities.set(id, { ...template, id });
  try {
    return await withServer(sandbox, async ({ updateMany }) => {
      const started = performance.now();
      const result = manyResult.parse(await updateMany({ updates: [{ ids: many, value: 64_000 }] }));
      const seconds = (performance.now() - started) / 1_000;
      const ratio = seconds / least;
      const errors = result.results.flatMap(({ error }) => error ?? []);
      const waitedOut = sandbox.requests.filter(({ status }) => status === 429).length;
      print(
        `Rate limit: ${count} opportunities in one call, ${rateLimit.limit} requests a second: ${seconds.toFixed(2)} s; ` +
          `the limit dictates ${least.toFixed(2)} s; ratio ${ratio.toFixed(3)} (at most ${bounds.paceInOneCall}); ` +
          `${result.counts.updated} updated, ${errors.length} errors, ${waitedOut} answers of 429 waited out`,
      );
      for (const error of errors.slice(0, 3)) print(`  ${error}`);
      return result.counts.updated === count && errors.length === 0 && ratio <= bounds.paceInOneCall;
    });
  } finally {
    await sandbox.close();
  }
}

/** 10,000 updates in one session: memory stays where it was after the first thousand. */
async function memory(): Promise<boolean> {
  const updates = 10_000;
  const first = 1_000;
  const atOnce = 32;
  const sandbox = await startSandbox();
  try {
    return await withServer(sandbox, async ({ update, pid }) => {
      let begun = 0;
      let errors = 0;
      const updateUntil = async (end: number) => {
        const work = async () => {
          while (begun < end) {
            begun += 1;
            const id = opportunities[begun % opportunities.length];
            if ((await update({ id, note: `Update ${begun}` })) !== undefined) errors += 1;
          }
        };
        await Promise.all(Array.from({ length: atOnce }, work));
      };
      const started = performance.now();
      /** The least over the next two thousand updates: collecting garbage makes it rise and fall by a third. */
      const leastAfter = async (count: number) => {
        await updateUntil(count);
        const samples = [residentMegabytes(pid)];
        for (let done = count; done < count + 2_000; done += 100) {
          await updateUntil(done + 100);
          samples.push(residentMegabytes(pid));
        }
        return Math.min(...samples);
      };
      const early = await leastAfter(first);
      const late = await leastAfter(updates);
      const seconds = (performance.now() - started) / 1_000;
      const ratio = late / early;
      print(
        `Memory: ${early.toFixed(1)} MB after ${first} updates, ${late.toFixed(1)} MB after ${updates}; ratio ` +
          `${ratio.toFixed(3)} (at most ${bounds.memory}); ${errors} errors, ${seconds.toFixed(1)} s`,
      );
      return errors === 0 && ratio <= bounds.memory;
    });
  } finally {
    await sandbox.close();
  }
}

/** Random updates under random faults: every report is true. */
async function model(): Promise<boolean> {
  const [runs = 5_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
  try {
    const figures = await checkModel({ runs, seed });
    print(`Model: seed ${seed}, no false report in ${JSON.stringify(figures)}`);
    return true;
  } catch (error) {
    print(`Model: ${String(error)}`);
    return false;
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const passed = [await rateLimited(), await rateLimitedInOneCall(), await memory(), await model()].every(
  Boolean,
);
print(passed ? "Within bounds." : "Out of bounds.");
process.exitCode = passed ? 0 : 1;
