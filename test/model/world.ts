import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, install } from "@sinonjs/fake-timers";
import { Failure } from "../../src/base/failure.ts";
import { createClient } from "../../src/close/api.ts";
import { createDirectory } from "../../src/close/directory.ts";
import { type Answer, ExchangeError, type Transport } from "../../src/close/http/transport.ts";
import type { Tool } from "../../src/mcp/tool.ts";
import { failureText } from "../../src/mcp/tool-result.ts";
import { madeUpOrganization } from "../../src/sandbox/data/organization.ts";
import { listEvents } from "../../src/sandbox/queries/events.ts";
import {
  customFieldSchemaAnswer,
  meAnswer,
  opportunityAnswer,
  pipelineAnswer,
  userAnswer,
} from "../../src/sandbox/rules/answers.ts";
import { updateOpportunity as carryOut } from "../../src/sandbox/rules/update.ts";
import { ids, type Opportunity, type Organization } from "../../src/sandbox/sandbox.ts";
import { openState } from "../../src/state/state.ts";
import { applyPlan } from "../../src/tools/apply-plan.ts";
import { updateOpportunity } from "../../src/tools/update-opportunity.ts";
import { answerOf } from "../support/answers.ts";
import { freely } from "../support/state.ts";
import { newProcess, type Process, stopTimersOfTheKilled } from "./process.ts";
import type { Call, Change, Fault, Scenario } from "./scenario.ts";

/** In milliseconds of the simulated time, as the program has them. */
export const budget = 45_000;
export const timeToReadBack = 10_000;
const headersTimeout = 15_000;
/** Each way between the program and Close. */
export const latency = 10;

/** A state of an opportunity, from that moment on, and who made it: a call by its number, or a colleague. */
export type Version = { at: number; by: number | "colleague" | "undo"; record: Opportunity };

/** A read of the opportunity by a call: what the program received, if anything that it could use. */
export type Read = { sentAt: number; endedAt: number; record: Opportunity | undefined };

/** One PUT of a call, as it was sent, and what became of it in Close. */
export type Put = {
  sentAt: number;
  body: Record<string, unknown>;
  fault: Fault | undefined;
  endedAt: number | undefined;
  applied: { at: number; before: Opportunity; after: Opportunity } | undefined;
};

/** Killed: the process ended before there was a report. */
export type Report = "updated" | "nothing to change" | "unchanged" | "in doubt" | "crashed" | "killed";

/** What a caller was told. */
type Told = { report: Report; text: string; data: Record<string, unknown>; warnings: readonly string[] };

/** One call: what was asked for, what it did, and what was reported. */
export type Run = Told & {
  number: number;
  call: Call;
  process: Process;
  id: string;
  args: Record<string, unknown>;
  startedAt: number;
  endedAt: number;
  reads: Read[];
  puts: Put[];
};

/** How the update that was the last one to be reported was taken back: what was found, what was left, and what was told. */
export type Undone = Told & { run: Run; found: Opportunity; left: Opportunity };

/** All that happened, once nothing is under way any more. */
export type History = {
  runs: readonly Run[];
  versions: ReadonlyMap<string, readonly Version[]>;
  undone: Undone | undefined;
  queued: number;
};

const { tags } = ids.customFields;
const both = [ids.opportunities.acmeExpansion, ids.opportunities.elmStreetVisits] as const;

/** Carries a scenario out against the sandbox's rules, in simulated time: the same every time. */
export async function simulate(scenario: Scenario): Promise<History> {
  const clock = install({
    now: Date.parse("2026-11-23T10:00:00Z"),
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"],
  });
  stopTimersOfTheKilled(() => running.getStore()?.process);
  syncBuiltinESMExports();
  const folder = mkdtempSync(join(tmpdir(), "model-"));
  const { random } = Math;
  Math.random = generator(scenario.random);
  try {
    const world = createWorld(clock, folder);
    const callers = scenario.callers.map(async (calls) => {
      for (const call of calls) await world.perform(call);
    });
    await untilSettled(clock, Promise.all(callers));
    const undoing = world.undoLast();
    await untilSettled(clock, undoing);
    return world.history(await undoing);
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
  const organization = preparedOrganization();
  const runs: Run[] = [];
  const versions = new Map<string, Version[]>();
  for (const id of both) versions.set(id, [{ at: clock.now, by: "colleague", record: recordOf(organization, id) }]);

  const processes: [Started, Started] = [start(), start()];
  type Started = ReturnType<typeof start>;

  /** A process that shares the folder with all others. */
  function start() {
    const life = newProcess();
    const transport: Transport = {
      async send(request, options) {
        const sentAt = performance.now();
        const answer = life.isKilled ? new Promise<never>(() => {}) : exchange(request, options);
        return { ...(await life.alive(answer)), sentAt };
      },
      close: async () => {},
    };
    const baseUrl = "http://127.0.0.1:1/api/v1";
    const log = () => {};
    const close = createClient({ transport, baseUrl, credentials: { scheme: "basic", secret: "api_model" }, log });
    const directory = createDirectory(close, log);
    const state = openState({ stateDir: folder, baseUrl, maxUpdatesPerHour: undefined }, log);
    const context = { ...state, close, directory, audit: async () => undefined, policy: freely, timeZone: "UTC" };
    return { life, context };
  }

  async function perform(call: Call): Promise<void> {
    await sleep(call.pause);
    const id = both[call.opportunity];
    const number = runs.length + 1;
    const args = argumentsOf(call, id, number, versions.get(id) ?? []);
    const { life, context } = processes[call.process];
    const run: Run = {
      number,
      call,
      process: life,
      id,
      args,
      startedAt: clock.now,
      endedAt: Number.NaN,
      reads: [],
      puts: [],
      report: "crashed",
      text: "",
      data: {},
      warnings: [],
    };
    runs.push(run);
    if (call.killedAfter !== undefined) {
      void sleep(call.killedAfter).then(() => {
        if (!Number.isNaN(run.endedAt) || life.isKilled) return;
        life.kill();
        processes[call.process] = start();
      });
    }
    Object.assign(run, await running.run(run, () => told(updateOpportunity, args, { life, context })));
    run.endedAt = clock.now;
  }

  /** What the tool tells its caller, unless its process is killed before. */
  async function told(tool: Tool, args: Record<string, unknown>, { life, context }: Started): Promise<Told> {
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
    const [run] = runs
      .filter(({ report, data }) => report === "updated" && data.undo !== undefined)
      .sort((a, b) => b.endedAt - a.endedAt);
    if (run === undefined) return undefined;
    const found = recordOf(organization, run.id);
    const undone = await told(applyPlan, { plan: run.data.undo }, start());
    return { ...undone, run, found, left: recordOf(organization, run.id) };
  }

  /** The wire: what the program sends reaches Close, and comes back, as far as the faults of its call let it. */
  async function exchange(...[request, options]: Parameters<Transport["send"]>): Promise<Answer> {
    const { method, path, body: sent = {} } = request;
    const { headers, signal } = options;
    const run = running.getStore();
    const id = /^\/opportunity\/([^/]+)\/$/.exec(path)?.[1];
    if (id === undefined || method === "POST") {
      await sleep(latency);
      return list(path);
    }
    if (run === undefined) return faultless(id, request.body);
    const nth = (method === "GET" ? run.reads : run.puts).length + 1;
    const fault = run.call.faults.find(
      ({ on, from, times }) => on === method && nth >= from && nth < from + times,
    )?.fault;
    const sentAt = clock.now;
    const offsetHours = Number(headers["x-tz-offset"]);

    if (method === "GET") {
      const lastPut = run.puts.at(-1)?.sentAt ?? Number.POSITIVE_INFINITY;
      const isFirstAfterPut = lastPut < sentAt && !run.reads.some((earlier) => earlier.sentAt > lastPut);
      const read: Read = { sentAt, endedAt: Number.NaN, record: undefined };
      run.reads.push(read);
      let seen: Opportunity | undefined;
      const work = async () => {
        seen = isFirstAfterPut && run.call.readsLag ? stateBefore(run) : recordOf(organization, id);
        const answer = json(200, opportunityAnswer(seen, organization));
        if (run.reads.length === 1) interfere(run, "after the first read");
        return answer;
      };
      try {
        const answer = await received(fault, signal, work);
        if (isOpportunity(answer, id)) read.record = seen;
        return answer;
      } finally {
        read.endedAt = clock.now;
      }
    }

    const put: Put = { sentAt, body: sent, fault, endedAt: undefined, applied: undefined };
    run.puts.push(put);
    const work = async () => {
      const before = recordOf(organization, id);
      const kept = fault?.kind === "ignored keys" ? withoutIgnored(sent, fault.keys) : sent;
      const after = carryOut(before, { body: kept, now: new Date(), offsetHours }, organization);
      if (after instanceof Map) return json(400, { "field-errors": Object.fromEntries(after), errors: [] });
      if (after !== before) {
        write(id, after, run.number);
        put.applied = { at: clock.now, before, after };
      }
      return json(200, opportunityAnswer(after, organization));
    };
    try {
      return await received(fault, signal, work);
    } finally {
      put.endedAt = clock.now;
      if (run.puts.length === 1) interfere(run, "after the PUT");
    }
  }

  async function faultless(id: string, body: Record<string, unknown> | undefined): Promise<Answer> {
    await sleep(2 * latency);
    const before = recordOf(organization, id);
    if (body === undefined) return json(200, opportunityAnswer(before, organization));
    const after = carryOut(before, { body, now: new Date(), offsetHours: 0 }, organization);
    if (after instanceof Map) return json(400, { "field-errors": Object.fromEntries(after), errors: [] });
    if (after !== before) write(id, after, "undo");
    return json(200, opportunityAnswer(after, organization));
  }

  /** The answer to one request. What Close has begun goes on when the program has stopped waiting for it. */
  function received(fault: Fault | undefined, signal: AbortSignal, work: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const fail = (code: string, mayHaveArrived = true) => {
        stop();
        reject(
          new ExchangeError(Object.assign(new Error(`no answer: ${code}`), { code }), signal, {
            mayHaveArrived,
          }),
        );
      };
      const abort = () => fail("UND_ERR_ABORTED");
      const timer = setTimeout(() => fail("UND_ERR_HEADERS_TIMEOUT"), headersTimeout);
      const stop = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
      };
      if (signal.aborted) return fail("UND_ERR_ABORTED", false);
      signal.addEventListener("abort", abort);
      const answered = (answer: Answer) => {
        stop();
        resolve(answer);
      };
      void (async () => {
        if (fault?.kind === "refused connection") return fail("ECONNREFUSED", false);
        await sleep(latency);
        switch (fault?.kind) {
          case "reset":
            if (fault.when === "after") await work();
            return fail("ECONNRESET");
          case "slow": {
            if (fault.when === "before") await sleep(fault.milliseconds);
            const answer = await work();
            if (fault.when === "after") await sleep(fault.milliseconds);
            await sleep(latency);
            return answered(answer);
          }
          case "dripping":
            if (fault.applied) await work();
            // The headers are there, and a byte comes before every timeout.
            clearTimeout(timer);
            return;
          case "answer": {
            // What Close refuses it has not carried out.
            if (fault.applied && fault.status !== 400) await work();
            await sleep(latency);
            const own = { error: "Internal server error." };
            return answered(fault.from === "Close" ? json(fault.status, own) : html(fault.status));
          }
          case "other 200":
            if (fault.applied) await work();
            await sleep(latency);
            return answered(otherAnswer(fault.body));
          case "rate limit":
            await sleep(latency);
            return answered({ ...json(429, {}), headers: { "retry-after": String(fault.seconds) } });
          default: {
            const answer = await work();
            if (fault?.kind === "ignored keys" && fault.answerLost) return fail("ECONNRESET");
            await sleep(latency);
            return answered(answer);
          }
        }
      })();
    });
  }

  function interfere(run: Run, when: "after the first read" | "after the PUT"): void {
    const { interference } = run.call;
    if (interference?.when !== when) return;
    const before = recordOf(organization, run.id);
    const theirs: Record<typeof interference.does, () => Opportunity> = {
      "adds a tag": () => withTags(before, [...tagsOf(before), `C${run.number}`]),
      "sets the confidence": () => ({ ...before, confidence: (before.confidence + 7) % 100 }),
      "the same change": () => theSame(run, before),
    };
    const after = theirs[interference.does]();
    const date_updated = new Date(clock.now).toISOString().replace("Z", "000+00:00");
    write(run.id, { ...after, date_updated, updated_by: ids.users.benQuist }, "colleague");
  }

  /** Of what the call asks for, all that does not depend on the state before. */
  function theSame({ args }: Run, before: Opportunity): Opportunity {
    const { status_id, value, note, note_html, custom_fields } = args;
    const body = Object.fromEntries(
      Object.entries({ status_id, value, note, note_html }).filter(([, each]) => each !== undefined),
    );
    const operations = Array.isArray(custom_fields) ? custom_fields : [];
    const added = operations.flatMap(({ action, value: list }) => (action === "remove" ? [] : list));
    const after = carryOut(before, { body, now: new Date(), offsetHours: 0 }, organization);
    if (after instanceof Map) throw new Error("The colleague's change is refused.");
    return added.length === 0 ? after : withTags(after, [...new Set([...tagsOf(after), ...added])]);
  }

  /** The opportunity as it was before the last PUT of the call, also if that was applied. */
  function stateBefore({ puts, id }: Run): Opportunity {
    return puts.at(-1)?.applied?.before ?? recordOf(organization, id);
  }

  function write(id: string, record: Opportunity, by: Version["by"]): void {
    const user_id = by === "colleague" ? ids.users.benQuist : organization.me;
    const event = { id: randomUUID(), moment: new Date(), user_id, before: recordOf(organization, id), after: record };
    organization.events.push(event);
    organization.opportunities.set(id, record);
    versions.get(id)?.push({ at: clock.now, by, record });
  }

  function list(path: string): Answer {
    if (path.startsWith("/event/")) {
      const query = Object.fromEntries(new URLSearchParams(path.replace(/.*\?/, "")));
      return json(200, listEvents(query, organization));
    }
    switch (path.replace(/\?.*/, "")) {
      case "/pipeline/":
        return json(200, { data: organization.pipelines.map((each) => pipelineAnswer(each, organization)) });
      case "/user/":
        return json(200, { data: organization.users.map((each) => userAnswer(each, organization)) });
      case "/custom_field_schema/opportunity/":
        return json(200, customFieldSchemaAnswer(organization));
      case "/me/":
        return json(200, meAnswer(organization));
      default:
        return json(404, { error: "Not found." });
    }
  }

  /** Of Close and the callers, who go on when a process is killed. */
  function sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      clock.setTimeout(() => resolve(), milliseconds);
    });
  }

  const queued = () => processes.reduce((sum, { context }) => sum + context.locks.size, 0);
  return {
    perform,
    undoLast,
    history: (undone: Undone | undefined): History => ({ runs, versions, undone, queued: queued() }),
  };
}

function preparedOrganization(): Organization {
  const organization = madeUpOrganization();
  const field = organization.customFields.find(({ id }) => id === tags);
  const numbers = Array.from({ length: 12 }, (_, at) => at + 1);
  if (field !== undefined) {
    field.choices = ["Old", ...numbers.flatMap((number) => [`T${number}a`, `T${number}b`, `C${number}`])];
  }
  for (const id of both) {
    const record = recordOf(organization, id);
    organization.opportunities.set(id, { ...withTags(record, ["Old"]), date_won: "2026-12-31" });
  }
  return organization;
}

export function recordOf({ opportunities }: Organization, id: string): Opportunity {
  const record = opportunities.get(id);
  if (record === undefined) throw new Error(`There is no ${id}.`);
  return record;
}

export function tagsOf({ custom }: Opportunity): string[] {
  const value = custom[tags] ?? [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

function withTags(record: Opportunity, list: readonly string[]): Opportunity {
  return { ...record, custom: { ...record.custom, [tags]: [...list] } };
}

function argumentsOf(
  { changes, expects }: Call,
  id: string,
  number: number,
  versions: readonly Version[],
): Record<string, unknown> {
  const seen = expects === "the first state" ? versions[0] : versions.at(-1);
  const expected = expects === "nothing" ? {} : { expected_date_updated: seen?.record.date_updated };
  const parts = changes.map((change) => argumentOf(change, number));
  return Object.assign({ id, ...expected }, ...parts);
}

function argumentOf(change: Change, number: number): Record<string, unknown> {
  const operation = (action: string, value: readonly string[]) => ({
    custom_fields: [{ field: "Tags", action, value }],
  });
  switch (change.what) {
    case "status":
      return { status_id: change.won ? ids.statuses.salesWon : ids.statuses.salesProposalSent };
    case "value":
      return { value: change.cents };
    case "note":
      return { note: change.text };
    case "bold note":
      return { note_html: "<body><p><b>Second warehouse needs lamps.</b></p></body>" };
    case "clear date_won":
      return { clear: ["date_won"] };
    case "add a tag":
      return operation("add", [`T${number}a`]);
    case "add two tags":
      return operation("add", [`T${number}a`, `T${number}b`]);
    case "remove the old tag":
      return operation("remove", ["Old"]);
    case "replace the tags":
      return operation("set", ["Old", `T${number}a`]);
  }
}

function withoutIgnored(
  body: Record<string, unknown>,
  keys: "all" | "the first" | "the last",
): Record<string, unknown> {
  const entries = Object.entries(body);
  if (keys === "all") return {};
  return Object.fromEntries(keys === "the first" ? entries.slice(1) : entries.slice(0, -1));
}

function json(status: number, body: unknown): Answer {
  return answerOf(status, { "content-type": "application/json" }, JSON.stringify(body));
}

function html(status: number): Answer {
  return answerOf(status, { "content-type": "text/html" }, "<h1>Trouble</h1>");
}

function otherAnswer(body: "empty" | "error" | "another record" | "list"): Answer {
  const bodies = {
    empty: "",
    error: { error: "Try later." },
    "another record": { id: "oppo_Other" },
    list: [],
  };
  return body === "empty" ? answerOf(200) : json(200, bodies[body]);
}

function isOpportunity({ status, body }: Answer, id: string): boolean {
  return status === 200 && body.startsWith("{") && JSON.parse(body).id === id;
}

/** Numbers from 0 to 1 that look random and follow from the seed (a linear congruential generator, Park and Miller). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
