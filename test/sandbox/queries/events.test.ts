import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { acmeExpansion, acmeRenewal } = ids.opportunities;

const now = new Date("2026-06-15T12:00:00.250Z");
const sandbox = await openSandbox({ now: () => now });
const close = clientOf(sandbox);

async function events(limit = 50): Promise<Record<string, unknown>[]> {
  const query = `object_type=opportunity&object_id=${acmeExpansion}&_limit=${limit}`;
  const { status, json } = await close.send(`/event/?${query}`);
  expect(status).toBe(200);
  return Array.isArray(json.data) ? json.data : [];
}

describe("the event log", () => {
  test("holds an update with what changed, before and after, and by which request", async () => {
    const seats = `custom.${ids.customFields.seats}`;
    const before = (await close.get(acmeExpansion)).json;
    const after = (await close.put(acmeExpansion, { status_id: ids.statuses.salesWon, [seats]: 4 })).json;
    const previous_data = {
      [seats]: null,
      date_updated: before.date_updated,
      date_won: null,
      status_display_name: before.status_display_name,
      status_id: ids.statuses.salesActive,
      status_label: "Active",
      status_type: "active",
    };
    expect(await events()).toEqual([
      {
        id: expect.stringMatching(/^ev_/),
        date_created: "2026-06-15T12:00:00.250000",
        date_updated: "2026-06-15T12:00:00.250000",
        action: "updated",
        object_type: "opportunity",
        object_id: acmeExpansion,
        lead_id: ids.leads.acme,
        organization_id: ids.organization,
        user_id: ids.users.adaQuist,
        request_id: expect.stringMatching(/^req_/),
        api_key_id: null,
        changed_fields: Object.keys(previous_data).sort(),
        data: after,
        previous_data,
        meta: { request_method: "PUT", request_path: `/api/v1/opportunity/${acmeExpansion}/` },
      },
    ]);
  });

  test("holds no update that was refused or changed nothing", async () => {
    await close.put(acmeExpansion, { confidence: 101 });
    await close.put(acmeExpansion, {});
    expect(await events()).toEqual([]);
  });

  test("lists the latest of the opportunity first, 50 of them at most", async () => {
    for (let value = 0; value < 55; value += 1) await close.put(acmeExpansion, { value });
    await close.put(acmeRenewal, { value: 99 });
    expect(await events(2)).toMatchObject([{ data: { value: 54 } }, { data: { value: 53 } }]);
    expect(await events(200)).toHaveLength(50);
  });

  test.each([
    "object_type=opportunity",
    "object_id=oppo_x&_limit=5",
    "object_type=opportunity&object_id=oppo_x",
    "object_type=opportunity&object_id=oppo_x&_limit=0",
    "object_type=opportunity&object_id=oppo_x&_limit=5&action=updated",
  ])("refuses what is not asked for here: %s", async (parameters) => {
    expect(await close.send(`/event/?${parameters}`)).toMatchObject({
      status: 400,
      json: { error: expect.any(String) },
    });
  });
});
