import { afterAll, expect, test } from "vitest";
import { connect } from "../../src/close/connect.ts";
import { nothingKnown } from "../../src/organization/lists.ts";
import { ids } from "../../src/sandbox/sandbox.ts";
import { updateOpportunity } from "../../src/tools/update-opportunity.ts";
import { startSandbox } from "../support/sandbox/sandbox.ts";

const sandbox = await startSandbox();
afterAll(() => sandbox.close());

const { close, directory, updates } = connect(
  {
    baseUrl: sandbox.url,
    credentials: { scheme: "basic", secret: sandbox.apiKey },
    proxies: {},
    timeZone: "UTC",
    readOnly: false,
    readOnlyReason: undefined,
    auditLog: undefined,
    logLevel: "error",
  },
  () => {},
);
const { signal } = new AbortController();
const audit = async () => undefined;
const context = { close, directory, updates, audit, signal, timeZone: "UTC" };
const id = ids.opportunities.acmeExpansion;

test("an update that took effect is a success, whatever fails after it", async () => {
  const failing = { ...context, audit: () => Promise.reject(new Error("the disk is gone")) };
  const { data, warnings } = await updateOpportunity.call({ id, value: 64_000 }, failing);
  expect(data).toMatchObject({ id, value: 64_000, changes: [{ field: "value", to: 64_000 }] });
  expect(warnings).toEqual([expect.stringMatching(/went through, but .* failed: .*the disk is gone/)]);
});

test("a list that could not be read in time is not waited for again before an update by id is sent", async () => {
  let waits = 0;
  const slow = {
    async lookUp() {
      waits += 1;
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      return {
        ...nothingKnown,
        customFields: { state: "failed", reason: "It hangs.", isPassing: true },
      } as const;
    },
  };
  const update = {
    id,
    custom_fields: [{ field: ids.customFields.competitor, action: "set", value: "Brightside" }],
  };
  const { data, warnings } = await updateOpportunity.call(update, {
    ...context,
    directory: { lookUp: async (lists) => ([...lists].length === 0 ? nothingKnown : slow.lookUp()) },
  });
  expect(data[`custom.${ids.customFields.competitor}`]).toBe("Brightside");
  expect(warnings).toContainEqual(expect.stringContaining("operations were not checked"));
  expect(waits).toBe(1);
});
