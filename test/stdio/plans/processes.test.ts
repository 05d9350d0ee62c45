import { describe, expect, onTestFinished, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { type Host, type HostOptions, sentBodies, startHostFor } from "../../support/host.ts";
import { planIn, undoIn, wordOf } from "../../support/plans.ts";
import { unasked } from "../../support/rows.ts";
import { openSandbox } from "../../support/served.ts";

const { acmeExpansion } = ids.opportunities;
const { seats } = ids.customFields;

const sandbox = await openSandbox();

async function start({ env, ...options }: HostOptions = {}): Promise<Host> {
  const host = await startHostFor(sandbox, { ...options, env: { ...unasked, ...env } });
  onTestFinished(() => host.close());
  return host;
}

/** The plan of setting Seats, and the undo of a new confidence. */
async function plansOf(host: Host) {
  const custom_fields = [{ field: "Seats", action: "set", value: 7 }];
  return {
    plan: planIn(await host.call({ id: acmeExpansion, custom_fields, dry_run: true })),
    undo: undoIn(await host.call({ id: acmeExpansion, confidence: 42 })),
  };
}

async function expectApplied(plans: { plan: string; undo: string }, by: Host): Promise<void> {
  const { isError, text } = await by.call({ plan: Object.values(plans).join("\n") }, "apply_plan");
  expect(isError, text).toBe(false);
  expect(sentBodies(sandbox).slice(1)).toEqual([{ confidence: 50 }, { [`custom.${seats}`]: 7 }]);
}

describe("a plan is carried out", () => {
  test("by another process, once for both", async () => {
    const [one, other] = [await start(), await start()];
    const plans = await plansOf(one);
    await expectApplied(plans, other);
    const again = await one.call({ plan: plans.undo }, "apply_plan");
    expect(again.text).toMatch(/carried out here at 20\d\d-/);
    expect(sentBodies(sandbox)).toHaveLength(3);
  });

  test("after a restart, even if its custom field has another name by then", async () => {
    const before = await start();
    const plans = await plansOf(before);
    await before.close();
    const field = sandbox.organization.customFields.find(({ id }) => id === seats);
    Object.assign(field ?? {}, { name: "Chairs" });
    await expectApplied(plans, await start());
  });

  test("by its own process alone without a state folder", async () => {
    const env = { CLOSE_STATE_DIR: "off" };
    const [one, other] = [await start({ env }), await start({ env })];
    const { undo } = await plansOf(one);
    const { isError, text } = await other.call({ plan: undo }, "apply_plan");
    expect(isError).toBe(true);
    expect(text).toContain("there is no plan");
    expect((await one.call({ plan: undo }, "apply_plan")).isError).toBe(false);
  });
});

const minutes = 60_000;
const days = 24 * 60 * minutes;

test.each([
  ["a dry run's plan", "plan", 59 * minutes, 61 * minutes],
  ["an undo", "undo", 7 * days - minutes, 7 * days + minutes],
] as const)("%s lives as long as is promised", async (_, kind, living, expired) => {
  const made = Date.now();
  const sentence = (await plansOf(await start()))[kind];
  const tooLate = await start({ now: new Date(made + expired) });
  for (const plan of [sentence, wordOf(sentence)]) {
    const { isError, text } = await tooLate.call({ plan }, "apply_plan");
    expect(isError).toBe(true);
    expect(text).toMatch(/there is no plan .*lives for an hour, an undo for seven days/);
  }
  expect(sentBodies(sandbox)).toHaveLength(1);
  const inTime = await start({ now: new Date(made + living) });
  const applied = await inTime.call({ plan: sentence }, "apply_plan");
  expect(applied.isError, applied.text).toBe(false);
});
