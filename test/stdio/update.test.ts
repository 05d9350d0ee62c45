import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ids, type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { type Host, sentBodies, startHostFor } from "./host.ts";

let sandbox: Sandbox;
let host: Host;

beforeAll(async () => {
  sandbox = await startSandbox();
  host = await startHostFor(sandbox);
});
beforeEach(() => sandbox.reset());
afterAll(async () => {
  await host.close();
  await sandbox.close();
});

test("a status is set by its label in the opportunity's own pipeline", async () => {
  const told = await host.call({ id: ids.opportunities.acmeRenewal, status_id: "won" });
  expect(sentBodies(sandbox)).toEqual([{ status_id: ids.statuses.renewalsWon }]);
  expect(told.summary).toContain("status Active → Won");
});
