import { expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { change, copiesOf } from "../../support/opportunities.ts";
import { found, serveSearches } from "../../support/searches.ts";

const { sandbox, find } = await serveSearches();

test("a limit of 0 only sums up: by period, over a year, and how many have no value", async () => {
  const reply = await find({ user: ids.users.samDoyle, limit: 0 });
  expect(reply.structured).toEqual({
    opportunities: [],
    total: 2,
    has_more: true,
    totals: { one_time: 310_000, monthly: 0, annual: 0, annualized: 310_000, without_value: 1 },
  });
  expect(reply.summary).toBe("2 found:\nTotal value: $3,100.00 one-time; 1 without a value");
});

test.each([
  ["status", "Sales / Active", 8],
  ["user", "Ben Quist", 5],
  ["pipeline", "Renewals", 5],
  ["lead", "Acme Corp", 2],
])("group_by %s sums up each of them over all that match", async (group_by, name, count) => {
  const reply = await find({ group_by, limit: 0 });
  const { groups, total } = reply.structured;
  expect(groups).toContainEqual(expect.objectContaining({ [group_by]: name, count }));
  const counts = Array.isArray(groups) ? groups.map((group) => group.count) : [];
  expect(counts.reduce((sum, one) => sum + one, 0)).toBe(total);
  expect(reply.summary).toContain(`"${name}": ${count}, $`);
});

test("no more than a hundred groups are shown, and how many there are is said", async () => {
  for (const id of copiesOf(sandbox, ids.opportunities.acmeExpansion, 120))
    change(sandbox, id, { lead_id: `lead_${id}` });
  const { groups, warnings } = (await find({ group_by: "lead", limit: 0 })).structured;
  expect(groups).toHaveLength(100);
  expect(warnings).toEqual([expect.stringContaining("Only the 100 groups")]);
});

test("what is the same in all rows is said once, and what is empty not at all", async () => {
  const reply = await find({ user: "Ben Quist", status_type: "active" });
  const { same, opportunities } = reply.structured;
  expect(same).toMatchObject({ user_name: "Ben Quist", status_type: "active" });
  expect(JSON.stringify(opportunities)).not.toMatch(/user_name|status_type|null|""/);
  expect(found(reply)).toHaveLength(3);
  expect(reply.summary.match(/owner "Ben Quist"/g)).toHaveLength(3);
});

test("what it is ordered by is shown in each row and line", async () => {
  const reply = await find({ order_by: "-annualized_value", limit: 2 });
  expect(found(reply)).toMatchObject([{ annualized_value: 1_234_567 }, { annualized_value: 1_200_000 }]);
  expect(reply.summary).toContain("annualized value 12,345.67");
});

test("the opportunities of several leads by name come as one list, with a word of each name that nothing is called", async () => {
  const reply = await find({ lead_names: ["Blue Heron", "Fjord", "Acne"] });
  expect(reply.structured).toMatchObject({ total: 5 });
  expect(reply.structured.warnings).toEqual([
    'No lead with opportunities has a word starting with "Acne" in its name. The nearest: "Acme Corp", "Acme Logistics".',
  ]);
});

test("a lead is found without its symbols, and its own name is said", async () => {
  const reply = await find({ lead_names: ["Cedar and Sons"] });
  expect(found(reply)).toMatchObject([{ lead_name: "Cedar & Sons" }, {}]);
  expect(reply.structured.warnings).toEqual([
    expect.stringMatching(/^"Cedar and Sons" was read as "Cedar & Sons" \(lead_/),
  ]);
});
