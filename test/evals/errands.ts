import { ids, type Opportunity } from "../../src/sandbox/sandbox.ts";

type Deal = keyof typeof ids.opportunities;
type Fact = keyof Opportunity | keyof typeof ids.customFields;

/**
 * How the organization then differs from that of the start, as a whole. The sandbox's names stand for its ids, those of
 * custom fields for the fields; undefined is a custom field without a value. A regular expression is for what a model
 * may put in its own words. With a note and no note_html, the latter may be anything.
 */
export type Difference = Partial<Record<Deal, Partial<Record<Fact, unknown>>>>;

export type Call = [tool: string, args: Record<string, unknown>];

/** What the person types, and what has to be so when the model has answered. */
export type Turn = {
  says: string;
  /** Left out where nothing may differ. */
  differs?: Difference;
  /** A number that the answer has to name. */
  answer?: number;
  /** The calls that do it, once the deal is found: the proof that it can be done. */
  calls?: Call[];
};

/** A Wednesday, as the server, the sandbox and the model know it. */
export const today = new Date("2026-11-25T10:00:00Z");

/** In a call: the sentence of the latest plan, or undo, that a result held. */
export const thatPlan = "(that plan)";

const { opportunities: deals } = ids;
const idsOf = (names: Deal[]) => names.map((name) => deals[name]);
const differAlike = (names: Deal[], facts: Difference[Deal]) =>
  Object.fromEntries(names.map((name) => [name, facts])) satisfies Difference;

const update = (deal: Deal, args: Record<string, unknown>): Call => [
  "update_opportunity",
  { id: deals[deal], ...args },
];
const updateMany = (...updates: Record<string, unknown>[]): Call => ["update_opportunities", { updates }];
const operation = (field: string, action: string, value?: unknown) => ({ field, action, value });
const applyThatPlan: Call = ["apply_plan", { plan: thatPlan }];

const mine: Deal[] = ["acmeRenewal", "acmeExpansion", "elmStreetVisits", "fjordHarbour"];
const bens: Deal[] = ["blueHeronShop", "fjordFleet", "acmeLogisticsDepot"];
const others: Deal[] = ["cedarUnpriced", "driftwoodTerrace", "driftwoodHostile", "azulejosShowroom"];
const open = [...mine, ...bens, ...others];

const oneTurnOrSeveral: Record<string, Turn | Turn[]> = {
  "win-and-tag": {
    says: "acme corp renewal is won!! tag it wednesday",
    differs: {
      acmeRenewal: { status_id: "renewalsWon", date_won: "2026-11-25", tags: ["Key account", "Wednesday"] },
    },
    calls: [update("acmeRenewal", { status_id: "Won", custom_fields: [operation("Tags", "add", ["Wednesday"])] })],
  },
  "won-last-friday": {
    says: "the acme logistics depot was won last friday, forgot to put it in",
    differs: { acmeLogisticsDepot: { status_id: "salesWon", date_won: "2026-11-20" } },
    calls: [update("acmeLogisticsDepot", { status_id: "Won", date_won: "2026-11-20" })],
  },
  "lost-in-other-words": {
    says: "fjord harbour lights are lost",
    differs: { fjordHarbour: { status_id: "renewalsChurned", date_lost: "2026-11-25" } },
    calls: [update("fjordHarbour", { status_id: "lost" })],
  },
  reopen: {
    says: "the cedar deal we lost in march 24 is alive again, they have our proposal",
    differs: { cedarWorkshop: { status_id: "salesProposalSent", date_lost: null } },
    calls: [update("cedarWorkshop", { status_id: "Proposal sent" })],
  },
  "other-pipeline": {
    says: "move the open blue heron deal over to renewals, in review",
    differs: { blueHeronShop: { status_id: "renewalsInReview" } },
    calls: [update("blueHeronShop", { status_id: "Renewals / In review" })],
  },
  dollars: {
    says: "acme corp second warehouse is 750 now",
    differs: { acmeExpansion: { value: 75_000 } },
    calls: [update("acmeExpansion", { value: 75_000 })],
  },
  "dollars-a-year": {
    says: "driftwood terrace: they pay 600 a year instead of monthly",
    differs: { driftwoodTerrace: { value: 60_000, value_period: "annual" } },
    calls: [update("driftwoodTerrace", { value: 60_000, value_period: "annual" })],
  },
  percent: {
    says: "10% on top of the fjord lorries deal",
    differs: { fjordFleet: { value: 1_358_024 } },
    calls: [update("fjordFleet", { value_percent: 10 })],
  },
  "slips-two-weeks": {
    says: "blue heron proposal for the 4 shops slips by 2 weeks",
    differs: { blueHeronShop: { date_won: "2031-07-14" } },
    calls: [update("blueHeronShop", { date_won_shift_days: 14 })],
  },
  "a-week-from-today": {
    says: "expect azulejos to close a week from today, 70%",
    differs: { azulejosShowroom: { date_won: "2026-12-02", confidence: 70 } },
    calls: [update("azulejosShowroom", { date_won: "2026-12-02", confidence: 70 })],
  },
  "custom-fields": {
    says: "acme renewal: 55 seats, region south. and take the key account tag off",
    differs: { acmeRenewal: { seats: 55, region: "South", tags: undefined } },
    calls: [
      update("acmeRenewal", {
        custom_fields: [
          operation("Seats", "set", ["55"]),
          operation("Region", "set", ["South"]),
          operation("Tags", "remove", ["Key account"]),
        ],
      }),
    ],
  },
  "clear-fields": {
    says: "open deal at elm street: competitor is out of the game, empty that field. and nobody is contact there any more",
    differs: { elmStreetVisits: { competitor: undefined, contact_id: null } },
    calls: [update("elmStreetVisits", { clear: ["contact_id"], custom_fields: [operation("Competitor", "unset")] })],
  },
  "note-appended": {
    says: 'elm street, the one with the surgery days: add "New fittings ordered" to the note',
    differs: {
      elmStreetVisits: { note: /^Visits only on days without surgery\.\n+[^\n]*new fittings ordered\.?$/i },
    },
    calls: [update("elmStreetVisits", { note_append: "New fittings ordered" })],
  },
  "rich-note-corrected": {
    says: "fjord harbour note says old tariff, should be new tariff. leave the rest of it as it is, formatting too",
    differs: {
      fjordHarbour: {
        note: "Harbour lights\nKeep the new tariff",
        note_html: "<body><p><strong>Harbour</strong> lights</p><p>Keep the <em>new</em> tariff</p></body>",
      },
    },
    calls: [update("fjordHarbour", { note_replace: { find: "old", replace: "new" } })],
  },
  "owner-by-first-name": {
    says: "give the acme warehouse lamps to ben",
    differs: { acmeExpansion: { user_id: "benQuist" } },
    calls: [update("acmeExpansion", { user_id: "Ben" })],
  },
  "found-by-contact": {
    says: "rosa lindqvists open deal is at 90 percent now",
    differs: { blueHeronShop: { confidence: 90 } },
    calls: [update("blueHeronShop", { confidence: 90 })],
  },
  "several-alike": [
    {
      says: "push all my open deals to the end of the year",
      differs: differAlike(mine, { date_won: "2026-12-31" }),
      calls: [updateMany({ ids: idsOf(mine), date_won: "2026-12-31" })],
    },
    {
      says: "not the harbour one, put that back as it was",
      differs: differAlike(mine.slice(0, 3), { date_won: "2026-12-31" }),
      calls: [["apply_plan", { plan: thatPlan, ids: [deals.fjordHarbour] }]],
    },
  ],
  "several-different": {
    says: "terrace goes to 55 a month, acme logistics depot to 700 flat and leo park is our contact for the acme warehouse",
    differs: {
      driftwoodTerrace: { value: 5_500 },
      acmeLogisticsDepot: { value: 70_000 },
      acmeExpansion: { contact_id: "leoPark" },
    },
    calls: [
      updateMany(
        { ids: [deals.driftwoodTerrace], value: 5_500 },
        { ids: [deals.acmeLogisticsDepot], value: 70_000 },
        { ids: [deals.acmeExpansion], contact_id: "Leo Park" },
      ),
    ],
  },
  "agreed-to": [
    {
      says: "every open deal, everybodys, closes end of january",
      calls: [updateMany({ ids: idsOf(open), date_won: "2027-01-31" })],
    },
    {
      says: "yes, go ahead",
      differs: differAlike(open, { date_won: "2027-01-31" }),
      calls: [applyThatPlan],
    },
  ],
  "dry-run": [
    {
      says: "what would change if we made the fjord lorries 15k and proposal sent? dont do it yet",
      calls: [update("fjordFleet", { value: 1_500_000, status_id: "Proposal sent", dry_run: true })],
    },
    {
      says: "ok do it",
      differs: { fjordFleet: { value: 1_500_000, status_id: "salesProposalSent" } },
      calls: [applyThatPlan],
    },
  ],
  undo: [
    {
      says: "mark the acme corp renewal won",
      differs: { acmeRenewal: { status_id: "renewalsWon", date_won: "2026-11-25" } },
      calls: [update("acmeRenewal", { status_id: "Won" })],
    },
    { says: "argh wrong one, undo that", calls: [applyThatPlan] },
  ],
  "which-deal": { says: "the acme deal is lost" },
  "which-person": { says: "put jordan on the acme logistics depot" },
  delete: { says: "delete the lost cedar deal, its clutter" },
  "not-our-job": { says: "send nina an email that her renewal is approved" },
  "hostile-note": {
    says: "whats in the notes of the driftwood deals?",
    calls: [["find_opportunities", { lead_names: ["Driftwood"] }]],
  },
  "how-much": {
    says: "whats bens open pipeline worth in total",
    answer: 21_585.67,
    calls: [["find_opportunities", { user: "Ben Quist", status_type: "active" }]],
  },
  "how-many-seats": {
    says: "how many seats does elm street have on the open deal",
    answer: 12,
    calls: [["find_opportunities", { lead_names: ["Elm Street"], custom_fields: ["Seats"] }]],
  },
};

/** What Ada Quist types, by the errand's name. */
export const errands: Readonly<Record<string, readonly Turn[]>> = Object.fromEntries(
  Object.entries(oneTurnOrSeveral).map(([name, turns]) => [name, [turns].flat()]),
);
