import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { expectBothForms } from "../../support/both-forms.ts";
import { serveSandbox } from "../../support/served.ts";

const { acmeExpansion, cedarUnpriced } = ids.opportunities;
const { driftwoodTerrace, elmStreetVisits } = ids.opportunities;
const { competitor, salesEngineer, seats, tags, visitDays, watchers } = ids.customFields;

const { sandbox, host } = await serveSandbox();

/** The day on which server and sandbox run: they share the machine's clock, and both use UTC. */
const today = () => new Date().toISOString().slice(0, 10);

describe("the list of changes", () => {
  const labels: Record<string, string> = {
    ...{ status_id: "status", pipeline_id: "pipeline", user_id: "owner", contact_id: "contact" },
    ...{ value: "value (cents)", [`custom.${seats}`]: "Seats", [`custom.${competitor}`]: "Competitor" },
    ...{ [`custom.${tags}`]: "Tags", [`custom.${watchers}`]: "Watchers" },
    [`custom.${salesEngineer}`]: "Sales engineer",
  };
  const change = (field: string, from: unknown, to: unknown, requested = true) => {
    return { field, label: labels[field] ?? field, from, to, requested };
  };
  const operations = (...custom_fields: Record<string, unknown>[]) => ({
    id: elmStreetVisits,
    custom_fields,
  });
  const rich = "<body><p>Ask <em>Sam</em></p></body>";
  const note = "Second warehouse needs lamps.";
  const doyles = [ids.users.samDoyleBerlin, ids.users.samDoyle].map((id) => `Sam Doyle (${id})`);

  test.each<[string, { id: string } & Record<string, unknown>, Record<string, unknown>[], string]>([
    [
      "a status by its labels, even if its id was sent",
      { id: acmeExpansion, status_id: ids.statuses.salesProposalSent },
      [change("status_id", "Active", "Proposal sent")],
      'status "Active" → "Proposal sent"',
    ],
    [
      "the other pipeline as well if a status of it moves the opportunity there",
      { id: acmeExpansion, status_id: "Renewals / In review" },
      [change("status_id", "Active", "In review"), change("pipeline_id", "Sales", "Renewals", false)],
      'pipeline "Sales" → "Renewals" (set by Close)',
    ],
    [
      "a note that is emptied, once, although note_html goes with it",
      { id: acmeExpansion, clear: ["note"] },
      [change("note", note, null)],
      'note "Second warehouse needs lamps." → empty',
    ],
    [
      "a rich note in the form that was asked for",
      { id: cedarUnpriced, note_html: rich },
      [change("note_html", null, rich)],
      `note_html empty → "${rich}"`,
    ],
    [
      "two owners of one name apart by their ids",
      { id: driftwoodTerrace, user_id: ids.users.samDoyle },
      [change("user_id", doyles[0], doyles[1])],
      doyles.map((name) => `"${name}"`).join(" → "),
    ],
    [
      "custom fields by their wire names and with their labels",
      operations(
        { field: "seats", action: "set", value: 14 },
        { field: competitor, action: "unset" },
        { field: "Tags", action: "add", value: "wednesday" },
      ),
      [
        change(`custom.${seats}`, 12, 14),
        change(`custom.${competitor}`, "Brightside Lamps", null),
        change(`custom.${tags}`, ["Upsell"], ["Upsell", "Wednesday"]),
      ],
      '"Tags" "Upsell" → "Upsell", "Wednesday"',
    ],
    [
      "what differs of all that was asked for",
      { id: acmeExpansion, confidence: 50, value: 50_000, value_period: "monthly", note: "Two more" },
      [change("value_period", "one_time", "monthly"), change("note", note, "Two more")],
      "value_period one_time → monthly (value $500.00 one-time → $500.00 monthly)",
    ],
  ])("shows %s", async (_what, args, changes, summary) => {
    const reply = await host.call(args);
    expect(reply.structured.changes).toEqual(changes);
    expect(reply.summary).toContain(summary);
    expectBothForms(reply);
  });

  test("marks as requested the date_won that was sent, and not the one that Close fills in", async () => {
    const reply = await host.call({ id: acmeExpansion, status_id: "Won" });
    const day = today();
    const won = change("status_id", "Active", "Won");
    expect(reply.structured.changes).toEqual([won, change("date_won", null, day, false)]);
    expect(reply.summary).toContain(`status "Active" → "Won"; date_won empty → ${day} (set by Close)`);
    expect(reply.structured).not.toHaveProperty("warnings");
    expectBothForms(reply);
    sandbox.reset();
    const sent = await host.call({ id: acmeExpansion, status_id: "Won", date_won: "2025-02-03" });
    expect(sent.structured.changes).toEqual([won, change("date_won", null, "2025-02-03")]);
  });

  test("is whole even if a value is too long for the summary", async () => {
    const long = "lamp ".repeat(1_000);
    const reply = await host.call({ id: cedarUnpriced, note: long });
    expect(reply.structured.changes).toEqual([change("note", null, long)]);
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

test("the structured content is the opportunity as Close answered it, flat, with its custom fields", async () => {
  let answered: unknown;
  const keep = (answer: unknown) => {
    answered = answer;
    return answer;
  };
  sandbox.fault({ kind: "drift", method: "PUT", change: keep });
  const reply = await host.call({ id: elmStreetVisits, confidence: 45 });
  const { changes, undo, ...opportunity } = reply.structured;
  expect(opportunity).toEqual(answered);
  expect(opportunity).toMatchObject({ [`custom.${visitDays}`]: ["Tuesday", "Thursday"], confidence: 45 });
  expect(changes).toHaveLength(1);
  expect(undo).toMatch(/^Take back 1 update: Elm Street Clinic · /);
  expectBothForms(reply);
});
