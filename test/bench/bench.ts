/**
 * Measures what docs/performance.md promises, each figure beside its yardstick in the same run, and prints its table.
 * Exits with 1 if a budget does not hold. `npm run bench -- ../other/dist/index.js` measures the program of another
 * checkout as well, row by row beside this one.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpus, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Agent } from "undici";
import { z } from "zod/v3";
import { maxRowsAtATime } from "../../src/tools/update-opportunities.ts";
import { program } from "../support/host.ts";
import { startLineProcess, startServer } from "../support/line-process.ts";
import { opening } from "../support/raw-program.ts";
import { residentMegabytes } from "../support/resident-memory.ts";
import {
  atATime,
  atLeast,
  atMost,
  beside,
  bytes,
  inTurns,
  milliseconds,
  type Row,
  sizeRow,
} from "./figures.ts";

const bareProcess = fileURLToPath(new URL("bare-process.cjs", import.meta.url));

/** From the start of the process to the answer to `tools/list`: hosts wait for it. */
async function startRows(program: string): Promise<Row[]> {
  const start = (script: string) => async () => {
    const started = performance.now();
    const child = startLineProcess(script);
    await child.request("initialize", opening);
    await child.request("tools/list");
    const milliseconds = performance.now() - started;
    await child.end();
    return milliseconds;
  };
  const counts = { warmUps: 3, rounds: 25 };
  const medians = await inTurns(counts, { own: start(program), yardstick: start(bareProcess) });
  return [
    {
      what: `spawn to \`tools/list\` answered, median of ${counts.rounds}`,
      ...beside(medians, "ms", "a bare Node process"),
      ...atMost(medians.own / medians.yardstick, 3.8, "times"),
    },
  ];
}

/** Resident, two seconds after the host has listed the tools. */
async function memoryRows(program: string): Promise<Row[]> {
  const idle = (script: string) => async () => {
    const child = await startServer(script);
    await setTimeout(2_000);
    const megabytes = residentMegabytes(child.pid);
    await child.end();
    return megabytes;
  };
  const counts = { warmUps: 0, rounds: 5 };
  const medians = await inTurns(counts, { own: idle(program), yardstick: idle(bareProcess) });
  return [
    {
      what: "resident memory, idle after `tools/list`",
      ...beside(medians, "MB", "the same bare process"),
      ...atMost(medians.own / medians.yardstick, 1.5, "times"),
    },
  ];
}

const peerAddress = z.object({
  url: z.string(),
  apiKey: z.string(),
  id: z.string(),
  many: z.array(z.string()),
});
const manyResult = z.object({
  structuredContent: z.object({
    results: z.array(z.object({ outcome: z.string() }).passthrough()),
    counts: z.object({ updated: z.number().default(0) }),
  }),
});

/** The server and undici alone, with warm connections to the same peer in Close's place. */
async function openBench(program: string, kind: "sandbox" | "quick" | "limited") {
  const script = fileURLToPath(new URL("close-peer.ts", import.meta.url));
  const peer = spawn(process.execPath, ["--import", "tsx", script, kind], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(peer.stdout, "data");
  const { url, apiKey, id, many } = peerAddress.parse(JSON.parse(String(line)));
  const env = { CLOSE_BASE_URL: url, CLOSE_API_KEY: apiKey, CLOSE_TIME_ZONE: "UTC" };
  const server = await startServer(program, env);
  const agent = new Agent({ connections: 32 });
  const headers = {
    authorization: `Basic ${btoa(`${apiKey}:`)}`,
    accept: "application/json",
    "content-type": "application/json",
    "x-tz-offset": "0",
  };
  let value = 0;
  const next = () => {
    value += 100;
    return value;
  };
  const call = (name: string, args: Record<string, unknown>) =>
    server.request("tools/call", { name, arguments: args });
  return {
    many,
    id,
    update: () => call("update_opportunity", { id, value: next() }),
    updateAll: () => call("update_opportunities", { updates: [{ ids: many, value: next() }] }),
    async updateMany(update: Record<string, unknown>) {
      const answer = await call("update_opportunities", { updates: [update] });
      return manyResult.parse(answer).structuredContent;
    },
    /** The two requests of an update, without this program. */
    async straight(of = id) {
      const { origin, pathname: path } = new URL(`${url}/opportunity/${of}/`);
      for (const method of ["GET", "PUT"] as const) {
        const json = method === "PUT" ? JSON.stringify({ value: next() }) : null;
        const { body } = await agent.request({ origin, path, method, headers, body: json });
        await body.json();
      }
    },
    async close() {
      await server.end();
      await agent.close();
      peer.stdin.end();
    },
  };
}

/** One update after the other, many at a time, and what a row takes. */
async function updateRows(program: string): Promise<Row[]> {
  const { id, update, straight, updateMany, close } = await openBench(program, "sandbox");
  const alone = await inTurns(
    { warmUps: 1_000, rounds: 3_000 },
    { own: () => milliseconds(update), yardstick: () => milliseconds(straight) },
  );
  const perSecond = async (work: () => Promise<unknown>) => {
    const jobs = Array.from({ length: 3_000 }, () => work);
    return (3_000 / (await milliseconds(() => atATime(32, jobs)))) * 1_000;
  };
  const together = await inTurns(
    { warmUps: 1, rounds: 5 },
    { own: () => perSecond(update), yardstick: () => perSecond(straight) },
  );
  const sizes: number[] = [];
  for (const change of oneFieldChanges) {
    const { results, counts } = await updateMany({ id, ...change });
    if (counts.updated !== 1) throw new Error(`Not updated: ${JSON.stringify(results)}`);
    sizes.push(bytes(results[0]));
  }
  await close();
  return [
    {
      what: "one update, warm, median of 3,000",
      ...beside(alone, "ms", "its two requests with undici alone"),
      ...atMost(alone.own - alone.yardstick, 1, "ms more"),
    },
    {
      what: "updates, 32 at a time, median of 5 times 3,000",
      ...beside(together, "a second", "with undici alone"),
      ...atLeast(together.own / together.yardstick, 0.3),
    },
    sizeRow(
      "the largest row of `update_opportunities`, for a change of one field",
      Math.max(...sizes.slice(1)),
      400,
    ),
  ];
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

/** 200 opportunities in one call, against the same requests at the same concurrency. */
async function manyRows(program: string): Promise<Row[]> {
  const { many, straight, updateAll, close } = await openBench(program, "quick");
  const perSecond = async (work: () => Promise<unknown>) =>
    (many.length / (await milliseconds(work))) * 1_000;
  const jobs = many.map((id) => () => straight(id));
  const medians = await inTurns(
    { warmUps: 60, rounds: 20 },
    { own: () => perSecond(updateAll), yardstick: () => perSecond(() => atATime(maxRowsAtATime, jobs)) },
  );
  await close();
  return [
    {
      what: `${many.length} opportunities in one \`update_opportunities\`, to a peer that answers at once`,
      ...beside(medians, "a second", `with undici alone, ${maxRowsAtATime} at a time as well`),
      ...atLeast(medians.own / medians.yardstick, 0.5),
    },
  ];
}

/** The same 200 under a rate limit. The first window's requests go at once: those after it have to be waited for. */
async function limitedRows(program: string): Promise<Row[]> {
  const { many, updateMany, close } = await openBench(program, "limited");
  const least = many.length / 20 - 1;
  const started = performance.now();
  const { updated } = (await updateMany({ ids: many, confidence: 77 })).counts;
  const seconds = (performance.now() - started) / 1_000;
  await close();
  const { holds, ...verdict } = atMost(seconds / least, 1.1, "times");
  return [
    {
      what: `${many.length} opportunities under 20 PUTs a second, 60 to 160 ms an answer`,
      measured: `${seconds.toFixed(2)} s, ${updated} updated`,
      yardstick: `${least.toFixed(2)} s, what the limit dictates`,
      ...verdict,
      holds: holds && updated === many.length,
    },
  ];
}

const toolList = z.object({ tools: z.array(z.object({ name: z.string() }).passthrough()) });
const packed = z.tuple([z.object({ unpackedSize: z.number() })]);

async function sizeRows(program: string): Promise<Row[]> {
  const server = await startServer(program);
  const list = await server.request("tools/list");
  await server.end();
  const update = toolList.parse(list).tools.find(({ name }) => name === "update_opportunity");
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: dirname(dirname(program)),
    encoding: "utf8",
  });
  const [{ unpackedSize }] = packed.parse(JSON.parse(output));
  return [
    sizeRow(
      "`update_opportunity` as JSON, without its output schema",
      bytes({ ...update, outputSchema: undefined }),
      4_500,
    ),
    sizeRow("all of `tools/list` as JSON", bytes(list), 16_000),
    sizeRow("the published package, unpacked, nothing to install beside it", unpackedSize, 1_000_000),
  ];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const others = process.argv.slice(2).map((path) => resolve(path));
const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
print(`${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${machine}:\n`);
print("| what | measured | yardstick | result | at most | holds |");
print("|---|---|---|---|---|---|");
for (const measure of [startRows, memoryRows, updateRows, manyRows, limitedRows, sizeRows]) {
  for (const measuredProgram of [program, ...others]) {
    for (const { what, measured, yardstick = "", result, budget, holds } of await measure(measuredProgram)) {
      const isOwn = measuredProgram === program;
      const cells = [isOwn ? what : `${what} (${measuredProgram})`, measured, yardstick, result, budget];
      print(`| ${cells.join(" | ")} | ${holds ? "yes" : "**no**"} |`);
      if (isOwn && !holds) process.exitCode = 1;
    }
  }
}
