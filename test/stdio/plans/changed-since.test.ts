import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { changeByBen } from "../../support/opportunities.ts";
import { benSets, planIn, undoIn } from "../../support/plans.ts";
import { serveRows } from "../../support/rows.ts";

const { acmeExpansion, elmStreetVisits, fjordFleet } = ids.opportunities;
const { tags } = ids.customFields;

const { sandbox, host, call, apply, held } = await serveRows();

const planned = async (...updates: Record<string, unknown>[]) => planIn(await call({ updates, dry_run: true }));
const tag = (action: string, value: string) => ({ custom_fields: [{ field: "Tags", action, value: [value] }] });

describe("what a plan changes and somebody else has changed since", () => {
  test.each([
    ["the value", { value: 75_000 }, { value: 60_000 }, /value .*\$500\.00.* → \$600\.00/],
    ["the status", { status_id: "Won" }, { status_id: ids.statuses.salesLost }, /status "Active" → "Lost"/],
    ["the note, to be added to", { note_append: "Signed." }, { note: "No lamps." }, /note .*→ "No lamps\."/],
    [
      "a custom field",
      { custom_fields: [{ field: "Seats", action: "set", value: 7 }] },
      { [`custom.${ids.customFields.seats}`]: 9 },
      /"Seats" empty → 9/,
    ],
  ])("is refused, with what it holds and who changed it, and the others go on: %s", async (_, update, body, what) => {
    const plan = await planned({ ids: [acmeExpansion, fjordFleet], ...update });
    await benSets(sandbox, acmeExpansion, body);
    const { results } = await apply({ plan });
    expect(results).toMatchObject([
      { id: acmeExpansion, outcome: "refused" },
      { id: fjordFleet, outcome: "updated" },
    ]);
    expect(results[0]?.error).toMatch(what);
    expect(results[0]?.error).toMatch(/was last changed by "Ben Quist" at 20\d\d-/);
    expect(sentBodies(sandbox)).toHaveLength(1);
    expect(held(acmeExpansion)).toMatchObject(sentBy(body));
  });

  /** What Close holds of a body's own fields. */
  function sentBy(body: Record<string, unknown>) {
    return Object.fromEntries(Object.entries(body).filter(([key]) => !key.startsWith("custom.")));
  }

  test("is not put down to whom the event log shows last, if it does not show that change yet", async () => {
    const undo = undoIn(await host.call({ id: acmeExpansion, value: 75_000 }));
    changeByBen(sandbox, acmeExpansion, { value: 60_000 }, { isLogged: false });
    const { text } = await host.call({ plan: undo }, "apply_plan");
    expect(text).toMatch(/The opportunity was last changed by "Ben Quist"/);
    expect(text).not.toMatch(/"Ada Quist"/);
  });

  test("is shown of a note whose form alone was changed", async () => {
    const undo = undoIn(await host.call({ id: acmeExpansion, note: "Call Kit." }));
    await benSets(sandbox, acmeExpansion, { note_html: "<body><p><b>Call</b> Kit.</p></body>" });
    const { text } = await host.call({ plan: undo }, "apply_plan");
    expect(text).toMatch(/note "Call Kit\." → "<body><p><b>Call<\/b> Kit\.<\/p><\/body>"/);
    expect(text).toMatch(/"note" was last changed by "Ben Quist"/);
  });

  test("is no reason to refuse what it does not change", async () => {
    const plan = await planned({ id: acmeExpansion, value: 75_000 });
    await benSets(sandbox, acmeExpansion, { confidence: 80, note: "x" });
    await apply({ plan });
    expect(held(acmeExpansion)).toMatchObject({ value: 75_000, confidence: 80, note: "x" });
  });

  test("is no reason to refuse it if it is what the plan sets", async () => {
    const plan = await planned({ id: acmeExpansion, value: 75_000, confidence: 42 });
    await benSets(sandbox, acmeExpansion, { value: 75_000 });
    expect((await apply({ plan })).counts).toEqual({ updated: 1 });
    expect(held(acmeExpansion)?.confidence).toBe(42);
  });

  test.each([
    ["added", tag("add", "Weekend"), ["Upsell", "Key account", "Weekend"]],
    ["removed", tag("remove", "Upsell"), ["Key account"]],
  ])("is in a list of no account but for the value that is %s", async (_, operation, now) => {
    const plan = await planned({ id: elmStreetVisits, ...operation });
    await benSets(sandbox, elmStreetVisits, { [`custom.${tags}.add`]: "Key account" });
    await apply({ plan });
    expect(held(elmStreetVisits)?.custom[tags]).toEqual(now);
  });
});

describe("two updates of one opportunity", () => {
  async function updateTwice(): Promise<[earlier: string, later: string]> {
    const earlier = undoIn(await host.call({ id: acmeExpansion, value: 60_000 }));
    return [earlier, undoIn(await host.call({ id: acmeExpansion, value: 70_000 }))];
  }

  test.each([
    ["in their order", (plans: string[]) => plans],
    ["the other way round", (plans: string[]) => plans.toReversed()],
    ["in one text", (plans: string[]) => plans.join("\n")],
  ])("are taken back by one call, the later one first, and that by its undo, given %s", async (_, given) => {
    const plan = given(await updateTwice());
    const { counts, undo } = await apply({ plan });
    expect(counts).toEqual({ updated: 2 });
    expect(sentBodies(sandbox).slice(2)).toEqual([{ value: 60_000 }, { value: 50_000 }]);
    expect((await apply({ plan: undo })).counts).toEqual({ updated: 2 });
    expect(held(acmeExpansion)?.value).toBe(70_000);
  });

  test("are taken back one by one, the later one first: the earlier one alone is refused", async () => {
    const [earlier, later] = await updateTwice();
    const { isError, text } = await host.call({ plan: earlier }, "apply_plan");
    expect(isError).toBe(true);
    expect(text).toMatch(/value .*\$600\.00.* → \$700\.00/);
    await apply({ plan: later });
    await apply({ plan: earlier });
    expect(held(acmeExpansion)?.value).toBe(50_000);
  });
});
