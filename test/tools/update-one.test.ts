import { expect, test } from "vitest";
import { connect } from "../../src/close/connect.ts";
import { ids, startSandbox } from "../../src/sandbox/sandbox.ts";
import { updateOpportunity } from "../../src/tools/update-opportunity.ts";

test("an update that took effect is a success, whatever fails after it", async () => {
  const sandbox = await startSandbox();
  const { close, directory, updates } = connect(
    {
      baseUrl: sandbox.url,
      credentials: { scheme: "basic", secret: sandbox.apiKey },
      timeZone: "UTC",
      readOnly: false,
      readOnlyReason: undefined,
      auditLog: undefined,
      logLevel: "error",
    },
    () => {},
  );
  const { signal } = new AbortController();
  const audit = () => Promise.reject(new Error("the disk is gone"));
  const context = { close, directory, updates, audit, signal, timeZone: "UTC" };
  const id = ids.opportunities.acmeExpansion;
  try {
    const { data, warnings } = await updateOpportunity.call({ id, value: 64_000 }, context);
    expect(data).toMatchObject({ id, value: 64_000, changes: [{ field: "value", to: 64_000 }] });
    expect(warnings).toEqual([expect.stringMatching(/went through, but .* failed: .*the disk is gone/)]);
  } finally {
    await sandbox.close();
  }
});
