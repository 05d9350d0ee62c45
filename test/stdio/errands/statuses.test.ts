import { describe } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { errands, idsIn, leadsSearched, read, refused, written } from "../../support/errands.ts";
import { planIn, undoIn } from "../../support/plans.ts";

const { opportunities: deals } = ids;

const { sandbox, errand } = await errands();

function addStatus(id: string, label: string): void {
  sandbox.organization.pipelines[0]?.statuses.push({ id, label, type: "lost" });
}

describe("statuses go by what they mean in the deal's own pipeline", () => {
  errand("All open deals of Acme are lost.", [
    [
      "find_opportunities",
      { lead_names: ["Acme Corp"], status_type: "active" },
      [leadsSearched("Acme Corp"), "GET /opportunity/?lead_id=acme&status_type=active"],
      [
        "2 found:",
        'acmeRenewal: "Acme Corp", "Active" ("Renewals"), $12,000 annual, owner "Ada Quist", contact "Nina Okafor"',
        'acmeExpansion: "Acme Corp", "Active" ("Sales"), $500, owner "Ada Quist"',
        "Total value: $500.00 one-time, $12,000.00 annual; $12,500.00 a year",
      ],
    ],
    [
      "update_opportunities",
      ([open]) => ({ updates: [{ ids: idsIn(open), status_id: "lost" }] }),
      [
        ...written("acmeExpansion", { status_id: "salesLost" }),
        ...written("acmeRenewal", { status_id: "renewalsChurned" }),
      ],
      [
        "2 opportunities: 2 updated.",
        '"Acme Corp" (acmeRenewal): updated: status "Active" → "Churned"',
        '"Acme Corp" (acmeExpansion): updated: status "Active" → "Lost"',
      ],
    ],
  ]);

  errand("These four are lost.", [
    [
      "update_opportunities",
      {
        updates: [
          {
            ids: [deals.acmeRenewal, deals.cedarUnpriced, deals.fjordFleet, deals.fjordHarbour],
            status_id: "Lost",
          },
        ],
      },
      [
        ...written("acmeRenewal", { status_id: "renewalsChurned" }),
        ...written("cedarUnpriced", { status_id: "salesLost" }),
        ...written("fjordFleet", { status_id: "salesLost" }),
        ...written("fjordHarbour", { status_id: "renewalsChurned" }),
      ],
      [
        "4 opportunities: 4 updated.",
        '"Acme Corp" (acmeRenewal): updated: status "Active" → "Churned"',
        '"Cedar & Sons" (cedarUnpriced): updated: status "Active" → "Lost"',
        '"Fjord Logistics" (fjordFleet): updated: status "Active" → "Lost"',
        '"Fjord Logistics" (fjordHarbour): updated: status "In review" → "Churned"',
      ],
    ],
  ]);

  errand("The renewal is closed lost. Or is it a proposal?", [
    [
      "update_opportunity",
      { id: deals.acmeRenewal, status_id: "Closed Lost" },
      [read("acmeRenewal")],
      refused(
        '- status_id: there is no status "Closed Lost" in the opportunity\'s own pipeline "Renewals". Its statuses: "Churned", "🤝 Verbal yes", "Won", "Active", "In review". To move the opportunity to another pipeline, give "Sales / Lost", "Sales / Proposal sent", "Sales / Won", "Sales / Active"',
      ),
    ],
    [
      "update_opportunity",
      { id: deals.acmeRenewal, status_id: "Proposal" },
      [read("acmeRenewal")],
      refused(
        '- status_id: there is no status "Proposal" in the opportunity\'s own pipeline "Renewals". Its statuses: "🤝 Verbal yes", "Churned", "In review", "Won", "Active". To move the opportunity to another pipeline, give "Sales / Proposal sent", "Sales / Lost", "Sales / Won", "Sales / Active"',
      ),
    ],
  ]);

  errand("The renewal is lost in Sales.", [
    [
      "update_opportunity",
      { id: deals.acmeRenewal, status_id: "Lost (Sales)" },
      [read("acmeRenewal")],
      refused(
        '- status_id: there is no status "Lost (Sales)" in the opportunity\'s own pipeline "Renewals". Its statuses: "Churned", "🤝 Verbal yes", "Won", "Active", "In review". To move the opportunity to another pipeline, give "Sales / Lost", "Sales / Proposal sent", "Sales / Won", "Sales / Active"',
      ),
    ],
  ]);

  errand("The expansion is not won after all, it won't close.", [
    [
      "update_opportunity",
      { id: deals.acmeExpansion, status_id: "not won" },
      [read("acmeExpansion")],
      refused(
        '- status_id: there is no status "not won" in the opportunity\'s own pipeline "Sales". Its statuses: "Won", "Lost", "Active", "Proposal sent". To move the opportunity to another pipeline, give "Renewals / Won", "Renewals / In review", "Renewals / Churned", "Renewals / Active", "Renewals / 🤝 Verbal yes"',
      ),
    ],
    [
      "update_opportunity",
      { id: deals.acmeExpansion, status_id: "Won't close" },
      [read("acmeExpansion")],
      refused(
        '- status_id: there is no status "Won\'t close" in the opportunity\'s own pipeline "Sales". Its statuses: "Won", "Lost", "Active", "Proposal sent". To move the opportunity to another pipeline, give "Renewals / Won", "Renewals / Churned", "Renewals / Active", "Renewals / In review", "Renewals / 🤝 Verbal yes"',
      ),
    ],
  ]);

  errand(
    "The expansion won't close (a label that is spelled with another apostrophe).",
    [
      [
        "update_opportunity",
        { id: deals.acmeExpansion, status_id: "won't close" },
        written("acmeExpansion", { status_id: "stat_WontClose" }),
        [
          'Updated "Acme Corp" (acmeExpansion): status "Active" → "Won’t close"; date_lost empty → 2026-11-25 10:00 (UTC) (set by Close)',
        ],
      ],
    ],
    () => addStatus("stat_WontClose", "Won’t close"),
  );

  errand(
    "The expansion is with the family (a label of invisible characters, sent back as it was printed).",
    [
      [
        "update_opportunity",
        { id: deals.acmeExpansion, status_id: "With relatives" },
        [read("acmeExpansion")],
        refused(
          '- status_id: there is no status "With relatives" in the opportunity\'s own pipeline "Sales". Its statuses: "Active", "Proposal sent", "Won", "Lost", "👨 👩 👧 می خواهم". To move the opportunity to another pipeline, give "Renewals / In review", "Renewals / Active", "Renewals / 🤝 Verbal yes", "Renewals / Won", "Renewals / Churned"',
        ),
      ],
      [
        "update_opportunity",
        ([reply]) => ({ id: deals.acmeExpansion, status_id: /"(👨[^"]*)"/u.exec(reply?.text ?? "")?.[1] }),
        written("acmeExpansion", { status_id: "stat_Family" }),
        [
          'Updated "Acme Corp" (acmeExpansion): status "Active" → "👨 👩 👧 می خواهم"; date_lost empty → 2026-11-25 10:00 (UTC) (set by Close)',
        ],
      ],
    ],
    () => addStatus("stat_Family", "👨‍👩‍👧 می‌خواهم"),
  );
});

describe("a win", () => {
  errand("We won the expansion on Monday. Tag it as a key account.", [
    [
      "update_opportunity",
      {
        id: deals.acmeExpansion,
        status_id: "Won",
        date_won: "2026-11-23",
        custom_fields: [{ field: "Tags", action: "add", value: ["Key account"] }],
      },
      written("acmeExpansion", {
        status_id: "salesWon",
        date_won: "2026-11-23",
        "custom.tags.add": "Key account",
      }),
      [
        'Updated "Acme Corp" (acmeExpansion): status "Active" → "Won"; date_won empty → 2026-11-23; "Tags" empty → "Key account"',
      ],
    ],
  ]);

  errand("We win the expansion on December 15.", [
    [
      "update_opportunity",
      { id: deals.acmeExpansion, status_id: "Won", date_won: "2026-12-15" },
      written("acmeExpansion", { status_id: "salesWon", date_won: "2026-12-15" }),
      [
        'Updated "Acme Corp" (acmeExpansion): status "Active" → "Won"; date_won empty → 2026-12-15',
        "Warning: The status is won but date_won is 2026-12-15, which is after today (2026-11-25 in UTC).",
      ],
    ],
  ]);

  errand("We won the expansion. No, undo that.", [
    [
      "update_opportunity",
      { id: deals.acmeExpansion, status_id: "Won" },
      written("acmeExpansion", { status_id: "salesWon" }),
      ['Updated "Acme Corp" (acmeExpansion): status "Active" → "Won"; date_won empty → 2026-11-25 (set by Close)'],
    ],
    [
      "apply_plan",
      ([won]) => ({ plan: undoIn(won) }),
      written("acmeExpansion", { status_id: "salesActive", date_won: null }),
      [
        "1 opportunity: 1 updated.",
        '"Acme Corp" (acmeExpansion): updated: status "Won" → "Active"; date_won 2026-11-25 → empty',
      ],
    ],
  ]);

  errand("What would happen if the terrace was won? Then do it.", [
    [
      "update_opportunity",
      { id: deals.driftwoodTerrace, status_id: "Won", dry_run: true },
      [read("driftwoodTerrace")],
      [
        'Dry run, nothing was sent. This would update "Driftwood Café" (driftwoodTerrace): status "Active" → "Won"; date_won empty → 2026-11-25 (set by Close)',
        "To carry it out, call apply_plan with this plan: Win 1: $588 a year: Driftwood Café · …",
        'Request: PUT /opportunity/driftwoodTerrace/ {"status_id":"salesWon"}',
      ],
    ],
    [
      "apply_plan",
      ([dry]) => ({ plan: planIn(dry) }),
      written("driftwoodTerrace", { status_id: "salesWon" }),
      [
        "1 opportunity: 1 updated.",
        '"Driftwood Café" (driftwoodTerrace): updated: status "Active" → "Won"; date_won empty → 2026-11-25 (set by Close)',
      ],
    ],
  ]);
});
