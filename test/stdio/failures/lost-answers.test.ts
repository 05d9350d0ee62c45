import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { inDoubt, serveFailingUpdates, unchanged } from "../../support/failing-updates.ts";
import { startHttpPeer } from "../../support/http-peer.ts";
import { stored } from "../../support/opportunities.ts";

const { acmeExpansion } = ids.opportunities;

// Nearly all of the time is waiting to read again.
const { sandbox, host, newUpdate } = await serveFailingUpdates({ resets: false });

describe.concurrent("a redirect of an update", () => {
  test("is not followed, and leaves it in doubt", async () => {
    const elsewhere = await startHttpPeer(() => ({ status: 200, body: `{"id": "${acmeExpansion}"}` }));
    const { answerPut, failedUpdate, loseSightAfterTheFirstRead, sent } = newUpdate();
    try {
      loseSightAfterTheFirstRead();
      answerPut({ status: 308, headers: { location: `${elsewhere.url}/api/v2/?token=t` }, applied: true });
      const text = await failedUpdate();
      expect(elsewhere.requests).toEqual([]);
      expect(text).toContain(`${elsewhere.url}/api/v2/`);
      expect(text).toMatch(/redirect/);
      expect(text).toMatch(inDoubt);
      expect(text).not.toContain(unchanged);
      expect(text).toContain("CLOSE_BASE_URL");
      expect(sent()).toHaveLength(1);
    } finally {
      await elsewhere.close();
    }
  });
});

// Not beside the others, as it ends their faults too.
describe("a connection that broke during an update", () => {
  test.each([
    ["before", [{ field: "confidence", from: 50, to: 75 }]],
    ["after", []],
  ] as const)("is shown by a dry run to have broken %s it was carried out", async (when, missing) => {
    const { args, failedUpdate, fault, loseSightAfterTheFirstRead } = newUpdate();
    loseSightAfterTheFirstRead();
    fault({ kind: "reset", when, method: "PUT", times: Infinity });
    expect(await failedUpdate()).toMatch(/changes lists what is still missing/);
    const opportunity = stored(sandbox, args.id);
    sandbox.reset();
    sandbox.organization.opportunities.set(args.id, opportunity);
    const dry = await host.call({ ...args, dry_run: true });
    expect(dry.structured.changes).toMatchObject(missing);
  });
});
