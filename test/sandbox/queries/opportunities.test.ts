import { describe, expect, test } from "vitest";
import { ids, type Opportunity } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { leads, users, statuses } = ids;
type Name = keyof typeof ids.opportunities;
const names = new Map<unknown, string>(Object.entries(ids.opportunities).map(([name, id]) => [id, name]));

const sandbox = await openSandbox();
const close = clientOf(sandbox);

function change(name: Name, facts: Partial<Opportunity>): void {
  const opportunity = sandbox.organization.opportunities.get(ids.opportunities[name]);
  if (opportunity === undefined) throw new Error(`There is no ${name}.`);
  Object.assign(opportunity, facts);
}

const ascending = (one: unknown, other: unknown) =>
  typeof one === "number" ? one - Number(other) : String(one) < String(other) ? -1 : 1;

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
    expect(data).toContainEqual((await close.get(ids.opportunities.elmStreetVisits)).json);
  });

  test.each<[Record<string, string>, Name[]]>([
    [{ lead_id: leads.acme }, ["acmeRenewal", "acmeExpansion"]],
    [{ lead_id: leads.acmeLogistics }, ["acmeLogisticsDepot"]],
    [{ lead_id: "lead_none" }, []],
    [{ user_id: users.samDoyle }, ["cedarWorkshop", "cedarUnpriced"]],
    [{ status_id: statuses.salesWon }, ["blueHeronPilot"]],
    [{ status_id__in: `${statuses.salesWon},${statuses.renewalsActive}` }, ["acmeRenewal", "blueHeronPilot"]],
    [{ status_type: "lost" }, ["cedarWorkshop", "fjordChurned"]],
    [{ date_won__gte: "2024-06-03" }, ["blueHeronShop", "elmStreetRenewed"]],
    [{ date_won__lte: "2024-06-03" }, ["blueHeronPilot", "elmStreetRenewed"]],
    [{ status_type: "won", user_id: users.benQuist }, ["blueHeronPilot"]],
    [{ query: "lamps" }, ["acmeExpansion", "fjordFleet"]],
    [{ query: "LAMP 21" }, ["fjordFleet"]],
    [{ query: "blue river" }, ["blueHeronPilot"]],
    [{ query: "heron" }, ["blueHeronShop", "blueHeronPilot"]],
    [{ query: "note:HARBOUR" }, ["fjordHarbour"]],
    [{ query: "note:heron" }, []],
    [{ query: "fjord note:lamps" }, ["fjordFleet"]],
    [{ query: "cedar &" }, ["cedarWorkshop", "cedarUnpriced"]],
  ])("is filtered by %j", async (parameters, expected) => {
    expect(await namesFound(parameters)).toEqual(expected);
  });

  test("comes with the latest updated first", async () => {
    change("fjordFleet", { date_updated: "2025-03-01T12:00:00.000000+00:00" });
    change("cedarUnpriced", { date_updated: "2025-03-02T12:00:00.000000+00:00" });
    expect((await namesFound({})).slice(0, 3)).toEqual(["cedarUnpriced", "fjordFleet", "acmeRenewal"]);
  });

  test.each([
    "date_won",
    "date_updated",
    "date_created",
    "confidence",
    "user_name",
    "value",
    "annualized_value",
    "annualized_expected_value",
  ])("is ordered by %s in both directions, what has none last", async (field) => {
    change("driftwoodTerrace", { user_id: null, value: 100_000 });
    change("fjordFleet", { date_updated: "2025-03-01T12:00:00.000000+00:00" });
    change("cedarUnpriced", { date_created: "2023-03-02T12:00:00.000000+00:00" });
    const fields = async (order: string) =>
      (await found({ _order_by: order })).map(({ [field]: value }) => value);

    const stored = (await found({})).map(({ [field]: value }) => value);
    const empty = stored.filter((value) => value === null);
    const filled = stored.filter((value) => value !== null).sort(ascending);
    expect(new Set(filled).size).toBeGreaterThan(1);
    expect(await fields(field)).toEqual([...filled, ...empty]);
    expect(await fields(`-${field}`)).toEqual([...filled.reverse(), ...empty]);
  });

  test("comes in pages, each with the count and the sums of all of them", async () => {
    const first = await list({ user_id: users.benQuist, _limit: "2", _skip: "1" });
    expect(first.json).toEqual({
      data: [
        expect.objectContaining({ id: ids.opportunities.blueHeronPilot }),
        expect.objectContaining({ id: ids.opportunities.fjordChurned }),
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
      total_results: 5,
    });
  });

  test("holds a hundred on a page by default, and two hundred at most", async () => {
    const { opportunities } = sandbox.organization;
    const [one] = opportunities.values();
    if (one === undefined) throw new Error("There is no opportunity.");
    for (let i = 0; i < 200; i++) opportunities.set(`oppo_${i}`, { ...one, id: `oppo_${i}` });
    expect(await found({})).toHaveLength(100);
    expect(await found({ _limit: "200" })).toHaveLength(200);
  });

  test.each<[string, Record<string, unknown>]>([
    ["id", { id: ids.opportunities.cedarWorkshop }],
    ["lead_name,value,nonsense", { lead_name: "Cedar & Sons", value: 310_000 }],
  ])("holds of each only what _fields names: %s", async (_fields, expected) => {
    expect(await found({ status_id: statuses.salesLost, _fields })).toEqual([expected]);
  });

  test.each([
    "_order_by=note",
    "_order_by=--value",
    "_order_by=",
    "_limit=all",
    "_limit=201",
    "_skip=-1",
    "_group_by=user_id",
    "status=Active",
    "lead_id__in=lead_x",
    "date_won__gt=2024-01-01",
    "status_type=open",
    "date_won__gte=2024-02-30",
    "date_won__lte=2024-02-03T00:00:00Z",
    "lead_id=lead_x&lead_id=lead_y",
    "query=lead_name:acme",
    "query=%22blue+heron%22",
    "query=note:",
  ])("is refused for %s", async (parameters) => {
    const { status, json } = await close.send(`/opportunity/?${parameters}`);
    expect(status).toBe(400);
    expect(json).toEqual({ error: expect.stringContaining(parameters.split("=", 1).join()) });
  });
});
