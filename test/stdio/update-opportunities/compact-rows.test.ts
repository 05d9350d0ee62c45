import { expect, test } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { stored } from "../../support/opportunities.ts";
import { serveSandbox } from "../../support/served.ts";

const { acmeExpansion, elmStreetRenewed, elmStreetVisits } = ids.opportunities;
const { competitor, seats, source } = ids.customFields;

const { sandbox, host } = await serveSandbox();

const result = z.object({
  results: z.tuple([
    z
      .object({
        outcome: z.literal("updated"),
        changes: z.array(z.record(z.unknown())),
        undo: z.record(z.unknown()),
      })
      .passthrough(),
  ]),
});

/** The only row of a call. */
async function rowOf(update: Record<string, unknown>) {
  const reply = await host.call({ updates: [update] }, "update_opportunities");
  expect(reply.isError, reply.text).toBe(false);
  return result.parse(reply.structured).results[0];
}

/** All but the moment of the last update, and the note once for its two forms. */
function facts(id: string) {
  const { date_updated, note_html, ...others } = stored(sandbox, id);
  return structuredClone(others);
}

const set = (field: string, value: unknown) => ({ custom_fields: [{ field, action: "set", value }] });

test.each([
  ["value", { value: 1_250_000 }],
  ["period of the value", { value_period: "one_time" }],
  ["confidence", { confidence: 85 }],
  ["expected close date", { date_won: "2026-12-31" }],
  ["status", { status_id: "Proposal sent" }],
  ["owner", { user_id: "Jordan Avery" }],
  ["contact", { contact_id: "Wilhelmina Andersson" }],
  ["short note with a line added", { note_append: "Called again, wants two." }],
  ["text of a custom field", set("Competitor", "Brightside")],
  ["number of a custom field", set("Seats", 1250)],
  ["choice of a custom field", set("Source", "Trade fair")],
  ["list of a custom field", { custom_fields: [{ field: "Tags", action: "add", value: "Weekend" }] }],
])(
  "a row with another %s takes at most 400 bytes, with the undo that brings back what was there",
  async (_, change) => {
    const lead = sandbox.organization.leads.find(({ id }) => id === ids.leads.elmStreet);
    if (lead === undefined) throw new Error("The sandbox has no such lead.");
    lead.name = "Wellington Municipal Hospital (Eastport)";
    expect(lead.name.length).toBe(40);
    const contact = { id: `cont_${"W".repeat(43)}`, name: "Wilhelmina Andersson", email: "w@example.com" };
    sandbox.organization.contacts.push({ ...contact, lead_id: lead.id });
    Object.assign(stored(sandbox, elmStreetVisits), { date_won: "2026-11-30", value_period: "monthly" });
    Object.assign(stored(sandbox, elmStreetVisits).custom, {
      [competitor]: "Lumenworks",
      [source]: "Cold call",
      [seats]: 1200,
    });
    const before = facts(elmStreetVisits);

    const row = await rowOf({ ids: [elmStreetVisits], ...change });
    expect(facts(elmStreetVisits)).not.toEqual(before);
    expect(Buffer.byteLength(JSON.stringify(row))).toBeLessThanOrEqual(400);
    await rowOf(row.undo);
    expect(facts(elmStreetVisits)).toEqual(before);
  },
);

test("a row names a custom field by its name, and by its id if another has the same name", async () => {
  const named = await rowOf({ ids: [elmStreetVisits], ...set("Seats", 13) });
  expect(named.changes).toEqual([{ field: "Seats", from: 12, to: 13 }]);
  expect(named.undo.custom_fields).toEqual([{ field: "Seats", action: "set", value: ["12"] }]);

  const [template] = sandbox.organization.customFields;
  if (template === undefined) throw new Error("The sandbox has no custom fields.");
  sandbox.organization.customFields.push({ ...template, id: "cf_Namesake", name: "Contract start" });
  const ambiguous = await rowOf({ ids: [elmStreetVisits], ...set("cf_Namesake", "x") });
  expect(ambiguous.changes).toEqual([
    { field: "custom.cf_Namesake", label: "Contract start", from: null, to: "x" },
  ]);
  expect(ambiguous.undo.custom_fields).toEqual([{ field: "cf_Namesake", action: "unset" }]);
  await rowOf(ambiguous.undo);
  expect(Object.keys(stored(sandbox, elmStreetVisits).custom)).not.toContain("cf_Namesake");
  expect(Object.keys(stored(sandbox, elmStreetVisits).custom)).toContain(ids.customFields.contractStart);
});

test("a row marks only the changes that were not asked for", async () => {
  const { changes } = await rowOf({ ids: [acmeExpansion], status_id: "Won" });
  expect(changes).toEqual([
    { field: "status_id", from: "Active", to: "Won" },
    { field: "date_won", from: null, to: expect.any(String), requested: false },
  ]);
});

test("a row shows the beginning of a long text, and its undo brings back all of it", async () => {
  const before = facts(elmStreetRenewed);
  const { changes, undo } = await rowOf({
    ids: [elmStreetRenewed],
    note: "All rooms are fitted. ".repeat(20),
  });
  expect(JSON.stringify(changes).length).toBeLessThan(300);
  await rowOf(undo);
  expect(facts(elmStreetRenewed)).toEqual(before);
});
