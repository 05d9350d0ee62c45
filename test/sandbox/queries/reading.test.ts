import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const sandbox = await openSandbox();
const close = clientOf(sandbox);

describe("the sandbox answers", () => {
  test("an opportunity with everything Close computes for it", async () => {
    const { status, json } = await close.get(ids.opportunities.acmeRenewal);
    expect(status).toBe(200);
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
    const { status, json } = await close.get("oppo_none");
    expect(status).toBe(404);
    expect(json).toEqual({ error: "Empty query: Opportunity matching query does not exist." });
  });

  test("the pipelines with their statuses, two of them under one label", async () => {
    const { json } = await close.send("/pipeline/");
    expect(json).toMatchObject({
      has_more: false,
      data: [
        { id: ids.pipelines.sales, name: "Sales", statuses: expect.arrayContaining([active("salesActive")]) },
        {
          id: ids.pipelines.renewals,
          name: "Renewals",
          statuses: expect.arrayContaining([active("renewalsActive")]),
        },
      ],
    });
  });

  test("the users by pages, and how many they are", async () => {
    const first = await close.send("/user/?_limit=3");
    expect(first.json).toMatchObject({ has_more: true, total_results: 6 });
    expect(first.json.data).toHaveLength(3);
    const rest = await close.send("/user/?_limit=3&_skip=3");
    expect(rest.json).toMatchObject({
      has_more: false,
      total_results: 6,
      data: [
        { id: ids.users.samDoyleBerlin, email: "sam.doyle.berlin@example.com" },
        { id: ids.users.jordanAvery, first_name: "Jordan" },
        { id: ids.users.jordanBlake, first_name: "Jordan" },
      ],
    });
    expect((await close.send("/user/?_limit=all")).status).toBe(400);
  });

  test("the custom fields of every type", async () => {
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
    expect(new Set(sandbox.organization.customFields.map(({ type }) => type))).toEqual(
      new Set([
        "text",
        "number",
        "date",
        "datetime",
        "choices",
        "user",
        "contact",
        "hidden",
        "custom_object",
      ]),
    );
  });

  test("the user of the key with the organization's currency", async () => {
    const { json } = await close.send("/me/");
    expect(json).toMatchObject({
      id: ids.users.adaQuist,
      first_name: "Ada",
      last_name: "Quist",
      email: "ada.quist@example.com",
      organizations: [{ id: ids.organization, name: "Lantern Supply", currency: "USD" }],
      memberships: [
        {
          organization_id: ids.organization,
          user_id: ids.users.adaQuist,
          permissions_granted: expect.arrayContaining(["manage_others_opportunities"]),
        },
      ],
      last_used_timezone: "America/New_York",
    });
  });

  test("a lead with its contacts, their e-mail addresses and its opportunities, or the fields asked for", async () => {
    const contacts = [
      { id: ids.contacts.ninaOkafor, name: "Nina Okafor", emails: [{ email: "nina.okafor@example.com" }] },
      { id: ids.contacts.leoPark, lead_id: ids.leads.acme, emails: [{ email: "leo.park@example.com" }] },
      { id: ids.contacts.leoMarsh, name: "Leo Marsh" },
    ];
    const { json } = await close.send(`/lead/${ids.leads.acme}/`);
    expect(json).toMatchObject({
      id: ids.leads.acme,
      display_name: "Acme Corp",
      contacts,
      opportunities: [{ id: ids.opportunities.acmeRenewal }, { id: ids.opportunities.acmeExpansion }],
    });
    const some = await close.send(`/lead/${ids.leads.acme}/?_fields=contacts`);
    expect(some.json).toEqual({ contacts: json.contacts });
    expect((await close.send("/lead/lead_none/")).status).toBe(404);

    const listed = await close.send(`/contact/?lead_id=${ids.leads.acme}`);
    expect(listed.json).toMatchObject({ data: contacts, has_more: false });
    const { eirikDal } = ids.contacts;
    expect((await close.send(`/contact/${eirikDal}/`)).json).toMatchObject({ name: "Eirik Dal" });
    expect((await close.send("/contact/cont_none/")).status).toBe(404);
  });

  test("what a test has put into the organization", async () => {
    sandbox.organization.currency = "EUR";
    const { json } = await close.get(ids.opportunities.acmeExpansion);
    expect(json).toMatchObject({ value_currency: "EUR", value_formatted: "€500" });
  });
});

function active(name: keyof typeof ids.statuses) {
  return { id: ids.statuses[name], label: "Active", type: "active" };
}
