import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod/v3";
import { ids, type Opportunity } from "../../../src/sandbox/sandbox.ts";
import { startHostFor } from "../../support/host.ts";
import { startRaw } from "../../support/raw-program.ts";
import { serveRows } from "../../support/rows.ts";
import type { Fault } from "../../support/sandbox/sandbox.ts";

const { tags } = ids.customFields;

const { sandbox, rowsOf, copies, held, appliedTo } = await serveRows();

/** The path of an audit file, for one test. */
function auditFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "audit-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "audit.jsonl");
}

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
      if (outcome !== "in_doubt") expect(applied, row).toBe(outcome === "updated" ? 1 : 0);
      if (outcome !== "in_doubt") expect(isNow(held(id)), row).toBe(changes.length > 0);
      if (outcome === "unchanged") expect(warnings?.join(), row).toMatch(/does not show/);
      if (at % 7 !== 0) expect({ id, outcome }).toEqual({ id, outcome: "updated" });
    }
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(200);
    expect(counts.refused).toBeGreaterThan(0);
  });
});

describe("the audit file", () => {
  test("has a line for every row", async () => {
    const file = auditFile();
    const audited = await startHostFor(sandbox, { env: { CLOSE_AUDIT_LOG: file } });
    onTestFinished(() => audited.close());
    const asked = copies(15);
    await rowsOf({ updates: [{ ids: asked, confidence: 42 }] }, audited);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).id).sort()).toEqual([...asked].sort());
  });

  test("that cannot be written keeps no row from being updated, and each row says so", async () => {
    const file = auditFile();
    const audited = await startHostFor(sandbox, { env: { CLOSE_AUDIT_LOG: file } });
    onTestFinished(() => audited.close());
    mkdirSync(file);
    const asked = copies(15);
    const { results, counts } = await rowsOf({ updates: [{ ids: asked, confidence: 43 }] }, audited);
    expect(counts).toEqual({ updated: 15 });
    for (const { id, warnings } of results) {
      expect(appliedTo(id)).toBe(1);
      expect(warnings).toEqual([expect.stringContaining("audit file does not hold this write")]);
    }
  });

  test.each([3, 40, 97])(
    "has a whole line for each row that was reported before the process was killed: %i rows",
    async (rows) => {
      const file = auditFile();
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
});
