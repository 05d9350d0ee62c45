import { expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { acmeExpansion, acmeRenewal } = ids.opportunities;
const { customFields, users, statuses } = ids;

const sandbox = await openSandbox({ now: () => new Date("2026-06-15T12:00:00.250Z") });
const close = clientOf(sandbox);

test("an opportunity comes with all that Close computes for it, under an id of Close's shape", async () => {
  for (const id of Object.values(ids.opportunities)) {
    expect(id).toMatch(/^oppo_[A-Za-z0-9]{43}$/);
    expect(await close.get(id)).toMatchObject({ status: 200, json: { id } });
  }
  expect((await close.get(acmeRenewal)).json).toMatchObject({
    ...{ lead_name: "Acme Corp", pipeline_name: "Renewals", status_label: "Active" },
    ...{ contact_name: "Nina Okafor", user_name: "Ada Quist", organization_id: ids.organization },
    ...{
      value: 1_200_000,
      value_formatted: "$12,000 annual",
      value_currency: "USD",
      expected_value: 960_000,
    },
    [`custom.${customFields.seats}`]: 40,
  });
  const error = "Empty query: Opportunity matching query does not exist.";
  expect(await close.get("oppo_none")).toMatchObject({ status: 404, json: { error } });
});

async function events(limit = 50): Promise<unknown[]> {
  const query = `object_type=opportunity&object_id=${acmeExpansion}&_limit=${limit}`;
  const { status, json } = await close.send(`/event/?${query}`);
  expect(status).toBe(200);
  return Array.isArray(json.data) ? json.data : [];
}

test("the event log holds an update with what changed, before and after, and by whom", async () => {
  const seats = `custom.${customFields.seats}`;
  const before = (await close.get(acmeExpansion)).json;
  const after = (await close.put(acmeExpansion, { status_id: statuses.salesWon, [seats]: 4 })).json;
  const { date_updated, status_display_name, status_id } = before;
  const status = { status_id, status_label: "Active", status_type: "active", status_display_name };
  const previous_data = { ...status, [seats]: null, date_updated, date_won: null };
  expect(await events()).toMatchObject([
    {
      id: expect.stringMatching(/^ev_/),
      ...{ date_created: "2026-06-15T12:00:00.250000", date_updated: "2026-06-15T12:00:00.250000" },
      ...{ action: "updated", object_type: "opportunity", object_id: acmeExpansion, user_id: users.adaQuist },
      ...{ changed_fields: Object.keys(previous_data).sort(), data: after, previous_data },
    },
  ]);
});

test("the event log holds the latest first, 50 at most, and none that changed nothing", async () => {
  for (const body of [{ confidence: 101 }, {}]) await close.put(acmeExpansion, body);
  expect(await events()).toEqual([]);
  for (let value = 0; value < 55; value += 1) await close.put(acmeExpansion, { value });
  await close.put(acmeRenewal, { value: 99 });
  expect(await events(2)).toMatchObject([{ data: { value: 54 } }, { data: { value: 53 } }]);
  expect(await events(200)).toHaveLength(50);
  const unasked = "/event/?object_type=opportunity&object_id=oppo_x&_limit=5&action=updated";
  expect(await close.send(unasked)).toMatchObject({ status: 400, json: { error: expect.any(String) } });
});
