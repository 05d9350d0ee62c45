import { afterAll, beforeEach, expect, test } from "vitest";
import type { Audit } from "../../src/audit.ts";
import { connect } from "../../src/close/connect.ts";
import { ids } from "../../src/sandbox/sandbox.ts";
import { updateOpportunity } from "../../src/tools/update-opportunity.ts";
import { startSandbox } from "../support/sandbox/sandbox.ts";
import { freely, ownState } from "../support/state.ts";

const sandbox = await startSandbox();
beforeEach(() => sandbox.reset());
afterAll(() => sandbox.close());

const { close, directory } = connect(
  {
    baseUrl: sandbox.url,
    credentials: { scheme: "basic", secret: sandbox.apiKey },
    proxies: { httpsProxy: undefined, httpProxy: undefined, noProxy: undefined },
    timeZone: "UTC",
    machineZone: undefined,
    readOnly: false,
    confirm: "off",
    writableFields: undefined,
    maxUpdatesPerHour: undefined,
    auditLog: undefined,
    stateDir: "off",
    logLevel: "error",
  },
  () => {},
);
const { signal } = new AbortController();
const audit = async () => undefined;
const context = { ...ownState(), close, directory, audit, signal, policy: freely, timeZone: "UTC" };
const id = ids.opportunities.acmeExpansion;

test("an update that took effect is a success, whatever fails after it", async () => {
  const failing: Audit = async ({ outcome }) => {
    if (outcome === "applied") throw new Error("the disk is gone");
    return undefined;
  };
  const { data, warnings } = await updateOpportunity.call({ id, value: 64_000 }, { ...context, audit: failing });
  expect(data).toMatchObject({ id, value: 64_000, changes: [{ field: "value", to: 64_000 }] });
  expect(warnings).toEqual([expect.stringMatching(/went through, but .* failed: .*the disk is gone/)]);
});
