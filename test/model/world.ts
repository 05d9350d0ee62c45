import { AsyncLocalStorage } from "node:async_hooks";
import { mkdtempSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, install } from "@sinonjs/fake-timers";
import { Failure } from "../../src/base/failure.ts";
import { createClient } from "../../src/close/api.ts";
import { createDirectory } from "../../src/close/directory.ts";
import type { Transport } from "../../src/close/http/transport.ts";
import type { Tool } from "../../src/mcp/tool.ts";
import { failureText } from "../../src/mcp/tool-result.ts";
import { apiKey } from "../../src/sandbox/http/credentials.ts";
import { openState } from "../../src/state/state.ts";
import { applyPlan } from "../../src/tools/apply-plan.ts";
import { updateOpportunity } from "../../src/tools/update-opportunity.ts";
import { freely } from "../support/state.ts";
import { createClose } from "./close.ts";
import { begun, type History, type Run, type Told, type Undone } from "./history.ts";
import { newProcess, stopTimersOfTheKilled } from "./process.ts";
import { argumentsOf, both } from "./records.ts";
import type { Call, Scenario } from "./scenario.ts";

/** In milliseconds of the simulated time, as the program has them. */
export const budget = 45_000;
export const timeToReadBack = 10_000;

const beginning = Date.parse("2026-11-23T10:00:00Z");

/** Carries a scenario out against the sandbox's rules, in simulated time: the same every time. */
export async function simulate(scenario: Scenario): Promise<History> {
  const { off, setRightAt } = scenario.clock;
  const clock = install({
    now: beginning + off,
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"],
  });
  stopTimersOfTheKilled(() => running.getStore()?.process);
  syncBuiltinESMExports();
  const folder = mkdtempSync(join(tmpdir(), "model-"));
  const { random } = Math;
  Math.random = generator(scenario.random);
  try {
    const world = createWorld(clock, folder);
    if (setRightAt !== undefined) clock.setTimeout(() => clock.setSystemTime(clock.now - off), setRightAt);
    for (const each of scenario.renamings) clock.setTimeout(() => world.close.rename(each), each.at);
    const callers = scenario.callers.map(async (calls) => {
      for (const call of calls) await world.perform(call);
    });
    await untilSettled(clock, Promise.all(callers));
    const undoing = world.undoLast();
    await untilSettled(clock, undoing);
    const { runs } = world;
    const { versions, renamed } = world.close;
    return { runs, versions, renamed, undone: await undoing };
  } finally {
    Math.random = random;
    clock.uninstall();
    syncBuiltinESMExports();
    rmSync(folder, { recursive: true });
  }
}

/** Lets time pass as soon as nothing can happen without it, also for what is still under way after the last call. */
async function untilSettled(clock: Clock, work: Promise<unknown>): Promise<void> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => {});
  while (!isDone || clock.countTimers() > 0) {
    await new Promise(setImmediate);
    if (clock.countTimers() > 0) clock.next();
    else if (!isDone) {
      await new Promise(setImmediate);
      if (!isDone && clock.countTimers() === 0) throw new Error("A call waits for nothing.");
    }
  }
  await done;
}

/** Which call a request belongs to. One for all worlds: each would make every promise a little slower, for good. */
const running = new AsyncLocalStorage<Run>();

function createWorld(clock: Clock, folder: string) {
  const started = performance.now();
  /** Close's time, whatever the machine's clock says. */
  const now = () => beginning + Math.round(performance.now() - started);
  /** Of Close and the callers, who go on when a process is killed. */
  const sleep = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      clock.setTimeout(() => resolve(), milliseconds);
    });
  const close = createClose({ now, sleep });
  const runs: Run[] = [];
  type Started = ReturnType<typeof start>;
  const processes: [Started, Started] = [start(), start()];

  /** A process that shares the folder with all others. */
  function start() {
    const life = newProcess();
    const transport: Transport = {
      async send(request, options) {
        const sentAt = performance.now();
        const exchange = () => close.exchange(running.getStore(), request, options);
        return { ...(await life.alive(life.isKilled ? new Promise<never>(() => {}) : exchange())), sentAt };
      },
      close: async () => {},
    };
    const baseUrl = "http://127.0.0.1:1/api/v1";
    const log = () => {};
    const client = createClient({ transport, baseUrl, credentials: { scheme: "basic", secret: apiKey }, log });
    const directory = createDirectory(client, log);
    const state = openState({ stateDir: folder, baseUrl, maxUpdatesPerHour: undefined }, log);
    const audit = async () => undefined;
    return { life, context: { ...state, close: client, directory, audit, policy: freely, timeZone: "UTC" } };
  }

  async function perform(call: Call): Promise<void> {
    await sleep(call.pause);
    const id = both[call.opportunity];
    const number = runs.length + 1;
    const args = argumentsOf(call, id, number, close.versions.get(id) ?? []);
    const process = processes[call.process];
    const run = begun({ number, call, process: process.life, id, args, startedAt: now() });
    runs.push(run);
    if (call.killedAfter !== undefined) {
      void sleep(call.killedAfter).then(() => {
        if (!Number.isNaN(run.endedAt) || process.life.isKilled) return;
        process.life.kill();
        processes[call.process] = start();
      });
    }
    await carryOut(run, updateOpportunity, process);
  }

  async function carryOut(run: Run, tool: Tool, process: Started): Promise<void> {
    Object.assign(run, await running.run(run, () => told(tool, run.args, process)));
    run.endedAt = now();
  }

  /** What the tool tells its caller, unless its process is killed before. */
  async function told(tool: Tool, args: Run["args"], { life, context }: Started): Promise<Told> {
    const nothing = { text: "", data: {}, warnings: [] };
    const ending = new AbortController();
    const timer = clock.setTimeout(() => ending.abort(), budget);
    const limits = { signal: ending.signal, deadline: performance.now() + budget };
    try {
      const result = await Promise.race([tool.call(args, { ...limits, ...context }), life.killed]);
      if (result === undefined) return { ...nothing, report: "killed" };
      const { lines, data, warnings } = result;
      const isNothing = /^Nothing to change|: 1 unchanged\.$/.test(lines[0] ?? "");
      return { report: isNothing ? "nothing to change" : "updated", text: lines.join("\n"), data, warnings };
    } catch (error) {
      if (!(error instanceof Failure)) return { ...nothing, report: "crashed", text: String(error) };
      return { ...nothing, report: error.report.record, text: failureText(error.report, "one") };
    } finally {
      clock.clearTimeout(timer);
    }
  }

  /** Takes back, from a new process, the update that was the last one to be reported. Nothing goes wrong any more. */
  async function undoLast(): Promise<Undone | undefined> {
    const [of] = runs
      .filter(({ report, data }) => report === "updated" && data.undo !== undefined)
      .sort((a, b) => b.endedAt - a.endedAt);
    if (of === undefined) return undefined;
    const found = close.held(of.id);
    const process = start();
    const call: Call = { ...of.call, changes: [], faults: [], readsLag: false, interference: undefined };
    const args = { plan: of.data.undo };
    const run = begun({ number: 0, call, process: process.life, id: of.id, args, startedAt: now() });
    await carryOut(run, applyPlan, process);
    return { of, run, found, left: close.held(of.id) };
  }

  return { close, runs, perform, undoLast };
}

/** Numbers from 0 to 1 that look random and follow from the seed (a linear congruential generator, Park and Miller). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
