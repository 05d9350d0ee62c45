import { expect, onTestFinished, test } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { failedCall } from "../support/failed-call.ts";
import { startHost } from "../support/host.ts";
import { serveSandbox } from "../support/served.ts";

const { acmeExpansion } = ids.opportunities;
const update = { id: acmeExpansion, confidence: 75 };
const unchanged = "The opportunity is unchanged.";

const { sandbox } = await serveSandbox();

test("a server without credentials lists the tools all the same, and names the variable to set at each call", async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what a host passes on where nobody filled it in.
  const bare = await startHost({ env: { CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: "${CLOSE_API_KEY}" } });
  onTestFinished(() => bare.close());
  const { tools } = await bare.client.listTools();
  expect(tools.map(({ name }) => name)).toContain("update_opportunity");
  for (const args of [update, {}]) {
    const text = await failedCall(bare, sandbox.apiKey, args);
    expect(text).toContain("CLOSE_API_KEY");
    expect(text).toContain("CLOSE_ACCESS_TOKEN");
    expect(text).toMatch(/Settings > Developer > API Keys/);
    expect(text).toContain(unchanged);
    expect(text).toMatch(/calling again before that will fail/i);
  }
  const many = await bare.call({ updates: [{ ids: [acmeExpansion], confidence: 75 }] }, "update_opportunities");
  expect(many.text).toMatch(/^None of the opportunities was changed\.$/m);
  expect(sandbox.requests).toEqual([]);
});
