import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { expectBothForms } from "../../support/both-forms.ts";
import { sentBodies } from "../../support/host.ts";
import { serveSandbox } from "../../support/served.ts";

const { acmeExpansion, acmeRenewal, cedarUnpriced } = ids.opportunities;
const { driftwoodTerrace, elmStreetVisits, fjordFleet, fjordHarbour } = ids.opportunities;
const { competitor, salesEngineer, seats, tags, visitDays, watchers } = ids.customFields;

const { sandbox, host } = await serveSandbox();

/** The day on which server and sandbox run: they share the machine's clock, and both use UTC. */
const today = () => new Date().toISOString().slice(0, 10);

describe("the list of changes", () => {
  type Row = {
    name: string;
    args: { id: string } & Record<string, unknown>;
    body: Record<string, unknown>;
    changes: Record<string, unknown>[];
    summary: string;
    warnings?: unknown[];
  };
  const rows: Row[] = [
    {
      name: "a status by its labels, even if its id was sent",
      args: { id: acmeExpansion, status_id: ids.statuses.salesProposalSent },
      body: { status_id: ids.statuses.salesProposalSent },
      changes: [
        { field: "status_id", label: "status", from: "Active", to: "Proposal sent", requested: true },
      ],
      summary: "status Active → Proposal sent",
    },
    {
      name: "the other pipeline as well if a status of it moves the opportunity there",
      args: { id: acmeExpansion, status_id: "Renewals / In review" },
      body: { status_id: ids.statuses.renewalsInReview },
      changes: [
        { field: "status_id", label: "status", from: "Active", to: "In review", requested: true },
        { field: "pipeline_id", label: "pipeline", from: "Sales", to: "Renewals", requested: false },
      ],
      summary: "pipeline Sales → Renewals (set by Close)",
      warnings: [expect.stringMatching(/another pipeline.*"Sales" to "Renewals"/)],
    },
    {
      name: "money in cents, and formatted in the summary",
      args: { id: acmeExpansion, value: 75_050 },
      body: { value: 75_050 },
      changes: [{ field: "value", label: expect.any(String), from: 50_000, to: 75_050, requested: true }],
      summary: "value $500.00 one-time → $750.50 one-time",
    },
    {
      name: "an empty side as null",
      args: { id: cedarUnpriced, value: 12_300 },
      body: { value: 12_300 },
      changes: [{ field: "value", label: expect.any(String), from: null, to: 12_300, requested: true }],
      summary: "value empty → $123.00 one-time",
    },
    {
      name: "a value that is emptied",
      args: { id: acmeExpansion, clear: ["value"] },
      body: { value: null },
      changes: [{ field: "value", label: expect.any(String), from: 50_000, to: null, requested: true }],
      summary: "value $500.00 one-time → empty",
    },
    {
      name: "a note that is emptied, once, although note_html goes with it",
      args: { id: acmeExpansion, clear: ["note"] },
      body: { note: "" },
      changes: [
        { field: "note", label: "note", from: "Second warehouse needs lamps.", to: null, requested: true },
      ],
      summary: 'note "Second warehouse needs lamps." → empty',
    },
    {
      name: "a rich note in the form that was asked for",
      args: { id: cedarUnpriced, note_html: "<body><p>Ask <em>Sam</em></p></body>" },
      body: { note_html: "<body><p>Ask <em>Sam</em></p></body>" },
      changes: [
        {
          field: "note_html",
          label: "note_html",
          from: null,
          to: "<body><p>Ask <em>Sam</em></p></body>",
          requested: true,
        },
      ],
      summary: 'note_html empty → "<body><p>Ask <em>Sam</em></p></body>"',
    },
    {
      name: "owner and contact by name",
      args: { id: acmeRenewal, user_id: "ben.quist@example.com", contact_id: ids.contacts.leoPark },
      body: { user_id: ids.users.benQuist, contact_id: ids.contacts.leoPark },
      changes: [
        { field: "contact_id", label: "contact", from: "Nina Okafor", to: "Leo Park", requested: true },
        { field: "user_id", label: "owner", from: "Ada Quist", to: "Ben Quist", requested: true },
      ],
      summary: "owner Ada Quist → Ben Quist",
    },
    {
      name: "contact and owner that are taken away",
      args: { id: acmeRenewal, clear: ["contact_id", "user_id"] },
      body: { contact_id: null, user_id: null },
      changes: [
        { field: "contact_id", label: "contact", from: "Nina Okafor", to: null, requested: true },
        { field: "user_id", label: "owner", from: "Ada Quist", to: null, requested: true },
      ],
      summary: "owner Ada Quist → empty",
    },
    {
      name: "two owners of one name apart by their ids",
      args: { id: driftwoodTerrace, user_id: ids.users.samDoyle },
      body: { user_id: ids.users.samDoyle },
      changes: [
        {
          field: "user_id",
          label: "owner",
          from: `Sam Doyle (${ids.users.samDoyleBerlin})`,
          to: `Sam Doyle (${ids.users.samDoyle})`,
          requested: true,
        },
      ],
      summary: `Sam Doyle (${ids.users.samDoyleBerlin}) → Sam Doyle (${ids.users.samDoyle})`,
    },
    {
      name: "custom fields by their wire names and with their labels",
      args: {
        id: elmStreetVisits,
        custom_fields: [
          { field: "seats", action: "set", value: 14 },
          { field: competitor, action: "unset" },
          { field: "Tags", action: "add", value: "wednesday" },
        ],
      },
      body: { [`custom.${seats}`]: 14, [`custom.${competitor}`]: null, [`custom.${tags}.add`]: "Wednesday" },
      changes: [
        { field: `custom.${seats}`, label: "Seats", from: 12, to: 14, requested: true },
        {
          field: `custom.${competitor}`,
          label: "Competitor",
          from: "Brightside Lamps",
          to: null,
          requested: true,
        },
        {
          field: `custom.${tags}`,
          label: "Tags",
          from: ["Upsell"],
          to: ["Upsell", "Wednesday"],
          requested: true,
        },
      ],
      summary: "Tags Upsell → Upsell, Wednesday",
    },
    {
      name: "users in custom fields by name if they were named so",
      args: {
        id: elmStreetVisits,
        custom_fields: [{ field: "Sales engineer", action: "set", value: "Ada Quist" }],
      },
      body: { [`custom.${salesEngineer}`]: ids.users.adaQuist },
      changes: [
        {
          field: `custom.${salesEngineer}`,
          label: "Sales engineer",
          from: "Ben Quist",
          to: "Ada Quist",
          requested: true,
        },
      ],
      summary: "Sales engineer Ben Quist → Ada Quist",
    },
    {
      name: "users in custom fields by name if their ids were sent",
      args: {
        id: elmStreetVisits,
        custom_fields: [{ field: watchers, action: "remove", value: ids.users.samDoyle }],
      },
      body: { [`custom.${watchers}.remove`]: ids.users.samDoyle },
      changes: [
        {
          field: `custom.${watchers}`,
          label: "Watchers",
          from: ["Ada Quist", "Sam Doyle"],
          to: ["Ada Quist"],
          requested: true,
        },
      ],
      summary: "Watchers Ada Quist, Sam Doyle → Ada Quist",
    },
    {
      name: "what differs of all that was asked for and sent",
      args: { id: acmeExpansion, confidence: 50, value: 50_000, value_period: "monthly", note: "Two more" },
      body: { value: 50_000, value_period: "monthly", confidence: 50, note: "Two more" },
      changes: [
        { field: "value_period", label: "value_period", from: "one_time", to: "monthly", requested: true },
        {
          field: "note",
          label: "note",
          from: "Second warehouse needs lamps.",
          to: "Two more",
          requested: true,
        },
      ],
      summary: "value_period one_time → monthly (value $500.00 one-time → $500.00 monthly)",
    },
  ];

  test.each(rows)("shows $name", async ({ args, body, changes, summary, warnings }) => {
    const reply = await host.call(args);
    expect(sentBodies(sandbox)).toEqual([body]);
    expect(reply.structured.changes).toEqual(changes);
    expect(reply.summary).toContain(summary);
    expect(reply.structured.warnings).toEqual(warnings);
    expectBothForms(reply);
  });

  test("marks as not requested the date_won that Close fills in on winning", async () => {
    const reply = await host.call({ id: acmeExpansion, status_id: "Won" });
    const day = today();
    expect(sentBodies(sandbox)).toEqual([{ status_id: ids.statuses.salesWon }]);
    expect(reply.structured.changes).toEqual([
      { field: "status_id", label: "status", from: "Active", to: "Won", requested: true },
      { field: "date_won", label: "date_won", from: null, to: day, requested: false },
    ]);
    expect(reply.summary).toContain(`status Active → Won; date_won empty → ${day} (set by Close)`);
    expect(reply.structured).not.toHaveProperty("warnings");
    expectBothForms(reply);
  });

  test("marks as requested the date_won that the caller sent", async () => {
    const reply = await host.call({ id: acmeExpansion, status_id: "Won", date_won: "2025-02-03" });
    expect(sentBodies(sandbox)).toEqual([{ status_id: ids.statuses.salesWon, date_won: "2025-02-03" }]);
    expect(reply.structured.changes).toContainEqual({
      field: "date_won",
      label: "date_won",
      from: null,
      to: "2025-02-03",
      requested: true,
    });
    expect(reply.structured).not.toHaveProperty("warnings");
  });

  test("shows what somebody else changed between the two reads, as not requested", async () => {
    sandbox.fault({
      kind: "drift",
      method: "GET",
      change: (answer) => Object.assign({}, answer, { confidence: 20 }),
    });
    const reply = await host.call({ id: acmeExpansion, value: 60_000 });
    expect(sentBodies(sandbox)).toEqual([{ value: 60_000 }]);
    expect(reply.structured.changes).toContainEqual({
      field: "confidence",
      label: "confidence",
      from: 20,
      to: 50,
      requested: false,
    });
  });

  test("formats money in the organization's currency", async () => {
    sandbox.organization.currency = "EUR";
    const reply = await host.call({ id: fjordFleet, value: 1_300_005 });
    expect(sentBodies(sandbox)).toEqual([{ value: 1_300_005 }]);
    expect(reply.summary).toContain("value €12,345.67 one-time → €13,000.05 one-time");
  });

  test("is whole even if a value is too long for the summary", async () => {
    const note = "lamp ".repeat(1_000);
    const reply = await host.call({ id: cedarUnpriced, note });
    expect(sentBodies(sandbox)).toEqual([{ note }]);
    expect(reply.structured.changes).toEqual([
      { field: "note", label: "note", from: null, to: note, requested: true },
    ]);
    expect(reply.summary.length).toBeLessThan(1_000);
    expectBothForms(reply);
  });
});

test("a custom field that changed unasked has its name, and those in it too, though no name was given", async () => {
  const { salesEngineer, signatory } = ids.customFields;
  sandbox.fault({
    kind: "drift",
    method: "PUT",
    change: (answer) =>
      Object.assign({}, answer, {
        [`custom.${salesEngineer}`]: ids.users.benQuist,
        [`custom.${signatory}`]: ids.contacts.ninaOkafor,
      }),
  });
  const { structured } = await host.call({ id: ids.opportunities.acmeExpansion, confidence: 46 });
  expect(structured.changes).toMatchObject([
    { field: "confidence", to: 46 },
    { label: "Sales engineer", to: "Ben Quist", requested: false },
    { label: "Signatory", to: "Nina Okafor", requested: false },
  ]);
});

describe("the structured content", () => {
  test("is the opportunity as Close answered it, flat, with its custom fields", async () => {
    let answered: unknown;
    const keep = (answer: unknown) => {
      answered = answer;
      return answer;
    };
    sandbox.fault({ kind: "drift", method: "PUT", change: keep });
    const reply = await host.call({ id: elmStreetVisits, confidence: 45 });
    expect(sentBodies(sandbox)).toEqual([{ confidence: 45 }]);
    const { changes, undo, ...opportunity } = reply.structured;
    expect(opportunity).toEqual(answered);
    expect(opportunity).toMatchObject({ [`custom.${visitDays}`]: ["Tuesday", "Thursday"], confidence: 45 });
    expect(changes).toHaveLength(1);
    expect(undo).toMatchObject({ id: elmStreetVisits, confidence: 40 });
    expectBothForms(reply);
  });

  test("keeps a rich note as it is", async () => {
    const reply = await host.call({ id: fjordHarbour, confidence: 71 });
    expect(sentBodies(sandbox)).toEqual([{ confidence: 71 }]);
    expect(reply.structured.note_html).toBe(
      "<body><p><strong>Harbour</strong> lights</p><p>Keep the <em>old</em> tariff</p></body>",
    );
  });
});
