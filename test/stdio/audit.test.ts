import { existsSync, mkdtempSync } from "node:fs";
import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { warningsOf } from "../support/both-forms.ts";
import { puts, startHostFor } from "../support/host.ts";
import { changeByBen, stored } from "../support/opportunities.ts";
import { startRaw } from "../support/raw-program.ts";
import type { Fault } from "../support/sandbox/sandbox.ts";
import { serveSandbox } from "../support/served.ts";

const { acmeExpansion } = ids.opportunities;
const opportunity = z.object({ id: z.string() }).passthrough();
const line = z
  .object({
    time: z.string().datetime(),
    id: z.string(),
    request: z.record(z.unknown()),
    before: opportunity.nullable(),
    after: opportunity.nullable(),
    outcome: z.string(),
    reason: z.string().optional(),
    plan: z.string().optional(),
    host: z.object({ name: z.string(), version: z.string() }).strict().optional(),
  })
  .strict();

const folder = mkdtempSync(join(tmpdir(), "audit-"));
const file = join(folder, "audit.jsonl");
const audited = { CLOSE_AUDIT_LOG: file };
const { sandbox, host } = await serveSandbox(undefined, { env: audited });

beforeEach(() => rm(file, { recursive: true, force: true }));
afterAll(() => rm(folder, { recursive: true }));

/** Every line of the file; throws where one is not whole. */
async function linesOf(path = file) {
  const text = await readFile(path, "utf8");
  if (text === "") return [];
  expect(text.endsWith("\n")).toBe(true);
  return text
    .slice(0, -1)
    .split("\n")
    .map((written) => line.parse(JSON.parse(written)));
}

describe("each write is a line before it is sent, and one with its outcome", () => {
  test("applied: time, id, the body sent, the opportunity before and after", async () => {
    const started = Date.now();
    const reply = await host.call({ id: acmeExpansion, status_id: "Won", value: 60_000, clear: ["note"] });
    const [sent, entry, ...others] = await linesOf();
    expect(others).toEqual([]);
    const written = {
      id: acmeExpansion,
      request: { status_id: ids.statuses.salesWon, value: 60_000, note: "" },
      before: { id: acmeExpansion, value: 50_000, status_label: "Active", lead_name: "Acme Corp" },
    };
    expect(sent).toMatchObject({ ...written, after: null, outcome: "sent" });
    expect(entry).toMatchObject({
      ...written,
      after: { id: acmeExpansion, value: 60_000, status_label: "Won", date_won: reply.structured.date_won },
      outcome: "applied",
    });
    expect(Date.parse(sent?.time ?? "")).toBeGreaterThanOrEqual(started);
    expect(puts(sandbox)[0]?.body).toEqual(entry?.request);
  });

  test("refused by Close: nothing after, and the outcome unchanged", async () => {
    const reply = await host.call({ id: acmeExpansion, status_id: "stat_None" });
    expect(reply.isError).toBe(true);
    const written = { request: { status_id: "stat_None" }, before: { value: 50_000 }, after: null };
    expect(await linesOf()).toMatchObject([
      { ...written, outcome: "sent" },
      { ...written, outcome: "unchanged" },
    ]);
  });

  test("in doubt, if it is not known what became of it", async () => {
    const unreadable: Fault = { kind: "answer", status: 403, method: "GET", path: "/opportunity/", times: Infinity };
    sandbox.fault({ kind: "reset", when: "after", method: "PUT", meanwhile: () => sandbox.fault(unreadable) });
    const reply = await host.call({ id: acmeExpansion, confidence: 75 });
    expect(reply.text).toMatch(/in doubt/);
    const written = { request: { confidence: 75 }, before: { confidence: 50 }, after: null };
    expect(await linesOf()).toMatchObject([
      { ...written, outcome: "sent" },
      { ...written, outcome: "in doubt" },
    ]);
  });

  test("shown, if the answer was lost and the opportunity shows the update", async () => {
    sandbox.fault({ kind: "reset", when: "after", method: "PUT" });
    await host.call({ id: acmeExpansion, confidence: 75 });
    expect(await linesOf()).toMatchObject([
      { after: null, outcome: "sent" },
      { after: { confidence: 75 }, outcome: "shown" },
    ]);
  });

  test("with the reason, the program that called, and the plan that was carried out", async () => {
    const { structured } = await host.call({ id: acmeExpansion, confidence: 75, reason: "Ada said so" });
    const plan = String(structured.undo);
    await host.call({ plan, reason: "Ben did not" }, "apply_plan");
    const program = { name: "test-host", version: "1.0.0" };
    const lines = await linesOf();
    expect(lines.map(({ reason, plan: word, host: who }) => ({ reason, word, who }))).toEqual([
      { reason: "Ada said so", word: undefined, who: program },
      { reason: "Ada said so", word: undefined, who: program },
      { reason: "Ben did not", word: plan.slice(-6), who: program },
      { reason: "Ben did not", word: plan.slice(-6), who: program },
    ]);
  });

  test("with the reason of a call that had to wait for a person", async () => {
    const cautious = await startHostFor(sandbox, { env: { CLOSE_AUDIT_LOG: file, CLOSE_CONFIRM: "all" } });
    onTestFinished(() => cautious.close());
    const { structured } = await cautious.call({ id: acmeExpansion, confidence: 75, reason: "Ada said so" });
    await cautious.call({ plan: structured.plan }, "apply_plan");
    expect((await linesOf()).map(({ reason }) => reason)).toEqual(["Ada said so", "Ada said so"]);
  });

  test("with its outcome, if it was sent once, refused by a rate limit, and then not to be sent any more", async () => {
    const { date_updated } = stored(sandbox, acmeExpansion);
    const meanwhile = () => changeByBen(sandbox, acmeExpansion, { value: 60_000 });
    sandbox.fault({ kind: "answer", status: 429, method: "PUT", body: '{"error": {"rate_reset": 0.1}}', meanwhile });
    const reply = await host.call({ id: acmeExpansion, confidence: 75, expected_date_updated: date_updated });
    expect(reply.text).toMatch(/has changed since/);
    expect((await linesOf()).map(({ outcome }) => outcome)).toEqual(["sent", "unchanged"]);
  });

  test("with null for the opportunity before if it could not be read", async () => {
    sandbox.fault({ kind: "answer", status: 408, method: "GET", path: "/opportunity/" });
    expect((await host.call({ id: acmeExpansion, confidence: 75 })).isError).toBe(false);
    expect(await linesOf()).toMatchObject([
      { before: null, after: null, outcome: "sent" },
      { before: null, after: { confidence: 75 }, outcome: "applied" },
    ]);
  });

  test("for the file's owner alone to read", async () => {
    await host.call({ id: acmeExpansion, confidence: 75 });
    expect((await stat(file)).mode & 0o077).toBe(0);
  });
});

test("what writes nothing leaves no line: reads, dry runs, no-ops, refused arguments", async () => {
  await host.call({ id: acmeExpansion }, "get_opportunity");
  await host.call({}, "find_opportunities");
  await host.call({}, "describe_opportunity_fields");
  await host.call({ id: acmeExpansion, confidence: 75, dry_run: true });
  await host.call({ id: acmeExpansion, confidence: 50 });
  await host.call({ id: acmeExpansion, confidence: 150 });
  await host.call({ id: acmeExpansion, status_id: "no such status" });
  await host.call({ id: acmeExpansion, confidence: 75, expected_date_updated: "2001-01-01" });
  await host.call({ id: "oppo_NobodyKnows", confidence: 75 });
  expect(puts(sandbox)).toEqual([]);
  expect(existsSync(file)).toBe(false);
});

test("two server processes write to one file, 12 notes each at once, some of 300 KB: every line is whole, and none is missing", async () => {
  await host.call({ id: acmeExpansion, confidence: 51 });
  const other = await startHostFor(sandbox, { env: audited });
  onTestFinished(() => other.close());
  const all = Object.values(ids.opportunities);
  const notes = Array.from({ length: 24 }, (_, at) => `Note ${at} `.padEnd(at % 6 < 2 ? 300_000 : 40, "x"));
  const replies = await Promise.all(
    notes.map((note, at) => [host, other][at % 2]?.call({ id: all[at % all.length], note })),
  );
  expect(replies.map((one) => one?.isError)).toEqual(notes.map(() => false));
  const lines = await linesOf();
  expect(lines.slice(0, 2)).toMatchObject([{ request: { confidence: 51 } }, { request: { confidence: 51 } }]);
  for (const outcome of ["sent", "applied"]) {
    const written = lines.slice(2).filter((line) => line.outcome === outcome);
    expect(written.map(({ request }) => String(request.note)).toSorted()).toEqual(notes.toSorted());
  }
});

test("if the file cannot take the line, the write succeeds, a warning says so, and later lines are written", async () => {
  await mkdir(file);
  const reply = await host.call({ id: acmeExpansion, confidence: 75 });
  expect(puts(sandbox)).toMatchObject([{ applied: true }]);
  expect(reply).toMatchObject({ isError: false, structured: { confidence: 75 } });
  expect(warningsOf(reply)).toMatch(/audit file does not hold this write: it is /);
  expect(reply.summary).toMatch(/audit file does not hold this write/);
  await rm(file, { recursive: true });
  expect((await host.call({ id: acmeExpansion, confidence: 76 })).structured.warnings).toBeUndefined();
  expect(await linesOf()).toMatchObject([
    { request: { confidence: 76 }, outcome: "sent" },
    { request: { confidence: 76 }, outcome: "applied" },
  ]);
});

test("a server that is killed while its write is on its way leaves the line that it was sent", async () => {
  const server = startRaw([], { CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: sandbox.apiKey, ...audited });
  await server.initialize();
  sandbox.fault({ kind: "latency", method: "PUT", ms: 20_000, when: "after", meanwhile: () => server.kill("SIGKILL") });
  const call = { name: "update_opportunity", arguments: { id: acmeExpansion, confidence: 75 } };
  await server.request("tools/call", call).catch(() => {});
  expect((await server.ended).signal).toBe("SIGKILL");
  expect(await linesOf()).toMatchObject([
    { request: { confidence: 75 }, before: { confidence: 50 }, after: null, outcome: "sent" },
  ]);
});
