import { randomUUID } from "node:crypto";
import { type Answer, ExchangeError, type Transport } from "../../src/close/http/transport.ts";
import { basePath, closeApp } from "../../src/sandbox/http/app.ts";
import { opportunityAnswer } from "../../src/sandbox/rules/answers.ts";
import { timestamp } from "../../src/sandbox/rules/time.ts";
import { updateOpportunity } from "../../src/sandbox/rules/update.ts";
import { ids, type Opportunity } from "../../src/sandbox/sandbox.ts";
import { answerOf } from "../support/answers.ts";
import type { Put, Read, Run, Version } from "./history.ts";
import { both, named, preparedOrganization, recordOf, rename, tagsOf, withLine, withTags } from "./records.ts";
import type { Fault, Renaming } from "./scenario.ts";

const headersTimeout = 15_000;
/** Each way between the program and Close, in milliseconds. */
export const latency = 10;

/** Close, and the wire to it, with the faults of the call that a request belongs to. */
export function createClose(time: { now(): number; sleep(milliseconds: number): Promise<void> }) {
  const { now, sleep } = time;
  const organization = preparedOrganization();
  const app = closeApp({ organization, now: () => new Date(now()), middleware: [] });
  const versions = new Map<string, Version[]>();
  for (const id of both) versions.set(id, [{ at: now(), by: "colleague", record: recordOf(organization, id) }]);
  const renamed = new Map<Renaming["what"], number>();

  /** What the program sends reaches Close, and comes back, as far as the faults let it. */
  async function exchange(run: Run | undefined, ...[request, options]: Parameters<Transport["send"]>): Promise<Answer> {
    const { method, path, body = {} } = request;
    const { headers, signal } = options;
    const id = /^\/opportunity\/([^/]+)\/$/.exec(path)?.[1];
    if (run === undefined || id === undefined || method === "POST") {
      await sleep(latency);
      return list(path, headers.authorization);
    }
    const nth = (method === "GET" ? run.reads : run.puts).length + 1;
    const isHit = ({ on, from, times }: Run["call"]["faults"][number]) =>
      on === method && nth >= from && nth < from + times;
    const fault = run.call.faults.find(isHit)?.fault;
    if (method === "GET") return read(run, id, fault, signal);
    return put(run, { id, body, fault, offsetHours: Number(headers["x-tz-offset"]) }, signal);
  }

  async function read(run: Run, id: string, fault: Fault | undefined, signal: AbortSignal): Promise<Answer> {
    const sentAt = now();
    const lastPut = run.puts.at(-1)?.sentAt ?? Number.POSITIVE_INFINITY;
    const isFirstAfterPut = lastPut < sentAt && !run.reads.some((earlier) => earlier.sentAt > lastPut);
    const read: Read = { sentAt, endedAt: Number.NaN, record: undefined };
    run.reads.push(read);
    let seen: Opportunity | undefined;
    const work = () => {
      const isLate = isFirstAfterPut && run.call.readsLag;
      seen = (isLate ? run.puts.at(-1)?.applied?.before : undefined) ?? recordOf(organization, id);
      const answer = json(200, opportunityAnswer(seen, organization));
      if (run.reads.length === 1) interfere(run, "after the first read");
      return answer;
    };
    try {
      const answer = await received(fault, signal, work);
      if (isOpportunity(answer, id)) read.record = seen;
      return answer;
    } finally {
      read.endedAt = now();
    }
  }

  async function put(
    run: Run,
    { id, body, fault, offsetHours }: Pick<Put, "body" | "fault"> & { id: string; offsetHours: number },
    signal: AbortSignal,
  ): Promise<Answer> {
    const put: Put = { sentAt: now(), body, fault, endedAt: undefined, applied: undefined };
    run.puts.push(put);
    const work = () => {
      const before = recordOf(organization, id);
      const kept = fault?.kind === "ignored keys" ? withoutIgnored(body, fault.keys) : body;
      const after = updateOpportunity(before, { body: kept, now: new Date(now()), offsetHours }, organization);
      if (after instanceof Map) return json(400, { "field-errors": Object.fromEntries(after), errors: [] });
      if (after !== before) {
        write(id, after, run.number);
        put.applied = { at: now(), before, after };
      }
      return json(200, opportunityAnswer(after, organization));
    };
    try {
      return await received(fault, signal, work);
    } finally {
      put.endedAt = now();
      if (run.puts.length === 1) interfere(run, "after the PUT");
    }
  }

  /** The answer to one request. What Close has begun goes on when the program has stopped waiting for it. */
  function received(fault: Fault | undefined, signal: AbortSignal, work: () => Answer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const fail = (code: string, mayHaveArrived = true) => {
        stop();
        const cause = Object.assign(new Error(`no answer: ${code}`), { code });
        reject(new ExchangeError(cause, signal, { mayHaveArrived }));
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
            if (fault.when === "after") work();
            return fail("ECONNRESET");
          case "slow": {
            if (fault.when === "before") await sleep(fault.milliseconds);
            const answer = work();
            if (fault.when === "after") await sleep(fault.milliseconds);
            await sleep(latency);
            return answered(answer);
          }
          case "dripping":
            if (fault.applied) work();
            // The headers are there, and a byte comes before every timeout.
            clearTimeout(timer);
            return;
          case "answer": {
            // What Close refuses it has not carried out.
            if (fault.applied && fault.status !== 400) work();
            await sleep(latency);
            const own = { error: "Internal server error." };
            return answered(fault.from === "Close" ? json(fault.status, own) : html(fault.status));
          }
          case "other 200":
            if (fault.applied) work();
            await sleep(latency);
            return answered(otherAnswer(fault.body));
          case "rate limit":
            await sleep(latency);
            return answered({ ...json(429, {}), headers: { "retry-after": String(fault.seconds) } });
          default: {
            const answer = work();
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
      "adds a line": () => withLine(before, `C${run.number}`),
      "sets the confidence": () => ({ ...before, confidence: (before.confidence + 7) % 100 }),
      "the same change": () => theSame(run, before),
    };
    const after = theirs[interference.does]();
    write(run.id, { ...after, date_updated: timestamp(new Date(now())), updated_by: ids.users.benQuist }, "colleague");
  }

  /** Of what the call asks for, all that does not depend on the state before. */
  function theSame({ args, call, number }: Run, before: Opportunity): Opportunity {
    const { status_id: status, value, note, note_html } = args;
    const { first, second, name } = named.status;
    const status_id = status === name ? (renamed.has("status") ? second : first) : status;
    const given = Object.entries({ status_id, value, note, note_html }).filter(([, each]) => each !== undefined);
    const update = { body: Object.fromEntries(given), now: new Date(now()), offsetHours: 0 };
    const after = updateOpportunity(before, update, organization);
    if (after instanceof Map) throw new Error("The colleague's change is refused.");
    const asks = (what: string) => call.changes.some((change) => change.what === what);
    const added = [
      ...(asks("replace the tags") ? ["Old"] : []),
      ...(asks("add a tag") || asks("add two tags") || asks("replace the tags") ? [`T${number}a`] : []),
      ...(asks("add two tags") ? [`T${number}b`] : []),
    ];
    return added.length === 0 ? after : withTags(after, [...new Set([...tagsOf(after), ...added])]);
  }

  function write(id: string, record: Opportunity, by: Version["by"]): void {
    const user_id = by === "colleague" ? ids.users.benQuist : organization.me;
    const before = recordOf(organization, id);
    organization.events.push({ id: randomUUID(), moment: new Date(now()), user_id, before, after: record });
    organization.opportunities.set(id, record);
    versions.get(id)?.push({ at: now(), by, record });
  }

  async function list(path: string, authorization = ""): Promise<Answer> {
    const answer = await app.request(basePath + path, { headers: { authorization } });
    return answerOf(answer.status, Object.fromEntries(answer.headers), await answer.text());
  }

  /** With Close's own time, to the second. */
  function json(status: number, body: unknown): Answer {
    const headers = { "content-type": "application/json", date: new Date(now()).toUTCString() };
    return answerOf(status, headers, JSON.stringify(body));
  }

  function otherAnswer(body: "empty" | "error" | "another record" | "list"): Answer {
    const bodies = { error: { error: "Try later." }, "another record": { id: "oppo_Other" }, list: [] };
    return body === "empty" ? answerOf(200) : json(200, bodies[body]);
  }

  return {
    exchange,
    versions,
    renamed,
    held: (id: string) => recordOf(organization, id),
    rename({ what }: Renaming) {
      rename(organization, what);
      renamed.set(what, now());
    },
  };
}

function withoutIgnored(body: Put["body"], keys: "all" | "the first" | "the last"): Put["body"] {
  const entries = Object.entries(body);
  if (keys === "all") return {};
  return Object.fromEntries(keys === "the first" ? entries.slice(1) : entries.slice(0, -1));
}

function html(status: number): Answer {
  return answerOf(status, { "content-type": "text/html" }, "<h1>Trouble</h1>");
}

function isOpportunity({ status, body }: Answer, id: string): boolean {
  return status === 200 && body.startsWith("{") && JSON.parse(body).id === id;
}
