import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, statuses, customFields } = ids;
const id = opportunities.acmeExpansion;
const seats = `custom.${customFields.seats}`;

const { sandbox, host, accepted, refused } = await serveUpdates();

test("another word for an argument is understood in an entry of update_opportunities and in an operation, and its place is said", async () => {
  const updates = [{ ids: [id], stage: "Won", custom_fields: [{ name: "Seats", op: "set", value: 7 }] }];
  const reply = await host.call({ updates }, "update_opportunities");
  expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.salesWon, [seats]: 7 }]);
  expect(reply.structured.warnings).toEqual([
    "updates[0].stage was read as status_id.",
    "updates[0].custom_fields[0].name was read as field.",
    "updates[0].custom_fields[0].op was read as action.",
  ]);
});

describe("a word that is never guessed is refused with what to send", () => {
  test("names both readings of an amount", async () => {
    expect(await refused({ id, price: 500 })).toContain("in cents: 50000 if it is dollars, 500 if it is cents");
  });

  test("in find_opportunities too, which says nothing of records that it does not change", async () => {
    const { text } = await host.call({ close_date: "2026-12-31" }, "find_opportunities");
    expect(text).toMatch(/^find_opportunities was called with 1 invalid argument\.$/m);
    expect(text).toContain("- close_date: Send date_won_from and date_won_to");
    expect(text).not.toMatch(/unchanged|Nothing was sent/);
  });
});

describe("any other unknown argument", () => {
  test("beside updates is refused with where changes belong", async () => {
    const updates = [{ ids: [id], confidence: 42 }];
    const { text } = await host.call({ updates, status_id: "Won" }, "update_opportunities");
    expect(text).toContain("- status_id: unknown argument. Known: ");
    expect(text).toContain("What is to be changed goes into an entry of updates: [{");
    expect(sentBodies(sandbox)).toEqual([]);
  });

  test("is ignored if it is empty, and never empties a field of that name", async () => {
    const reply = await accepted({ id, value: 49_000, Seats: null });
    expect(sentBodies(sandbox)).toEqual([{ value: 49_000 }]);
    expect(reply.structured.warnings).toEqual([expect.stringContaining("null or empty: Seats.")]);
  });
});

test("a tool that does not exist is answered with a protocol error that names the nearest one", async () => {
  const call = host.client.callTool({ name: "update_oportunity", arguments: { id } });
  await expect(call).rejects.toMatchObject({
    code: -32602,
    message: expect.stringMatching(/update_oportunity.*update_opportunity/s),
  });
  expect(sandbox.requests).toEqual([]);
});
