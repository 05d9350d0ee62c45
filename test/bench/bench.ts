/**
 * Measures what the README's table promises, each figure beside its yardstick in the same run, and prints the
 * table. Exits with 1 where a budget does not hold.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Agent } from "undici";
import { z } from "zod/v3";
import { maxRowsAtATime } from "../../src/tools/update-opportunities.ts";
import { opening } from "../support/raw-program.ts";
import { residentMegabytes } from "../support/resident-memory.ts";
import { type LineProcess, startLineProcess } from "./line-process.ts";
import { type Row, table } from "./table.ts";

const counts = {
  starts: 25,
  warmUpStarts: 3,
  memory: 5,
  warmUp: 1_000,
  updates: 3_000,
  atATime: 32,
  rounds: 5,
  warmUpRounds: 60,
};

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = `${root}dist/index.js`;
const bareProcess = fileURLToPath(new URL("bare-process.cjs", import.meta.url));

const toolList = z.object({ tools: z.array(z.object({ name: z.string() }).passthrough()) });

/** From the start of the process to the answer to `initialize`. */
async function startRow(): Promise<Row> {
  const start = async (path: string) => {
    const started = performance.now();
    const child = startLineProcess([path]);
    await child.request("initialize", opening);
    const milliseconds = performance.now() - started;
    await child.end();
    return milliseconds;
  };
  const [measured, yardstick]: [number[], number[]] = [[], []];
  for (let count = -counts.warmUpStarts; count < counts.starts; count += 1) {
    const [bare, own] = [await start(bareProcess), await start(program)];
    if (count < 0) continue;
    yardstick.push(bare);
    measured.push(own);
  }
  const most = 2.5;
  const ratio = median(measured) / median(yardstick);
  return {
    what: `spawn to \`initialize\` answered, median of ${counts.starts}`,
    measured: `${median(measured).toFixed(1)} ms`,
    yardstick: `${median(yardstick).toFixed(1)} ms, a bare Node process`,
    result: `${ratio.toFixed(2)} times`,
    budget: { limit: `${most} times`, holds: ratio <= most },
  };
}

/** Resident, two seconds after the host has listed the tools. */
async function memoryRow(): Promise<Row> {
  const [measured, yardstick]: [number[], number[]] = [[], []];
  for (let count = 0; count < counts.memory; count += 1) {
    const bare = startLineProcess([bareProcess]);
    await bare.request("initialize", opening);
    const own = await startServer({});
    await setTimeout(2_000);
    yardstick.push(residentMegabytes(bare.pid));
    measured.push(residentMegabytes(own.pid));
    await Promise.all([bare.end(), own.end()]);
  }
  const most = 1.5;
  const ratio = median(measured) / median(yardstick);
  return {
    what: "resident memory, idle after `tools/list`",
    measured: `${median(measured).toFixed(1)} MB`,
    yardstick: `${median(yardstick).toFixed(1)} MB, the same bare process`,
    result: `${ratio.toFixed(2)} times`,
    budget: { limit: `${most} times`, holds: ratio <= most },
  };
}

const peerAddress = z.object({
  baseUrl: z.string(),
  apiKey: z.string(),
  id: z.string(),
  many: z.array(z.string()),
});

/** The server and undici alone, with warm connections to the same peer in Close's place. */
type Bench = {
  id: string;
  /** Two hundred opportunities. */
  many: readonly string[];
  /** Another confidence than the last. */
  next(): number;
  call(name: string, args: Record<string, unknown>): Promise<unknown>;
  /** The two requests of an update, without this program. */
  straight(id: string): Promise<void>;
};

async function withPeer<T>(
  peer: "sandbox" | "limited" | "bare",
  measure: (bench: Bench) => Promise<T>,
): Promise<T> {
  const script = fileURLToPath(new URL("close-peer.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, peer], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  const { baseUrl, apiKey, id, many } = peerAddress.parse(JSON.parse(String(line)));
  const server = await startServer({
    CLOSE_BASE_URL: baseUrl,
    CLOSE_API_KEY: apiKey,
    CLOSE_TIME_ZONE: "UTC",
  });
  const agent = new Agent({ connections: counts.atATime });
  let confidence = 0;
  const next = () => {
    confidence = (confidence + 1) % 100;
    return confidence;
  };
  const headers = {
    authorization: `Basic ${Buffer.from(`${apiKey}:`).toString("base64")}`,
    accept: "application/json",
    "content-type": "application/json",
    "x-tz-offset": "0",
  };
  const straight = async (of: string) => {
    const { origin, pathname } = new URL(`${baseUrl}/opportunity/${of}/`);
    for (const method of ["GET", "PUT"] as const) {
      const json = method === "PUT" ? JSON.stringify({ confidence: next() }) : null;
      const { body } = await agent.request({ origin, path: pathname, method, headers, body: json });
      await body.json();
    }
  };
  try {
    const call = (name: string, args: Record<string, unknown>) =>
      server.request("tools/call", { name, arguments: args });
    return await measure({ id, many, next, call, straight });
  } finally {
    await server.end();
    await agent.close();
    child.stdin.end();
  }
}

/** One update after the other, and many calls at a time. */
function updateRows(): Promise<Row[]> {
  return withPeer("sandbox", async ({ id, next, call, straight }) => {
    const update = () => call("update_opportunity", { id, confidence: next() });
    const alone = () => straight(id);
    const times = [await oneByOneRow(update, alone), await manyAtATimeRow(update, alone)];
    return [...times, await bytesRow(id, call)];
  });
}

const manyResult = z.object({
  structuredContent: z.object({
    results: z.array(z.object({ outcome: z.string() }).passthrough()),
    counts: z.record(z.number()),
  }),
});

/** All of 200 opportunities in one call, against the same requests at the same concurrency. */
function manyRows(): Promise<Row[]> {
  return withPeer("bare", async ({ many, call, straight }) => {
    let cents = 0;
    const inOneCall = () => {
      cents += 100;
      return call("update_opportunities", { updates: [{ ids: many, value: cents }] });
    };
    const resultsOf = (answer: unknown) => {
      const { results, counts: outcomes } = manyResult.parse(answer).structuredContent;
      if (outcomes.updated !== many.length)
        throw new Error(`Not all were updated: ${JSON.stringify(outcomes)}`);
      return results;
    };
    const alone = async () => {
      const waiting = many.values();
      const worker = async () => {
        for (const id of waiting) await straight(id);
      };
      await Promise.all(Array.from({ length: maxRowsAtATime }, worker));
    };
    const perSecond = (started: number) => (many.length / (performance.now() - started)) * 1_000;
    for (let round = 0; round < counts.warmUpRounds; round += 1) await inOneCall().then(alone);
    const [measured, yardstick]: [number[], number[]] = [[], []];
    for (let round = 0; round < 4 * counts.rounds; round += 1) {
      const started = performance.now();
      await alone();
      yardstick.push(perSecond(started));
      const called = performance.now();
      const answer = await inOneCall();
      measured.push(perSecond(called));
      resultsOf(answer);
    }
    const least = 0.5;
    const ratio = median(measured) / median(yardstick);
    return [
      {
        what: `${many.length} opportunities in one \`update_opportunities\`, to a peer that answers at once`,
        measured: `${median(measured).toFixed(0)} a second`,
        yardstick: `${median(yardstick).toFixed(0)} a second with undici alone, ${maxRowsAtATime} at a time as well`,
        result: `${ratio.toFixed(2)} of it`,
        budget: { limit: `at least ${least} of it`, holds: ratio >= least },
      },
    ];
  });
}

const set = (field: string, value: string) => ({ custom_fields: [{ field, action: "set", value: [value] }] });

/** Changes of one field, of every kind that a person gives by a few words. The first sets what the others change. */
const oneFieldChanges = [
  { value: 75_000, ...set("Contract start", "2026-01-01") },
  { value: 1_250_000 },
  { date_won: "2026-12-31" },
  { status_id: "Proposal sent" },
  { user_id: "Jordan Avery" },
  { note_append: "Called again, wants two." },
  set("Competitor", "Brightside"),
  set("Seats", "1250"),
  set("Source", "Trade fair"),
  set("Contract start", "2026-12-31"),
  set("Sales engineer", "Jordan Avery"),
  set("Sales engineer", "Ada Quist"),
];

/** The largest row of such changes, of an opportunity with ids of Close's length and a lead's name of 9 letters. */
async function bytesRow(id: string, call: Bench["call"]): Promise<Row> {
  const sizes: number[] = [];
  for (const change of oneFieldChanges) {
    const answer = await call("update_opportunities", { updates: [{ id, ...change }] });
    const { results, counts: outcomes } = manyResult.parse(answer).structuredContent;
    if (outcomes.updated !== 1) throw new Error(`Not updated: ${JSON.stringify(results)}`);
    sizes.push(...results.map(bytes));
  }
  return sizeRow(
    "the largest row of `update_opportunities`, for a change of one field",
    Math.max(...sizes.slice(1)),
    400,
  );
}

/** The same 200 under a rate limit. The first window's requests go at once: those after it have to be waited for. */
function limitedRow(): Promise<Row> {
  return withPeer("limited", async ({ many, next, call }) => {
    const least = many.length / 20 - 1;
    const started = performance.now();
    const answer = await call("update_opportunities", { updates: [{ ids: many, confidence: next() }] });
    const seconds = (performance.now() - started) / 1_000;
    const { updated = 0 } = manyResult.parse(answer).structuredContent.counts;
    const ratio = seconds / least;
    return {
      what: `${many.length} opportunities under a limit of 20 PUTs a second`,
      measured: `${seconds.toFixed(2)} s, ${updated} updated`,
      yardstick: `${least.toFixed(2)} s, what the limit dictates`,
      result: `${ratio.toFixed(2)} times`,
      budget: { limit: "1.1 times", holds: ratio <= 1.1 && updated === many.length },
    };
  });
}

type Work = () => Promise<unknown>;

async function oneByOneRow(update: Work, straight: Work): Promise<Row> {
  const [measured, yardstick]: [number[], number[]] = [[], []];
  const time = async (work: Work, into: number[], count: number) => {
    for (let done = 0; done < count; done += 1) {
      const started = performance.now();
      await work();
      into.push(performance.now() - started);
    }
  };
  await time(update, [], counts.warmUp);
  await time(straight, [], counts.warmUp);
  const block = 100;
  for (let done = 0; done < counts.updates; done += block) {
    await time(straight, yardstick, block);
    await time(update, measured, block);
  }
  const most = 0.6;
  const difference = median(measured) - median(yardstick);
  return {
    what: `one update, warm, median of ${thousands(counts.updates)}`,
    measured: `${median(measured).toFixed(2)} ms`,
    yardstick: `${median(yardstick).toFixed(2)} ms, its two requests with undici alone`,
    result: `${difference.toFixed(2)} ms more`,
    budget: { limit: `${most} ms more`, holds: difference <= most },
  };
}

async function manyAtATimeRow(update: Work, straight: Work): Promise<Row> {
  const perSecond = async (work: Work, count: number) => {
    let begun = 0;
    const worker = async () => {
      while (begun < count) {
        begun += 1;
        await work();
      }
    };
    const started = performance.now();
    await Promise.all(Array.from({ length: counts.atATime }, worker));
    return (count / (performance.now() - started)) * 1_000;
  };
  await perSecond(update, counts.warmUp);
  await perSecond(straight, counts.warmUp);
  const [measured, yardstick]: [number[], number[]] = [[], []];
  for (let round = 0; round < counts.rounds; round += 1) {
    yardstick.push(await perSecond(straight, counts.updates));
    measured.push(await perSecond(update, counts.updates));
  }
  const least = 0.3;
  const ratio = median(measured) / median(yardstick);
  return {
    what: `updates, ${counts.atATime} at a time, median of ${counts.rounds} times ${thousands(counts.updates)}`,
    measured: `${median(measured).toFixed(0)} a second`,
    yardstick: `${median(yardstick).toFixed(0)} a second with undici alone`,
    result: `${ratio.toFixed(2)} of it`,
    budget: { limit: `at least ${least} of it`, holds: ratio >= least },
  };
}

async function definitionRows(): Promise<Row[]> {
  const server = await startServer({});
  const list = await server.request("tools/list");
  await server.end();
  const { tools } = toolList.parse(list);
  const update = tools.find(({ name }) => name === "update_opportunity");
  return [
    sizeRow(
      "`update_opportunity` as JSON, without its output schema",
      bytes({ ...update, outputSchema: undefined }),
      4_500,
    ),
    sizeRow("all of `tools/list` as JSON", bytes(list), 16_000),
  ];
}

function packageRow(): Row {
  const packed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    encoding: "utf8",
  });
  const [{ unpackedSize }] = z.tuple([z.object({ unpackedSize: z.number() })]).parse(JSON.parse(packed));
  return sizeRow("the published package, unpacked, nothing to install beside it", unpackedSize, 1_000_000);
}

function sizeRow(what: string, size: number, most: number): Row {
  return {
    what,
    measured: size < 100_000 ? `${thousands(size)} bytes` : `${Math.round(size / 1_000)} kB`,
    result: `${(size / most).toFixed(2)} of it`,
    budget: { limit: `${thousands(most)} bytes`, holds: size <= most },
  };
}

async function startServer(env: Record<string, string>): Promise<LineProcess> {
  const server = startLineProcess([program], env);
  await server.request("initialize", opening);
  server.notify("notifications/initialized");
  await server.request("tools/list");
  return server;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function thousands(count: number): string {
  return count.toLocaleString("en-US");
}

const rows = [
  await startRow(),
  await memoryRow(),
  ...(await updateRows()),
  ...(await manyRows()),
  await limitedRow(),
  ...(await definitionRows()),
  packageRow(),
];
process.stdout.write(`${table(rows)}\n`);
process.exitCode = rows.every(({ budget }) => budget.holds) ? 0 : 1;
