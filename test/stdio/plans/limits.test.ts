import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { type Host, puts, sentBodies, startHostFor } from "../../support/host.ts";
import { planIn, undoIn } from "../../support/plans.ts";
import { rowsResult, serveRows, unasked } from "../../support/rows.ts";

const { acmeExpansion, acmeRenewal, fjordFleet } = ids.opportunities;
const { seats } = ids.customFields;

const { sandbox, host: free, call, rowsOf, apply, copies, held } = await serveRows();

async function start(env: Record<string, string>): Promise<Host> {
  const host = await startHostFor(sandbox, { env: { ...unasked, ...env } });
  onTestFinished(() => host.close());
  return host;
}

const set = (field: string, value: unknown, action = "set") => ({ custom_fields: [{ field, action, value }] });

describe("CLOSE_WRITABLE_FIELDS", () => {
  const writable = (fields: string) => start({ CLOSE_WRITABLE_FIELDS: fields });

  test("allows arguments by name, custom fields by name or key, and with note all its forms", async () => {
    const host = await writable(`value, note, tags, custom.${seats}`);
    const allowed = [
      { value: 1 },
      { clear: ["value"] },
      { note: "a" },
      { note_append: "b" },
      { note_html: "<body><p>c</p></body>" },
      { clear: ["note"] },
      set("Tags", ["Upsell"], "add"),
      set("Seats", 7),
    ];
    for (const args of allowed) {
      const { isError, text } = await host.call({ id: acmeExpansion, ...args });
      expect(isError, text).toBe(false);
    }
    expect(puts(sandbox)).toHaveLength(allowed.length);
  });

  test("refuses all else, by name and before anything is sent", async () => {
    const host = await writable(`value, tags`);
    const refused: [Record<string, unknown>, string][] = [
      [{ confidence: 42 }, "confidence"],
      [{ value: 1, status_id: "Won" }, "status_id"],
      [{ note_append: "x" }, "note"],
      [{ clear: ["user_id"] }, "user_id"],
      [{ value: 1, ...set("Seats", 7) }, "Seats"],
      [set(seats, 7), "Seats"],
    ];
    for (const [args, named] of refused) {
      for (const dry_run of [true, false]) {
        const { isError, text } = await host.call({ id: acmeExpansion, ...args, dry_run });
        expect(isError, text).toBe(true);
        expect(text).toContain(named);
        expect(text).toContain("its setting CLOSE_WRITABLE_FIELDS allows only value, tags");
      }
    }
    expect(puts(sandbox)).toEqual([]);
  });

  test("refuses a call of many whole if one entry is not allowed", async () => {
    const host = await writable("value");
    for (const other of [{ confidence: 42 }, set("Tags", ["Upsell"], "add"), { note_append: "x" }]) {
      const updates = [
        { id: acmeExpansion, value: 1 },
        { id: acmeRenewal, ...other },
      ];
      const { isError, text } = await call({ updates }, host);
      expect(isError, text).toBe(true);
      expect(text).toMatch(/updates\[1\].*CLOSE_WRITABLE_FIELDS/);
    }
    expect(puts(sandbox)).toEqual([]);
  });

  test("holds for the plan of a process without it, and not for the undo of an update", async () => {
    const host = await writable("status_id");
    const won = await host.call({ id: acmeExpansion, status_id: "Won" });
    expect((await apply({ plan: undoIn(won) }, host)).counts).toEqual({ updated: 1 });
    expect(sentBodies(sandbox)[1]).toEqual({ status_id: ids.statuses.salesActive, date_won: null });
    const dry = await free.call({ id: acmeExpansion, confidence: 42, dry_run: true });
    const { isError, text } = await host.call({ plan: planIn(dry) }, "apply_plan");
    expect(isError).toBe(true);
    expect(text).toContain("CLOSE_WRITABLE_FIELDS");
    expect(held(acmeExpansion)?.confidence).toBe(50);
  });
});

describe("CLOSE_MAX_UPDATES_PER_HOUR", () => {
  /** Hosts that share a state folder of their own, and with it the limit of five updates. */
  async function limited(count = 1): Promise<[Host, ...Host[]]> {
    const folder = mkdtempSync(join(tmpdir(), "state-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const serve = () => start({ CLOSE_MAX_UPDATES_PER_HOUR: "5", CLOSE_STATE_DIR: folder });
    const others = await Promise.all(Array.from({ length: count - 1 }, serve));
    return [await serve(), ...others];
  }

  const isRefused = (reply: { isError: boolean; text: string }) =>
    reply.isError && /CLOSE_MAX_UPDATES_PER_HOUR of this server is 5;/.test(reply.text);

  test("refuses a call that would pass it whole, and none that does not", async () => {
    const [host] = await limited();
    const asked = copies(5);
    await rowsOf({ updates: [{ ids: asked.slice(0, 3), value: 1 }] }, host);
    expect(isRefused(await call({ updates: [{ ids: asked.slice(2), value: 2 }] }, host))).toBe(true);
    expect(puts(sandbox)).toHaveLength(3);
    await rowsOf({ updates: [{ ids: asked.slice(3), value: 2 }] }, host);
    expect(isRefused(await host.call({ id: acmeExpansion, value: 3 }))).toBe(true);
    expect(puts(sandbox)).toHaveLength(5);
  });

  test("holds for plans, and does not count dry runs", async () => {
    const [host] = await limited();
    const dry = await call({ updates: [{ ids: copies(6), value: 1 }], dry_run: true }, host);
    expect(dry.isError).toBe(false);
    expect(isRefused(await host.call({ plan: planIn(dry) }, "apply_plan"))).toBe(true);
    expect(puts(sandbox)).toEqual([]);
  });

  test("does not count what was refused, or held already", async () => {
    const [host] = await limited();
    for (let calls = 0; calls < 3; calls += 1) {
      await call({ updates: [{ ids: ["oppo_gone", "oppo_lost", fjordFleet], confidence: 33 }] }, host);
      await host.call({ id: acmeExpansion, confidence: 50 });
      await host.call({ id: "oppo_gone", confidence: 50 });
    }
    expect((await rowsOf({ updates: [{ ids: copies(5), value: 1 }] }, host)).counts).toEqual({ updated: 5 });
  });

  test("is shared by all processes, at once and one after the other", async () => {
    const [one, ...others] = await limited(3);
    const replies = await Promise.all(
      [one, ...others].map((host) => call({ updates: [{ ids: copies(2), value: 1 }] }, host)),
    );
    expect(replies.filter(isRefused)).toHaveLength(1);
    expect(puts(sandbox)).toHaveLength(4);
    await rowsOf({ updates: [{ ids: copies(1), value: 1 }] }, one);
    for (const host of others) expect(isRefused(await host.call({ id: acmeExpansion, value: 1 }))).toBe(true);
  });
});

test("stop_after_failures leaves the rest not tried after so many that failed", async () => {
  const asked = [...copies(10), "oppo_gone", "oppo_lost", ...copies(90)];
  const { results, counts } = await rowsOf({ updates: [{ ids: asked, value: 60_000 }], stop_after_failures: 2 });
  expect(counts.refused).toBe(2);
  // One that was under way is finished.
  expect(counts.not_tried).toBeGreaterThanOrEqual(89);
  expect(results.at(-1)?.error).toMatch(/2 failed, and stop_after_failures is 2/);
  expect(puts(sandbox)).toHaveLength(counts.updated ?? 0);
  const { counts: without } = rowsResult.parse((await call({ updates: [{ ids: asked, value: 61_000 }] })).structured);
  expect(without).toEqual({ refused: 2, updated: 100 });
});
