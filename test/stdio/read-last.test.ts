import { expect, test, vi } from "vitest";
import { ids, type Opportunity } from "../../src/sandbox/sandbox.ts";
import { puts } from "../support/host.ts";
import { changeByBen, copyOf, stored } from "../support/opportunities.ts";
import { serveSandbox } from "../support/served.ts";

const { tags } = ids.customFields;

/** Close takes one PUT in each window, and says so: the next one waits here, without an answer of 429. */
const { sandbox, host } = await serveSandbox({ rateLimit: { limit: 1, windowMs: 2_000, method: "PUT" } });

const readsOf = (id: string) =>
  sandbox.requests.filter(({ method, path }) => method === "GET" && path === `/opportunity/${id}/`).length;

/** An update that waits for the limit before its PUT, while Ben changes the opportunity that it has read. */
async function updateBesideBen(id: string, args: Record<string, unknown>, facts: Partial<Opportunity>) {
  await host.call({ id: ids.opportunities.blueHeronShop, confidence: 1 });
  const reply = host.call({ id, ...args });
  await vi.waitFor(() => expect(readsOf(id)).toBe(1), { timeout: 20_000 });
  changeByBen(sandbox, id, facts);
  return await reply;
}

test("an update that waited for its turn is made from what a colleague has written in the meantime", async () => {
  const id = copyOf(sandbox, ids.opportunities.acmeExpansion, { custom: { [tags]: ["Upsell"] }, note_html: null });
  const custom_fields = [{ field: "Tags", action: "add", value: ["Weekend", "Wednesday"] }];
  const reply = await updateBesideBen(
    id,
    { note_append: "Called.", custom_fields },
    { note: "Call Kit.", custom: { [tags]: ["Upsell", "Key account"] } },
  );
  expect(reply.isError, reply.text).toBe(false);
  expect(reply.structured).not.toHaveProperty("warnings");
  expect(stored(sandbox, id).note).toBe("Call Kit.\nCalled.");
  expect(stored(sandbox, id).custom[tags]).toEqual(["Upsell", "Key account", "Weekend", "Wednesday"]);
  expect(puts(sandbox).filter(({ path }) => path.includes(id))).toMatchObject([{ status: 200 }]);
});
