import { afterAll, describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { expectBothForms } from "../../support/both-forms.ts";
import { type Host, type Reply, sentBodies, startHostFor } from "../../support/host.ts";
import { changeByBen, copiesOf } from "../../support/opportunities.ts";
import { planIn, undoIn, wordOf } from "../../support/plans.ts";
import { rowsResult } from "../../support/rows.ts";
import { openSandbox } from "../../support/served.ts";

const { acmeExpansion, acmeRenewal, blueHeronPilot, cedarWorkshop, fjordFleet } = ids.opportunities;

const sandbox = await openSandbox();

/** A host whose server asks a person as CLOSE_CONFIRM says, or as it does by itself. */
async function serve(confirm?: string): Promise<Host> {
  const host = await startHostFor(sandbox, confirm === undefined ? {} : { env: { CLOSE_CONFIRM: confirm } });
  afterAll(() => host.close());
  return host;
}
const [many, off, closing, all] = await Promise.all([serve(), serve("off"), serve("closing"), serve("all")]);

const update = (host: Host, args: Record<string, unknown>) => host.call(args);
const updateMany = (host: Host, ...updates: Record<string, unknown>[]) =>
  host.call({ updates }, "update_opportunities");
const apply = (host: Host, plan: string) => host.call({ plan }, "apply_plan");

const notApplied = "Not applied yet: show this to the person, and once they agree call apply_plan with this plan: ";

/** Nothing was sent, and a person has to be shown the plan. */
function expectWaiting(reply: Reply): void {
  expect(reply.isError, reply.text).toBe(false);
  expect(reply.structured).toMatchObject({ waiting: true, plan: expect.any(String) });
  expect(reply.structured).not.toHaveProperty("dry_run");
  expect(reply.summary.split("\n")).toContain(notApplied + planIn(reply));
  expect(sentBodies(sandbox)).toEqual([]);
}

function expectSent(reply: Reply, count = 1): void {
  expect(reply.isError, reply.text).toBe(false);
  expect(reply.structured).not.toHaveProperty("waiting");
  expect(sentBodies(sandbox)).toHaveLength(count);
}

describe("by default", () => {
  test("ten opportunities go, and eleven wait, as in a dry run", async () => {
    expectSent(await updateMany(many, { ids: copiesOf(sandbox, acmeExpansion, 10), status_id: "Won" }), 10);
    sandbox.reset();
    const reply = await updateMany(many, { ids: copiesOf(sandbox, acmeExpansion, 11), status_id: "Won" });
    expectWaiting(reply);
    for (const { outcome, changes } of rowsResult.parse(reply.structured).results) {
      expect({ outcome, changes }).toMatchObject({
        outcome: "not_tried",
        changes: [{ field: "status_id", to: "Won" }, {}],
      });
    }
  });

  test("only those count that would change", async () => {
    const asked = copiesOf(sandbox, acmeExpansion, 10);
    const reply = await updateMany(many, { ids: [...asked, acmeRenewal], confidence: 80 });
    expectSent(reply, 10);
    expect(rowsResult.parse(reply.structured).counts).toEqual({ updated: 10, unchanged: 1 });
  });

  test("a waiting plan needs its whole sentence, and its undo nothing but a word", async () => {
    const waiting = await updateMany(many, { ids: copiesOf(sandbox, acmeExpansion, 11), confidence: 42 });
    const plan = planIn(waiting);
    const bare = await apply(many, wordOf(plan));
    expect(bare.isError).toBe(true);
    expect(bare.text).toContain("needs a person's consent");
    expect(bare.text).toContain(plan);
    expect(sentBodies(sandbox)).toEqual([]);
    const applied = await apply(many, plan);
    expectSent(applied, 11);
    expectSent(await apply(many, wordOf(undoIn(applied))), 22);
  });
});

describe("with closing", () => {
  type Change = { id: string } & Record<string, unknown>;
  const changes: [string, Change, isWaiting: boolean][] = [
    ["a win", { id: acmeExpansion, status_id: "Won" }, true],
    ["a loss", { id: acmeExpansion, status_id: "Lost", note_append: "Too late." }, true],
    ["a win that is taken back", { id: blueHeronPilot, status_id: "Active" }, true],
    ["a lost one that is reopened", { id: cedarWorkshop, status_id: "Proposal sent" }, true],
    ["a move to another pipeline", { id: acmeExpansion, status_id: "Renewals / Active" }, true],
    ["another stage of its pipeline", { id: acmeExpansion, status_id: "Proposal sent" }, false],
    ["a value and a date", { id: acmeExpansion, value: 75_000, date_won: "2031-12-31" }, false],
    ["a win that is there already", { id: blueHeronPilot, status_id: "Won", confidence: 90 }, false],
  ];

  test.each(changes)("%s waits or not, by itself or beside others", async (_, change, isWaiting) => {
    const beside = await updateMany(closing, change, { id: fjordFleet, confidence: 34 });
    if (isWaiting) expectWaiting(beside);
    else expectSent(beside, 2);
    sandbox.reset();
    const alone = await update(closing, change);
    expectBothForms(alone);
    if (isWaiting) expectWaiting(alone);
    else expectSent(alone);
  });

  test("the plan of a dry run needs its whole sentence as well", async () => {
    const plan = planIn(await update(closing, { id: acmeExpansion, status_id: "Won", dry_run: true }));
    expect((await apply(closing, wordOf(plan))).isError).toBe(true);
    expectSent(await apply(closing, `"${plan}".`));
  });
});

describe("with all", () => {
  test("any update waits, and its undo does not", async () => {
    expectWaiting(await updateMany(all, { id: acmeExpansion, confidence: 42 }));
    const waiting = await update(all, { id: acmeExpansion, confidence: 42 });
    expectWaiting(waiting);
    const applied = await apply(all, planIn(waiting));
    expectSent(applied);
    expectSent(await apply(all, wordOf(undoIn(applied))), 2);
  });

  test("mistakes and what is there already are said at once", async () => {
    const mistaken = await update(all, { id: acmeExpansion, status_id: "Wonn" });
    expect(mistaken).toMatchObject({ isError: true, text: expect.stringContaining('no status "Wonn"') });
    const done = await update(all, { id: acmeExpansion, confidence: 50 });
    expect(done.structured).not.toHaveProperty("waiting");
    expect(done.summary).toContain("Nothing to change");
  });
});

test("with off nothing waits, and a plan's last word is enough", async () => {
  const asked = copiesOf(sandbox, acmeExpansion, 12);
  expectSent(await updateMany(off, { ids: asked, status_id: "Won" }), 12);
  const dry = await off.call({ updates: [{ ids: asked, status_id: "Lost" }], dry_run: true }, "update_opportunities");
  expectSent(await apply(off, wordOf(planIn(dry))), 24);
});

test("what has become a win's end since it was previewed is not sent unasked", async () => {
  // Won by a colleague between the two reads.
  let reads = 0;
  sandbox.fault({
    kind: "drift",
    method: "GET",
    path: `/opportunity/${fjordFleet}/`,
    times: 1,
    change(answer) {
      reads += 1;
      changeByBen(sandbox, fjordFleet, { status_id: ids.statuses.salesWon });
      return answer;
    },
  });
  const reply = await update(closing, { id: fjordFleet, status_id: "Proposal sent" });
  expect(reads).toBe(1);
  expect(reply).toMatchObject({ isError: true, text: expect.stringContaining("a person has to agree") });
  expect(sentBodies(sandbox)).toEqual([]);
});

describe("what cannot be read for the preview", () => {
  /** The first reads of these fail, and later ones do not. */
  function failOnce(asked: readonly string[]): void {
    for (const id of asked) sandbox.fault({ kind: "answer", status: 302, method: "GET", path: `/opportunity/${id}/` });
  }

  test("does not make eleven of a call go as if they were ten", async () => {
    const asked = copiesOf(sandbox, acmeExpansion, 11);
    failOnce(asked.slice(0, 4));
    await updateMany(many, { ids: asked, confidence: 42 });
    expect(sentBodies(sandbox).length).toBeLessThanOrEqual(10);
  });

  test("is not won unseen", async () => {
    failOnce([acmeExpansion]);
    await updateMany(closing, { id: acmeExpansion, status_id: "Won" }, { id: fjordFleet, confidence: 34 });
    expect(sentBodies(sandbox)).not.toContainEqual({ status_id: ids.statuses.salesWon });
  });
});
