import { describe, expect, test } from "vitest";
import { ids, type Opportunity } from "../../../src/sandbox/sandbox.ts";
import { serveRows } from "../../support/rows.ts";
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
