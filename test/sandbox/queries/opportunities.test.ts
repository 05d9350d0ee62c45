import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { change } from "../../support/opportunities.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { leads, users, statuses, opportunities } = ids;
type Name = keyof typeof opportunities;
const names = new Map<unknown, string>(Object.entries(opportunities).map(([name, id]) => [id, name]));

const sandbox = await openSandbox();
const close = clientOf(sandbox);

const list = (parameters: Record<string, string>) => close.send(`/opportunity/?${new URLSearchParams(parameters)}`);

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
    [{ user_id: users.samDoyle }, ["cedarWorkshop", "cedarUnpriced"]],
    [{ status_id__in: `${statuses.salesWon},${statuses.renewalsActive}` }, ["acmeRenewal", "blueHeronPilot"]],
    [{ status_type: "lost" }, ["cedarWorkshop", "fjordChurned"]],
    [{ date_won__gte: "2024-06-03" }, ["blueHeronShop", "elmStreetRenewed"]],
    [{ date_won__lte: "2024-06-03" }, ["blueHeronPilot", "elmStreetRenewed"]],
    [{ status_type: "won", user_id: users.benQuist }, ["blueHeronPilot"]],
    [{ query: "blue river" }, ["blueHeronPilot"]],
    [{ query: "fjord note:LAMPS" }, ["fjordFleet"]],
  ])("is filtered by %j", async (parameters, expected) => {
    expect(await namesFound(parameters)).toEqual(expected);
  });

  test.each<[string, Name, Name, Name]>([
    ["value", "driftwoodTerrace", "fjordFleet", "cedarUnpriced"],
    ["date_won", "blueHeronPilot", "blueHeronShop", "azulejosShowroom"],
    ["user_name", "acmeRenewal", "cedarWorkshop", "cedarUnpriced"],
  ])("is ordered by %s in both directions, what has none last", async (field, least, most, empty) => {
    change(sandbox, opportunities.cedarUnpriced, { user_id: null });
    const up = await namesFound({ _order_by: field });
    const down = await namesFound({ _order_by: `-${field}` });
    expect([up[0], up.at(-1), down[0], down.at(-1)]).toEqual([least, empty, most, empty]);
  });

  test("comes in pages, each with the count and the sums of all of them", async () => {
    const first = await list({ user_id: users.benQuist, _limit: "2", _skip: "1" });
    expect(first.json).toMatchObject({
      data: [{ id: opportunities.blueHeronPilot }, { id: opportunities.fjordChurned }],
      has_more: true,
      total_results: 5,
      count_by_value_period: { one_time: 4, monthly: 0, annual: 1 },
      total_value_one_time: 860_000 + 95_000 + 1_234_567 + 64_000,
      total_value_monthly: 0,
      total_value_annual: 75_000,
      expected_value_one_time: 516_000 + 95_000 + 407_407 + 32_000,
    });
    const rest = await list({ user_id: users.benQuist, _limit: "2", _skip: "3" });
    expect(rest.json).toMatchObject({ data: [{}, { lead_name: "Acme Logistics" }], has_more: false });
  });

  test.each(["_order_by=note", "_limit=201", "status=Active", "date_won__gte=2024-02-30", "query=lead_name:acme"])(
    "is refused for %s",
    async (parameters) => {
      const { status, json } = await close.send(`/opportunity/?${parameters}`);
      const error = expect.stringContaining(parameters.split("=", 1).join());
      expect([status, json]).toEqual([400, { error }]);
    },
  );
});
