import { expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { unasked } from "../../support/rows.ts";
import { found } from "../../support/searches.ts";
import { serveSandbox } from "../../support/served.ts";

const { sandbox, host } = await serveSandbox(undefined, { env: unasked, forgets: true });
const id = ids.opportunities.azulejosShowroom;

test("who owns an opportunity is told apart in rows, lines and groups by having left and by e-mail address", async () => {
  const lead_names = ["Azulejos", "Driftwood"];
  const [sam, greta] = ["Sam Doyle (sam.doyle.berlin@example.com)", "Greta Holm (has left)"];
  const reply = await host.call({ lead_names, group_by: "user" }, "find_opportunities");
  for (const owner of [sam, greta]) {
    expect(found(reply)).toContainEqual(expect.objectContaining({ user_name: owner }));
    expect(reply.summary).toContain(`owner "${owner}"`);
    expect(reply.structured.groups).toContainEqual(expect.objectContaining({ user: owner }));
  }
});

test("who has left is asked right after the opportunities of a lead that is given by name, with nothing between", async () => {
  const reply = await host.call({ lead_names: ["Azulejos"], user: ids.former.gretaHolm }, "find_opportunities");
  expect(found(reply)).toMatchObject([{ user_name: "Greta Holm (has left)" }]);
  const paths = sandbox.requests.map(({ path }) => path.split("?")[0]);
  expect(paths.slice(-2)).toEqual(["/opportunity/", `/organization/${ids.organization}/`]);
});

test.each([
  ["name", "Greta Holm"],
  ["id", ids.former.gretaHolm],
])("an owner who has left is refused as a new one by %s, with the reason, and nothing is sent", async (_, user_id) => {
  const { isError, text } = await host.call({ id: ids.opportunities.acmeExpansion, user_id });
  expect(isError).toBe(true);
  expect(text).toContain('"Greta Holm" (greta.holm@example.com,');
  expect(text).toContain("has left the organization and can own nothing new");
  expect(sandbox.requests.filter(({ method }) => method === "PUT")).toEqual([]);
});

test("taking an opportunity over from who has left says so", async () => {
  const { structured, summary } = await host.call({ id, user_id: "Ben Quist" });
  expect(structured.changes).toMatchObject([{ field: "user_id", from: "Greta Holm (has left)", to: "Ben Quist" }]);
  expect(summary).toContain("Greta Holm (has left)");
});
