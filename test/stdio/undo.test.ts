import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { expectBothForms, warningsOf } from "../support/both-forms.ts";
import { type Reply, sentBodies, startHostFor } from "../support/host.ts";
import { change as changeOf, copyOf, stored } from "../support/opportunities.ts";
import { undoIn, wordOf } from "../support/plans.ts";
import { serveSandbox } from "../support/served.ts";

const { acmeExpansion, blueHeronPilot, blueHeronShop } = ids.opportunities;
const { cedarWorkshop, elmStreetVisits, fjordHarbour } = ids.opportunities;
const { source, tags } = ids.customFields;

const { sandbox, host } = await serveSandbox();

/** What undoing is to bring back: all but the bookkeeping, and the day of a loss, which Close alone sets. */
function facts(id: string) {
  const { date_updated, updated_by, date_lost, custom, ...others } = stored(sandbox, id);
  // An update of several values may bring them back in another order.
  const lists = Object.entries(custom).map(([key, value]) => [key, [value].flat().toSorted()]);
  return { ...others, custom: Object.fromEntries(lists) };
}

const undo = (reply: Reply, by = host) => by.call({ plan: undoIn(reply) }, "apply_plan");

describe("undo", () => {
  type Row = [string, { id: string } & Record<string, unknown>, Record<string, unknown>];
  const rows: Row[] = [
    [
      "a win, and the date_won that Close filled in",
      { id: acmeExpansion, status_id: "Won" },
      { status_id: ids.statuses.salesActive, date_won: null },
    ],
    [
      "a win that is taken back, with its date, so that Close does not fill in another",
      { id: blueHeronPilot, status_id: "Active", clear: ["date_won"] },
      { status_id: ids.statuses.salesWon, date_won: "2024-05-17" },
    ],
    [
      "a rich note, with its formatting",
      { id: fjordHarbour, note: "x" },
      { note_html: "<body><p><strong>Harbour</strong> lights</p><p>Keep the <em>old</em> tariff</p></body>" },
    ],
    [
      "custom fields",
      {
        id: elmStreetVisits,
        custom_fields: [
          { field: "Tags", action: "add", value: "Wednesday" },
          { field: "Seats", action: "set", value: 13 },
          { field: "Region", action: "unset" },
        ],
      },
      {
        [`custom.${tags}.remove`]: "Wednesday",
        [`custom.${ids.customFields.seats}`]: 12,
        [`custom.${ids.customFields.region}`]: "South",
      },
    ],
  ];

  test.each(rows)("brings back %s", async (_, args, back) => {
    const before = facts(args.id);
    const reply = await host.call(args);
    expect(reply.structured.undo).toBe(`Take back 1 update: ${reply.structured.lead_name} · ${wordOf(undoIn(reply))}`);
    expectBothForms(reply);
    const undone = await undo(reply);
    expect(undone.isError).toBe(false);
    expect(sentBodies(sandbox)[1]).toEqual(back);
    expect(facts(args.id)).toEqual(before);
    // The undo of an undo is the update again.
    expect(undone.structured).toHaveProperty("undo");
  });

  test.each(["null", "  "])("brings back a note that as an argument would count as not given: %j", async (note) => {
    Object.assign(stored(sandbox, acmeExpansion), { note, note_html: `<body><p>${note}</p></body>` });
    const before = facts(acmeExpansion);
    await undo(await host.call({ id: acmeExpansion, note_html: "<body><p>x</p></body>" }));
    expect(facts(acmeExpansion)).toEqual(before);
  });

  test("brings back a win without a date, which Close would otherwise fill with today", async () => {
    stored(sandbox, blueHeronPilot).date_won = null;
    const before = facts(blueHeronPilot);
    await undo(await host.call({ id: blueHeronPilot, status_id: "Active" }));
    expect(facts(blueHeronPilot)).toEqual(before);
  });

  test("is refused if somebody has changed the same field since, and not for another one", async () => {
    const value = await host.call({ id: acmeExpansion, value: 75_000 });
    const confidence = await host.call({ id: acmeExpansion, confidence: 80 });
    changeOf(sandbox, acmeExpansion, { value: 90_000, date_updated: "2031-01-01T00:00:00.000000+00:00" });
    const refused = await undo(value);
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain("was changed after this plan was made");
    expect((await undo(confidence)).isError).toBe(false);
    expect(sentBodies(sandbox)).toEqual([{ value: 75_000 }, { confidence: 80 }, { confidence: 50 }]);
  });

  test.each([
    ["nothing differs", { id: acmeExpansion, confidence: 50 }],
    ["nothing is sent on a dry run", { id: acmeExpansion, confidence: 60, dry_run: true }],
  ])("is absent if %s", async (_, args) => {
    const { isError, structured } = await host.call(args);
    expect(isError).toBe(false);
    expect(structured).not.toHaveProperty("undo");
  });

  test("is absent if the state before is not known", async () => {
    sandbox.fault({ kind: "answer", method: "GET", path: "/opportunity/", status: 408 });
    const reply = await host.call({ id: acmeExpansion, confidence: 60 });
    expect(reply.isError).toBe(false);
    expect(reply.structured).not.toHaveProperty("undo");
  });

  test("names the day of a loss, which Close alone sets, and brings back the rest", async () => {
    const reply = await host.call({ id: cedarWorkshop, status_id: "Active" });
    expect(warningsOf(reply)).toContain('undo cannot bring back what was in "date_lost"');
    expectBothForms(reply);
    await undo(reply);
    expect(sentBodies(sandbox)[1]).toEqual({ status_id: ids.statuses.salesLost });
  });

  test("removes what was added beside a choice that there is no more", async () => {
    stored(sandbox, acmeExpansion).custom[tags] = ["Fax", "Key account"];
    const before = facts(acmeExpansion);
    const add = { field: "Tags", action: "add", value: ["Weekend"] };
    const reply = await host.call({ id: acmeExpansion, custom_fields: [add] });
    await undo(reply);
    expect(sentBodies(sandbox)[1]).toEqual({ [`custom.${tags}.remove`]: "Weekend" });
    expect(facts(acmeExpansion)).toEqual(before);
  });

  test("names a choice that there is no more, and brings back the rest", async () => {
    stored(sandbox, blueHeronShop).custom[source] = "Fax";
    const reply = await host.call({
      id: blueHeronShop,
      confidence: 70,
      custom_fields: [{ field: "Source", action: "set", value: "Website" }],
    });
    expect(warningsOf(reply)).toContain('undo cannot bring back what was in "Source"');
    await undo(reply);
    expect(sentBodies(sandbox)[1]).toEqual({ confidence: 60 });
  });
});

describe("any update that succeeds", () => {
  const text = fc.constantFrom("Call Nina", "a < b & c\n\n- d", " x ", "«…» 👩‍🚀", '"', "[1]", "0");
  const several = (name: string, choices: string[]) =>
    fc.record({
      field: fc.constant(name),
      action: fc.constantFrom("set", "add", "remove"),
      value: fc.subarray(choices, { minLength: 1 }),
    });
  const unset = (name: string) => fc.constant({ field: name, action: "unset" });
  const set = (name: string, value: fc.Arbitrary<string | number>) =>
    fc.record({ field: fc.constant(name), action: fc.constant("set"), value });
  const operation = fc.oneof(
    several("Tags", ["Key account", "Upsell", "Wednesday", "Weekend"]),
    several("Visit days", ["Monday", "Tuesday", "Friday"]),
    several("Watchers", [ids.users.adaQuist, "Ben Quist"]),
    ...["Tags", "Seats", "Competitor", "Region", "Next demo", "Sales engineer"].map(unset),
    set("Seats", fc.integer({ min: 0, max: 500 })),
    set("Discount", fc.constantFrom(7.25, "1e3", 0.1)),
    set("Competitor", text),
    set("Import key", text),
    set("Contract start", fc.constantFrom("2026-02-28", "2031-12-31")),
    set("Next demo", fc.constantFrom("2026-06-27T22:00:00-08:00", "2026-06-27T22:00:00Z")),
    set("Source", fc.constantFrom("website", "Referral")),
    set("Sales engineer", fc.constantFrom("Ada Quist", "ben.quist@example.com")),
  );
  const noteArguments = fc.oneof(
    fc.record({ note: text }),
    fc.record({ note_append: text }),
    fc.record({ note_html: fc.constantFrom("<body><p>a</p></body>", "<body><h1>b</h1><p>c</p></body>") }),
    fc.constant({}),
  );
  const others = fc.record(
    {
      status_id: fc.constantFrom("Active", "Won", "Lost", "Churned", ...Object.values(ids.statuses)),
      date_won: fc.constantFrom("2024-02-29", "2026-11-23"),
      value: fc.constantFrom(0, 1, 50_000, 5_000_000),
      value_period: fc.constantFrom("one_time", "monthly", "annual"),
      confidence: fc.integer({ min: 0, max: 100 }),
      user_id: fc.constantFrom("Ada Quist", ids.users.samDoyle),
      custom_fields: fc.uniqueArray(operation, { maxLength: 4, selector: ({ field }) => field }),
      clear: fc.subarray(["date_won", "value", "note", "contact_id", "user_id"]),
    },
    { requiredKeys: [] },
  );
  const update = fc.record({
    id: fc.constantFrom(...Object.values(ids.opportunities)),
    note: noteArguments,
    others,
  });

  /** Who undoes it: the same process, another one that runs, or one that is started for it; after renaming fields or not. */
  const undoing = fc.record({
    by: fc.constantFrom("itself", "itself", "another", "another", "another", "a new one"),
    isRenamed: fc.boolean(),
  });

  test("is undone by its undo, by whatever process, even if its custom fields have one another's names by then", async () => {
    const other = await startHostFor(sandbox);
    onTestFinished(() => other.close());
    let undone = 0;
    await fc.assert(
      fc.asyncProperty(update, undoing, async ({ id, note, others: fields }, { by, isRenamed }) => {
        const before = facts(id);
        const reply = await host.call({ id, ...note, ...fields });
        if (reply.isError) return;
        if (reply.structured.undo === undefined) {
          expect(facts(id)).toEqual(before);
          return;
        }
        const renamed = isRenamed ? sandbox.organization.customFields : [];
        const names = renamed.map(({ name }) => name);
        // Each by the name of the next.
        for (const [at, field] of renamed.entries()) field.name = names.at(at + 1 - names.length) ?? "";
        const undoer = by === "itself" ? host : by === "another" ? other : await startHostFor(sandbox);
        const back = await undo(reply, undoer);
        if (by === "a new one") await undoer.close();
        for (const [at, field] of renamed.entries()) field.name = names[at] ?? "";
        expect(back.isError, back.text).toBe(false);
        expect(facts(id)).toEqual(before);
        undone += 1;
      }),
      { numRuns: 120 },
    );
    expect(undone).toBeGreaterThan(15);
  });
});

describe("the undo of a value added to a list, or removed from it", () => {
  const tagsOf = (id: string) => stored(sandbox, id).custom[tags];
  const change = (action: string, value: string) => ({
    custom_fields: [{ field: "Tags", action, value: [value] }],
  });

  /** A colleague's change of the tags right after the opportunity was read. */
  function colleagueSets(id: string, now: string[]): void {
    sandbox.fault({
      kind: "drift",
      method: "GET",
      path: `/opportunity/${id}/`,
      change(answer) {
        changeOf(sandbox, id, { custom: { ...stored(sandbox, id).custom, [tags]: now } });
        return answer;
      },
    });
  }

  test("leaves what a colleague added in the meantime, and a warning names that", async () => {
    const id = copyOf(sandbox, acmeExpansion, { custom: { [tags]: ["Upsell"] } });
    colleagueSets(id, ["Upsell", "Key account"]);
    const reply = await host.call({ id, ...change("add", "Weekend") });
    expect(tagsOf(id)).toEqual(["Upsell", "Key account", "Weekend"]);
    expect(warningsOf(reply)).toMatch(/in the meantime: "Tags"/);
    await undo(reply);
    expect(tagsOf(id)).toEqual(["Upsell", "Key account"]);
  });

  test("does not bring back what a colleague removed in the meantime", async () => {
    const id = copyOf(sandbox, acmeExpansion, { custom: { [tags]: ["Upsell", "Key account", "Weekend"] } });
    colleagueSets(id, ["Upsell", "Weekend"]);
    const reply = await host.call({ id, ...change("remove", "Weekend") });
    expect(tagsOf(id)).toEqual(["Upsell"]);
    expect(warningsOf(reply)).toMatch(/in the meantime: "Tags"/);
    await undo(reply);
    expect(tagsOf(id)).toEqual(["Upsell", "Weekend"]);
  });
});

test("brings back what was there before a colleague overwrote the update at once, and a warning says who", async () => {
  const id = copyOf(sandbox, acmeExpansion);
  const set = (value: number) => {
    changeOf(sandbox, id, { value, updated_by: ids.users.benQuist, date_updated: new Date().toISOString() });
    return { value, updated_by: ids.users.benQuist, updated_by_name: "Ben Quist" };
  };
  sandbox.fault({
    kind: "drift",
    method: "PUT",
    path: `/opportunity/${id}/`,
    change: (answer) => ({ ...z.record(z.unknown()).parse(answer), ...set(60_000) }),
  });
  const reply = await host.call({ id, value: 70_000, confidence: 75 });
  expect(warningsOf(reply)).toMatch(
    /value \(cents\) was sent as 70000 and is 60000\. The opportunity was last updated by "Ben Quist"\./,
  );
  await undo(reply);
  expect(sentBodies(sandbox)[1]).toEqual({ value: 50_000, confidence: 50 });
});
