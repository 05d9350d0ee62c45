import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod/v3";
import { ids, type Opportunity } from "../../../src/sandbox/sandbox.ts";
import { puts } from "../../support/host.ts";
import { startRaw } from "../../support/raw-program.ts";
import { serveRows, unasked } from "../../support/rows.ts";
import type { Fault } from "../../support/sandbox/sandbox.ts";

const { tags } = ids.customFields;

const { sandbox, rowsOf, copies, held, appliedTo } = await serveRows();

describe("200 opportunities in two calls, every seventh of them with a fault", () => {
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
    // As a proxy answers, again and again.
    "a 429": {
      kind: "answer",
      status: 429,
      headers: { "retry-after": "1" },
      body: "<h1>Slow down</h1>",
      times: 9,
    },
    "an ignored key": { kind: "ignore", keys: ["value", `custom.${tags}.add`] },
  };

  type Kind = [change: Record<string, unknown>, isNow: (held: Opportunity | undefined) => boolean];
  const kinds: Kind[] = [
    [{ value: 64_000 }, (held) => held?.value === 64_000],
    [
      { custom_fields: [{ field: "Tags", action: "add", value: ["Weekend"] }] },
      (held) => JSON.stringify(held?.custom[tags]) === '["Weekend"]',
    ],
  ];

  test("have verdicts that are true of what Close holds, whether a value is set or a tag added", async () => {
    await Promise.all(kinds.map(expectTruth));
  });

  async function expectTruth([change, isNow]: Kind): Promise<void> {
    const asked = copies(100);
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
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(asked.length);
    expect(counts.refused).toBeGreaterThan(0);
  }
});

test("the audit file has a whole line for each row that was reported before the process was killed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "audit-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "audit.jsonl");
  const env = { ...unasked, CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: sandbox.apiKey, CLOSE_AUDIT_LOG: file };
  const program = startRaw([], env);
  await program.initialize();
  const args = { updates: [{ ids: copies(150), value: 64_000 }] };
  const call = { name: "update_opportunities", arguments: args, _meta: { progressToken: "rows" } };
  program.request("tools/call", call).catch(() => {});
  const report = z.object({
    method: z.literal("notifications/progress"),
    params: z.object({ progress: z.number() }),
  });
  const reported = () => {
    const reports = program.messages().flatMap((message) => report.safeParse(message).data ?? []);
    return Math.floor(reports.at(-1)?.params.progress ?? 0);
  };
  await vi.waitFor(() => expect(reported()).toBeGreaterThanOrEqual(40), { timeout: 20_000, interval: 1 });
  program.kill("SIGKILL");
  await program.ended;
  const text = readFileSync(file, "utf8");
  expect(text.endsWith("\n")).toBe(true);
  const line = z.object({ id: z.string(), outcome: z.enum(["sent", "applied"]) });
  const lines = text
    .trimEnd()
    .split("\n")
    .map((each) => line.parse(JSON.parse(each)));
  const applied = lines.filter(({ outcome }) => outcome === "applied");
  expect(applied.length).toBeGreaterThanOrEqual(reported());
  for (const { id } of applied) expect(appliedTo(id)).toBe(1);
  // What was under way is there as well.
  const sent = new Set(lines.filter(({ outcome }) => outcome === "sent").map(({ id }) => id));
  for (const { path } of puts(sandbox)) expect(sent).toContain(path.split("/")[2]);
});
