import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod/v3";
import { type Fault, ids, type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { type Host, puts, sentBodies, startHostFor } from "../support/host.ts";

const { acmeExpansion, acmeRenewal, fjordFleet } = ids.opportunities;

let sandbox: Sandbox;
let host: Host;
beforeAll(async () => {
  sandbox = await startSandbox();
  host = await startHostFor(sandbox);
});
beforeEach(() => sandbox.reset());
afterAll(async () => {
  await host.close();
  await sandbox.close();
});

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

describe("many opportunities in one call", () => {
  test("get one change, in the order asked for, each with its undo", async () => {
    const asked = [fjordFleet, acmeExpansion, acmeRenewal];
    const { results, counts } = await rowsOf({ updates: [{ ids: asked, confidence: 42 }] });
    expect(results.map(({ id }) => id)).toEqual(asked);
    expect(counts).toEqual({ updated: 3 });
    for (const { id, changes, undo } of results) {
      expect(held(id)?.confidence).toBe(42);
      expect(changes).toMatchObject([{ field: "confidence", to: 42, requested: true }]);
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
  });
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
    ["nothing to change", [entry, { ids: [fjordFleet] }], "updates\\[1\\]: nothing to change"],
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

  test("more than 200 opportunities", async () => {
    const told = await call({
      updates: [
        { ids: copies(150), confidence: 1 },
        { ids: copies(250).slice(150), value: 1 },
      ],
    });
    expect(told.text).toMatch(/updates: names 250 opportunities, and at most 200/);
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
  const reported: { progress: number; total?: number | undefined; message?: string | undefined }[] = [];
  const asked = copies(12);
  await host.client.callTool(
    { name: "update_opportunities", arguments: { updates: [{ ids: asked, confidence: 42 }] } },
    undefined,
    { onprogress: (progress) => reported.push(progress) },
  );
  await vi.waitFor(() => expect(reported.at(-1)?.message).toMatch(/^12 of 12: "Acme Corp" updated$/));
  expect(reported.every(({ total }) => total === 12)).toBe(true);
  const numbers = reported.map(({ progress }) => progress);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
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

describe("with a fault on every seventh row, every row's outcome is what happened", () => {
  const faults: readonly [string, (path: string) => Fault][] = [
    ["a connection broken after the update was applied", (path) => ({ kind: "reset", path, when: "after" })],
    ["a connection broken before it was applied", (path) => ({ kind: "reset", path, when: "before" })],
    ["Close's own 500", (path) => ({ kind: "answer", status: 500, body: '{"error":"x"}', path })],
    [
      "a gateway's 502 after it was applied",
      (path) => ({ kind: "answer", status: 502, body: "<p>", path, applied: true }),
    ],
    [
      "an empty answer after it was applied",
      (path) => ({ kind: "answer", status: 200, body: "", path, applied: true }),
    ],
    ["a 400", (path) => ({ kind: "answer", status: 400, body: '{"field-errors":{"value":"No."}}', path })],
  ];

  test.each(faults)("%s", async (_name, faultFor) => {
    const asked = copies(70);
    const struck = asked.filter((_, at) => at % 7 === 0);
    for (const id of struck) sandbox.fault({ ...faultFor(`/opportunity/${id}/`), method: "PUT" });
    const { results } = await rowsOf({ updates: [{ ids: asked, value: 64_000 }] });
    expect(results.map(({ id }) => id)).toEqual(asked);
    for (const { id, outcome } of results) {
      const isApplied = held(id)?.value === 64_000;
      if (outcome === "updated") expect([id, isApplied]).toEqual([id, true]);
      else if (outcome !== "in_doubt") expect([id, isApplied]).toEqual([id, false]);
      if (!struck.includes(id)) expect([id, outcome]).toEqual([id, "updated"]);
      expect(
        sandbox.requests.filter(
          ({ method, path, applied }) => method === "PUT" && path.includes(`${id}/`) && applied,
        ).length,
      ).toBeLessThanOrEqual(1);
    }
  });
});

test("names are looked up once for all rows", async () => {
  await rowsOf({ updates: [{ ids: copies(30), status_id: "Won" }] });
  expect(sandbox.requests.filter(({ path }) => path.startsWith("/pipeline/")).length).toBeLessThanOrEqual(1);
  expect(sentBodies(sandbox)).toHaveLength(30);
});
