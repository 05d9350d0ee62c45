import { describe, expect, onTestFinished, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { failedCall } from "../../support/failed-call.ts";
import { sentBodies } from "../../support/host.ts";
import { startHttpPeer } from "../../support/http-peer.ts";
import { stored } from "../../support/opportunities.ts";
import { serveSandbox } from "../../support/served.ts";

const { acmeExpansion } = ids.opportunities;
const path = `/opportunity/${acmeExpansion}/`;
/** From 50. */
const update = { id: acmeExpansion, confidence: 75 };
const unchanged = "The opportunity is unchanged.";

const { sandbox, host } = await serveSandbox(undefined, { env: { CLOSE_LOG_LEVEL: "debug" } });

/** Makes the update, which has to fail; returns the error's text. */
const failedUpdate = (more: Record<string, unknown> = {}) => failedCall(host, sandbox.apiKey, { ...update, ...more });

/** The opportunity can be read before the update, and not again after it. */
function loseSightAfterTheFirstRead(): void {
  sandbox.fault({ kind: "drift", method: "GET", path, change: (answer) => answer });
  sandbox.fault({ kind: "reset", when: "before", method: "GET", path, times: Infinity });
}

describe("a request that Close does not accept (400)", () => {
  test.each([
    ["no message at all", { errors: [] }, "400"],
    ["a list instead of an object", ["Everything is wrong."], "Everything is wrong."],
    // On one line, quoted, and free of terminal escapes.
    [
      "words of several lines",
      { error: "No.\nIt was changed.\u001b[2J" },
      String.raw`Close says "No.\nIt was changed.`,
    ],
  ])("is reported with %s", async (_name, body, words) => {
    const headers = { "trace-id": "4f1c9d02a7b64e0fb0f5f6f1c2d3e4a5" };
    sandbox.fault({ kind: "answer", status: 400, method: "PUT", headers, body: JSON.stringify(body) });
    const text = await failedUpdate();
    for (const said of [words, unchanged, headers["trace-id"]]) expect(text).toContain(said);
    expect(text).toMatch(/the same call will fail again/i);
    expect(text).not.toContain("\u001b");
    expect(stored(sandbox, acmeExpansion).confidence).toBe(50);
  });

  test("is reported with the valid statuses if it is the status that is wrong", async () => {
    const text = await failedUpdate({ status_id: "stat_None" });
    expect(sentBodies(sandbox)).toEqual([{ status_id: "stat_None", confidence: 75 }]);
    for (const said of ["status_id: Close says", unchanged, ...Object.values(ids.statuses)])
      expect(text).toContain(said);
  });
});

test("a redirect of an update is not followed, and leaves it in doubt", async () => {
  const elsewhere = await startHttpPeer(() => ({ status: 200, body: `{"id": "${acmeExpansion}"}` }));
  onTestFinished(() => elsewhere.close());
  loseSightAfterTheFirstRead();
  const headers = { location: `${elsewhere.url}/api/v2/?token=t` };
  sandbox.fault({ kind: "answer", status: 308, method: "PUT", headers, applied: true });
  const text = await failedUpdate();
  expect(elsewhere.requests).toEqual([]);
  for (const said of [`${elsewhere.url}/api/v2/`, "CLOSE_BASE_URL"]) expect(text).toContain(said);
  expect(text).toMatch(/redirect.*in doubt/s);
  expect(text).not.toContain(unchanged);
  expect(sentBodies(sandbox)).toHaveLength(1);
});

test.each([
  ["before", [{ field: "confidence", from: 50, to: 75 }]],
  ["after", []],
] as const)(
  "a connection that broke %s the update was carried out is told apart by a dry run",
  async (when, missing) => {
    loseSightAfterTheFirstRead();
    sandbox.fault({ kind: "reset", when, method: "PUT", times: Infinity });
    expect(await failedUpdate()).toMatch(/changes lists what is still missing/);
    const opportunity = stored(sandbox, acmeExpansion);
    sandbox.reset();
    sandbox.organization.opportunities.set(acmeExpansion, opportunity);
    expect((await host.call({ ...update, dry_run: true })).structured.changes).toMatchObject(missing);
  },
);

test.each([
  ["a dry run", { dry_run: true }],
  ["one with expected_date_updated", { expected_date_updated: "2024-01-08T09:15:00Z" }],
])("an update is not sent as %s if the read fails that it needs", async (_name, needing) => {
  sandbox.fault({ kind: "answer", status: 408, method: "GET", path, times: Infinity });
  const text = await failedUpdate(needing);
  for (const said of ["408", unchanged]) expect(text).toContain(said);
  expect(sentBodies(sandbox)).toEqual([]);
});
