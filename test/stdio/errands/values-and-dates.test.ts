import { ids } from "../../../src/sandbox/sandbox.ts";
import { alike, applyPlan, errands, find, idsIn, update, updateMany } from "../../support/errands.ts";
import { stored } from "../../support/opportunities.ts";
import { undoIn } from "../../support/plans.ts";

const { opportunities: deals } = ids;

const { sandbox, errand } = await errands();

errand("The renewal is worth 15,000 (its period stays what it is).", [
  update("acmeRenewal", { value: 1_500_000 }, { value: 1_500_000 }, [
    'Updated "Acme Corp" (acmeRenewal): value $12,000.00 annual → $15,000.00 annual',
  ]),
]);

errand("The terrace pays 59 dollars a month now.", [
  update("driftwoodTerrace", { value: 5_900 }, { value: 5_900 }, [
    'Updated "Driftwood Café" (driftwoodTerrace): value $49.00 monthly → $59.00 monthly',
  ]),
]);

errand("The renewal is for 55 seats (in a map of fields and values).", [
  update("acmeRenewal", { custom_fields: { Seats: 55 } }, { "custom.seats": 55 }, [
    'Updated "Acme Corp" (acmeRenewal): "Seats" 40 → 55',
    "Warning: custom_fields was read as a list.",
  ]),
]);

const moved = [
  deals.acmeExpansion,
  deals.blueHeronShop,
  deals.cedarUnpriced,
  deals.driftwoodTerrace,
  deals.fjordFleet,
  deals.fjordHarbour,
];

errand("These six close at the end of March.", [
  updateMany(
    { updates: [{ ids: moved, date_won: "2027-03-31" }] },
    alike(["acmeExpansion", "blueHeronShop", "cedarUnpriced", "driftwoodTerrace", "fjordFleet", "fjordHarbour"], {
      date_won: "2027-03-31",
    }),
    [
      "6 opportunities: 6 updated.",
      '"Acme Corp" (acmeExpansion): updated: date_won empty → 2027-03-31',
      '"Blue Heron Books" (blueHeronShop): updated: date_won 2031-06-30 → 2027-03-31',
      '"Cedar & Sons" (cedarUnpriced): updated: date_won empty → 2027-03-31',
      '"Driftwood Café" (driftwoodTerrace): updated: date_won empty → 2027-03-31',
      '"Fjord Logistics" (fjordFleet): updated: date_won empty → 2027-03-31',
      '"Fjord Logistics" (fjordHarbour): updated: date_won empty → 2027-03-31',
    ],
  ),
]);

errand(
  "Push November's proposals to the end of the year. No, undo all that.",
  [
    find(
      { status: "Proposal sent", date_won_from: "2026-11-01", date_won_to: "2026-11-30" },
      ["GET /opportunity/?status_id=salesProposalSent&date_won__gte=2026-11-01&date_won__lte=2026-11-30"],
      [
        "2 found:",
        'blueHeronShop: "Blue Heron Books", "Proposal sent" ("Sales"), $8,600, close date 2026-11-27, owner "Ben Quist", contact "Rosa Lindqvist"',
        'fjordFleet: "Fjord Logistics", "Proposal sent" ("Sales"), $12,345.67, close date 2026-11-30, owner "Ben Quist"',
        "Total value: $20,945.67 one-time",
      ],
    ),
    updateMany(
      ([proposals]) => ({ updates: [{ ids: idsIn(proposals), date_won: "2026-12-31" }] }),
      { blueHeronShop: { date_won: "2026-12-31" }, fjordFleet: { date_won: "2026-12-31" } },
      [
        "2 opportunities: 2 updated.",
        '"Blue Heron Books" (blueHeronShop): updated: date_won 2026-11-27 → 2026-12-31',
        '"Fjord Logistics" (fjordFleet): updated: date_won 2026-11-30 → 2026-12-31',
      ],
    ),
    applyPlan(
      ([, pushed]) => ({ plan: undoIn(pushed) }),
      { blueHeronShop: { date_won: "2026-11-27" }, fjordFleet: { date_won: "2026-11-30" } },
      [
        "2 opportunities: 2 updated.",
        '"Fjord Logistics" (fjordFleet): updated: date_won 2026-12-31 → 2026-11-30',
        '"Blue Heron Books" (blueHeronShop): updated: date_won 2026-12-31 → 2026-11-27',
      ],
    ),
  ],
  () => {
    const days = { [deals.blueHeronShop]: "2026-11-27", [deals.fjordFleet]: "2026-11-30" };
    for (const [id, date_won] of Object.entries(days)) {
      const proposal = { status_id: ids.statuses.salesProposalSent, date_won };
      Object.assign(sandbox.organization.opportunities.get(id) ?? {}, proposal);
    }
  },
);

errand("Nobody knows when the shop closes.", [
  update("blueHeronShop", { clear: ["date_won"] }, { date_won: null }, [
    'Updated "Blue Heron Books" (blueHeronShop): date_won 2031-06-30 → empty',
  ]),
]);

const { note } = stored(sandbox, deals.elmStreetRenewed);

errand("Add a line to the note (of 60 lines).", [
  update(
    "elmStreetRenewed",
    { note_append: "Call 61: all is fitted." },
    { note: `${note}\nCall 61: all is fitted.` },
    [
      'Updated "Elm Street Clinic" (elmStreetRenewed): note "…Call 60: room 160 needs two fittings." → "…Call 60: room 160 needs two fittings.\\nCall 61: all is fitted."',
    ],
    // Whether somebody has changed the note in between.
    ["GET /event/?object_type=opportunity&object_id=elmStreetRenewed"],
  ),
]);
