import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod/v3";
import { readCommand } from "../../src/config.ts";
import { type Fault, ids, type Opportunity, startSandbox } from "../../src/sandbox/sandbox.ts";
import { openToolbox } from "../../src/server/toolbox.ts";
import { puts, sentBodies, startHostFor } from "../support/host.ts";
import { startRaw } from "../support/raw-program.ts";
import { serveSandbox } from "../support/served.ts";

const { tags } = ids.customFields;
const { acmeExpansion, acmeRenewal, fjordFleet } = ids.opportunities;

const { sandbox, host } = await serveSandbox();

const row = z.object({
  id: z.string(),
  outcome: z.enum(["updated", "unchanged", "refused", "in_doubt", "not_tried"]),
  changes: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() }).passthrough()),
  warnings: z.array(z.string()).optional(),
  error: z.string().optional(),
  undo: z.record(z.unknown()).optional(),
});
const result = z.object({
  results: z.array(row),
  counts: z.record(z.number()),
  dry_run: z.boolean().optional(),
});

const call = (args: Record<string, unknown>, from = host) => from.call(args, "update_opportunities");

async function rowsOf(args: Record<string, unknown>, from = host) {
  const told = await call(args, from);
  expect(told.isError, told.text).toBe(false);
  return result.parse(told.structured);
}

/** Copies of one opportunity, to have many. */
function copies(count: number): string[] {
  const template = sandbox.organization.opportunities.get(acmeExpansion);
  if (template === undefined) throw new Error("The sandbox has no opportunity to copy.");
  return Array.from({ length: count }, (_, at) => {
    const id = `oppo_Copy${at}`;
    sandbox.organization.opportunities.set(id, { ...template, id });
    return id;
  });
}

const held = (id: string) => sandbox.organization.opportunities.get(id);

/** How often an update was carried out. */
const appliedTo = (id: string) =>
  puts(sandbox).filter(({ path, applied }) => path === `/opportunity/${id}/` && applied).length;

describe("many opportunities in one call", () => {
  test("get one change, in the order asked for, each with its undo", async () => {
    const asked = [fjordFleet, acmeExpansion, acmeRenewal];
    const { results, counts } = await rowsOf({ updates: [{ ids: asked, confidence: 42 }] });
    expect(results.map(({ id }) => id)).toEqual(asked);
    expect(counts).toEqual({ updated: 3 });
    for (const { id, changes, undo } of results) {
      expect(held(id)?.confidence).toBe(42);
      expect(changes).toMatchObject([{ field: "confidence", to: 42 }]);
      expect(undo).toMatchObject({ id, expected_date_updated: expect.any(String) });
    }
  });

  test("get different changes", async () => {
    const { counts } = await rowsOf({
      updates: [
        { ids: [acmeExpansion], value: 75_000 },
        { id: fjordFleet, note_append: "Went bankrupt." },
      ],
    });
    expect(counts).toEqual({ updated: 2 });
    expect(held(acmeExpansion)?.value).toBe(75_000);
    expect(held(fjordFleet)?.note).toMatch(/Went bankrupt\.$/);
  });

  test("are brought back by a call with the undo of each row", async () => {
    const all = [...sandbox.organization.opportunities.keys()];
    const before = new Map(all.map((id) => [id, held(id)]));
    const { results } = await rowsOf({
      updates: [
        { ids: all, value: 12_300, custom_fields: [{ field: "Seats", action: "set", value: ["7"] }] },
      ],
    });
    const undone = await rowsOf({ updates: results.flatMap(({ undo }) => undo ?? []) });
    expect(Object.keys(undone.counts)).toEqual(["updated"]);
    for (const id of all) {
      expect([id, held(id)?.value, held(id)?.custom]).toEqual([
        id,
        before.get(id)?.value,
        before.get(id)?.custom,
      ]);
    }
  });

  test("are reported in a line of counts and a line each, those that need attention first", async () => {
    const { summary } = await call({
      updates: [{ ids: [acmeExpansion, "oppo_gone"], confidence: 42 }],
    });
    expect(summary.split("\n")).toEqual([
      "2 opportunities: 1 refused, 1 updated.",
      expect.stringMatching(/^oppo_gone: refused: .*404/),
      `"Acme Corp" (${acmeExpansion}): updated: confidence 50 → 42`,
    ]);
  });

  test("take at most 400 bytes of a result for a change of one field", async () => {
    const told = await call({ updates: [{ ids: copies(20), value: 99_900 }] });
    for (const one of result.parse(told.structured).results) {
      expect(JSON.stringify(one).length).toBeLessThanOrEqual(400);
    }
  });

  test("are previewed by a dry run, which sends nothing", async () => {
    const told = await call({
      updates: [{ ids: [acmeExpansion, acmeRenewal], status_id: "Won" }],
      dry_run: true,
    });
    expect(told.summary).toMatch(/^Dry run, nothing was sent\. This would update 2 of 2:/);
    const { results, dry_run } = result.parse(told.structured);
    expect(dry_run).toBe(true);
    expect(results).toMatchObject([{ outcome: "not_tried" }, { outcome: "not_tried" }]);
    expect(results[0]?.changes).toMatchObject([{ field: "status_id", to: "Won" }, { field: "date_won" }]);
    expect(puts(sandbox)).toEqual([]);
  });
});

describe("what does not suit one opportunity", () => {
  test("refuses its row alone: a status that only the others' pipeline has", async () => {
    const { results } = await rowsOf({
      updates: [{ ids: [acmeExpansion, acmeRenewal], status_id: "Proposal sent" }],
    });
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(["refused", "updated"]);
    expect(results.find(({ outcome }) => outcome === "refused")?.error).toMatch(/status_id: .*Proposal sent/);
  });

  test("refuses its row alone: an opportunity that is gone", async () => {
    const { results } = await rowsOf({ updates: [{ ids: ["oppo_gone", fjordFleet], confidence: 42 }] });
    expect(results).toMatchObject([
      { outcome: "refused", error: expect.stringContaining("404") },
      { outcome: "updated" },
    ]);
  });

  test("refuses its row alone: it has changed since it was last seen", async () => {
    const { results } = await rowsOf({
      updates: [
        { id: acmeExpansion, confidence: 42, expected_date_updated: "2020-01-01T00:00:00Z" },
        { id: fjordFleet, confidence: 42 },
      ],
    });
    expect(results).toMatchObject([
      { outcome: "refused", error: expect.stringContaining("has changed since") },
      { outcome: "updated" },
    ]);
  });

  test("is no failure if it holds already", async () => {
    const { results } = await rowsOf({ updates: [{ ids: [acmeExpansion], confidence: 50 }] });
    expect(results).toMatchObject([{ outcome: "unchanged", changes: [] }]);
    expect(puts(sandbox)).toEqual([]);
  });

  test("fails the call if it is so for every row, and the text has each row's reason", async () => {
    const told = await call({ updates: [{ ids: ["oppo_gone", "oppo_lost"], confidence: 42 }] });
    expect(told.isError).toBe(true);
    expect(told.text).toMatch(/None of 2 opportunities was updated/);
    expect(told.text).toMatch(/oppo_gone: refused: .*404/);
    expect(told.text).toMatch(/oppo_lost: refused: .*404/);
    expect(told.text).toMatch(/^None of the opportunities was changed\.$/m);
    expect(told.text).not.toContain("The opportunity is unchanged");
  });
});

test("a failure before anything is looked up speaks of the opportunities too", async () => {
  const keyless = await startHostFor(sandbox, { env: { CLOSE_API_KEY: "" } });
  onTestFinished(() => keyless.close());
  const told = await call({ updates: [{ ids: [acmeExpansion], confidence: 42 }] }, keyless);
  expect(told.text).toMatch(/^None of the opportunities was changed\.$/m);
});

describe("a mistake in any entry is refused with its place, and nothing is sent", () => {
  const entry = { ids: [acmeExpansion], confidence: 42 };

  test.each([
    ["an opportunity named twice", [entry, { id: acmeExpansion, value: 5 }], "updates[1].id: .*given twice"],
    [
      "a value that is no number of cents",
      [entry, { id: fjordFleet, value: "5.50" }],
      "updates\\[1\\].value: .*cents",
    ],
    ["no opportunity", [{ ...entry, ids: [] }], "updates\\[0\\].ids: is required"],
    ["nothing to change", [entry, { ids: [fjordFleet] }], "updates\\[1\\]: no change was given"],
    [
      "an unknown owner",
      [entry, { id: fjordFleet, user_id: "Nobody Here" }],
      "updates\\[1\\].user_id: .*no user",
    ],
    [
      "an unknown custom field",
      [{ id: fjordFleet, custom_fields: [{ field: "Tagz", action: "add", value: ["x"] }] }],
      'updates\\[0\\].custom_fields\\[0\\]: .*"Tags"',
    ],
    ["an unknown argument", [{ ...entry, stage: "Won" }], "updates\\[0\\].stage: unknown argument"],
    [
      "two notes",
      [{ ...entry, note: "a", note_html: "<body>b</body>" }],
      "updates\\[0\\].note, updates\\[0\\].note_html",
    ],
  ])("%s", async (_name, updates, problem) => {
    const told = await call({ updates });
    expect(told.isError).toBe(true);
    expect(told.text).toMatch(new RegExp(`^- ${problem.replaceAll("[1].id", "\\[1\\].id")}`, "m"));
    expect(puts(sandbox)).toEqual([]);
  });

  test("together with those of all other entries, whatever is mistaken in them", async () => {
    const told = await call({
      updates: [
        { ids: [acmeExpansion], value: "12.5" },
        { ids: [fjordFleet, acmeExpansion], note: "a", note_html: "<body>b</body>" },
        { value: 5, clear: ["value"] },
        { ids: ["oppo_gone"], confidence: "x", user_id: "Nobody Here" },
        {
          id: acmeRenewal,
          custom_fields: [
            { field: "Nope", action: "set", value: ["x"] },
            { field: "Seats", action: "sett" },
            { field: "Tagz", action: "remove", value: ["x"] },
          ],
        },
        { ids: ["oppo_lost"] },
      ],
    });
    expect(told.text.split("\n").map((line) => line.replace(/: .*/, ""))).toEqual([
      "Nothing was sent",
      "- updates[0].value",
      "- updates[3].confidence",
      "- updates[4].custom_fields[1].action",
      "- updates[1].ids[1]",
      "- updates[1].note, updates[1].note_html",
      "- updates[2].ids",
      "- updates[2].value, updates[2].clear",
      "- updates[5]",
      "- updates[3].user_id",
      "- updates[4].custom_fields[0]",
      "- updates[4].custom_fields[2]",
      "None of the opportunities was changed.",
      "Correct this and call again; the same arguments will be refused again.",
    ]);
    expect(told.text).toMatch(
      /^Nothing was sent: update_opportunities was called with 11 invalid arguments\.$/m,
    );
    expect(puts(sandbox)).toEqual([]);
  });

  test("more than 200 opportunities", async () => {
    const told = await call({
      updates: [
        { ids: copies(150), confidence: 1 },
        { ids: copies(250).slice(150), value: 1 },
      ],
    });
    expect(told.text).toMatch(/updates: has 250 opportunities, and at most 200/);
    expect(puts(sandbox)).toEqual([]);
  });

  test("arguments of the single tool at the top are shown their place", async () => {
    const told = await call({ id: acmeExpansion, status_id: "Won" });
    expect(told.text).toMatch(/status_id belongs in an entry of updates/);
  });
});

test("a read-only server has no such tool", async () => {
  const reading = await startHostFor(sandbox, { args: ["--read-only"] });
  onTestFinished(() => reading.close());
  const { tools } = await reading.client.listTools();
  expect(tools.map(({ name }) => name)).not.toContain("update_opportunities");
});

test("progress counts the rows, and says which one was done", async () => {
  // As it comes over the wire: the official client forgets the last one if the answer comes together with it.
  const program = startRaw([], { CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: sandbox.apiKey });
  await program.initialize();
  const args = { updates: [{ ids: [acmeExpansion, "oppo_gone", fjordFleet], confidence: 42 }] };
  const call = { name: "update_opportunities", arguments: args, _meta: { progressToken: "rows" } };
  await program.request("tools/call", call);
  program.endInput();
  await program.ended;
  const report = z.object({ progress: z.number(), total: z.literal(3), message: z.string() });
  const reports = program
    .messages()
    .flatMap(({ method, params }) => (method === "notifications/progress" ? [report.parse(params)] : []));
  expect(reports.map(({ progress }) => progress)).toEqual([0, 1, 2, 3]);
  expect(reports.map(({ message }) => message.replace(/^[123] of 3: /, "")).toSorted()).toEqual([
    '"Acme Corp" updated',
    '"Fjord Logistics" updated',
    "0 of 3",
    "oppo_gone refused",
  ]);
});

test("a wait of many rows for one rate limit is reported once, and every row is counted", async (context) => {
  const limited = await startSandbox({ rateLimit: { limit: 20, windowMs: 1_500 } });
  context.onTestFinished(() => limited.close());
  const template = limited.organization.opportunities.get(acmeExpansion);
  if (template === undefined) throw new Error("The sandbox has no opportunity to copy.");
  const asked = Array.from({ length: 50 }, (_, at) => `oppo_Waiting${at}`);
  for (const id of asked) limited.organization.opportunities.set(id, { ...template, id });
  const watching = await startHostFor(limited);
  context.onTestFinished(() => watching.close());
  const messages: string[] = [];
  const args = { updates: [{ ids: asked, confidence: 42 }] };
  const told = await watching.call(args, "update_opportunities", (message) => messages.push(message));
  expect(result.parse(told.structured).counts).toEqual({ updated: 50 });
  const isWait = (message: string) => message.startsWith("Waiting");
  // Reads and updates have a limit each, and 50 of them take three times its length.
  expect(messages.filter(isWait).length).toBeGreaterThan(0);
  expect(messages.filter(isWait).length).toBeLessThanOrEqual(6);
  const counted = messages
    .filter((message) => !isWait(message))
    .map((message) => Number.parseInt(message, 10));
  // The official client may forget the last one.
  expect(counted.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, at) => at));
});

test("a cancelled call starts no further row", async () => {
  const asked = copies(60);
  sandbox.fault({ kind: "latency", ms: 100, method: "PUT", times: Number.POSITIVE_INFINITY });
  const cancelling = new AbortController();
  const running = host.client.callTool(
    { name: "update_opportunities", arguments: { updates: [{ ids: asked, confidence: 42 }] } },
    undefined,
    { signal: cancelling.signal },
  );
  await vi.waitFor(() => expect(puts(sandbox).length).toBeGreaterThan(10), { timeout: 10_000 });
  cancelling.abort();
  await expect(running).rejects.toThrow();
  const sent = puts(sandbox).length;
  await call({ updates: [{ id: fjordFleet, confidence: 42 }] });
  expect(puts(sandbox).length).toBeLessThanOrEqual(sent + 11);
  expect(puts(sandbox).length).toBeLessThan(60);
});

test("every row is in the audit file, and a file that cannot be written is a warning of each row", async () => {
  const folder = mkdtempSync(join(tmpdir(), "audit-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "audit.jsonl");
  const audited = await startHostFor(sandbox, { env: { CLOSE_AUDIT_LOG: file } });
  onTestFinished(() => audited.close());
  const asked = copies(15);
  await rowsOf({ updates: [{ ids: asked, confidence: 42 }] }, audited);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).id).sort()).toEqual([...asked].sort());
});

describe("200 opportunities, every seventh of them with a fault", () => {
  const answers: Record<string, Fault> = {
    "a reset before": { kind: "reset", when: "before" },
    "a reset after": { kind: "reset", when: "after" },
    "a reset halfway through the answer": { kind: "reset", when: "during" },
    "a 500, not applied": { kind: "answer", status: 500, body: '{"error": "Oops."}' },
    "a 502, applied": { kind: "answer", status: 502, body: "<h1>Bad gateway</h1>", applied: true },
    "a 502, not applied": { kind: "answer", status: 502, body: "<h1>Bad gateway</h1>" },
    "a 503 of Close's own": { kind: "answer", status: 503, body: '{"error": "Try later."}' },
    "an empty 200, applied": { kind: "answer", status: 200, body: "", applied: true },
    "an empty 200, not applied": { kind: "answer", status: 200, body: "" },
    "another record as 200": { kind: "answer", status: 200, body: '{"id": "oppo_Other"}', applied: true },
    "a 403": { kind: "answer", status: 403, body: '{"error": "No."}' },
    "an ignored key": { kind: "ignore", keys: ["value", `custom.${tags}.add`] },
  };

  type Kind = {
    what: string;
    change: Record<string, unknown>;
    isNow: (opportunity: Opportunity | undefined) => boolean;
  };
  test.each<Kind>([
    { what: "a value set", change: { value: 64_000 }, isNow: (opportunity) => opportunity?.value === 64_000 },
    {
      what: "a tag added",
      change: { custom_fields: [{ field: "Tags", action: "add", value: ["Weekend"] }] },
      isNow: (opportunity) => JSON.stringify(opportunity?.custom[tags]) === '["Weekend"]',
    },
  ])("have verdicts that are true of what Close holds: $what", async ({ change, isNow }) => {
    const asked = copies(200);
    const faults = Object.values(answers);
    for (const [at, id] of asked.entries()) {
      const fault = at % 7 === 0 ? faults[(at / 7) % faults.length] : undefined;
      if (fault !== undefined) sandbox.fault({ ...fault, method: "PUT", path: `/opportunity/${id}/` });
    }
    const { results, counts } = await rowsOf({ updates: [{ ids: asked, ...change }] });
    for (const [at, { id, outcome, changes, warnings }] of results.entries()) {
      const applied = appliedTo(id);
      const row = JSON.stringify({ at, id, outcome, changes, warnings, applied });
      if (outcome === "updated") expect(applied, row).toBe(changes.length > 0 ? 1 : 0);
      if (outcome === "refused" || outcome === "not_tried") expect(applied, row).toBe(0);
      if (outcome !== "in_doubt") expect(isNow(held(id)), row).toBe(changes.length > 0);
      if (outcome === "updated" && changes.length === 0)
        expect(warnings?.join(), row).toMatch(/does not show/);
      if (at % 7 !== 0) expect({ id, outcome }).toEqual({ id, outcome: "updated" });
    }
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(200);
    expect(counts.refused).toBeGreaterThan(0);
  });
});

test.each([3, 40, 97])(
  "a process killed after %i rows has whole lines in the audit file for all that it reported",
  async (rows) => {
    const folder = mkdtempSync(join(tmpdir(), "audit-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "audit.jsonl");
    const asked = copies(150);
    const program = startRaw([], {
      CLOSE_BASE_URL: sandbox.url,
      CLOSE_API_KEY: sandbox.apiKey,
      CLOSE_AUDIT_LOG: file,
    });
    await program.initialize();
    const call = {
      name: "update_opportunities",
      arguments: { updates: [{ ids: asked, value: 64_000 }] },
      _meta: { progressToken: "rows" },
    };
    program.request("tools/call", call).catch(() => {});
    const progress = z.object({ progress: z.number(), total: z.number() });
    const reported = () =>
      program
        .messages()
        .flatMap(({ method, params }) =>
          method === "notifications/progress" ? [Math.floor(progress.parse(params).progress)] : [],
        );
    await vi.waitFor(() => expect(reported().at(-1) ?? 0).toBeGreaterThanOrEqual(rows), {
      timeout: 20_000,
      interval: 1,
    });
    program.kill("SIGKILL");
    await program.ended;
    const text = readFileSync(file, "utf8");
    expect(text.endsWith("\n")).toBe(true);
    const line = z.object({ id: z.string(), outcome: z.literal("applied") });
    const kept = text
      .trimEnd()
      .split("\n")
      .map((each) => line.parse(JSON.parse(each)).id);
    expect(kept.length).toBeGreaterThanOrEqual(reported().at(-1) ?? 0);
    for (const id of kept) expect(appliedTo(id)).toBe(1);
  },
);

describe("a call whose time is used up", () => {
  /** A call that began long ago: a host's own would take that long. */
  async function calledInProcess(timeLeft: number, asked: readonly string[]) {
    const command = readCommand([], { CLOSE_API_KEY: sandbox.apiKey, CLOSE_BASE_URL: sandbox.url });
    if (command.run !== "serve") throw new Error("It does not serve.");
    const toolbox = openToolbox(command.config, () => {});
    const limits = { signal: new AbortController().signal, deadline: performance.now() + timeLeft };
    const args = { updates: [{ ids: asked, value: 64_000 }] };
    return CallToolResultSchema.parse(await toolbox.call("update_opportunities", args, limits));
  }

  test("before anything could be sent says so, with all ids, and sends nothing", async () => {
    const { isError, content } = await calledInProcess(9_000, [acmeExpansion, acmeRenewal]);
    expect(isError).toBe(true);
    expect(sandbox.requests).toEqual([]);
    expect(JSON.stringify(content)).toMatch(/not tried, safe to send again/);
    for (const id of [acmeExpansion, acmeRenewal]) expect(JSON.stringify(content)).toContain(id);
  });

  test("by a slow read sends no update for it", async () => {
    sandbox.fault({ kind: "latency", ms: 2_000, method: "GET", path: "/opportunity/" });
    const { isError, content } = await calledInProcess(11_800, [acmeExpansion]);
    expect(isError).toBe(true);
    expect(puts(sandbox)).toEqual([]);
    expect(JSON.stringify(content)).toMatch(/not tried, safe to send again/);
  });

  test("leaves no row half done: what was begun is read back, what was not begun is not tried", async () => {
    sandbox.fault({ kind: "latency", ms: 250, method: "PUT", times: Number.POSITIVE_INFINITY });
    const { structuredContent } = await calledInProcess(13_000, copies(200));
    const { results, counts } = result.parse(structuredContent);
    expect(counts.updated).toBeGreaterThan(0);
    expect(counts.not_tried).toBeGreaterThan(0);
    for (const { id, outcome } of results) {
      expect(["updated", "not_tried"]).toContain(outcome);
      expect({ id, applied: appliedTo(id) }).toEqual({ id, applied: outcome === "updated" ? 1 : 0 });
    }
  });
});

describe("an opportunity whose read uses up the call's time", () => {
  const limitOfReads: Fault = {
    kind: "answer",
    status: 429,
    headers: { "retry-after": "100" },
    method: "GET",
  };

  test("is not tried, and no update of it is sent unseen", async () => {
    sandbox.fault({ ...limitOfReads, path: `/opportunity/${acmeExpansion}/` });
    const { results } = await rowsOf({ updates: [{ ids: [acmeExpansion, fjordFleet], value: 64_000 }] });
    expect(results).toMatchObject([
      {
        id: acmeExpansion,
        outcome: "not_tried",
        error: expect.stringContaining("Call again in 100 seconds"),
      },
      { id: fjordFleet, outcome: "updated" },
    ]);
    expect(puts(sandbox).map(({ path }) => path)).toEqual([`/opportunity/${fjordFleet}/`]);
  });

  test("is not updated in a call of its own either", async () => {
    sandbox.fault({ ...limitOfReads, path: `/opportunity/${acmeExpansion}/` });
    const told = await host.call({ id: acmeExpansion, value: 64_000 });
    expect(told.isError).toBe(true);
    expect(told.text).toContain("Call again in 100 seconds");
    expect(told.text).toContain("The opportunity is unchanged.");
    expect(puts(sandbox)).toEqual([]);
  });

  test("is not updated unseen either if it had to be read again after a wait", async () => {
    const path = `/opportunity/${acmeExpansion}/`;
    sandbox.fault({ kind: "answer", status: 429, headers: { "retry-after": "1.2" }, method: "PUT", path });
    const calling = host.call({ id: acmeExpansion, value: 64_000 });
    await vi.waitFor(() => expect(puts(sandbox)).toHaveLength(1), { timeout: 10_000, interval: 1 });
    sandbox.fault({ ...limitOfReads, path });
    expect((await calling).text).toContain("Call again in 100 seconds");
    expect(puts(sandbox).filter(({ applied }) => applied)).toEqual([]);
    expect(puts(sandbox)).toHaveLength(1);
  });
});

test("an undo is an entry as it is, and with its id in ids as well", async () => {
  const { results } = await rowsOf({ updates: [{ ids: [acmeExpansion, fjordFleet], confidence: 42 }] });
  const again = results.map(({ id, undo }) => ({ ids: [id], ...undo }));
  expect((await rowsOf({ updates: again })).counts).toEqual({ updated: 2 });
});

test("names are looked up once for all rows", async () => {
  await rowsOf({ updates: [{ ids: copies(30), status_id: "Won" }] });
  expect(sandbox.requests.filter(({ path }) => path.startsWith("/pipeline/")).length).toBeLessThanOrEqual(1);
  expect(sentBodies(sandbox)).toHaveLength(30);
});
