import { beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod/v3";
import { type Decision, decide } from "../../src/close/verdict.ts";
import { ids, type Opportunity } from "../../src/sandbox/sandbox.ts";
import { expectBothForms } from "../support/both-forms.ts";
import { puts, type Reply } from "../support/host.ts";
import { change, copyOf } from "../support/opportunities.ts";
import type { Fault } from "../support/sandbox/sandbox.ts";
import { serveSandbox } from "../support/served.ts";

// Nearly all of the time is waiting to send again.
vi.setConfig({ maxConcurrency: 20 });

const { tags } = ids.customFields;
const oldTags = ["Key account", "Upsell"];

const answerLost =
  /^Close's answer was lost\. .* perhaps it was changed by another program with this key, so there is no undo\./;
const unread = /could not be read before the update/;

const { sandbox, host } = await serveSandbox(undefined, { resets: false });

// Each cell has an opportunity of its own, at whose path alone its fault is aimed: cells may run at once.
const newOpportunity = () => copyOf(sandbox, ids.opportunities.acmeExpansion, { custom: { [tags]: oldTags } });

type Operation = {
  name: string;
  args: Record<string, unknown>;
  /** Whether carrying it out twice does the same as once, so that it may be sent again. */
  isRepeatable: boolean;
  /** What it changes, as the result names it. */
  field: string;
  /** The same in the sandbox, from its old value to its new one. */
  held(opportunity: Opportunity | undefined): unknown;
  old: unknown;
  now: unknown;
};

const tagged = {
  isRepeatable: false,
  field: `custom.${tags}`,
  held: (opportunity: Opportunity | undefined) => opportunity?.custom[tags],
  old: oldTags,
};

const set: Operation = {
  name: "a value set",
  args: { value: 64_000 },
  isRepeatable: true,
  field: "value",
  held: (opportunity) => opportunity?.value,
  old: 50_000,
  now: 64_000,
};
const add: Operation = {
  ...tagged,
  name: "a tag added",
  args: { custom_fields: [{ field: tags, action: "add", value: "Weekend" }] },
  now: [...oldTags, "Weekend"],
};
const remove: Operation = {
  ...tagged,
  name: "a tag removed",
  args: { custom_fields: [{ field: tags, action: "remove", value: "Upsell" }] },
  now: ["Key account"],
};
const rewrite: Operation = {
  name: "a rich note in place of another",
  args: { note_html: "<body><p>Third warehouse too.</p></body>" },
  isRepeatable: true,
  field: "note_html",
  held: (opportunity) => opportunity?.note_html,
  old: "<body><p>Second warehouse needs lamps.</p></body>",
  now: "<body><p>Third warehouse too.</p></body>",
};
const operations = [set, add, remove];

const answers = {
  "500": { status: 500, body: '{"error": "Internal server error."}' },
  "502": { status: 502, headers: { "content-type": "text/html" }, body: "<h1>Bad gateway</h1>" },
  "503 of a gateway": { status: 503, body: "upstream connect error or disconnect/reset before headers" },
  "503": { status: 503, body: '{"error": "Try later."}' },
  "504, empty under the content type of JSON": { status: 504, body: "" },
  "an empty 200": { status: 200, body: "" },
  "a proxy's HTML as 200": {
    status: 200,
    headers: { "content-type": "text/html" },
    body: "<html>Please log in</html>",
  },
  "a list as 200": { status: 200, body: "[]" },
  "200 past 5 MB": { status: 200, body: `{"note": "${"x".repeat(5_300_000)}"}` },
} as const;

/** Where Close itself says that it has given up, nothing of the request can arrive later. */
const isFinal = (kind: string) => kind === "500" || kind === "503";

const moments = {
  before: "before Close carries it out",
  after: "after Close has carried it out",
  during: "halfway through the answer",
} as const;
type Moment = keyof typeof moments;

type Outcome = "success" | "success, its answer lost" | "unchanged" | "in doubt" | "not decided";

type Cell = {
  on: "GET" | "PUT";
  kind: string;
  when: Moment;
  times: number;
  operation: Operation;
  fault: Fault;
};

function cells(on: Cell["on"], kind: string, when: Moment, fault: Fault): Cell[] {
  const often = on === "GET" ? [1] : [1, Infinity];
  return operations.flatMap((operation) =>
    often.map((times) => ({ on, kind, when, times, operation, fault: { ...fault, method: on, times } })),
  );
}

const putCells: Cell[] = [
  ...(["before", "during", "after"] as const).flatMap((when) =>
    cells("PUT", "a broken connection", when, { kind: "reset", when }),
  ),
  ...Object.entries(answers).flatMap(([kind, answer]) =>
    (["before", "after"] as const).flatMap((when) =>
      cells("PUT", kind, when, { kind: "answer", ...answer, applied: when === "after" }),
    ),
  ),
];

const getCells: Cell[] = [
  ...(["before", "during"] as const).flatMap((when) =>
    cells("GET", "a broken connection", when, { kind: "reset", when }),
  ),
  ...Object.entries(answers).flatMap(([kind, answer]) => cells("GET", kind, "before", { kind: "answer", ...answer })),
];

const rateLimited: Fault = {
  kind: "answer",
  status: 429,
  headers: { RateLimit: "limit=1000, remaining=0, reset=0.25" },
  body: '{"error": {"message": "Too many requests in this period."}}',
};

const titled = (list: readonly Cell[]): [string, Cell][] =>
  list.map((cell) => {
    const often = cell.on === "GET" ? "" : cell.times === 1 ? ", once" : ", always";
    return [`${cell.operation.name}: ${cell.kind}, ${moments[cell.when]}${often}`, cell];
  });

/** What became of one cell, at the moment of the result. */
type Run = { id: string; reply: Reply; outcome: string; sent: number; applied: number; holds: unknown };

async function run({
  operation,
  faults,
  id = newOpportunity(),
}: {
  operation: Operation;
  faults: readonly Fault[];
  id?: string;
}): Promise<Run> {
  for (const fault of faults) sandbox.fault({ ...fault, path: pathOf(id) });
  const reply = await host.call({ id, ...operation.args });
  return { id, reply, outcome: outcomeOf(reply), ...stateOf(id, operation) };
}

function pathOf(id: string): string {
  return `/opportunity/${id}/`;
}

function stateOf(id: string, operation: Operation) {
  const own = puts(sandbox).filter(({ path }) => path === pathOf(id));
  return {
    sent: own.length,
    applied: own.filter(({ applied }) => applied).length,
    holds: operation.held(sandbox.organization.opportunities.get(id)),
  };
}

const warningsOf = ({ warnings = [] }: Reply["structured"]) => z.array(z.string()).parse(warnings);

function outcomeOf({ isError, text, structured }: Reply): string {
  if (!isError)
    return warningsOf(structured).some((one) => answerLost.test(one)) ? "success, its answer lost" : "success";
  const isUnchanged = text.includes("The opportunity is unchanged.");
  const isInDoubt = text.includes("Whether the opportunity was changed is in doubt.");
  if (isUnchanged === isInDoubt) return `neither or both of unchanged and in doubt: ${text}`;
  return isUnchanged ? "unchanged" : "in doubt";
}

/** What an agent reads has to be true of what Close holds, whatever else is expected of a cell. */
function expectTruth({ id, reply, outcome, holds, applied }: Run, { field, old, now }: Operation): void {
  if (outcome === "unchanged") expect({ holds, applied }).toEqual({ holds: old, applied: 0 });
  if (reply.isError) return;
  expect(holds).toEqual(now);
  expect(reply.structured[field]).toEqual(now);
  const isLost = outcome === "success, its answer lost";
  const said = isLost
    ? `Close's answer was lost, but "Acme Corp" (${id}) shows the update`
    : `Updated "Acme Corp" (${id})`;
  expect(reply.summary).toContain(`${said}: `);
  if (isLost) expect(reply.structured).not.toHaveProperty("undo");
  expectBothForms(reply);
}

function expectChange({ reply }: Run, { field }: Operation, from: unknown, to: unknown): void {
  expect(reply.structured.changes).toEqual([{ field, label: expect.any(String), from, to, requested: true }]);
}

// First, as it takes the longest.
describe.concurrent("a PUT that is not answered within 15 seconds", () => {
  const late = { kind: "latency", method: "PUT", ms: 20_000 } as const;
  const timeout = 30_000;
  const whenOver = (id: string) =>
    vi.waitFor(
      () =>
        expect(
          puts(sandbox).filter(({ path, status, applied }) => path === pathOf(id) && !applied && status === undefined),
        ).toEqual([]),
      { timeout: 10_000 },
    );

  test.each([set, add])(
    "but was carried out is a success that says so: $name",
    async (operation) => {
      const result = await run({ operation, faults: [{ ...late, when: "after" }] });
      expect(result).toMatchObject({ sent: 1, applied: 1, holds: operation.now, outcome: "success, its answer lost" });
      expectTruth(result, operation);
      expectChange(result, operation, operation.old, operation.now);
    },
    timeout,
  );

  test.each([add, remove])(
    "and is carried out only after it was given up stays in doubt and is never doubled: $name",
    async (operation) => {
      const result = await run({ operation, faults: [{ ...late, when: "before" }] });
      expect(result).toMatchObject({ sent: 1, applied: 0, holds: operation.old, outcome: "in doubt" });
      await whenOver(result.id);
      expect(stateOf(result.id, operation)).toEqual({ sent: 1, applied: 1, holds: operation.now });
    },
    timeout,
  );

  test(
    "and is carried out only after it was given up may be sent again if that does no harm: a value set",
    async () => {
      const result = await run({ operation: set, faults: [{ ...late, when: "before" }] });
      expect(result).toMatchObject({ sent: 2, applied: 1, holds: set.now, outcome: "success" });
      expectTruth(result, set);
      await whenOver(result.id);
      expect(stateOf(result.id, set).holds).toEqual(set.now);
    },
    timeout,
  );
});

describe.concurrent("a fault on the PUT", () => {
  const outcomes: Record<Exclude<Decision, "send again">, Outcome> = {
    updated: "success, its answer lost",
    unchanged: "unchanged",
    "in doubt": "in doubt",
  };

  /** What Close applied and the agent is shown, by the program's own table for an answer that was lost. */
  function expectation({ when, kind, times, operation }: Cell): { outcome: Outcome; applied: number } {
    const loss = isFinal(kind) ? "failed" : "open";
    const verdict = when === "before" ? "not applied" : "applied";
    const { isRepeatable } = operation;
    const decision = decide(loss, verdict, { isRepeatable, hasTriesLeft: true });
    if (decision !== "send again") return { outcome: outcomes[decision], applied: when === "before" ? 0 : 1 };
    if (times === 1) return { outcome: "success", applied: 1 };
    const last = decide(loss, verdict, { isRepeatable, hasTriesLeft: false });
    return { outcome: last === "send again" ? "not decided" : outcomes[last], applied: 0 };
  }

  test.each(titled(putCells))("%s", async (_title, cell) => {
    const { operation } = cell;
    const { outcome, applied } = expectation(cell);
    const result = await run({ operation, faults: [cell.fault] });
    expect(result.applied).toBe(applied);
    expect(result.holds).toEqual(applied === 1 ? operation.now : operation.old);
    expect(result.outcome).toBe(outcome);
    expectTruth(result, operation);
    if (!result.reply.isError) expectChange(result, operation, operation.old, operation.now);
    if (outcome === "success") expect(result.reply.structured).not.toHaveProperty("warnings");
    if (outcome === "success, its answer lost") {
      expect(result.reply.structured.warnings).toHaveLength(1);
      expect(result.sent).toBe(1);
    }
    if (outcome === "in doubt") {
      expect(result.reply.text).toMatch(/read back/);
      expect(result.reply.text).toMatch(/dry_run/);
      if (!operation.isRepeatable) expect(result.sent).toBe(1);
    }
    if (outcome === "unchanged") expect(result.reply.text).toMatch(/call again/i);
  });
});

describe.concurrent("a fault on the GET before the PUT", () => {
  /** After these the GET is tried again; an answer that cannot be understood would come again. */
  const isTriedAgain = (kind: string) => kind === "a broken connection" || /^5/.test(kind);

  test.each(titled(getCells))("%s", async (_title, cell) => {
    const { operation, kind } = cell;
    const result = await run({ operation, faults: [cell.fault] });
    expect(result).toMatchObject({ sent: 1, applied: 1, holds: operation.now, outcome: "success" });
    expectTruth(result, operation);
    if (isTriedAgain(kind)) {
      expectChange(result, operation, operation.old, operation.now);
      expect(result.reply.structured).not.toHaveProperty("warnings");
    } else {
      expectChange(result, operation, null, operation.now);
      expect(result.reply.structured.warnings).toEqual([expect.stringMatching(unread)]);
    }
  });
});

describe.concurrent("a PUT that is lost more than once", () => {
  const lostBefore: Fault = { kind: "reset", when: "before", method: "PUT" };
  const refusedFor90Seconds: Fault = {
    kind: "answer",
    status: 429,
    headers: { "retry-after": "90" },
    method: "PUT",
    times: Infinity,
  };

  test.each([add, remove])(
    "first to a 500 and then after it was carried out, is applied once and reported as applied: $name",
    async (operation) => {
      const faults: Fault[] = [
        { kind: "answer", method: "PUT", ...answers["500"] },
        { kind: "reset", when: "after", method: "PUT" },
      ];
      const result = await run({ operation, faults });
      expect(result).toMatchObject({ sent: 2, applied: 1, holds: operation.now, outcome: "success, its answer lost" });
      expectTruth(result, operation);
      expectChange(result, operation, operation.old, operation.now);
    },
  );

  test("to a 500 and then to the rate limit, leaves the opportunity unchanged", async () => {
    const faults: Fault[] = [{ kind: "answer", method: "PUT", ...answers["500"] }, refusedFor90Seconds];
    const result = await run({ operation: set, faults });
    expect(result).toMatchObject({ applied: 0, holds: set.old, outcome: "unchanged" });
  });

  test("on the way and then to a 500 at each try, stays in doubt, because the first may still arrive", async () => {
    const trouble: Fault = { kind: "answer", method: "PUT", ...answers["500"], times: Infinity };
    const result = await run({ operation: set, faults: [lostBefore, trouble] });
    expect(result).toMatchObject({ applied: 0, holds: set.old, outcome: "in doubt" });
  });

  test("on the way and then to the rate limit, stays in doubt, because the first may still arrive", async () => {
    const result = await run({ operation: set, faults: [lostBefore, refusedFor90Seconds] });
    expect(result).toMatchObject({ applied: 0, holds: set.old, outcome: "in doubt" });
    expect(result.reply.text).toMatch(/90 seconds/);
  });
});

describe.concurrent("a PUT whose answer is lost while the opportunity could not be read before", () => {
  const unreadable: Fault = { kind: "answer", method: "GET", ...answers["an empty 200"] };

  test.each(operations)("stays in doubt though it shows, as it may have before: $name", async (operation) => {
    const result = await run({
      operation,
      faults: [unreadable, { kind: "reset", when: "after", method: "PUT", times: Infinity }],
    });
    expect(result).toMatchObject({ sent: 1, applied: 1, holds: operation.now, outcome: "in doubt" });
    expect(result.reply.text).toMatch(/shows all that was asked for, but how it was before is not known/);
  });

  test.each([...operations, rewrite])(
    "stays in doubt if it does not show, and is not sent again: $name",
    async (operation) => {
      const result = await run({
        operation,
        faults: [unreadable, { kind: "reset", when: "before", method: "PUT", times: Infinity }],
      });
      expect(result).toMatchObject({ sent: 1, applied: 0, holds: operation.old, outcome: "in doubt" });
    },
  );
});

describe.concurrent("a PUT whose answer is lost, while another person changes the opportunity", () => {
  const lost = (id: string, facts: Partial<Opportunity>): Fault => ({
    kind: "reset",
    when: "before",
    method: "PUT",
    times: Infinity,
    meanwhile: () => change(sandbox, id, { ...facts, date_updated: "2026-01-01T00:00:00.000000+00:00" }),
  });

  test.each([...operations, rewrite])("stays in doubt if it does not show: $name", async (operation) => {
    const id = newOpportunity();
    const result = await run({ operation, id, faults: [lost(id, { confidence: 5 })] });
    expect(result).toMatchObject({ sent: 1, applied: 0, holds: operation.old, outcome: "in doubt" });
  });

  test("stays in doubt if the note is the other's: a rich note in place of another", async () => {
    const id = newOpportunity();
    const theirs = { note: "Call in May.", note_html: "<body><p>Call in May.</p></body>" };
    const result = await run({ operation: rewrite, id, faults: [lost(id, theirs)] });
    expect(result).toMatchObject({ sent: 1, applied: 0, holds: theirs.note_html, outcome: "in doubt" });
  });
});

describe.each(operations)("Close's rate limit (429), $name", (operation) => {
  beforeEach(() => sandbox.reset());

  test.each(["GET", "PUT"])("with a short decimal reset on the %s is waited out", async (method) => {
    const result = await run({ operation, faults: [{ ...rateLimited, method }] });
    expect(result).toMatchObject({
      sent: method === "PUT" ? 2 : 1,
      applied: 1,
      holds: operation.now,
      outcome: "success",
    });
    expectTruth(result, operation);
    expectChange(result, operation, operation.old, operation.now);
    expect(result.reply.structured).not.toHaveProperty("warnings");
  });

  test("that lasts longer than a call may, on the PUT, leaves the opportunity unchanged", async () => {
    // Without a RateLimit header, which would hold up the tests that follow.
    const fault: Fault = { kind: "answer", status: 429, headers: { "retry-after": "90" }, times: Infinity };
    const result = await run({ operation, faults: [{ ...fault, method: "PUT" }] });
    expect(result).toMatchObject({ sent: 1, applied: 0, holds: operation.old, outcome: "unchanged" });
    expect(result.reply.text).toMatch(/90 seconds/);
  });
});
