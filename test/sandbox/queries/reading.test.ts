import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const sandbox = await openSandbox();
const close = clientOf(sandbox);

describe("the sandbox answers", () => {
  test("an opportunity with everything Close computes for it", async () => {
    const { json } = await close.get(ids.opportunities.acmeRenewal);
    expect(json).toMatchObject({
      id: ids.opportunities.acmeRenewal,
      lead_name: "Acme Corp",
      pipeline_name: "Renewals",
      status_label: "Active",
      contact_name: "Nina Okafor",
      user_name: "Ada Quist",
      value: 1_200_000,
      value_formatted: "$12,000 annual",
      value_currency: "USD",
      expected_value: 960_000,
      organization_id: ids.organization,
      [`custom.${ids.customFields.seats}`]: 40,
    });
  });

  test("every opportunity of the made-up organization, under an id of Close's shape", async () => {
    for (const id of Object.values(ids.opportunities)) {
      expect(id).toMatch(/^oppo_[A-Za-z0-9]{43}$/);
      expect(await close.get(id)).toMatchObject({ status: 200, json: { id } });
    }
  });

  test("an opportunity that it does not have with Close's 404", async () => {
    expect(await close.get("oppo_none")).toMatchObject({
      status: 404,
      json: { error: "Empty query: Opportunity matching query does not exist." },
    });
  });

  test("the pipelines with their statuses, two of them under one label", async () => {
    const active = { label: "Active", type: "active" };
    const { salesActive, renewalsActive } = ids.statuses;
    const holding = (id: string) => expect.arrayContaining([{ id, ...active }]);
    expect((await close.send("/pipeline/")).json).toMatchObject({
      has_more: false,
      data: [
        { id: ids.pipelines.sales, name: "Sales", statuses: holding(salesActive) },
        { id: ids.pipelines.renewals, name: "Renewals", statuses: holding(renewalsActive) },
      ],
    });
  });

  test("the users by pages, and how many they are", async () => {
    const first = await close.send("/user/?_limit=3");
    expect(first.json).toMatchObject({ has_more: true, total_results: 6 });
    expect(first.json.data).toHaveLength(3);
    expect((await close.send("/user/?_limit=3&_skip=3")).json).toMatchObject({
      has_more: false,
      data: [
        { id: ids.users.samDoyleBerlin, email: "sam.doyle.berlin@example.com" },
        { id: ids.users.jordanAvery, first_name: "Jordan" },
        { id: ids.users.jordanBlake, first_name: "Jordan" },
      ],
    });
  });

  test("the custom fields with their types and choices", async () => {
    const { json } = await close.send("/custom_field_schema/opportunity/");
    expect(json).toMatchObject({ object_type: "opportunity", organization_id: ids.organization });
    expect(json.fields).toContainEqual({
      id: ids.customFields.visitDays,
      name: "Visit days",
      description: expect.any(String),
      type: "choices",
      choices: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
      accepts_multiple_values: true,
      is_shared: false,
      referenced_custom_type_id: null,
      editable_with_roles: [],
    });
  });

  test("the user of the key with the organization's currency", async () => {
    expect((await close.send("/me/")).json).toMatchObject({
      id: ids.users.adaQuist,
      first_name: "Ada",
      last_name: "Quist",
      email: "ada.quist@example.com",
      organizations: [{ id: ids.organization, name: "Lantern Supply", currency: "USD" }],
      memberships: [{ permissions_granted: expect.arrayContaining(["manage_others_opportunities"]) }],
      last_used_timezone: "America/New_York",
    });
  });

  test("the contacts of a lead with their e-mail addresses, or the fields asked for", async () => {
    const path = `/contact/?lead_id=${ids.leads.acme}`;
    expect((await close.send(path)).json).toMatchObject({
      has_more: false,
      data: [
        { id: ids.contacts.ninaOkafor, name: "Nina Okafor", emails: [{ email: "nina.okafor@example.com" }] },
        { id: ids.contacts.leoPark, lead_id: ids.leads.acme },
        { id: ids.contacts.leoMarsh, name: "Leo Marsh" },
      ],
    });
    const names = ["Nina Okafor", "Leo Park", "Leo Marsh"].map((name) => ({ name }));
    expect((await close.send(`${path}&_fields=name`)).json.data).toEqual(names);
  });

  test("what a test has put into the organization", async () => {
    sandbox.organization.currency = "EUR";
    const { json } = await close.get(ids.opportunities.acmeExpansion);
    expect(json).toMatchObject({ value_currency: "EUR", value_formatted: "€500" });
  });
});
