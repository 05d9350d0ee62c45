import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { found, latest, serveSearches } from "../../support/searches.ts";

const { statuses, users } = ids;

const { renewalsActive, renewalsInReview, renewalsVerbal, renewalsWon, renewalsChurned } = statuses;
const renewals = [renewalsActive, renewalsInReview, renewalsVerbal, renewalsWon, renewalsChurned];

const { sandbox, find, filters, lastQuery } = await serveSearches();

describe("a search", () => {
  test.each([
    ["no argument at all: the order alone", {}, latest],
    ["lead_id", { lead_id: ids.leads.fjord }, { ...latest, lead_id: ids.leads.fjord }],
    ["query", { query: "note:lamps" }, { ...latest, query: "note:lamps" }],
    ["a status id", { status: statuses.salesWon }, { ...latest, status_id: statuses.salesWon }],
    ["a label of one status", { status: "in review" }, { ...latest, status_id: statuses.renewalsInReview }],
    [
      "a label of several pipelines: all of them",
      { status: "Active" },
      { ...latest, status_id__in: `${statuses.salesActive},${statuses.renewalsActive}` },
    ],
    ["a label with its pipeline", { status: "Sales / Won" }, { ...latest, status_id: statuses.salesWon }],
    ["a label and a pipeline", { status: "Won", pipeline: "sales" }, { ...latest, status_id: statuses.salesWon }],
    ["a pipeline by name: its statuses", { pipeline: "Renewals" }, { ...latest, status_id__in: renewals.join(",") }],
    [
      "a pipeline by id",
      { pipeline: ids.pipelines.sales, status: "Lost" },
      { ...latest, status_id: statuses.salesLost },
    ],
    ["status_type", { status_type: "won" }, { ...latest, status_type: "won" }],
    ["a user's id", { user: users.benQuist }, { ...latest, user_id: users.benQuist }],
    ["a user's full name", { user: "ben quist" }, { ...latest, user_id: users.benQuist }],
    ["a user's e-mail address", { user: "sam.doyle.berlin@example.com" }, { ...latest, user_id: users.samDoyleBerlin }],
    ["the user whose key it is", { user: "me" }, { ...latest, user_id: users.adaQuist }],
    [
      "the days of a win",
      { date_won_from: "2024-01-01", date_won_to: "2024-12-31" },
      { ...latest, date_won__gte: "2024-01-01", date_won__lte: "2024-12-31" },
    ],
    ["order_by", { order_by: "-value" }, { _order_by: "-value" }],
    ["empty values: none", { lead_names: null, status: "", user: "null" }, latest],
  ])("sends a filter that Close documents for %s", async (_, args, expected) => {
    const reply = await find(args);
    expect(reply.isError).toBe(false);
    expect(filters()).toEqual(expected);
  });

  test("is paged by limit and skip, which are 20 and 0 unless given", async () => {
    await find({});
    expect(lastQuery()).toMatchObject({ _limit: "20", _skip: "0" });
    const reply = await find({ limit: "2", skip: 1 });
    expect(lastQuery()).toMatchObject({ _limit: "2", _skip: "1" });
    expect(found(reply)).toHaveLength(2);
    expect(reply.structured).toMatchObject({
      total: sandbox.organization.opportunities.size,
      has_more: true,
    });
  });
});

test.each([
  ["a status of another pipeline", { status: statuses.salesWon, pipeline: "Renewals" }, 'in the pipeline "Renewals"'],
  ["both lead_names and lead_id", { lead_names: ["Acme"], lead_id: ids.leads.acme }, "use one of them"],
  ["an order that Close does not know", { order_by: "note" }, "is not one of date_won"],
  ["a limit past 100", { limit: 101 }, "at most 100"],
  ["a status type that is none", { status_type: "open" }, "must be one of active, won, lost"],
  ["names that are none, together", { pipeline: "Sale", status: "Wonn", user: "Zoe" }, "3 invalid"],
])("a search is refused, and nothing is listed, for %s", async (_, args, words) => {
  const reply = await find(args);
  expect(reply.isError).toBe(true);
  expect(reply.text).toContain(words);
  expect(sandbox.requests.filter(({ path }) => path.startsWith("/opportunity/"))).toEqual([]);
});
