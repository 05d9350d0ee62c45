import { expect } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { alike, errands, find, get, idsIn, leadsSearched, refuse, update, updateMany } from "../../support/errands.ts";
import { clientOf } from "../../support/sandbox-client.ts";

const { opportunities: deals, users } = ids;

const { sandbox, errand } = await errands();

errand("Put Jordan on the expansion. Jordan Blake.", [
  refuse(
    "acmeExpansion",
    { user_id: "Jordan" },
    '- user_id: "Jordan" is ambiguous. It can be "Jordan Avery" (j.avery@example.com, jordanAvery), "Jordan Blake" (j.blake@example.com, jordanBlake)',
  ),
  update("acmeExpansion", { user_id: "jordan blake" }, { user_id: "jordanBlake" }, [
    'Updated "Acme Corp" (acmeExpansion): owner "Ada Quist" → "Jordan Blake"',
  ]),
]);

errand("I take the shop over.", [
  update("blueHeronShop", { user_id: "me" }, { user_id: "adaQuist" }, [
    'Updated "Blue Heron Books" (blueHeronShop): owner "Ben Quist" → "Ada Quist"',
  ]),
]);

errand("Ben leaves: Jordan Avery gets all of his open deals.", [
  find(
    { user: "Ben Quist", status_type: "active" },
    ["GET /opportunity/?status_type=active&user_id=benQuist"],
    [
      "3 found:",
      'blueHeronShop: "Blue Heron Books", "Proposal sent" ("Sales"), $8,600, close date 2031-06-30, owner "Ben Quist", contact "Rosa Lindqvist"',
      'fjordFleet: "Fjord Logistics", "Active" ("Sales"), $12,345.67, owner "Ben Quist"',
      'acmeLogisticsDepot: "Acme Logistics", "Active" ("Sales"), $640, owner "Ben Quist"',
      "Total value: $21,585.67 one-time",
    ],
  ),
  updateMany(
    ([his]) => ({ updates: [{ ids: idsIn(his), user_id: "Jordan Avery" }] }),
    alike(["acmeLogisticsDepot", "blueHeronShop", "fjordFleet"], { user_id: "jordanAvery" }),
    [
      "3 opportunities: 3 updated.",
      '"Blue Heron Books" (blueHeronShop): updated: owner "Ben Quist" → "Jordan Avery"',
      '"Fjord Logistics" (fjordFleet): updated: owner "Ben Quist" → "Jordan Avery"',
      '"Acme Logistics" (acmeLogisticsDepot): updated: owner "Ben Quist" → "Jordan Avery"',
    ],
  ),
]);

const contactsRead = (lead: string) => `GET /contact/?lead_id=${lead}`;

errand("Leo is our contact for the expansion. Leo Park.", [
  refuse(
    "acmeExpansion",
    { contact_id: "Leo" },
    '- contact_id: "Leo" is ambiguous. It can be "Leo Park" (leo.park@example.com, leoPark), "Leo Marsh" (leo.marsh@example.com, leoMarsh)',
    [contactsRead("acme"), "GET /opportunity/acmeExpansion/"],
  ),
  update(
    "acmeExpansion",
    { contact_id: "Leo Park" },
    { contact_id: "leoPark" },
    ['Updated "Acme Corp" (acmeExpansion): contact empty → "Leo Park"'],
    [contactsRead("acme")],
  ),
]);

errand("Our contact for the fleet is eirik.dal@example.com.", [
  update(
    "fjordFleet",
    { contact_id: "Eirik.Dal@example.com" },
    { contact_id: "eirikDal" },
    ['Updated "Fjord Logistics" (fjordFleet): contact empty → "Eirik Dal"'],
    [contactsRead("fjord")],
  ),
]);

errand("The contact of the renewed deal signs it as well (her name is read along with her lead's others).", [
  update(
    "elmStreetRenewed",
    {
      custom_fields: [{ field: "Signatory", action: "set", value: [ids.contacts.imaniStone] }],
    },
    { "custom.signatory": "imaniStone" },
    ['Updated "Elm Street Clinic" (elmStreetRenewed): "Signatory" empty → "Imani Stone"'],
    [contactsRead("elmStreet")],
  ),
]);

errand("Who is the contact of Acme's deals, for how many seats, and what are they worth together?", [
  find(
    { lead_names: ["Acme Corp"], custom_fields: ["Seats"] },
    [leadsSearched("Acme Corp"), "GET /opportunity/?lead_id=acme"],
    [
      "2 found:",
      'acmeRenewal: "Acme Corp", "Active" ("Renewals"), $12,000 annual, owner "Ada Quist", contact "Nina Okafor", {"Seats":40}',
      'acmeExpansion: "Acme Corp", "Active" ("Sales"), $500, owner "Ada Quist", {"Seats":null}',
      "Total value: $500.00 one-time, $12,000.00 annual; $12,500.00 a year",
    ],
  ),
]);

errand(
  "Who changed the expansion last week?",
  [
    get(
      { id: deals.acmeExpansion, history: 10 },
      ["GET /event/?object_type=opportunity&object_id=acmeExpansion", "GET /opportunity/acmeExpansion/"],
      [
        'acmeExpansion: "Acme Corp", "Active" ("Sales"), $600, owner "Ada Quist"',
        "Latest changes:",
        '2026-11-18 09:30 (UTC) "Ben Quist": value $500.00 one-time → $600.00 one-time',
      ],
    ),
  ],
  async () => {
    sandbox.organization.me = users.benQuist;
    await clientOf(sandbox).put(deals.acmeExpansion, { value: 60_000 });
    sandbox.organization.me = users.adaQuist;
    const [event] = sandbox.organization.events;
    expect(event).toBeDefined();
    Object.assign(event ?? {}, { moment: new Date("2026-11-18T09:30:00Z") });
  },
);
