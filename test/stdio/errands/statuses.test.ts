import { describe } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { applyPlan, errands, find, idsIn, leadsSearched, refuse, update, updateMany } from "../../support/errands.ts";
import { planIn, undoIn } from "../../support/plans.ts";

const { opportunities: deals } = ids;

const { sandbox, errand } = await errands();

function addStatus(id: string, label: string): void {
  sandbox.organization.pipelines[0]?.statuses.push({ id, label, type: "lost" });
}

describe("statuses go by what they mean in the deal's own pipeline", () => {
  errand("All open deals of Acme are lost.", [
    find(
      { lead_names: ["Acme Corp"], status_type: "active" },
      [leadsSearched("Acme Corp"), "GET /opportunity/?lead_id=acme&status_type=active"],
      [
        "2 found:",
        'acmeRenewal: "Acme Corp", "Active" ("Renewals"), $12,000 annual, owner "Ada Quist", contact "Nina Okafor"',
        'acmeExpansion: "Acme Corp", "Active" ("Sales"), $500, owner "Ada Quist"',
        "Total value: $500.00 one-time, $12,000.00 annual; $12,500.00 a year",
      ],
    ),
    updateMany(
      ([open]) => ({ updates: [{ ids: idsIn(open), status_id: "lost" }] }),
      { acmeExpansion: { status_id: "salesLost" }, acmeRenewal: { status_id: "renewalsChurned" } },
      [
        "2 opportunities: 2 updated.",
        '"Acme Corp" (acmeRenewal): updated: status "Active" → "Churned"',
        '"Acme Corp" (acmeExpansion): updated: status "Active" → "Lost"',
      ],
    ),
  ]);

  errand("These four are lost.", [
    updateMany(
      {
        updates: [
          {
            ids: [deals.acmeRenewal, deals.cedarUnpriced, deals.fjordFleet, deals.fjordHarbour],
            status_id: "Lost",
          },
        ],
      },
      {
        acmeRenewal: { status_id: "renewalsChurned" },
        cedarUnpriced: { status_id: "salesLost" },
        fjordFleet: { status_id: "salesLost" },
        fjordHarbour: { status_id: "renewalsChurned" },
      },
      [
        "4 opportunities: 4 updated.",
        '"Acme Corp" (acmeRenewal): updated: status "Active" → "Churned"',
        '"Cedar & Sons" (cedarUnpriced): updated: status "Active" → "Lost"',
        '"Fjord Logistics" (fjordFleet): updated: status "Active" → "Lost"',
        '"Fjord Logistics" (fjordHarbour): updated: status "In review" → "Churned"',
      ],
    ),
  ]);

  errand("The renewal is closed lost. Or is it a proposal?", [
    refuse(
      "acmeRenewal",
      { status_id: "Closed Lost" },
      '- status_id: there is no status "Closed Lost" in the opportunity\'s own pipeline "Renewals". Its statuses: "Churned", "🤝 Verbal yes", "Won", "Active", "In review". To move the opportunity to another pipeline, give "Sales / Lost", "Sales / Proposal sent", "Sales / Won", "Sales / Active"',
    ),
    refuse(
      "acmeRenewal",
      { status_id: "Proposal" },
      '- status_id: there is no status "Proposal" in the opportunity\'s own pipeline "Renewals". Its statuses: "🤝 Verbal yes", "Churned", "In review", "Won", "Active". To move the opportunity to another pipeline, give "Sales / Proposal sent", "Sales / Lost", "Sales / Won", "Sales / Active"',
    ),
  ]);

  errand("The renewal is lost in Sales.", [
    refuse(
      "acmeRenewal",
      { status_id: "Lost (Sales)" },
      '- status_id: there is no status "Lost (Sales)" in the opportunity\'s own pipeline "Renewals". Its statuses: "Churned", "🤝 Verbal yes", "Won", "Active", "In review". To move the opportunity to another pipeline, give "Sales / Lost", "Sales / Proposal sent", "Sales / Won", "Sales / Active"',
    ),
  ]);

  errand("The expansion is not won after all, it won't close.", [
    refuse(
      "acmeExpansion",
      { status_id: "not won" },
      '- status_id: there is no status "not won" in the opportunity\'s own pipeline "Sales". Its statuses: "Won", "Lost", "Active", "Proposal sent". To move the opportunity to another pipeline, give "Renewals / Won", "Renewals / In review", "Renewals / Churned", "Renewals / Active", "Renewals / 🤝 Verbal yes"',
    ),
    refuse(
      "acmeExpansion",
      { status_id: "Won't close" },
      '- status_id: there is no status "Won\'t close" in the opportunity\'s own pipeline "Sales". Its statuses: "Won", "Lost", "Active", "Proposal sent". To move the opportunity to another pipeline, give "Renewals / Won", "Renewals / Churned", "Renewals / Active", "Renewals / In review", "Renewals / 🤝 Verbal yes"',
    ),
  ]);

  errand(
    "The expansion won't close (a label that is spelled with another apostrophe).",
    [
      update("acmeExpansion", { status_id: "won't close" }, { status_id: "stat_WontClose" }, [
        'Updated "Acme Corp" (acmeExpansion): status "Active" → "Won’t close"; date_lost empty → 2026-11-25 10:00 (UTC) (set by Close)',
      ]),
    ],
    () => addStatus("stat_WontClose", "Won’t close"),
  );

  errand(
    "The expansion is with the family (a label of invisible characters, sent back as it was printed).",
    [
      refuse(
        "acmeExpansion",
        { status_id: "With relatives" },
        '- status_id: there is no status "With relatives" in the opportunity\'s own pipeline "Sales". Its statuses: "Active", "Proposal sent", "Won", "Lost", "👨 👩 👧 می خواهم". To move the opportunity to another pipeline, give "Renewals / In review", "Renewals / Active", "Renewals / 🤝 Verbal yes", "Renewals / Won", "Renewals / Churned"',
      ),
      update(
        "acmeExpansion",
        ([reply]) => ({ status_id: /"(👨[^"]*)"/u.exec(reply?.text ?? "")?.[1] }),
        { status_id: "stat_Family" },
        [
          'Updated "Acme Corp" (acmeExpansion): status "Active" → "👨 👩 👧 می خواهم"; date_lost empty → 2026-11-25 10:00 (UTC) (set by Close)',
        ],
      ),
    ],
    () => addStatus("stat_Family", "👨‍👩‍👧 می‌خواهم"),
  );
});

describe("a win", () => {
  errand("We won the expansion on Monday. Tag it as a key account.", [
    update(
      "acmeExpansion",
      {
        status_id: "Won",
        date_won: "2026-11-23",
        custom_fields: [{ field: "Tags", action: "add", value: ["Key account"] }],
      },
      {
        status_id: "salesWon",
        date_won: "2026-11-23",
        "custom.tags.add": "Key account",
      },
      [
        'Updated "Acme Corp" (acmeExpansion): status "Active" → "Won"; date_won empty → 2026-11-23; "Tags" empty → "Key account"',
      ],
    ),
  ]);

  errand("We win the expansion on December 15.", [
    update(
      "acmeExpansion",
      { status_id: "Won", date_won: "2026-12-15" },
      { status_id: "salesWon", date_won: "2026-12-15" },
      [
        'Updated "Acme Corp" (acmeExpansion): status "Active" → "Won"; date_won empty → 2026-12-15',
        "Warning: The status is won but date_won is 2026-12-15, which is after today (2026-11-25 in UTC).",
      ],
    ),
  ]);

  errand("We won the expansion. No, undo that.", [
    update("acmeExpansion", { status_id: "Won" }, { status_id: "salesWon" }, [
      'Updated "Acme Corp" (acmeExpansion): status "Active" → "Won"; date_won empty → 2026-11-25 (set by Close)',
    ]),
    applyPlan(([won]) => ({ plan: undoIn(won) }), { acmeExpansion: { status_id: "salesActive", date_won: null } }, [
      "1 opportunity: 1 updated.",
      '"Acme Corp" (acmeExpansion): updated: status "Won" → "Active"; date_won 2026-11-25 → empty',
    ]),
  ]);

  errand("What would happen if the terrace was won? Then do it.", [
    update("driftwoodTerrace", { status_id: "Won", dry_run: true }, undefined, [
      'Dry run, nothing was sent. This would update "Driftwood Café" (driftwoodTerrace): status "Active" → "Won"; date_won empty → 2026-11-25 (set by Close)',
      "To carry it out, call apply_plan with this plan: Win 1: $588 a year: Driftwood Café · …",
      'Request: PUT /opportunity/driftwoodTerrace/ {"status_id":"salesWon"}',
    ]),
    applyPlan(([dry]) => ({ plan: planIn(dry) }), { driftwoodTerrace: { status_id: "salesWon" } }, [
      "1 opportunity: 1 updated.",
      '"Driftwood Café" (driftwoodTerrace): updated: status "Active" → "Won"; date_won empty → 2026-11-25 (set by Close)',
    ]),
  ]);
});
