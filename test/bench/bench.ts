/**
 * Measures what docs/performance.md promises, each figure beside its yardstick in the same run, and prints its table.
 * Exits with 1 if a budget does not hold. `npm run bench -- ../other/dist/index.js` measures the program of another
 * checkout as well, in turns with this one.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Agent } from "undici";
import { z } from "zod/v3";
import { maxRowsAtATime } from "../../src/tools/carry-out.ts";
import { program } from "../support/host.ts";
import { startServer } from "../support/line-process.ts";
import { residentMegabytes } from "../support/resident-memory.ts";
import { atLeast, atMost, compare, milliseconds, perSecond, type Row, sizeRow } from "./figures.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bareProcess = fileURLToPath(new URL("bare-process.cjs", import.meta.url));
const programs = [program, ...process.argv.slice(2).map((path) => resolve(path))];

/** From the start of the process to the answer to `tools/list`: hosts wait for it. */
async function start(script: string): Promise<number> {
  const started = performance.now();
  const child = await startServer(script);
  const duration = performance.now() - started;
  await child.end();
  return duration;
}

const startRows = () =>
  compare(programs, {
    what: "spawn to `tools/list` answered, median of 25",
    warmUps: 3,
    rounds: 25,
    own: start,
    yardstick: () => start(bareProcess),
    unit: "ms",
    against: "a bare Node process",
    verdict: ({ own, yardstick }) => atMost(own / yardstick, 3.8, "times"),
  });

/** Resident, two seconds after the host has listed the tools. */
async function idle(script: string): Promise<number> {
  const child = await startServer(script);
  await setTimeout(2_000);
  const megabytes = residentMegabytes(child.pid);
  await child.end();
  return megabytes;
}

const memoryRows = () =>
  compare(programs, {
    what: "resident memory, idle after `tools/list`",
    warmUps: 0,
    rounds: 5,
    own: idle,
    yardstick: () => idle(bareProcess),
    unit: "MB",
    against: "the same bare process",
    verdict: ({ own, yardstick }) => atMost(own / yardstick, 1.5, "times"),
  });

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

type PeerKind = "sandbox" | "quick" | "limited";
type Bench = Awaited<ReturnType<typeof openBench>>;

/** A server and undici alone, with warm connections to the same peer in Close's place. */
async function openBench(program: string, kind: PeerKind) {
  const script = fileURLToPath(new URL("close-peer.ts", import.meta.url));
  const peer = spawn(process.execPath, ["--import", "tsx", script, kind], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(peer.stdout, "data");
  const { url, apiKey, id, many } = peerAddress.parse(JSON.parse(String(line)));
  const env = { CLOSE_BASE_URL: url, CLOSE_API_KEY: apiKey, CLOSE_TIME_ZONE: "UTC" };
  // As it is set up by default, but that nobody has to agree.
  const stateDir = mkdtempSync(join(tmpdir(), "close-bench-"));
  const server = await startServer(program, { ...env, CLOSE_CONFIRM: "off", CLOSE_STATE_DIR: stateDir });
  const agent = new Agent({ connections: 32 });
  const headers = {
    authorization: `Basic ${btoa(`${apiKey}:`)}`,
    accept: "application/json",
    "content-type": "application/json",
    "x-tz-offset": "0",
  };
  let cents = 0;
  const value = () => {
    cents += 100;
    return cents;
  };
  const call = (name: string, args: Record<string, unknown>) => server.request("tools/call", { name, arguments: args });
  return {
    id,
    many,
    update: () => call("update_opportunity", { id, value: value() }),
    /** One change of all of `many`. */
    updateAll: () => call("update_opportunities", { updates: [{ ids: many, value: value() }] }),
    /** Updates through the tool for many, and gives its result. */
    async updateMany(update: Record<string, unknown>) {
      const answer = await call("update_opportunities", { updates: [update] });
      return manyResult.parse(answer).structuredContent;
    },
    /** The two requests of an update, without this program. */
    async straight(of = id) {
      const { origin, pathname: path } = new URL(`${url}/opportunity/${of}/`);
      for (const method of ["GET", "PUT"] as const) {
        const json = method === "PUT" ? JSON.stringify({ value: value() }) : null;
        const { body } = await agent.request({ origin, path, method, headers, body: json });
        await body.json();
      }
    },
    async close() {
      await server.end();
      await agent.close();
      peer.stdin.end();
      rmSync(stateDir, { recursive: true });
    },
  };
}

/** Measures with a bench for each program, and one for the yardstick, so that no program shares its peer. */
async function withBenches(
  kind: PeerKind,
  measure: (benches: readonly Bench[], reference: Bench) => Promise<Row[]>,
): Promise<Row[]> {
  const reference = await openBench(program, kind);
  const benches = await Promise.all(programs.map((measured) => openBench(measured, kind)));
  const rows = await measure(benches, reference);
  await Promise.all([reference, ...benches].map(({ close }) => close()));
  return rows;
}

const oneByOneRows = () =>
  withBenches("sandbox", (benches, { straight }) =>
    compare(benches, {
      what: "one update, warm, median of 3,000",
      warmUps: 1_000,
      rounds: 3_000,
      own: ({ update }) => milliseconds(update),
      yardstick: () => milliseconds(() => straight()),
      unit: "ms",
      against: "its two requests with undici alone",
      verdict: ({ own, yardstick }) => atMost(own - yardstick, 1, "ms more"),
    }),
  );

const manyAtATimeRows = () =>
  withBenches("sandbox", (benches, { straight }) =>
    compare(benches, {
      what: "updates, 32 at a time, median of 5 times 3,000",
      warmUps: 1,
      rounds: 5,
      own: ({ update }) => perSecond(32, new Array(3_000).fill(update)),
      yardstick: () =>
        perSecond(
          32,
          new Array(3_000).fill(() => straight()),
        ),
      unit: "a second",
      against: "with undici alone",
      verdict: ({ own, yardstick }) => atLeast(own / yardstick, 0.3),
    }),
  );

/** 200 opportunities in one call, against the same requests at the same concurrency. */
const inOneCallRows = () =>
  withBenches("quick", (benches, { many, straight }) => {
    const jobs = many.map((id) => () => straight(id));
    return compare(benches, {
      what: `${many.length} opportunities in one \`update_opportunities\`, to a peer that answers at once`,
      warmUps: 60,
      rounds: 20,
      own: async ({ updateAll }) => (many.length / (await milliseconds(updateAll))) * 1_000,
      yardstick: () => perSecond(maxRowsAtATime, jobs),
      unit: "a second",
      against: `with undici alone, ${maxRowsAtATime} at a time as well`,
      verdict: ({ own, yardstick }) => atLeast(own / yardstick, 0.5),
    });
  });

/** The same 200 under a rate limit. The first window's requests go at once: those after it have to be waited for. */
const limitedRows = () =>
  withBenches("limited", (benches, { many }) => {
    const least = many.length / 20 - 1;
    return compare(benches, {
      what: `${many.length} opportunities under 20 PUTs a second, 60 to 160 ms an answer`,
      warmUps: 0,
      rounds: 1,
      own: async ({ updateMany }) => {
        const started = performance.now();
        const { counts } = await updateMany({ ids: many, confidence: 77 });
        // As if the rows that were not updated had taken their share as well.
        return ((performance.now() - started) / 1_000) * (many.length / counts.updated);
      },
      yardstick: async () => least,
      unit: "s",
      against: "what the limit dictates",
      verdict: ({ own }) => atMost(own / least, 1.1, "times"),
    });
  });

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

const toolList = z.object({ tools: z.array(z.object({ name: z.string() }).passthrough()) });
const packed = z.tuple([z.object({ unpackedSize: z.number() })]);

/** What has one size, whatever the machine does: of this program alone. */
async function sizeRows(): Promise<Row[]> {
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
  const { id, updateMany, close } = await openBench(program, "sandbox");
  const sizes: number[] = [];
  for (const change of oneFieldChanges) {
    const { results, counts } = await updateMany({ id, ...change });
    if (counts.updated !== 1) throw new Error(`Not updated: ${JSON.stringify(results)}`);
    sizes.push(bytes(results[0]));
  }
  await close();
  const server = await startServer(program);
  const list = toolList.parse(await server.request("tools/list"));
  await server.end();
  const update = { ...list.tools.find(({ name }) => name === "update_opportunity"), outputSchema: undefined };
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const output = execFileSync("npm", args, { cwd: root, encoding: "utf8" });
  const [{ unpackedSize }] = packed.parse(JSON.parse(output));
  const row = "the largest row of `update_opportunities`, for a change of one field";
  return [
    sizeRow(row, Math.max(...sizes.slice(1)), 250),
    sizeRow("`update_opportunity` as JSON, without its output schema", bytes(update), 5_000),
    sizeRow("all of `tools/list` as JSON", bytes(list), 19_000),
    sizeRow("the published package, unpacked, nothing to install beside it", unpackedSize, 1_000_000),
  ];
}

function print({ what, measured, yardstick = "", result, budget, holds }: Row): void {
  const cells = [what, measured, yardstick, result, budget, holds ? "yes" : "**no**"];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
  if (!holds) process.exitCode = 1;
}

const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
process.stdout.write(`${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${machine}:

| what | measured | yardstick | result | at most | holds |
|---|---|---|---|---|---|
`);
for (const measure of [startRows, memoryRows, oneByOneRows, manyAtATimeRows, inOneCallRows, limitedRows]) {
  for (const [at, row] of (await measure()).entries()) {
    print(at === 0 ? row : { ...row, what: `the same, ${programs[at]}` });
  }
}
for (const row of await sizeRows()) print(row);
