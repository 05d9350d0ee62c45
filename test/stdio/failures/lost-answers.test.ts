import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { warningsOf } from "../../support/both-forms.ts";
import { failedCall } from "../../support/failed-call.ts";
import { type Answer, inDoubt, serveFailingUpdates, unchanged } from "../../support/failing-updates.ts";
import { startHostFor } from "../../support/host.ts";
import { closedPort, startHttpPeer } from "../../support/http-peer.ts";
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

describe.concurrent("an answer that cannot be read", () => {
  const rows: [string, Answer, RegExp][] = [
    [
      "HTML",
      { status: 200, headers: { "content-type": "text/html" }, body: "<html>Log in</html>" },
      /text\/html.*Log in/,
    ],
    ["no content", { status: 204 }, /204.*empty body/s],
    ["an error as an empty 504", { status: 504 }, /504/],
    ["a body past 5 MB", { status: 200, body: `{"note": "${"x".repeat(5_300_000)}"}` }, /5 MB/],
  ];

  test.each(rows)("leaves the update in doubt: %s", async (_name, answer, what) => {
    const { answerPut, confidence, failedUpdate, loseSightAfterTheFirstRead } = newUpdate();
    loseSightAfterTheFirstRead();
    answerPut({ ...answer, applied: true });
    const text = await failedUpdate();
    expect(text).toMatch(what);
    expect(text).toMatch(inDoubt);
    expect(text).not.toContain(unchanged);
    expect(text).toMatch(/dry_run/);
    expect(text.length).toBeLessThan(2_000);
    expect(confidence()).toBe(75);
  });
});

describe.concurrent("an update that Close applied while a gateway gave up on it", () => {
  test.each([303, 499])("is a success that was read back: %i", async (status) => {
    const { answerPut, args, sent } = newUpdate();
    answerPut({ status, applied: true, body: "gave up" });
    const reply = await host.call(args);
    expect(reply).toMatchObject({ isError: false, structured: { confidence: 75 } });
    expect(warningsOf(reply)).toContain(String(status));
    expect(sent()).toHaveLength(1);
  });
});

describe.concurrent("a refused connection", () => {
  test("leaves the opportunity unchanged", async () => {
    const url = await closedPort();
    const other = await startHostFor(sandbox, {
      env: { CLOSE_BASE_URL: `${url}/api/v1`, CLOSE_LOG_LEVEL: "debug" },
    });
    try {
      const text = await failedCall(other, sandbox.apiKey, newUpdate().args);
      expect(text).toContain("ECONNREFUSED");
      expect(text).toContain(unchanged);
      expect(text).not.toMatch(inDoubt);
      expect(text).toMatch(/call again/i);
    } finally {
      await other.close();
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
