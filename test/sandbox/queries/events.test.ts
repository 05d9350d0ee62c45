import { beforeEach, describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { acmeExpansion, acmeRenewal } = ids.opportunities;
const day = 24 * 3_600_000;

let now = new Date("2026-06-15T12:00:00.250Z");
const sandbox = await openSandbox({ now: () => now });
const close = clientOf(sandbox);
beforeEach(() => {
  now = new Date("2026-06-15T12:00:00.250Z");
});

const list = (parameters: Record<string, string>) => close.send(`/event/?${new URLSearchParams(parameters)}`);
const ofExpansion = { object_type: "opportunity", object_id: acmeExpansion };

async function events(parameters: Record<string, string> = ofExpansion): Promise<Record<string, unknown>[]> {
  const { status, json } = await list(parameters);
  expect(status).toBe(200);
  return Array.isArray(json.data) ? json.data : [];
}

describe("the event log", () => {
  test("holds an update with what changed, before and after, and by which request", async () => {
    const seats = `custom.${ids.customFields.seats}`;
    const before = (await close.get(acmeExpansion)).json;
    const after = (await close.put(acmeExpansion, { status_id: ids.statuses.salesWon, [seats]: 4 })).json;
    expect((await list(ofExpansion)).json).toEqual({
      data: [
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
          changed_fields: [
            seats,
            "date_updated",
            "date_won",
            "status_display_name",
            "status_id",
            "status_label",
            "status_type",
          ].sort(),
          data: after,
          previous_data: {
            [seats]: null,
            date_updated: before.date_updated,
            date_won: null,
            status_display_name: before.status_display_name,
            status_id: ids.statuses.salesActive,
            status_label: "Active",
            status_type: "active",
          },
          meta: { request_method: "PUT", request_path: `/api/v1/opportunity/${acmeExpansion}/` },
        },
      ],
      cursor_next: null,
      cursor_previous: null,
    });
  });

  test("holds no update that was refused or changed nothing", async () => {
    await close.put(acmeExpansion, { confidence: 101 });
    await close.put(acmeExpansion, {});
    expect(await events()).toEqual([]);
  });

  test("lists the latest first, in pages that a cursor leads to", async () => {
    for (const confidence of [1, 2, 3]) await close.put(acmeExpansion, { confidence });
    await close.put(acmeRenewal, { confidence: 4 });
    const confidences = (json: Record<string, unknown>) =>
      Array.isArray(json.data) ? json.data.map(({ data }) => data.confidence) : [];
    const first = (await list({ ...ofExpansion, _limit: "2" })).json;
    expect(confidences(first)).toEqual([3, 2]);
    const second = (await list({ ...ofExpansion, _limit: "2", _cursor: String(first.cursor_next) })).json;
    expect(confidences(second)).toEqual([1]);
    expect(second.cursor_next).toBeNull();
    expect(await events({ lead_id: ids.leads.acme })).toHaveLength(4);
  });

  test("holds 50 on a page at most, whatever is asked for", async () => {
    for (let at = 0; at < 55; at += 1) await close.put(acmeExpansion, { value: at });
    expect(await events({ ...ofExpansion, _limit: "200" })).toHaveLength(50);
    expect(await events()).toHaveLength(50);
  });

  test("goes back thirty days", async () => {
    await close.put(acmeExpansion, { confidence: 1 });
    now = new Date(now.getTime() + 30 * day - 1);
    expect(await events()).toHaveLength(1);
    now = new Date(now.getTime() + 1);
    expect(await events()).toEqual([]);
  });

  test("shows the values to users who are no admins for an hour", async () => {
    sandbox.organization.isAdmin = false;
    await close.put(acmeExpansion, { confidence: 1 });
    expect((await events())[0]).toHaveProperty("previous_data.confidence", 50);
    now = new Date(now.getTime() + 3_600_000);
    const [event] = await events();
    expect(event).toMatchObject({
      changed_fields: ["confidence", "date_updated", "expected_value", "annualized_expected_value"].sort(),
    });
    expect(event).not.toHaveProperty("previous_data");
    expect(event).not.toHaveProperty("data");
  });

  test("keeps the latest thousand, and of long notes as many as there is room for", async () => {
    const note = "x".repeat(900_000);
    for (let at = 0; at < 20; at += 1) await close.put(acmeExpansion, { note: `${at} ${note}` });
    expect(sandbox.organization.events.length).toBeLessThan(7);
    expect(sandbox.organization.events.at(-1)?.after.note).toMatch(/^19 /);
  });

  test.each([
    "",
    "object_id=oppo_x",
    "object_type=opportunity",
    "object_type=opportunity&object_id=oppo_x&_skip=1",
    "object_type=opportunity&object_id=oppo_x&_limit=0",
    "object_type=opportunity&object_id=oppo_x&_cursor=x",
    "object_type=opportunity&object_id=oppo_x&lead_name=Acme",
  ])("refuses what Close does not document: %j", async (parameters) => {
    const { status, json } = await close.send(`/event/?${parameters}`);
    expect(status).toBe(400);
    expect(json).toEqual({ error: expect.any(String) });
  });
});
