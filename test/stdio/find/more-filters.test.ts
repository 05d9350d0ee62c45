import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { change } from "../../support/opportunities.ts";
import { found, latest, serveSearches } from "../../support/searches.ts";

const { opportunities, statuses } = ids;
const { sandbox, find, filters } = await serveSearches();
// Its pipelines have not been read when a test changes them.
const [large, renamed] = [await serveSearches(), await serveSearches()];

const namesOf = new Map<unknown, string>(Object.entries(opportunities).map(([name, id]) => [id, name]));
const names = async (args: Record<string, unknown>) => found(await find(args)).map(({ id }) => namesOf.get(id));
const listings = () => sandbox.requests.filter(({ path }) => path.startsWith("/opportunity/?"));

describe("a search", () => {
  test("by days of creation and of the last update includes both days, and shows them", async () => {
    change(sandbox, opportunities.fjordFleet, { date_created: "2024-03-31T23:00:00.000000+00:00" });
    const days = { date_created_from: "2024-03-01", date_created_to: "2024-03-31" };
    const reply = await find(days);
    expect(filters()).toEqual({ ...latest, date_created__gte: "2024-03-01", date_created__lt: "2024-04-01" });
    expect(found(reply)).toMatchObject([
      { id: opportunities.fjordFleet, date_created: "2024-03-31T23:00:00.000000+00:00" },
    ]);
    expect(reply.summary).toContain("date created 2024-03-31 23:00 (UTC)");
    await find({ date_updated_from: "2024-12-31", date_updated_to: "2024-12-31" });
    expect(filters()).toEqual({ ...latest, date_updated__gte: "2024-12-31", date_updated__lt: "2025-01-01" });
    await find({ date_created_to: "9999-12-31", date_updated_to: "9999-12-31" });
    expect(filters()).toEqual(latest);
  });

  test.each([
    ["created_before", "date_created_to", "2024-02-29", { date_created__lt: "2024-03-01" }],
    ["updated_after", "date_updated_from", "2024-03-02", { date_updated__gte: "2024-03-02" }],
    ["closed_before", "date_won_to", "2024-02-29", { date_won__lte: "2024-02-29" }],
  ])("by the word %s leaves out the day itself, and says so", async (word, argument, day, sent) => {
    const reply = await find({ [word]: "2024-03-01" });
    expect(filters()).toEqual({ ...latest, ...sent });
    expect(reply.structured.warnings).toEqual([`${word} was read as ${argument} "${day}".`]);
  });

  test("by confidence and value looks through all pages, and is counted, summed and paged as one list", async () => {
    expect(await names({ confidence_from: 60, confidence_to: 80 })).toEqual([
      "acmeRenewal",
      "blueHeronShop",
      "fjordHarbour",
    ]);
    const reply = await find({ value_from: 420_000, order_by: "-value", limit: 1, skip: 1 });
    expect(found(reply)).toMatchObject([{ id: opportunities.acmeRenewal }]);
    expect(reply.structured).toMatchObject({
      total: 4,
      has_more: true,
      totals: { one_time: 860_000 + 1_234_567, annual: 1_200_000 + 420_000, without_value: 0 },
    });
    expect(reply.summary).toContain("4 found, 1 shown, skip 2 for more");
  });

  test("by contact takes a name or some words of it, or an e-mail address", async () => {
    const ofNina = ["acmeRenewal"];
    for (const contact of ["Nina Okafor", "okafor", "NINA", ids.contacts.ninaOkafor])
      expect(await names({ contact })).toEqual(ofNina);
    const email = sandbox.organization.contacts.find(({ id }) => id === ids.contacts.ninaOkafor)?.email;
    sandbox.requests.length = 0;
    expect(await names({ contact: email })).toEqual(ofNina);
    expect(filters()).toEqual({ ...latest, lead_id: ids.leads.acme });
    expect(await names({ contact: "nobody@example.com" })).toEqual([]);
  });

  test("for all but a pipeline asks for the statuses of the others", async () => {
    await find({ exclude_pipeline: "renewals" });
    const { salesActive, salesProposalSent, salesWon, salesLost } = statuses;
    const sales = [salesActive, salesProposalSent, salesWon, salesLost].join(",");
    expect(filters()).toEqual({ ...latest, status_id__in: sales });
    await find({ exclude_pipeline: "Renewals", status: "Won" });
    expect(filters()).toEqual({ ...latest, status_id: salesWon });
    const reply = await find({ exclude_pipeline: "Sales", status: "Sales / Won" });
    expect(reply.text).toContain('there is no status "Sales / Won" outside the pipeline "Sales"');
  });

  test("for more statuses than an address can hold filters by them here", async () => {
    const step = (at: number) => ({ id: `stat_${"x".repeat(41)}${at}`, label: `Step ${at}`, type: "active" as const });
    const renewals = large.sandbox.organization.pipelines.find(({ name }) => name === "Renewals");
    renewals?.statuses.push(...Array.from({ length: 30 }, (_, at) => step(at)));
    const reply = await large.find({ pipeline: "Renewals" });
    expect(large.filters()).toEqual(latest);
    expect(new Set(found(reply).map(({ pipeline_name }) => pipeline_name))).toEqual(new Set(["Renewals"]));
    await large.find({ exclude_pipeline: "Sales", custom_fields: ["Seats"], limit: 0 });
    for (const { path } of large.sandbox.requests) expect(path.length).toBeLessThan(2_000);
  });

  test("over more pages than it may read says how far it looked", async () => {
    const change = (answer: unknown) => ({ ...Object(answer), total_results: 9_000, has_more: true });
    sandbox.fault({ kind: "drift", path: "/opportunity/?", times: 40, change });
    const reply = await find({ confidence_from: 100 });
    expect(listings()).toHaveLength(20);
    expect(reply.structured).not.toHaveProperty("total");
    expect(reply.structured.warnings).toEqual([
      expect.stringContaining("Only 16 of 9000 opportunities were looked through"),
    ]);
    const sums = await find({ limit: 0 });
    expect(sums.structured).toMatchObject({ total: 9_000, opportunities: [] });
    expect(sums.structured.totals).not.toHaveProperty("without_value");
  });
});

describe("pages with fewer opportunities than were asked for", () => {
  const giving = (most: number) =>
    sandbox.fault({
      kind: "drift",
      path: "/opportunity/?",
      change: (answer) => {
        const { data, total_results, ...rest } = Object(answer);
        return { ...rest, data: data.slice(0, most), has_more: data.length > most };
      },
    });

  test("are followed by those behind them", async () => {
    for (const most of [6, 4, 2]) giving(most);
    const reply = await find({ confidence_from: 0, limit: 100 });
    expect(found(reply)).toHaveLength(sandbox.organization.opportunities.size);
    for (const most of [7, 2]) giving(most);
    expect((await find({ limit: 0 })).structured).toMatchObject({ total: sandbox.organization.opportunities.size });
  });

  test("come with what to skip for more", async () => {
    giving(6);
    const reply = await find({ limit: 100, skip: 1 });
    expect(reply.summary).toMatch(/^6 shown, skip 7 for more:/);
    expect(reply.structured).toMatchObject({ has_more: true });
  });
});

describe("the word for a type of status", () => {
  test("means all statuses of that type where none is called so", async () => {
    for (const { statuses: own } of renamed.sandbox.organization.pipelines) {
      for (const one of own) one.label = `${one.label} deal`;
    }
    const reply = await renamed.find({ status: "lost" });
    expect(renamed.filters()).toEqual({ ...latest, status_type: "lost" });
    expect(reply.structured.warnings).toEqual(['status "lost" was read as status_type: no status is called so.']);
    await find({ status: "lost", pipeline: "Renewals" });
    expect(filters()).toEqual({ ...latest, status_id: statuses.renewalsChurned });
  });

  test("means all of that type as well where some are called so, and says which are", async () => {
    const reply = await find({ status: "lost" });
    expect(filters()).toEqual({ ...latest, status_type: "lost" });
    expect(reply.structured.warnings).toEqual([
      expect.stringMatching(/was read as status_type, which is more than the label of "Sales \/ Lost" \(stat_/),
    ]);
    await find({ status: "active", pipeline: "Sales" });
    expect(filters()).toEqual({ ...latest, status_id__in: `${statuses.salesActive},${statuses.salesProposalSent}` });
  });

  test("means the status that is called so where it is written just so, with a word of the others", async () => {
    const reply = await find({ status: "Lost" });
    expect(filters()).toEqual({ ...latest, status_id: statuses.salesLost });
    expect(reply.structured.warnings).toEqual([expect.stringContaining('"Renewals / Churned"')]);
    expect((await find({ status: "Won" })).structured).not.toHaveProperty("warnings");
  });
});

test("a query that Close refuses is answered with its syntax", async () => {
  const reply = await find({ query: "note:(" });
  expect(reply.isError).toBe(true);
  expect(reply.text).toContain("query takes Close's search syntax, such as note:urgent");
});
