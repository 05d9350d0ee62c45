import { describe, expect, test } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { sentBodies } from "../support/host.ts";
import { serveSandbox } from "../support/served.ts";

const { acmeExpansion, acmeRenewal, blueHeronShop, fjordHarbour } = ids.opportunities;

const { sandbox, host } = await serveSandbox();

const found = z.object({ opportunities: z.array(z.object({ id: z.string() }).passthrough()) });
const held = (id: string) => sandbox.organization.opportunities.get(id);

async function find(args: Record<string, unknown>): Promise<string[]> {
  const told = await host.call(args, "find_opportunities");
  return found.parse(told.structured).opportunities.map(({ id }) => id);
}

describe("a sales person says", () => {
  test("that all open deals of a customer are lost: each gets the lost status of its own pipeline, in one call", async () => {
    const open = await find({ lead_name: "Acme Corp", status_type: "active" });
    expect(open.length).toBeGreaterThan(1);
    const told = await host.call({ updates: [{ ids: open, status_id: "lost" }] }, "update_opportunities");
    expect(told.isError).toBe(false);
    expect(held(acmeRenewal)?.status_id).toBe(ids.statuses.renewalsChurned);
    expect(held(acmeExpansion)?.status_id).toBe(ids.statuses.salesLost);
    expect(told.text).not.toMatch(/moves from pipeline/);
  });

  test("to put Jordan on it: both Jordans are named, and none is chosen", async () => {
    const told = await host.call({ id: acmeExpansion, user_id: "Jordan" });
    expect(told.isError).toBe(true);
    expect(told.text).toMatch(/Jordan Avery/);
    expect(told.text).toMatch(/Jordan Blake/);
    expect(told.text).not.toMatch(/Did you mean/);
    expect(sentBodies(sandbox)).toEqual([]);
  });

  test("to make it theirs: me is the key's own user", async () => {
    expect((await host.call({ id: blueHeronShop, user_id: "me" })).isError).toBe(false);
    expect(sentBodies(sandbox)).toEqual([{ user_id: ids.users.adaQuist }]);
  });

  test("to name a contact by name: it is found among the lead's, and an unknown one lists them", async () => {
    const told = await host.call({ id: acmeExpansion, contact_id: "Nobody Known" });
    expect(told.isError).toBe(true);
    expect(told.text).toMatch(/Nina Okafor/);
    expect((await host.call({ id: acmeExpansion, contact_id: "nina okafor" })).isError).toBe(false);
    expect(held(acmeExpansion)?.contact_id).toMatch(/^cont_/);
  });

  test("to add a line to a note: what is there stays, and the summary shows what was added", async () => {
    const before = held(acmeExpansion)?.note;
    const told = await host.call({ id: acmeExpansion, note_append: "Called, wants two pallets." });
    expect(held(acmeExpansion)?.note).toBe(`${before}\nCalled, wants two pallets.`);
    expect(told.summary).toContain("Called, wants two pallets.");
  });

  test("to move several deals to another day, and to undo that: one call each", async () => {
    const moved = { updates: [{ ids: [acmeExpansion, fjordHarbour], date_won: "2027-03-31" }] };
    const before = [acmeExpansion, fjordHarbour].map((id) => held(id)?.date_won);
    const told = await host.call(moved, "update_opportunities");
    const rows = z
      .object({ results: z.array(z.object({ undo: z.record(z.unknown()) })) })
      .parse(told.structured);
    await host.call({ updates: rows.results.map(({ undo }) => undo) }, "update_opportunities");
    expect([acmeExpansion, fjordHarbour].map((id) => held(id)?.date_won)).toEqual(before);
  });

  test("that a deal is worth more: the summary shows the money with its period", async () => {
    const told = await host.call({ id: acmeRenewal, value: 1_500_000 });
    expect(told.summary).toContain("value $12,000.00 annual → $15,000.00 annual");
  });

  test("that it is not won after all: no suggestion turns the meaning round", async () => {
    const told = await host.call({ id: acmeExpansion, status_id: "not won" });
    expect(told.isError).toBe(true);
    expect(told.text).not.toMatch(/Did you mean "Won"/);
    expect(sentBodies(sandbox)).toEqual([]);
  });

  test("to rename the deal or to change its currency: that it cannot be done here is said, and not to call again", async () => {
    for (const args of [{ name: "Big one" }, { currency: "EUR" }]) {
      const told = await host.call({ id: acmeExpansion, ...args });
      expect(told.isError).toBe(true);
      expect(told.text).not.toMatch(/[Cc]orrect this and call again/);
    }
    expect(sentBodies(sandbox)).toEqual([]);
  });
});
