import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { warningsOf } from "../../support/both-forms.ts";
import { failedCall } from "../../support/failed-call.ts";
import {
  type Answer,
  inDoubt,
  serveFailingUpdates,
  traceId,
  unchanged,
} from "../../support/failing-updates.ts";
import { startHostFor } from "../../support/host.ts";
import { closedPort, startHttpPeer } from "../../support/http-peer.ts";
import { stored } from "../../support/opportunities.ts";

const { acmeExpansion, elmStreetVisits } = ids.opportunities;

// Nearly all of the time is waiting to read again.
const { sandbox, host, newUpdate } = await serveFailingUpdates({ resets: false });

describe.concurrent("a redirect of an update", () => {
  test.each([302, 308])("is not followed, and leaves it in doubt: %i", async (status) => {
    const elsewhere = await startHttpPeer(() => ({ status: 200, body: `{"id": "${acmeExpansion}"}` }));
    const { answerPut, failedUpdate, loseSightAfterTheFirstRead, sent } = newUpdate();
    try {
      loseSightAfterTheFirstRead();
      answerPut({ status, headers: { location: `${elsewhere.url}/api/v2/?token=t` }, applied: true });
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

describe.concurrent("a success that cannot be read", () => {
  const rows: [string, Answer, RegExp][] = [
    [
      "HTML",
      { status: 200, headers: { "content-type": "text/html" }, body: "<html>Log in</html>" },
      /text\/html.*Log in/,
    ],
    ["no content", { status: 204 }, /204.*empty body/s],
    ["half an object", { status: 200, body: '{"id": "oppo_' }, /not a JSON object/],
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

describe.concurrent("an error of Close's own (5xx) in answer to an update", () => {
  test.each([
    [500, "did not happen", false],
    [504, "happened", true],
  ])("leaves it in doubt: %i, while it %s", async (status, _happened, applied) => {
    const { answerPut, confidence, failedUpdate, loseSightAfterTheFirstRead } = newUpdate();
    loseSightAfterTheFirstRead();
    // 504 is the empty one with the content type of JSON.
    answerPut({ status, applied, ...(status !== 504 && { body: '{"error": "Oops."}' }) });
    const text = await failedUpdate();
    expect(text).toContain(String(status));
    expect(text).toMatch(inDoubt);
    expect(text).not.toContain(unchanged);
    expect(text).toMatch(/dry_run/);
    expect(text).toContain(traceId);
    expect(confidence()).toBe(applied ? 75 : 50);
  });
});

describe.concurrent("a connection that breaks during an update", () => {
  test.each([
    ["before", 50],
    ["during", 75],
    ["after", 75],
  ] as const)("leaves it in doubt: %s it is carried out", async (when, afterwards) => {
    const { confidence, failedUpdate, fault, loseSightAfterTheFirstRead } = newUpdate();
    loseSightAfterTheFirstRead();
    fault({ kind: "reset", when, method: "PUT", times: Infinity });
    const text = await failedUpdate();
    expect(text).toMatch(inDoubt);
    expect(text).not.toContain(unchanged);
    expect(text).toMatch(/dry_run/);
    expect(text).toContain("PUT");
    expect(confidence()).toBe(afterwards);
  });
});

describe.concurrent("an update that Close applied while a gateway gave up on it", () => {
  test.each([303, 408, 460, 499])("is a success that was read back: %i", async (status) => {
    const { answerPut, args, sent } = newUpdate();
    answerPut({ status, applied: true, body: "gave up" });
    const reply = await host.call(args);
    expect(reply).toMatchObject({ isError: false, structured: { confidence: 75 } });
    expect(warningsOf(reply)).toContain(String(status));
    expect(sent()).toHaveLength(1);
  });
});

describe.concurrent("a success (200) that is not the opportunity", () => {
  const rows: [string, unknown][] = [
    ["an error object", { error: "Something went wrong." }],
    ["another opportunity", { id: elmStreetVisits, confidence: 3 }],
    ["a list", { data: [] }],
  ];

  test.each(rows)("is not taken for the update's, whose outcome is read back: %s", async (_name, body) => {
    const { answerPut, args } = newUpdate();
    answerPut({ status: 200, body: JSON.stringify(body), applied: true });
    const reply = await host.call(args);
    expect(reply).toMatchObject({ isError: false, structured: args });
    expect(reply.structured.changes).toMatchObject([{ field: "confidence", from: 50, to: 75 }]);
    expect(warningsOf(reply)).toContain("not the opportunity");
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
