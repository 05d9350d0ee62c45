import { beforeEach, describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { type Arguments, sizeOf } from "../../support/errands.ts";
import { type Reply, sentBodies } from "../../support/host.ts";
import { change, changeByBen, copiesOf, stored } from "../../support/opportunities.ts";
import { undoIn } from "../../support/plans.ts";
import { unasked } from "../../support/rows.ts";
import { found } from "../../support/searches.ts";
import { serveSandbox } from "../../support/served.ts";
import { added, makeUntidy } from "../../support/untidy.ts";

const { opportunities: deals, statuses, users, customFields } = ids;
const id = deals.acmeExpansion;

const { sandbox, host } = await serveSandbox(undefined, {
  env: { ...unasked, CLOSE_TIME_ZONE: "America/New_York" },
});
let otherDeal: string;
beforeEach(() => {
  otherDeal = makeUntidy(sandbox);
});

type Call = [tool: string, args: Arguments];
/** The most that a test's calls may cost: requests to Close but for the kept lists, and bytes that the model reads. */
type Cost = { requests: number; bytes: number };

const isOfLists = (path: string) => /^\/(?:pipeline|custom_field_schema|user|membership|me|organization)\b/.test(path);

/** Makes the calls that a person's errand takes; returns the answers. */
async function within({ requests, bytes }: Cost, ...calls: readonly Call[]): Promise<Reply[]> {
  const before = sandbox.requests.length;
  const replies: Reply[] = [];
  for (const [tool, args] of calls) replies.push(await host.call(args, tool));
  const asked = sandbox.requests.slice(before).filter(({ path }) => !isOfLists(path));
  // On a slow machine what was read is soon old, and read again.
  const different = new Set(asked.map(({ method, path, rawBody }) => `${method} ${path} ${rawBody}`));
  expect(different.size).toBeLessThanOrEqual(requests);
  expect(replies.reduce((sum, reply) => sum + sizeOf(reply), 0)).toBeLessThanOrEqual(bytes);
  return replies;
}

const warningsIn = (reply: Reply | undefined) => [reply?.structured.warnings ?? []].flat().join("\n");
const find = async (args: Arguments, cost: Cost) => {
  const [reply] = await within(cost, ["find_opportunities", args]);
  expect(reply?.isError, reply?.text).toBe(false);
  return reply ?? { isError: true, text: "", summary: "", structured: {} };
};

const link = `https://app.close.com/lead/lead_x/#opportunity=${id}`;
const seats = `custom.${customFields.seats}`;

describe("what has one safe meaning is done in one call, and a warning says how it was read:", () => {
  test.each<[args: Arguments, body: Arguments, warning: string]>([
    [{ user_id: "Greg" }, { user_id: added.greg }, '"Greg" was read as "Greg Novak"'],
    [{ user_id: "Bergstrom" }, { user_id: added.ana }, '"Bergstrom" was read as "Ana Bergström"'],
    [{ id: deals.blueHeronShop, status_id: "verbal" }, { status_id: statuses.salesActive }, ""],
    [{ status_id: "Terms and Pricing" }, { status_id: statuses.salesProposalSent }, ""],
    [{ status_id: "Renewals / Reouvert" }, { status_id: statuses.renewalsActive }, "another pipeline"],
    [{ status: "Won" }, { status_id: statuses.salesWon }, "status was read as status_id."],
    [{ status: "Won", stage: "Won" }, { status_id: statuses.salesWon }, "stage was read as status_id."],
    [{ close_date: "2027-03-31" }, { date_won: "2027-03-31" }, "close_date was read as date_won."],
    [{ date_won: "2027/03/31" }, { date_won: "2027-03-31" }, '"2027/03/31" was read as "2027-03-31"'],
    [{ value_period: "yearly" }, { value_period: "annual" }, '"yearly" was read as "annual"'],
    [{ value_period: "per month" }, { value_period: "monthly" }, '"per month" was read as "monthly"'],
    [{ custom_fields: { Seats: 55 } }, { [seats]: 55 }, "custom_fields was read as a list."],
    [{ custom_fields: [{ Seats: 55 }] }, { [seats]: 55 }, "custom_fields was read as a list."],
    [{ custom_field: { Seats: 55 } }, { [seats]: 55 }, "custom_field was read as custom_fields."],
    [{ custom_fields: [{ field: "Seats", value: 55 }] }, { [seats]: 55 }, "has no action and was read as set."],
    [
      { custom_fields: { Tags: { action: "add", value: "Upsell" } } },
      { [`custom.${customFields.tags}.add`]: "Upsell" },
      "custom_fields was read as a list.",
    ],
    [{ id: link, value: 1 }, { value: 1 }, `was read as "${id}".`],
    [{ id: `<${id}>`, value: 1 }, { value: 1 }, `was read as "${id}".`],
    [{ id: [id], value: 1 }, { value: 1 }, "id was read as the one entry of its list."],
    [{ confidence: "55%" }, { confidence: 55 }, '"55%" was read as 55.'],
    [{ confidence: "55 percent" }, { confidence: 55 }, '"55 percent" was read as 55.'],
    [{ value_percent: "+10%" }, { value: 55_000 }, '"+10%" was read as 10.'],
    [{ date_won_shift_days: "14 days" }, { date_won: "2026-12-24" }, '"14 days" was read as 14.'],
    [{ value: "75000 cents" }, { value: 75_000 }, '"75000 cents" was read as 75000.'],
    [{ value_in_cents: 75_000 }, { value: 75_000 }, "value_in_cents was read as value."],
    [{ user_id: ["Greg Novak"] }, { user_id: added.greg }, "user_id was read as the one entry of its list."],
    [{ clear: "close date" }, { date_won: null }, "clear was read as a list."],
    [
      { note_replace: { from: "lamps", to: "lights" } },
      { note: "Second warehouse needs lights." },
      "note_replace.from was read as find.",
    ],
  ])("%j", async (args, body, warning) => {
    const [reply] = await within({ requests: 3, bytes: 6_000 }, ["update_opportunity", { id, ...args }]);
    expect(sentBodies(sandbox)).toEqual([body]);
    expect(warningsIn(reply)).toContain(warning);
  });

  test.each<[Arguments, string]>([
    [{ ids: `${id}, ${deals.fjordFleet}` }, "updates[0].ids was read as a list of 2."],
    [{ ids: `1. ${id}\n2. ${deals.fjordFleet}` }, "updates[0].ids was read as a list of 2."],
    [{ ids: [`${id} and ${deals.fjordFleet}`] }, "updates[0].ids was read as a list of 2."],
    [{ opportunity_ids: [id, deals.fjordFleet] }, "updates[0].opportunity_ids was read as ids."],
  ])("%j", async (entry, warning) => {
    const updates = [{ ...entry, value: 600_000 }];
    const [reply] = await within({ requests: 4, bytes: 2_500 }, ["update_opportunities", { updates }]);
    expect(sentBodies(sandbox)).toEqual([{ value: 600_000 }, { value: 600_000 }]);
    expect(warningsIn(reply)).toContain(warning);
  });

  test("one object in place of a list, and yes", async () => {
    const args = { updates: { ids: id, value: 1 }, dry_run: "yes" };
    const [reply] = await within({ requests: 1, bytes: 2_500 }, ["update_opportunities", args]);
    expect(reply?.structured).toMatchObject({ dry_run: true, counts: { not_tried: 1 } });
    expect(warningsIn(reply)).toContain("updates was read as a list.");
  });

  test.each<[Arguments, number, string]>([
    [{ status: "active" }, 13, "status_type"],
    [{ lead: "Azulejos Pena" }, 1, "Azulejos Peña"],
    [{ lead_id: "https://app.close.com/lead/lead_OtherAcme/" }, 1, 'was read as "lead_OtherAcme"'],
    [{ date_won_from: "2026-12-10T00:00:00", date_won_to: "2026-12-10" }, 4, 'was read as "2026-12-10"'],
    [{ confidence_from: "80%" }, 3, '"80%" was read as 80.'],
    [{ user: ["Greta Holm"] }, 1, "user was read as the one entry of its list."],
    [{ group_by: "owner" }, 17, '"owner" was read as "user"'],
  ])("find %j", async (args, total, warning) => {
    const reply = await find({ ...args, limit: 0 }, { requests: 3, bytes: 3_500 });
    expect(reply.structured).toMatchObject({ total });
    expect(warningsIn(reply)).toContain(warning);
  });

  test("the history, as true", async () => {
    const [reply] = await within({ requests: 2, bytes: 5_000 }, [
      "get_opportunity",
      { ids: [id], include_history: true },
    ]);
    expect(reply?.structured).toMatchObject({ id, history: [] });
  });
});

describe("what is refused names what to send, and that goes through:", () => {
  const value = { id, value: 75_000 };
  test.each<[tool: string, args: Arguments, says: string, sent: Arguments]>([
    ["update_opportunity", { arguments: value }, "- arguments: Send what is in it as arguments themselves", value],
    ["update_opportunity", { id, update: { value: 75_000 } }, "- update: Send what is in it as arg", value],
    ["update_opportunity", { id, changes: '{"value": 75000}' }, "- changes: Send what is in it as arg", value],
    ["update_opportunity", { opportunity: value }, "- opportunity: Send what is in it as arg", value],
    ["find_opportunities", { filters: { status: "Won" } }, "- filters: Send what is in it as arg", { status: "Won" }],
    ["get_opportunity", { input: { id } }, "- input: Send what is in it as arguments themselves", { id }],
    ["update_opportunity", { id: "Acme", value: 1 }, "not an opportunity id, oppo_…: find_opportunities gives", value],
    ["update_opportunity", { value: 1 }, "- id: is required: find_opportunities gives it", value],
    [
      "update_opportunity",
      { id, clear: ["Visit days"] },
      '- clear[0]: must be one of date_won, value, note, contact_id, user_id, not "Visit days". A custom field is emptied by custom_fields: [{"field": "Visit days", "action": "unset"}]',
      { id, custom_fields: [{ field: "Visit days", action: "unset" }] },
    ],
    [
      "update_opportunity",
      { id, Seats: 5 },
      'If it is a custom field, send custom_fields: [{"field": "Seats", "action": "set", "value": ["…"]}]',
      { id, custom_fields: [{ field: "Seats", action: "set", value: ["5"] }] },
    ],
    ["update_opportunity", { id, won: true }, "- won: Send status_id: won", { id, status_id: "won" }],
    ["get_opportunity", { id: `${id} ${deals.fjordFleet}` }, "- id: holds several ids, and one belongs here", { id }],
    ["find_opportunities", { min_value: 500 }, "value_from and value_to, in cents: 50000 if", { value_from: 50_000 }],
    ["find_opportunities", { value_from: "10k" }, "1000000 if it is dollars, 10000 if", { value_from: 1_000_000 }],
    ["find_opportunities", { lead_id: "Acme" }, "names go into lead_names", { lead_names: ["Acme"] }],
    ["find_opportunities", { query: "note:(" }, "Close's search syntax, such as note:urgent", { query: "note:lamps" }],
  ])("%s %j", async (tool, args, says, sent) => {
    const [refusal, reply] = await within({ requests: 5, bytes: 14_000 }, [tool, args], [tool, sent]);
    expect(refusal).toMatchObject({ isError: true });
    expect(refusal?.text).toContain(says);
    expect(refusal?.text.match(/^- .*(?:is required|unknown argument|invalid)/gm) ?? []).toHaveLength(
      /required|custom field,/.test(says) ? 1 : 0,
    );
    expect(refusal?.text).not.toMatch(/Ask which is meant|try fewer words|Correct what is named above/i);
    expect(reply?.isError, reply?.text).toBe(false);
  });
});

describe("one search answers", () => {
  const names = new Map<unknown, string>(Object.entries(deals).map(([name, dealId]) => [dealId, name]));

  test.each<[question: string, args: Arguments, answer: string[], cost: Cost]>([
    [
      "several leads at once",
      { lead_names: ["Fjord", "Blue Heron"], status_type: "active" },
      ["fjordFleet", "blueHeronShop", "fjordHarbour"],
      { requests: 5, bytes: 3_800 },
    ],
    ["by contact", { contact: "Nina" }, ["acmeRenewal"], { requests: 1, bytes: 1_500 }],
    [
      "by confidence",
      { confidence_from: 60, status_type: "active" },
      ["acmeRenewal", "blueHeronShop", "fjordHarbour"],
      { requests: 1, bytes: 3_800 },
    ],
    ["by value", { value_from: 1_000_000 }, ["acmeRenewal", "fjordFleet"], { requests: 1, bytes: 2_600 }],
    [
      "by the day of creation",
      { date_created_from: "2026-07-01" },
      ["fjordFleet", "blueHeronShop", "fjordHarbour"],
      { requests: 1, bytes: 3_800 },
    ],
    [
      "all but a pipeline",
      { exclude_pipeline: "Renewals", status_type: "won" },
      ["blueHeronPilot"],
      { requests: 1, bytes: 1_500 },
    ],
  ])("%s", async (_question, args, answer, cost) => {
    const reply = await find(args, cost);
    expect(
      found(reply)
        .map((row) => names.get(row.id))
        .sort(),
    ).toEqual(answer.toSorted());
    expect(found(reply).every(({ lead_id }) => typeof lead_id === "string")).toBe(true);
  });

  test("when deals were made, in the order asked for", async () => {
    const args = { date_created_from: "2026-01-01", order_by: "-date_created" };
    const rows = found(await find(args, { requests: 1, bytes: 3_800 }));
    expect(rows.map(({ date_created }) => String(date_created).slice(0, 10))).toEqual([
      "2026-09-15",
      "2026-08-15",
      "2026-07-15",
    ]);
  });

  test("which leads there are of a name that none has, or two have", async () => {
    const none = await find({ lead_names: ["Azulehos"] }, { requests: 3, bytes: 1_200 });
    expect(warningsIn(none)).toContain('The nearest: "Azulejos Peña"');
    const two = await find({ lead_names: ["Acme Corp"] }, { requests: 3, bytes: 3_800 });
    expect(new Set(found(two).map(({ lead_id }) => lead_id))).toEqual(new Set([ids.leads.acme, added.otherAcme]));
  });

  test("sums of 57 deals for each status and owner, a year's, and how many have no value", async () => {
    copiesOf(sandbox, deals.acmeRenewal, 40);
    const reply = await find({ group_by: "status", limit: 0 }, { requests: 1, bytes: 3_500 });
    expect(reply.structured).toMatchObject({
      total: 57,
      totals: { annualized: 5_153_367 + 50_000 + 40 * 1_200_000, without_value: 1 },
    });
    expect(reply.summary).toContain('"🔁 Renewals / Réouvert": 41, $492,000.00 annual');
    const owners = await find({ group_by: "user", limit: 0 }, { requests: 1, bytes: 3_000 });
    expect(owners.summary).toContain('"Ada Quist": 45');
  });
});

describe("nothing is done by hand:", () => {
  const several = [deals.fjordFleet, id, deals.driftwoodTerrace];

  test("dates slip by two weeks and values rise by a tenth in one call", async () => {
    const updates = [{ ids: several, date_won_shift_days: 14, value_percent: 10 }];
    await within({ requests: 9, bytes: 4_000 }, ["update_opportunities", { updates }]);
    expect(several.map((one) => stored(sandbox, one))).toMatchObject([
      { date_won: "2026-12-24", value: 1_358_024 },
      { date_won: "2026-12-24", value: 55_000 },
      { date_won: "2026-12-24", value: 5_390 },
    ]);
  });

  test("a price in the middle of a long note is replaced without its text being sent or shown again", async () => {
    const note = `${"Before. ".repeat(120)}It is $1,200 a year.${" After.".repeat(120)}`;
    change(sandbox, id, { note, note_html: null });
    const updates = [{ ids: [id], note_replace: { find: "$1,200", replace: "$1,350" } }];
    await within({ requests: 3, bytes: 1_800 }, ["update_opportunities", { updates }]);
    expect(stored(sandbox, id).note).toBe(note.replace("$1,200", "$1,350"));
  });

  test("many updates are taken back by one sentence, of which a word is enough", async () => {
    const many = copiesOf(sandbox, id, 30);
    const [reply] = await within({ requests: 90, bytes: 25_000 }, [
      "update_opportunities",
      { updates: [{ ids: many, confidence: 5 }] },
    ]);
    expect(undoIn(reply).length).toBeLessThanOrEqual(200);
    await within({ requests: 90, bytes: 25_000 }, ["apply_plan", { undo: undoIn(reply).slice(-6) }]);
    expect(new Set(many.map((one) => stored(sandbox, one).confidence))).toEqual(new Set([50]));
  });
});

test("an undo takes back two updates of one deal in one call, though somebody has changed another field", async () => {
  const made = await within(
    { requests: 4, bytes: 12_000 },
    ["update_opportunity", { id, value: 60_000 }],
    ["update_opportunity", { id, value: 70_000 }],
  );
  changeByBen(sandbox, id, { confidence: 90 });
  const [reply] = await within({ requests: 4, bytes: 3_000 }, ["apply_plan", { plan: made.map(undoIn) }]);
  expect(reply?.structured).toMatchObject({ counts: { updated: 2 } });
  expect(stored(sandbox, id)).toMatchObject({ value: 50_000, confidence: 90 });
});

describe("people", () => {
  test("who have left are found, and named where they changed something", async () => {
    const reply = await find({ owner: "greta" }, { requests: 1, bytes: 1_800 });
    expect(found(reply)).toMatchObject([{ id: deals.azulejosShowroom, user_name: "Greta Holm (has left)" }]);
    changeByBen(sandbox, id, { value: 1 });
    for (const event of sandbox.organization.events) event.user_id = ids.former.gretaHolm;
    const [past] = await within({ requests: 2, bytes: 5_500 }, ["get_opportunity", { id, history: 5 }]);
    expect(past?.summary).toContain('"Greta Holm (has left)": value $500.00');
  });

  test("of one name are told apart in results", async () => {
    const [reply] = await within({ requests: 2, bytes: 6_000 }, [
      "update_opportunity",
      { id, user_id: "sam.doyle@example.com" },
    ]);
    expect(reply?.summary).toContain("Sam Doyle (sam.doyle@example.com)");
    expect(stored(sandbox, otherDeal).user_id).toBe(users.samDoyleBerlin);
  });
});

test("times are those of the call's zone: the evening of a day stays that day", async () => {
  changeByBen(sandbox, id, { value: 1 }, { moment: new Date(Date.now() - 60_000) });
  const [reply] = await within({ requests: 2, bytes: 5_000 }, ["get_opportunity", { id, history: 1 }]);
  const local = new Intl.DateTimeFormat("sv-SE", {
    timeZone: "America/New_York",
    dateStyle: "short",
    timeStyle: "short",
  });
  const [moment] = sandbox.organization.events.map((event) => local.format(event.moment));
  expect(reply?.summary).toContain(`\n${moment} (UTC-0`);
});
