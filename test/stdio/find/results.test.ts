import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import type { Reply } from "../../support/host.ts";
import { change, copiesOf } from "../../support/opportunities.ts";
import { found, serveSearches } from "../../support/searches.ts";

const { sandbox, find, lastQuery } = await serveSearches();

test("the opportunities found have the fields that are needed, with a note cut to 200 characters that says so", async () => {
  change(sandbox, ids.opportunities.acmeRenewal, { note: "x".repeat(300) });
  const reply = await find({ lead_id: ids.leads.acme, status: "Renewals / Active" });
  expect(found(reply)).toEqual([
    {
      id: ids.opportunities.acmeRenewal,
      lead_id: ids.leads.acme,
      lead_name: "Acme Corp",
      status_label: "Active",
      status_type: "active",
      pipeline_name: "Renewals",
      value_formatted: "$12,000 annual",
      value: 1_200_000,
      value_period: "annual",
      confidence: 80,
      user_name: "Ada Quist",
      contact_name: "Nina Okafor",
      date_updated: expect.any(String),
      note: "x".repeat(200),
      note_is_cut: true,
    },
  ]);
  const { note_is_cut, ...shown } = found(reply)[0] ?? {};
  expect(lastQuery()._fields?.split(",")).toEqual(
    expect.arrayContaining([...Object.keys(shown), "date_won", "value_currency", "contact_id"]),
  );
  expect(reply.summary).toContain(
    `${ids.opportunities.acmeRenewal}: "Acme Corp", "Active" ("Renewals"), $12,000 annual, owner "Ada Quist", contact "Nina Okafor"`,
  );
});

test("what has no room in 60,000 characters is left to the next page, and long texts are cut", async () => {
  const custom = { [ids.customFields.competitor]: "Brightside Lamps ".repeat(50) };
  for (const [at, id] of copiesOf(sandbox, ids.opportunities.elmStreetVisits, 120).entries())
    change(sandbox, id, { note: `${at} `.repeat(2_000), custom });
  const seen = new Set<unknown>();
  for (let skip = 0; seen.size < 136; ) {
    const reply = await find({ limit: 100, skip, custom_fields: ["Competitor", "Seats", "Watchers"] });
    const rows = found(reply);
    for (const { id } of rows) seen.add(id);
    expect(reply.summary.length + JSON.stringify(reply.structured).length).toBeLessThan(60_500);
    skip += rows.length;
    expect(reply.structured.has_more).toBe(skip < 136);
    if (skip < 136) expect(reply.summary).toContain(`136 found, ${rows.length} shown, skip ${skip} for more:`);
  }
});

test("the sums of all that match are in the data in cents by period, and in the summary as money, whatever the page", async () => {
  const reply = await find({ user: "sam.doyle.berlin@example.com", limit: 1 });
  expect(reply.structured).toMatchObject({
    total: 2,
    has_more: true,
    totals: { one_time: 20_000, monthly: 4_900, annual: 0, annualized: 78_800 },
  });
  expect(reply.summary).toContain("Total value: $200.00 one-time, $49.00 monthly; $788.00 a year");
});

describe("custom fields are shown on request", () => {
  const { elmStreetVisits, cedarUnpriced } = ids.opportunities;
  const shown = (reply: Reply, id: string) => found(reply).find((one) => one.id === id)?.custom_fields;

  test("by name, given by name or id in either form, null for none", async () => {
    const { region, competitor } = ids.customFields;
    const reply = await find({
      custom_fields: ["seats", region, `custom.${competitor}`, "Seats"],
      limit: 100,
    });
    expect(shown(reply, elmStreetVisits)).toEqual({
      Seats: 12,
      Region: "South",
      Competitor: "Brightside Lamps",
    });
    expect(shown(reply, cedarUnpriced)).toEqual({ Seats: null, Region: null, Competitor: null });
    expect(lastQuery()).not.toHaveProperty("_fields");
    expect(reply.summary).toContain('{"Seats":12,"Region":"South","Competitor":"Brightside Lamps"}');
  });

  test("with users and the opportunity's own contact by name", async () => {
    const reply = await find({
      lead_names: ["Elm"],
      custom_fields: ["Sales engineer", "Watchers", "Signatory", "Tags"],
    });
    expect(shown(reply, elmStreetVisits)).toEqual({
      "Sales engineer": "Ben Quist",
      Watchers: ["Ada Quist", "Sam Doyle (sam.doyle@example.com)"],
      Signatory: "Imani Stone",
      Tags: ["Upsell"],
    });
  });

  test("but an unknown one is refused with the nearest first, together with all other names", async () => {
    const reply = await find({ custom_fields: ["Seets"], user: "Zoe" });
    expect(reply.isError).toBe(true);
    expect(reply.text).toContain('custom_fields[0]: there is no custom field "Seets". Custom fields: "Seats", ');
    expect(reply.text).toContain("2 invalid arguments");
  });
});
