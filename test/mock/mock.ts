/**
 * Random updates against a Close that this project has not written: Stoplight's Prism, which mocks `close.ts` and answers
 * every request with other random values of the documented types. Whatever it answers, nothing that is said of an update may
 * be false. `npm run test:mock -- 1000 7` for another number and seed; exits with 1 if a promise is broken.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Ajv } from "ajv";
import fc from "fast-check";
import { z } from "zod/v3";
import { closedPort, type HttpPeer, startHttpPeer } from "../support/http-peer.ts";
import { npmInstall } from "../support/npm.ts";
import { print } from "../support/print.ts";
import { document } from "./close.ts";
import { brokenPromises, type Exchange } from "./promises.ts";

/** Too large for everybody's `npm ci`. The last version that runs under the Node versions that this program is meant for. */
const prism = "@stoplight/prism-cli@5.14.2";
const minutes = 5;

const [updates = 300, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), "close-opportunity-mcp-mock-"));
const mock = { end: () => {} };
process.once("exit", () => {
  mock.end();
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));
setTimeout(() => end(`Not finished within ${minutes} minutes.`), minutes * 60_000).unref();

const text = fc.constantFrom("Pruned.", "Two rows\nof pears", "  spaced ", "<b>bold</b>", "€ 5 & more", "🍎");
const day = fc.constantFrom("2026-11-23", "2024-02-29", "1999-12-31", "2026-12-31");
const someOf = (...values: string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const operations = {
  Trees: fc.record({ action: fc.constantFrom("set", "unset"), value: fc.constantFrom("55", "1.5") }),
  Variety: fc.record({ action: fc.constant("set"), value: text }),
  "custom.cf_Harvest": fc.record({ action: fc.constant("set"), value: day }),
  Days: fc.record({
    action: fc.constantFrom("set", "add", "remove"),
    value: someOf("Monday", "Tuesday", "Wednesday"),
  }),
};
const entries = <T>(arbitraries: Record<string, fc.Arbitrary<T>>) =>
  Object.entries(arbitraries).map(([key, arbitrary]) => arbitrary.map((value): [string, T] => [key, value]));
const operation = fc.oneof(...entries<object>(operations)).map(([field, rest]) => ({ field, ...rest }));
const values: Record<string, fc.Arbitrary<unknown>> = {
  status_id: fc.constantFrom("Seed", "Picked", "stat_Frost", "won", "Cellar / Cask", "Cask"),
  date_won: day,
  date_won_shift_days: fc.integer({ min: -400, max: 400 }),
  value: fc.nat(10_000_000),
  value_percent: fc.constantFrom(10, -5, 2.5),
  value_period: fc.constantFrom("one_time", "monthly", "annual"),
  confidence: fc.integer({ min: 0, max: 101 }),
  note: text,
  note_append: text,
  note_html: fc.constantFrom("<body><p>Pruned <b>twice</b>.</p></body>", "<p>no body</p>"),
  note_replace: fc.record({ find: fc.constantFrom("e", "u", "dolor"), replace: text }),
  contact_id: fc.constantFrom("cont_Pia", "Pia"),
  user_id: fc.constantFrom("me", "Una Lind", "user_Ivo"),
  custom_fields: fc.array(operation, { minLength: 1, maxLength: 2 }),
  clear: someOf("date_won", "value", "note", "contact_id"),
  dry_run: fc.boolean(),
};
const updateArguments = fc
  // Two of one field would contradict each other.
  .uniqueArray(fc.oneof(...entries(values)), { minLength: 1, maxLength: 4, selector: ([key]) => key.split("_")[0] })
  .map((some): Record<string, unknown> => ({ id: "oppo_Orchard", ...Object.fromEntries(some) }));

const exchanges: Exchange[] = [];
const address = await startPrism();
const recorder = await startRecorder(address);
const client = new Client({ name: "mock-host", version: "1.0.0" });
await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: [fileURLToPath(new URL("../../dist/index.js", import.meta.url))],
    env: { CLOSE_BASE_URL: recorder.url, CLOSE_API_KEY: "api_mock", CLOSE_TIME_ZONE: "UTC", CLOSE_STATE_DIR: folder },
  }),
);
const { tools } = await client.listTools();
const update = tools.find(({ name }) => name === "update_opportunity");
const isValid = new Ajv({ strict: false }).compile(z.object({}).passthrough().parse(update?.outputSchema));
const answer = z.object({
  isError: z.boolean().default(false),
  content: z.array(z.object({ text: z.string() })).nonempty(),
  structuredContent: z.object({}).passthrough().default({}),
});

const counts = new Map<string, number>();
let broken = 0;
for (const args of fc.sample(updateArguments, { numRuns: updates, seed })) {
  exchanges.length = 0;
  const { kind, faults } = await tried(args);
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if (faults.length > 0) {
    broken += 1;
    print(`${JSON.stringify(args)}\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
  }
}
await client.close();
const counted = [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
print(`${updates} updates: ${counted}; ${broken} broke a promise (seed ${seed})`);
process.exit(broken === 0 && updates > 0 ? 0 : 1);

/** One update: what became of it in a word, and what is wrong with that. */
async function tried(args: Record<string, unknown>): Promise<{ kind: string; faults: string[] }> {
  try {
    const result = answer.parse(await client.callTool({ name: "update_opportunity", arguments: args }));
    const { isError, structuredContent: data } = result;
    const told = { isError, text: result.content.map(({ text }) => text).join("\n"), data };
    const misfits = isError || isValid(data) ? [] : (isValid.errors ?? []);
    const { kind, faults } = brokenPromises(told, exchanges);
    return { kind, faults: [...faults, ...misfits.map(({ message }) => `does not fit the output schema: ${message}`)] };
  } catch (error) {
    return { kind: "failed", faults: [String(error)] };
  }
}

/** Installs Prism into the folder and starts it. Returns its address once it answers. */
async function startPrism(): Promise<string> {
  print(`Installing ${prism}; seed ${seed}`);
  npmInstall(folder, [prism]);
  const url = await closedPort();
  const command = join(folder, "node_modules", "@stoplight", "prism-cli", "dist", "index.js");
  const mockedFile = join(folder, "close.json");
  writeFileSync(mockedFile, JSON.stringify(document));
  const mocked = spawn(
    process.execPath,
    [command, "mock", "--dynamic", "--verboseLevel", "error", "--port", new URL(url).port, mockedFile],
    { stdio: "ignore" },
  );
  mock.end = () => mocked.kill("SIGKILL");
  mocked.once("exit", (code) => end(`Prism has ended with ${code}.`));
  for (let tries = 0; tries < 120; tries += 1) {
    if (await fetch(url).catch(() => undefined)) return url;
    await pause(500);
  }
  return end("Prism does not answer.");
}

/** Passes everything on to Prism, and keeps what was asked and answered. */
function startRecorder(to: string): Promise<HttpPeer> {
  return startHttpPeer(async (method, path, { headers, body }) => {
    const { authorization = "" } = headers;
    const sent = { method, headers: { authorization, "content-type": "application/json" }, ...(body && { body }) };
    const answered = await fetch(`${to}${path}`, sent);
    const text = await answered.text();
    exchanges.push({ method, path, body, answer: text });
    return { status: answered.status, body: text };
  });
}

function end(why: string): never {
  print(why);
  process.exit(1);
}
