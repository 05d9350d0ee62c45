import { expect, test } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { stored } from "../../support/opportunities.ts";
import { serveSandbox } from "../../support/served.ts";

const { acmeExpansion, elmStreetRenewed, elmStreetVisits } = ids.opportunities;
const { competitor, contractStart, salesEngineer, seats, signatory, source, watchers } = ids.customFields;

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

const longLead = "Wellington Municipal Hospital (Eastport)";
const lead = "Wellington Dental";

test.each([
  ["value", longLead, { value: 1_250_000 }],
  ["period of the value", longLead, { value_period: "one_time" }],
  ["confidence", longLead, { confidence: 85 }],
  ["expected close date", longLead, { date_won: "2026-12-31" }],
  ["status", longLead, { status_id: "Proposal sent" }],
  ["owner", longLead, { user_id: "Jordan Avery" }],
  ["contact", longLead, { contact_id: "Wilhelmina Andersson" }],
  ["short note with a line added", longLead, { note_append: "Called again, wants two." }],
  ["note", lead, { note: "Wants to see the lamps in use first, and a quote for the old wing." }],
  ["text of a custom field", longLead, set("Competitor", "Brightside")],
  ["number of a custom field", longLead, set("Seats", 1250)],
  ["choice of a custom field", longLead, set("Source", "Trade fair")],
  [
    "list of a custom field",
    longLead,
    { custom_fields: [{ field: "Tags", action: "add", value: "Weekend" }] },
  ],
  ["day of a custom field", lead, set("Contract start", "2026-12-31")],
  ["user of a custom field", lead, set("Sales engineer", "Jordan Avery")],
  ["contact of a custom field", lead, set("Signatory", "Wilhelmina Andersson")],
])(
  "a row with another %s takes at most 400 bytes, with the undo that brings back what was there",
  async (_, leadName, change) => {
    const named = sandbox.organization.leads.find(({ id }) => id === ids.leads.elmStreet);
    if (named === undefined) throw new Error("The sandbox has no such lead.");
    named.name = leadName;
    const contact = { id: `cont_${"W".repeat(43)}`, name: "Wilhelmina Andersson", email: "w@example.com" };
    sandbox.organization.contacts.push({ ...contact, lead_id: named.id });
    Object.assign(stored(sandbox, elmStreetVisits), { date_won: null, value_period: "monthly" });
    Object.assign(stored(sandbox, elmStreetVisits).custom, {
      [competitor]: "Lumenworks",
      [source]: "Cold call",
      [seats]: 1200,
      [contractStart]: "2025-01-01",
      [salesEngineer]: ids.users.samDoyle,
      [signatory]: ids.contacts.imaniStone,
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

test("the undo of a row names people in custom fields, by e-mail address if another has the same name", async () => {
  Object.assign(stored(sandbox, elmStreetVisits), { user_id: ids.users.benQuist });
  Object.assign(stored(sandbox, elmStreetVisits).custom, {
    [watchers]: [ids.users.adaQuist, ids.users.samDoyle],
    [salesEngineer]: ids.users.samDoyleBerlin,
  });
  const before = facts(elmStreetVisits);
  const { undo } = await rowOf({
    ids: [elmStreetVisits],
    status_id: "Renewals / Active",
    user_id: "Ada Quist",
    custom_fields: [
      { field: "Watchers", action: "unset" },
      { field: "Sales engineer", action: "set", value: ["Ben Quist"] },
    ],
  });
  expect(undo).toEqual({
    id: elmStreetVisits,
    status_id: ids.statuses.salesActive,
    user_id: ids.users.benQuist,
    custom_fields: [
      { field: "Watchers", action: "set", value: ["Ada Quist", "sam.doyle@example.com"] },
      { field: "Sales engineer", action: "set", value: ["sam.doyle.berlin@example.com"] },
    ],
    expected_date_updated: expect.any(String),
  });
  await rowOf(undo);
  expect(facts(elmStreetVisits)).toEqual(before);
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
