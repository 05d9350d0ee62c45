import { expect, onTestFinished, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { errands, refuse } from "../../support/errands.ts";
import { startHostFor } from "../../support/host.ts";

const { acmeExpansion } = ids.opportunities;

const { sandbox, errand } = await errands();

errand("Call the deal Warehouse lamps.", [
  refuse(
    "acmeExpansion",
    { name: "Warehouse lamps" },
    "- name: An opportunity in Close has no name of its own: it is listed under its lead's name, which cannot be changed here. Leave this out, and tell the user",
    [],
  ),
]);

errand("Acme Corp is called Acme Group now.", [
  refuse(
    "acmeExpansion",
    { lead_name: "Acme Group" },
    "- lead_name: The lead of an opportunity cannot be changed or renamed here. Leave this out, and tell the user",
    [],
  ),
]);

errand("The expansion is paid in euros.", [
  refuse(
    "acmeExpansion",
    { currency: "EUR" },
    "- currency: The currency of an opportunity cannot be changed here. Leave this out, and tell the user",
    [],
  ),
]);

test("Change the value, while only reading is allowed.", async () => {
  const reader = await startHostFor(sandbox, { env: { CLOSE_READ_ONLY: "true" } });
  onTestFinished(() => reader.close());
  const { tools } = await reader.client.listTools();
  expect(tools.map(({ name }) => name).filter((name) => name.startsWith("update"))).toEqual([]);
  expect(reader.client.getInstructions()).toContain(
    "This server is read-only: no tool here can create, change or delete anything, or send e-mail. If asked to, say so.",
  );
  await expect(reader.call({ id: acmeExpansion, value: 60_000 })).rejects.toThrow(
    'Unknown tool: "update_opportunity". Tools: find_opportunities, get_opportunity, describe_opportunity_fields',
  );
  expect(sandbox.requests.filter(({ method }) => method === "PUT")).toEqual([]);
});
