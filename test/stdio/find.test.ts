import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod/v3";
import { ids, type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { type Host, sentBodies, startHostFor, type Told } from "../support/host.ts";

let sandbox: Sandbox;
let host: Host;

beforeAll(async () => {
  sandbox = await startSandbox();
  host = await startHostFor(sandbox);
});
beforeEach(() => sandbox.reset());
afterAll(async () => {
  await host.close();
  await sandbox.close();
});

const find = (args: Record<string, unknown>): Promise<Told> => host.call(args, "find_opportunities");

/** The filters of the last listing, without paging and fields. */
function filters(): Record<string, string> {
  const listing = sandbox.requests.findLast(({ path }) => path.startsWith("/opportunity/?"));
  const { _fields, _limit, _skip, ...rest } = Object.fromEntries(
    new URLSearchParams(listing?.path.split("?")[1]),
  );
  return rest;
}

const result = z.object({ opportunities: z.array(z.record(z.unknown())) });

function found({ structured }: Told): Record<string, unknown>[] {
  return result.parse(structured).opportunities;
}

const latest = { _order_by: "-date_updated" };
const { statuses, users } = ids;

describe("Each argument becomes a documented filter:", () => {
  test.each([
    ["nothing at all", {}, latest],
    ["lead_id", { lead_id: ids.leads.fjord }, { ...latest, lead_id: ids.leads.fjord }],
    ["query", { query: "note:lamps" }, { ...latest, query: "note:lamps" }],
    ["a status id", { status: statuses.salesWon }, { ...latest, status_id: statuses.salesWon }],
    ["a label of one status", { status: "in review" }, { ...latest, status_id: statuses.renewalsInReview }],
    [
      "a label of several pipelines, all of them",
      { status: "Active" },
      { ...latest, status_id__in: `${statuses.salesActive},${statuses.renewalsActive}` },
    ],
    [
      "a label with its pipeline",
      { status: "Renewals / Active" },
      { ...latest, status_id: statuses.renewalsActive },
    ],
    [
      "a label and a pipeline",
      { status: "Won", pipeline: "sales" },
      { ...latest, status_id: statuses.salesWon },
    ],
    [
      "a pipeline by name, as its statuses",
      { pipeline: "Renewals" },
      {
        ...latest,
        status_id__in: [
          statuses.renewalsActive,
          statuses.renewalsInReview,
          statuses.renewalsWon,
          statuses.renewalsChurned,
        ].join(","),
      },
    ],
    [
      "a pipeline by id",
      { pipeline: ids.pipelines.sales, status: "Lost" },
      { ...latest, status_id: statuses.salesLost },
    ],
    ["status_type", { status_type: "won" }, { ...latest, status_type: "won" }],
    ["a user's id", { user: users.benQuist }, { ...latest, user_id: users.benQuist }],
    ["a user's full name", { user: "ben quist" }, { ...latest, user_id: users.benQuist }],
    [
      "a user's e-mail address",
      { user: "sam.doyle.berlin@example.com" },
      { ...latest, user_id: users.samDoyleBerlin },
    ],
    ["me", { user: "me" }, { ...latest, user_id: users.adaQuist }],
    [
      "days of winning",
      { date_won_from: "2024-01-01", date_won_to: "2024-12-31" },
      { ...latest, date_won__gte: "2024-01-01", date_won__lte: "2024-12-31" },
    ],
    ["order_by", { order_by: "-value" }, { _order_by: "-value" }],
    ["stray nulls as nothing", { lead_name: null, status: "", user: "null" }, latest],
  ])("%s", async (_, args, expected) => {
    const told = await find(args);
    expect(told.isError).toBe(false);
    expect(filters()).toEqual(expected);
  });

  test("limit and skip, 20 and 0 unless told", async () => {
    const listed = () => new URLSearchParams(sandbox.requests.at(-1)?.path.split("?")[1]);
    await find({});
    expect([listed().get("_limit"), listed().get("_skip")]).toEqual(["20", "0"]);
    const told = await find({ limit: "2", skip: 1 });
    expect([listed().get("_limit"), listed().get("_skip")]).toEqual(["2", "1"]);
    expect(found(told)).toHaveLength(2);
    expect(told.structured).toMatchObject({ total: sandbox.organization.opportunities.size, has_more: true });
  });
});

test("only the fields that are told are asked of Close, and the note is cut to 200 characters", async () => {
  const opportunity = sandbox.organization.opportunities.get(ids.opportunities.acmeRenewal);
  if (opportunity === undefined) throw new Error("no such opportunity");
  sandbox.organization.opportunities.set(opportunity.id, { ...opportunity, note: "x".repeat(300) });
  const told = await find({ lead_id: ids.leads.acme, status: "Renewals / Active" });
  expect(found(told)).toEqual([
    {
      id: ids.opportunities.acmeRenewal,
      lead_name: "Acme Corp",
      status_label: "Active",
      status_type: "active",
      pipeline_name: "Renewals",
      value_formatted: "$12,000 annual",
      value: 1_200_000,
      value_period: "annual",
      confidence: 80,
      date_won: null,
      user_name: "Ada Quist",
      date_updated: expect.any(String),
      note: `${"x".repeat(200)}…`,
    },
  ]);
  const fields = new URLSearchParams(sandbox.requests.at(-1)?.path.split("?")[1]).get("_fields");
  expect(fields?.split(",")).toEqual(Object.keys(found(told)[0] ?? {}));
  expect(told.summary).toContain(
    `${ids.opportunities.acmeRenewal}: Acme Corp, Active (Renewals), $12,000 annual`,
  );
});

describe("By a lead's name:", () => {
  test("the leads whose names have words that begin so are searched, then their opportunities listed", async () => {
    const told = await find({ lead_name: "blue her", status_type: "won" });
    expect(sandbox.requests.map(({ method, path }) => `${method} ${path.split("?")[0]}`)).toEqual([
      "POST /data/search/",
      "GET /opportunity/",
    ]);
    expect(sandbox.requests[0]?.body).toEqual({
      query: {
        type: "and",
        queries: [
          { type: "object_type", object_type: "lead" },
          {
            type: "field_condition",
            field: { type: "regular_field", object_type: "lead", field_name: "display_name" },
            condition: { type: "text", mode: "beginning_of_words", value: "blue her" },
          },
        ],
      },
      _fields: { lead: ["id"] },
      _limit: 11,
    });
    expect(filters()).toEqual({ ...latest, lead_id: ids.leads.blueHeron, status_type: "won" });
    expect(found(told)).toMatchObject([{ id: ids.opportunities.blueHeronPilot }]);
  });

  test("the opportunities of several leads are merged in order and paged as one list", async () => {
    const all = await find({ lead_name: "Acme", order_by: "-value" });
    const values = found(all).map(({ value }) => Number(value));
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(new Set(found(all).map(({ lead_name }) => lead_name)).size).toBe(2);
    const second = await find({ lead_name: "Acme", order_by: "-value", limit: 1, skip: 1 });
    expect(found(second)).toEqual(found(all).slice(1, 2));
    expect(second.structured).toMatchObject({ total: values.length, has_more: true });
  });

  test("a name that fits more than ten leads is looked into for ten, with a warning", async () => {
    for (let n = 0; n < 12; n += 1) {
      sandbox.organization.leads.push({ id: `lead_Zeta${n}`, name: `Zeta ${n}` });
    }
    const told = await find({ lead_name: "zeta" });
    expect(sandbox.requests.filter(({ method }) => method === "GET")).toHaveLength(10);
    expect(told.structured.warnings).toEqual([expect.stringContaining("More than 10 leads match")]);
  });

  test("no such lead is said with the filters that were applied, in both forms", async () => {
    const told = await find({ lead_name: "Nobody", status_type: "won" });
    const words = 'No opportunity matches lead_name "Nobody" and status_type "won"';
    expect(told.structured).toMatchObject({ opportunities: [], total: 0, has_more: false });
    expect(told.structured.message).toContain(words);
    expect(told.summary).toContain(words);
    expect(told.structured.warnings).toEqual(['No lead name has a word starting with "Nobody".']);
    expect(sandbox.requests).toHaveLength(1);
  });
});

test("what several leads have is listed together only to the 100th", async () => {
  const told = await find({ lead_name: "Acme", limit: 50, skip: 60 });
  expect(told.isError).toBe(true);
  expect(told.text).toContain("only up to the 100th");
});

test("a pipeline without statuses is said to be empty, instead of asking for everything", async () => {
  sandbox.organization.pipelines.push({ id: "pipe_Empty", name: "Empty", statuses: [] });
  const told = await find({ pipeline: "Empty" });
  expect(told.isError).toBe(true);
  expect(told.text).toContain("has no statuses");
});

describe("Refused, with nothing listed:", () => {
  test.each([
    ["an unknown status, with the valid ones", { status: "Wonn" }, '"Sales / Won"'],
    ["an unknown user, with the valid ones", { user: "Zoe" }, '"Ada Quist"'],
    ["an ambiguous user, with the candidates", { user: "Sam Doyle" }, "sam.doyle.berlin@example.com"],
    [
      "an unknown pipeline, with the valid ones",
      { pipeline: "Sale" },
      'Did you mean "Sales"? Pipelines: "Sales", "Renewals"',
    ],
    ["a status of another pipeline", { status: statuses.salesWon, pipeline: "Renewals" }, "has no status"],
    ["both lead_name and lead_id", { lead_name: "Acme", lead_id: ids.leads.acme }, "give one of them"],
    ["a lead id of another form", { lead_id: "../lead/x" }, "is not a lead id"],
    [
      "a first day after the last",
      { date_won_from: "2026-02-02", date_won_to: "2026-02-01" },
      "after the last",
    ],
    ["a day that is none", { date_won_from: "2026-02-30" }, "is not a day of the calendar"],
    ["an order that Close does not know", { order_by: "note" }, "is not one of date_won"],
    ["a limit past 100", { limit: 101 }, "at most 100"],
    ["a limit of nothing", { limit: 0 }, "at least 1"],
    ["a negative skip", { skip: -1 }, "at least 0"],
    ["a status type that is none", { status_type: "open" }, "must be one of active, won, lost"],
    ["an unknown argument, with the nearest", { lead: "Acme" }, 'Did you mean "lead_name"?'],
    ["several mistakes, together", { status: "Wonn", limit: 101, user: "Zoe" }, "3 invalid arguments"],
    [
      "a pipeline and a status that are none, together",
      { pipeline: "Sale", status: "Wonn" },
      "2 invalid arguments",
    ],
  ])("%s", async (_, args, words) => {
    const told = await find(args);
    expect(told.isError).toBe(true);
    expect(told.text).toContain(words);
    expect(sandbox.requests.filter(({ path }) => path.startsWith("/opportunity/"))).toEqual([]);
  });
});

test("a status that is new in Close is found although the pipelines were read before", async () => {
  await find({ status: "Won" });
  sandbox.organization.pipelines[0]?.statuses.push({ id: "stat_Paused", label: "Paused", type: "active" });
  await find({ status: "Paused" });
  expect(filters()).toEqual({ ...latest, status_id: "stat_Paused" });
});

test("“Mark the Acme Corp renewal as won and tag it Wednesday” takes two calls", async () => {
  const agent = await startHostFor(sandbox);
  const [renewal] = found(
    await agent.call({ lead_name: "Acme Corp", pipeline: "Renewals" }, "find_opportunities"),
  );
  const told = await agent.call({
    id: renewal?.id,
    status_id: "Won",
    custom_fields: [{ field: "Tags", action: "add", value: "Wednesday" }],
  });
  expect(told.summary).toContain("status Active → Won");
  expect(sentBodies(sandbox)).toEqual([
    { status_id: statuses.renewalsWon, [`custom.${ids.customFields.tags}.add`]: "Wednesday" },
  ]);
  expect(sandbox.requests.map(({ method, path }) => `${method} ${path.split("?")[0]}`).sort()).toEqual([
    "GET /custom_field_schema/opportunity/",
    "GET /opportunity/",
    `GET /opportunity/${ids.opportunities.acmeRenewal}/`,
    "GET /pipeline/",
    "POST /data/search/",
    `PUT /opportunity/${ids.opportunities.acmeRenewal}/`,
  ]);

  const before = sandbox.requests.length;
  await agent.call({
    id: ids.opportunities.acmeExpansion,
    status_id: "Lost",
    custom_fields: [{ field: "Tags", action: "add", value: "Upsell" }],
  });
  expect(sandbox.requests.slice(before).map(({ method }) => method)).toEqual(["GET", "PUT"]);
  await agent.close();
});

test("50 calls at once that need the same look-ups read each list once", async () => {
  const agent = await startHostFor(sandbox);
  await Promise.all(
    Array.from({ length: 50 }, () => agent.call({ status: "Won", user: "Ada Quist" }, "find_opportunities")),
  );
  const lookUps = sandbox.requests.filter(({ path }) => !path.startsWith("/opportunity/"));
  expect(lookUps.map(({ path }) => path).sort()).toEqual(["/pipeline/", "/user/"]);
  await agent.close();
});
