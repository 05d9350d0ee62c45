import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod/v3";
import { ids, type Pipeline } from "../../../src/sandbox/sandbox.ts";
import { type Host, sentBodies, startHostFor } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { customFields: fields, opportunities, statuses } = ids;
/** Sales / Active. */
const id = opportunities.acmeExpansion;

const { sandbox, accepted, stored } = await serveUpdates();

/** A host whose server has not read any list yet. */
async function startUnknowing(): Promise<Host> {
  const unknowing = await startHostFor(sandbox);
  onTestFinished(() => unknowing.close());
  return unknowing;
}

describe("what is new in Close since a list was read is found:", () => {
  const salesStatuses = () => sandbox.organization.pipelines.find(({ name }) => name === "Sales")?.statuses;

  test("a status", async () => {
    await accepted({ id, status_id: "Proposal sent" });
    salesStatuses()?.push({ id: "stat_onhold", label: "On hold", type: "active" });
    await accepted({ id, status_id: "On hold" });
    expect(sentBodies(sandbox)[1]).toEqual({ status_id: "stat_onhold" });
  });

  test("the pipeline that the opportunity is in", async () => {
    await accepted({ id, status_id: "Proposal sent" });
    const talking = { id: "stat_talking", label: "Talking", type: "active" } as const;
    const gone = { id: "stat_partnergone", label: "Churned", type: "lost" } as const;
    const partners: Pipeline = { id: "pipe_partners", name: "Partners", statuses: [talking, gone] };
    sandbox.organization.pipelines.push(partners);
    stored(id).status_id = talking.id;
    await accepted({ id, status_id: "Churned" });
    expect(sentBodies(sandbox)[1]).toEqual({ status_id: gone.id });
  });

  test("a choice, and another type, of a custom field", async () => {
    await accepted({ id, custom_fields: [{ field: "Seats", action: "set", value: 1 }] });
    const changed = (key: string) => sandbox.organization.customFields.find((field) => field.id === key);
    changed(fields.source)?.choices?.push("Podcast");
    Object.assign(changed(fields.seats) ?? {}, { type: "text" });
    await accepted({
      id,
      custom_fields: [
        { field: "Source", action: "set", value: "podcast" },
        { field: "Seats", action: "set", value: "a dozen" },
      ],
    });
    expect(sentBodies(sandbox)[1]).toEqual({
      [`custom.${fields.source}`]: "Podcast",
      [`custom.${fields.seats}`]: "a dozen",
    });
  });
});

test("“Mark the Acme Corp renewal as won and tag it Wednesday” takes two calls and seven requests, and the next such update two", async () => {
  const agent = await startUnknowing();
  const found = await agent.call({ lead_names: ["Acme Corp"], pipeline: "Renewals" }, "find_opportunities");
  const [renewal] = z.tuple([z.object({ id: z.string() })]).parse(found.structured.opportunities);
  const reply = await agent.call({
    ...renewal,
    status_id: "Won",
    custom_fields: [{ field: "Tags", action: "add", value: "Wednesday" }],
  });
  expect(reply.summary).toContain('status "Active" → "Won"');
  expect(sentBodies(sandbox)).toEqual([
    { status_id: statuses.renewalsWon, [`custom.${fields.tags}.add`]: "Wednesday" },
  ]);
  // On a slow machine what was read is soon old, and read again.
  const lines = new Set(sandbox.requests.map(({ method, path }) => `${method} ${path.split("?")[0]}`));
  expect([...lines].sort()).toEqual([
    "GET /custom_field_schema/opportunity/",
    "GET /opportunity/",
    `GET /opportunity/${opportunities.acmeRenewal}/`,
    "GET /pipeline/",
    "GET /user/",
    "POST /data/search/",
    `PUT /opportunity/${opportunities.acmeRenewal}/`,
  ]);

  const before = sandbox.requests.length;
  await agent.call({
    id,
    status_id: "Lost",
    custom_fields: [{ field: "Tags", action: "add", value: "Upsell" }],
  });
  const next = new Set(sandbox.requests.slice(before).map(({ method }) => method));
  expect([...next]).toEqual(["GET", "PUT"]);
});
