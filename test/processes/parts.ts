import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { z } from "zod/v3";
import { logUpdate } from "../../src/sandbox/rules/events.ts";
import { updateOpportunity } from "../../src/sandbox/rules/update.ts";
import { ids, type Opportunity } from "../../src/sandbox/sandbox.ts";
import { puts, type Reply } from "../support/host.ts";
import { copiesOf, stored } from "../support/opportunities.ts";
import { rowsResult } from "../support/rows.ts";
import type { Sandbox } from "../support/sandbox/sandbox.ts";
import { type Process, rounds, several, within } from "./setting.ts";

/** What was counted in a part, and the texts of calls that failed although they should not. */
export type Counted = { counts: Record<string, number>; failures: readonly string[] };

type Size = { processes: number; rounds: number };

const id = ids.opportunities.acmeExpansion;

/** A text that is part of no other one. */
const markOf = (at: number, round: number) => `${at}-${String(round).padStart(4, "0")}`;
const lineOf = (at: number, round: number) => `Call ${markOf(at, round)}.`;
const linesOf = (note: unknown) => String(note).split("\n");
const failuresIn = (outcomes: readonly Reply[]) => outcomes.flatMap(({ isError, text }) => (isError ? [text] : []));

/** Takes any number of any texts, unlike the fields that the sandbox has. */
const labels = {
  id: "cf_Labels",
  name: "Labels",
  description: "",
  type: "text",
  accepts_multiple_values: true,
  is_shared: false,
  referenced_custom_type_id: null,
} as const;

/** An update that builds on what is there: its arguments by a mark of its own, and which of such marks a record holds. */
type Addition = {
  start?: Partial<Opportunity>;
  args(mark: string): Record<string, unknown>;
  held(record: Opportunity, marks: readonly string[]): readonly string[];
};

const additions = {
  append: {
    args: (mark) => ({ note_append: mark }),
    held: ({ note }, marks) => marks.filter((mark) => linesOf(note).includes(mark)),
  },
  lists: {
    args: (mark) => ({ custom_fields: [{ field: labels.name, action: "add", value: [`${mark}a`, `${mark}b`] }] }),
    held({ custom }, marks) {
      const held = new Set([custom[labels.id]].flat());
      return marks.filter((mark) => held.has(`${mark}a`) && held.has(`${mark}b`));
    },
  },
  relative: {
    start: { date_won: "2026-01-01", value: 50_000 },
    args: () => ({ date_won_shift_days: 1, value_percent: 10 }),
    held({ date_won, value }, marks) {
      const moved = (Date.parse(date_won ?? "") - Date.parse("2026-01-01")) / 86_400_000;
      const grown = Array.from({ length: moved }).reduce((cents: number) => Math.round((cents * 110) / 100), 50_000);
      return marks.slice(0, value === grown ? moved : 0);
    },
  },
} satisfies Record<string, Addition>;

/** Several processes add to one record. */
export function added(what: keyof typeof additions, size: Size): Promise<Counted> {
  return within({}, async ({ sandbox, start }) => {
    sandbox.organization.customFields.push(labels);
    const { start: state, args, held }: Addition = additions[what];
    Object.assign(stored(sandbox, id), state);
    const processes = await several(size.processes, () => start());
    const calls = await rounds(processes, size.rounds, async (process, at, round) => {
      const mark = markOf(at, round);
      return { mark, ...(await process.call({ id, ...args(mark) })) };
    });
    const said = calls.filter(({ isError }) => !isError).map(({ mark }) => mark);
    const kept = held(stored(sandbox, id), said).length;
    return { counts: { "said updated": said.length, kept, lost: said.length - kept }, failures: failuresIn(calls) };
  });
}

/** Several processes at once update what they all have seen in the same state. */
export function guarded(size: Size): Promise<Counted> {
  return within({}, async ({ sandbox, start }) => {
    const processes = await several(size.processes, () => start());
    const passed: number[] = [];
    for (let round = 1; round <= size.rounds; round += 1) {
      const expected_date_updated = stored(sandbox, id).date_updated;
      const outcomes = await rounds(processes, 1, (process, at) =>
        process.call({ id, value: 100 * round + at, expected_date_updated }),
      );
      passed.push(outcomes.filter(({ isError }) => !isError).length);
    }
    const roundsWhere = (is: (count: number) => boolean) => passed.filter(is).length;
    const [one, none, more] = [(n: number) => n === 1, (n: number) => n === 0, (n: number) => n > 1].map(roundsWhere);
    return { counts: { "one passed": one ?? 0, "none passed": none ?? 0, "several passed": more ?? 0 }, failures: [] };
  });
}

/** Two computers with one key, and a colleague, add to one note. */
export function machines(size: Size): Promise<Counted> {
  return within({}, async ({ sandbox, folder, start }) => {
    const processes = await several(size.processes, (at) => {
      const computer = `computer-${at % 2}`;
      return start({ HOME: join(folder, computer, "home") }, computer);
    });
    let isOver = false;
    const colleague = async () => {
      for (let round = 1; !isOver; round += 1) {
        await setTimeout(100 + Math.random() * 300);
        appendAsColleague(sandbox, lineOf(size.processes, round));
      }
    };
    const calls = rounds(processes, size.rounds, (process, at, round) =>
      process.call({ id, note_append: lineOf(at, round) }),
    ).finally(() => {
      isOver = true;
    });
    const [outcomes] = await Promise.all([calls, colleague()]);

    const reached = new Set(sandbox.organization.events.flatMap(({ after }) => linesOf(after.note)));
    const held = linesOf(stored(sandbox, id).note);
    const lost = [...reached].filter((line) => !held.includes(line));
    const warnings = outcomes.flatMap(({ structured }) => structured.warnings ?? []).join("\n");
    const named = lost.filter((line) => warnings.includes(line)).length;
    return {
      counts: { reached: reached.size, lost: lost.length, named, unnamed: lost.length - named },
      failures: failuresIn(outcomes),
    };
  });
}

/** In no time: what a colleague overwrites no process could tell. */
function appendAsColleague(sandbox: Sandbox, line: string): void {
  const colleagues = { ...sandbox.organization, me: ids.users.benQuist };
  const before = stored(sandbox, id);
  const update = { body: { note: `${before.note}\n${line}` }, now: new Date(), offsetHours: 0 };
  const after = updateOpportunity(before, update, colleagues);
  if (after instanceof Map) throw new Error([...after.values()].join());
  colleagues.opportunities.set(id, after);
  logUpdate(before, after, update.now, colleagues);
}

/** How long a call may take where others are killed, in seconds. */
const patience = 10;

type Killing = {
  processes: number;
  kills: number /** In milliseconds. */;
  pauses: readonly [least: number, most: number];
};

/** Processes that add to one note are killed, every other one while its PUT is on its way, and replaced. */
export function killed({ processes: count, kills, pauses: [least, most] }: Killing): Promise<Counted> {
  return within({}, async ({ sandbox, folder, start, end }) => {
    const auditFile = join(folder, "audit.jsonl");
    const startOne = () => start({ CLOSE_AUDIT_LOG: auditFile });
    const processes = await several(count, startOne);
    const outcomes: (Reply & { line: string; seconds: number })[] = [];
    let unanswered = 0;
    let isOver = false;
    const work = async (first: Process, at: number) => {
      let process = first;
      for (let round = 1; !isOver; round += 1) {
        const line = lineOf(at, round);
        const started = performance.now();
        try {
          const reply = await process.call({ id, note_append: line });
          outcomes.push({ ...reply, line, seconds: (performance.now() - started) / 1_000 });
        } catch {
          unanswered += 1;
          process = await startOne();
          processes[at] = process;
        }
      }
    };
    const killing = async () => {
      for (let kill = 1; kill <= kills; kill += 1) {
        await setTimeout(least + Math.random() * (most - least));
        const victim = kill % 2 === 0 ? await senderOfPut(sandbox) : Math.floor(Math.random() * count);
        processes[victim]?.kill();
      }
      await setTimeout(most);
      isOver = true;
    };
    await Promise.all([killing(), ...processes.map(work)]);
    await end();

    const note = linesOf(stored(sandbox, id).note);
    const said = outcomes.filter(({ isError }) => !isError);
    const reached = puts(sandbox).flatMap(({ applied, body }) => (applied ? lineAddedBy(body) : []));
    const audited = new Set(auditedLines(auditFile));
    return {
      counts: {
        "said updated": said.length,
        lost: said.filter(({ line }) => !note.includes(line)).length,
        twice: note.length - new Set(note).size,
        unanswered,
        reached: reached.length,
        unaudited: reached.filter((line) => !audited.has(line)).length,
        "slowest in seconds": rounded(Math.max(...outcomes.map(({ seconds }) => seconds))),
        "too slow": outcomes.filter(({ seconds }) => seconds > patience).length,
      },
      failures: failuresIn(outcomes),
    };
  });
}

const update = z.object({ note: z.string() });
const auditEntry = z.object({ request: update });

const lineAddedBy = (body: unknown) => linesOf(update.parse(body).note).slice(-1);

function auditedLines(file: string): string[] {
  const entries = readFileSync(file, "utf8").trimEnd().split("\n");
  return entries.flatMap((entry) => lineAddedBy(auditEntry.parse(JSON.parse(entry)).request));
}

/** The number of a process whose PUT has been carried out and not answered; of any if there is none for ten seconds. */
async function senderOfPut(sandbox: Sandbox): Promise<number> {
  for (let waited = 0; waited < 10_000; waited += 5) {
    const put = puts(sandbox).at(-1);
    if (put?.applied && put.status === undefined) return Number(/\d+(?=-)/.exec(lineAddedBy(put.body).join())?.[0]);
    await setTimeout(5);
  }
  return 0;
}

/** Several processes share a rate limit, and what has not been tried is sent again. */
export function limited({ processes: count, rows }: { processes: number; rows: number }): Promise<Counted> {
  const rateLimit = { limit: 20, windowMs: 1_000, method: "PUT" };
  return within({ delays: [60, 160], rateLimit }, async ({ sandbox, start }) => {
    const processes = await several(count, () => start({ CLOSE_CONFIRM: "off" }));
    const ids = processes.map(() => copiesOf(sandbox, id, rows));
    const [value, started] = [64_000, performance.now()];
    const failures: string[] = [];
    let calls = 0;
    await rounds(processes, 1, async (process, at) => {
      for (let left = ids[at] ?? []; left.length > 0; ) {
        calls += 1;
        const outcome = await process.call({ updates: [{ ids: left, value }] }, "update_opportunities");
        failures.push(...failuresIn([outcome]));
        if (outcome.isError) return;
        const { results } = rowsResult.parse(outcome.structured);
        failures.push(...results.flatMap((row) => (row.outcome === "not_tried" ? [] : (row.error ?? []))));
        left = results.filter((row) => row.outcome === "not_tried").map((row) => row.id);
      }
    });
    const seconds = (performance.now() - started) / 1_000;
    const done = ids.flat().filter((one) => stored(sandbox, one).value === value).length;
    return {
      counts: {
        done,
        "not done": count * rows - done,
        calls,
        "times the limit's seconds": rounded(seconds / ((count * rows) / rateLimit.limit)),
        "answers of 429": puts(sandbox).filter(({ status }) => status === 429).length,
      },
      failures,
    };
  });
}

const rounded = (number: number) => Number(number.toFixed(2));
