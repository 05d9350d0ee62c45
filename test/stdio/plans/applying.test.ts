import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { puts, sentBodies } from "../../support/host.ts";
import { change } from "../../support/opportunities.ts";
import { planIn, wordOf } from "../../support/plans.ts";
import { rowsResult, serveRows } from "../../support/rows.ts";

const { acmeExpansion, acmeRenewal, blueHeronShop, cedarWorkshop, elmStreetVisits, fjordFleet } = ids.opportunities;

const { sandbox, host, call, rowsOf, apply, held } = await serveRows();

/** The plan of a dry run. */
const planned = async (...updates: Record<string, unknown>[]) => planIn(await call({ updates, dry_run: true }));

/** A plan that cannot be carried out, and sends nothing; the error's text. */
async function refused(args: Record<string, unknown>): Promise<string> {
  const { isError, text } = await host.call(args, "apply_plan");
  expect(isError, text).toBe(true);
  expect(sentBodies(sandbox)).toEqual([]);
  return text;
}

describe("the plan of a dry run", () => {
  test("of many opportunities is carried out by apply_plan, with a result of the same form and an undo of its own", async () => {
    const plan = await planned({ ids: [acmeExpansion, fjordFleet], confidence: 42 }, { id: acmeRenewal, value: 100 });
    expect(plan).toMatch(
      /^Set confidence of 2 to 42, set value of 1 to \$1 annual: \$24,845\.67 a year: .*Acme Corp.* · [a-z0-9]{6}$/,
    );
    expect(sentBodies(sandbox)).toEqual([]);
    const { results, counts, undo } = await apply({ plan });
    expect(counts).toEqual({ updated: 3 });
    expect(results.map(({ id }) => id)).toEqual([acmeExpansion, fjordFleet, acmeRenewal]);
    expect(held(acmeRenewal)).toMatchObject({ confidence: 80, value: 100 });
    expect(held(fjordFleet)?.confidence).toBe(42);
    expect(undo).toMatch(/^Take back 3 updates: /);
  });

  test("is absent if nothing would change", async () => {
    const { structured } = await call({ updates: [{ id: acmeExpansion, confidence: 50 }], dry_run: true });
    expect(structured).not.toHaveProperty("plan");
  });

  test("names first what stands out: a deal that is lost already, and one of another owner", async () => {
    const plan = await planned({
      ids: [acmeExpansion, elmStreetVisits, blueHeronShop, cedarWorkshop],
      status_id: "won",
    });
    expect(plan).toMatch(
      /^Win 4: \$14,600: Blue Heron Books \(owner Ben Quist\), Cedar & Sons \(already lost, owner Sam Doyle\), Acme Corp, Elm Street Clinic · /,
    );
  });
});

describe("a plan", () => {
  test.each([
    ["by its sentence", (sentence: string) => sentence],
    ["by its last word alone", wordOf],
    ["in quotes, with a full stop", (sentence: string) => ` "${sentence}".`],
    ["as a list of one sentence", (sentence: string) => [sentence]],
    ["broken into lines by a host", (sentence: string) => `\`\`\`\n${sentence.replaceAll(" ", "\n")}\n\`\`\``],
  ])("is found %s", async (_, given) => {
    const plan = await planned({ id: acmeExpansion, confidence: 42 });
    await apply({ plan: given(plan) });
    expect(sentBodies(sandbox)).toEqual([{ confidence: 42 }]);
  });

  test("is refused if its sentence was altered, and its own one is shown", async () => {
    const plan = await planned({ id: acmeExpansion, confidence: 42 });
    const text = await refused({ plan: plan.replace("42", "4") });
    expect(text).toContain("this is not the sentence of the plan");
    expect(text).toContain(plan);
  });

  test.each(["k7f3a9", "Win 3: Acme Corp · k7f3a9", "yes"])("is refused if there is none: %j", async (plan) => {
    const text = await refused({ plan });
    expect(text).toContain(`there is no plan "${plan}"`);
    expect(text).toContain("get_opportunity with history shows the values before");
  });

  test("is carried out for some of its opportunities, and later for the others", async () => {
    const plan = await planned({ ids: [acmeExpansion, fjordFleet], confidence: 42 });
    expect((await apply({ plan, ids: [fjordFleet] })).results).toMatchObject([{ id: fjordFleet, outcome: "updated" }]);
    expect(held(acmeExpansion)?.confidence).toBe(50);
    expect((await apply({ plan, ids: [acmeExpansion] })).counts).toEqual({ updated: 1 });
    expect(held(acmeExpansion)?.confidence).toBe(42);
  });

  test("is refused for an opportunity that is not in it", async () => {
    const plan = await planned({ ids: [acmeExpansion, fjordFleet], confidence: 42 });
    expect(await refused({ plan, ids: [acmeExpansion, acmeRenewal] })).toContain(`${acmeRenewal} is not in this plan`);
  });

  test("is carried out once: after that it says when it was, and sends nothing", async () => {
    const plan = await planned({ ids: [acmeExpansion, fjordFleet], confidence: 42 });
    await apply({ plan, ids: [acmeExpansion] });
    change(sandbox, acmeExpansion, { confidence: 50 });
    const reply = await host.call({ plan }, "apply_plan");
    expect(rowsResult.parse(reply.structured).results).toMatchObject([
      { outcome: "unchanged", warnings: [expect.stringMatching(/carried out here at 20\d\d-/)] },
      { outcome: "updated" },
    ]);
    // It does not: somebody has changed it back.
    expect(reply.summary).not.toContain("already has all that was asked for");
    expect(held(acmeExpansion)?.confidence).toBe(50);
    expect(puts(sandbox)).toHaveLength(2);
  });

  test("can be carried out again for what was refused", async () => {
    const plan = await planned({ ids: [acmeExpansion, fjordFleet], confidence: 42 });
    sandbox.fault({ kind: "answer", method: "PUT", path: `/opportunity/${fjordFleet}/`, status: 403, body: "{}" });
    expect((await apply({ plan })).counts).toEqual({ refused: 1, updated: 1 });
    expect((await apply({ plan })).counts).toEqual({ updated: 1, unchanged: 1 });
    expect(held(fjordFleet)?.confidence).toBe(42);
  });
});

describe("what is said", () => {
  const long = { note: "All rooms are fitted. ".repeat(20) };
  const changes: Record<string, unknown>[] = [
    ...[{ status_id: "lost" }, { date_won: "2026-12-31" }, { value: 12_345 }, { confidence: 42 }, { user_id: "me" }],
    ...[long, { custom_fields: [{ field: "Tags", action: "add", value: ["Weekend"] }] }],
  ];

  test.each(changes)("of a row in which one field was changed takes 250 bytes at most: %j", async (update) => {
    const { results } = await rowsOf({ updates: [{ ids: Object.values(ids.opportunities), ...update }] });
    const single = results.filter(({ changes, warnings }) => changes.length === 1 && warnings === undefined);
    expect(single.length).toBeGreaterThan(0);
    for (const row of single) expect(Buffer.byteLength(JSON.stringify(row)), row.id).toBeLessThanOrEqual(250);
  });
});

test("an empty list of ids carries out nothing, rather than everything", async () => {
  const plan = await planned({ ids: [acmeExpansion, fjordFleet], confidence: 42 });
  const reply = await host.call({ plan, ids: [] }, "apply_plan");
  expect(reply).toMatchObject({ isError: true, text: expect.stringContaining("leave ids out for all of the plan") });
  expect(puts(sandbox)).toEqual([]);
});
