import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { change, copiesOf } from "../../support/opportunities.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { leads, users, statuses, opportunities } = ids;
type Name = keyof typeof opportunities;
const names = new Map<unknown, string>(Object.entries(opportunities).map(([name, id]) => [id, name]));

const sandbox = await openSandbox();
const close = clientOf(sandbox);

const list = (parameters: Record<string, string>) =>
  close.send(`/opportunity/?${new URLSearchParams(parameters)}`);

async function found(parameters: Record<string, string>): Promise<Record<string, unknown>[]> {
  const { status, json } = await list(parameters);
  expect(status).toBe(200);
  return Array.isArray(json.data) ? json.data : [];
}

async function namesFound(parameters: Record<string, string>): Promise<unknown[]> {
  return (await found(parameters)).map(({ id }) => names.get(id));
}

describe("the list of opportunities", () => {
  test("holds them all, each as it is answered on its own", async () => {
    const data = await found({});
    expect(data).toHaveLength(names.size);
    expect(data).toContainEqual((await close.get(opportunities.elmStreetVisits)).json);
  });

  test.each<[Record<string, string>, Name[]]>([
    [{ lead_id: leads.acme }, ["acmeRenewal", "acmeExpansion"]],
    [{ lead_id: "lead_none" }, []],
    [{ user_id: users.samDoyle }, ["cedarWorkshop", "cedarUnpriced"]],
    [{ status_id: statuses.salesWon }, ["blueHeronPilot"]],
    [{ status_id__in: `${statuses.salesWon},${statuses.renewalsActive}` }, ["acmeRenewal", "blueHeronPilot"]],
    [{ status_type: "lost" }, ["cedarWorkshop", "fjordChurned"]],
    [{ date_won__gte: "2024-06-03" }, ["blueHeronShop", "elmStreetRenewed"]],
    [{ date_won__lte: "2024-06-03" }, ["blueHeronPilot", "elmStreetRenewed"]],
    [{ status_type: "won", user_id: users.benQuist }, ["blueHeronPilot"]],
    [{ query: "LAMP 21" }, ["fjordFleet"]],
    [{ query: "blue river" }, ["blueHeronPilot"]],
    [{ query: "note:heron" }, []],
    [{ query: "fjord note:LAMPS" }, ["fjordFleet"]],
  ])("is filtered by %j", async (parameters, expected) => {
    expect(await namesFound(parameters)).toEqual(expected);
  });

  test("comes with the latest updated first", async () => {
    change(sandbox, opportunities.fjordFleet, { date_updated: "2025-03-01T12:00:00.000000+00:00" });
    change(sandbox, opportunities.cedarUnpriced, { date_updated: "2025-03-02T12:00:00.000000+00:00" });
    expect((await namesFound({})).slice(0, 3)).toEqual(["cedarUnpriced", "fjordFleet", "acmeRenewal"]);
  });

  test.each<[string, { least: Name; most: Name; empty: Name }]>([
    ["value", { least: "driftwoodTerrace", most: "fjordFleet", empty: "cedarUnpriced" }],
    ["date_won", { least: "blueHeronPilot", most: "blueHeronShop", empty: "acmeLogisticsDepot" }],
    ["user_name", { least: "acmeRenewal", most: "cedarWorkshop", empty: "cedarUnpriced" }],
  ])("is ordered by %s in both directions, what has none last", async (field, { least, most, empty }) => {
    change(sandbox, opportunities.cedarUnpriced, { user_id: null });
    const up = await namesFound({ _order_by: field });
    const down = await namesFound({ _order_by: `-${field}` });
    expect([up[0], up.at(-1), down[0], down.at(-1)]).toEqual([least, empty, most, empty]);
  });

  test("comes in pages, each with the count and the sums of all of them", async () => {
    const first = await list({ user_id: users.benQuist, _limit: "2", _skip: "1" });
    expect(first.json).toEqual({
      data: [
        expect.objectContaining({ id: opportunities.blueHeronPilot }),
        expect.objectContaining({ id: opportunities.fjordChurned }),
      ],
      has_more: true,
      total_results: 5,
      count_by_value_period: { one_time: 4, monthly: 0, annual: 1 },
      total_value_one_time: 860_000 + 95_000 + 1_234_567 + 64_000,
      total_value_monthly: 0,
      total_value_annual: 75_000,
      total_value_annualized: 860_000 + 95_000 + 1_234_567 + 64_000 + 75_000,
      expected_value_one_time: 516_000 + 95_000 + 407_407 + 32_000,
      expected_value_monthly: 0,
      expected_value_annual: 0,
      expected_value_annualized: 516_000 + 95_000 + 407_407 + 32_000,
    });
    const rest = await list({ user_id: users.benQuist, _limit: "2", _skip: "3" });
    expect(rest.json).toMatchObject({
      data: [{ lead_name: "Fjord Logistics" }, { lead_name: "Acme Logistics" }],
      has_more: false,
    });
  });

  test("holds a hundred on a page by default, and two hundred at most", async () => {
    copiesOf(sandbox, opportunities.acmeExpansion, 200);
    expect(await found({})).toHaveLength(100);
    expect(await found({ _limit: "200" })).toHaveLength(200);
  });

  test("holds of each only what _fields names", async () => {
    const _fields = "lead_name,value,nonsense";
    expect(await found({ status_id: statuses.salesLost, _fields })).toEqual([
      { lead_name: "Cedar & Sons", value: 310_000 },
    ]);
  });

  test.each([
    "_order_by=note",
    "_limit=all",
    "_limit=201",
    "status=Active",
    "date_won__gt=2024-01-01",
    "status_type=open",
    "date_won__gte=2024-02-30",
    "date_won__lte=2024-02-03T00:00:00Z",
    "query=lead_name:acme",
    "query=%22blue+heron%22",
  ])("is refused for %s", async (parameters) => {
    const { status, json } = await close.send(`/opportunity/?${parameters}`);
    expect(status).toBe(400);
    expect(json).toEqual({ error: expect.stringContaining(parameters.split("=", 1).join()) });
  });
});
