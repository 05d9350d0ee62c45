import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod/v3";
import { readCommand } from "../../../src/config.ts";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { openToolbox } from "../../../src/server/toolbox.ts";
import { maxRowsAtATime } from "../../../src/tools/update-opportunities.ts";
import { puts, startHostFor } from "../../support/host.ts";
import { copiesOf } from "../../support/opportunities.ts";
import { startRaw } from "../../support/raw-program.ts";
import { rowsResult, serveRows } from "../../support/rows.ts";
import { type Fault, startSandbox } from "../../support/sandbox/sandbox.ts";

const { acmeExpansion, acmeRenewal, fjordFleet } = ids.opportunities;

const { sandbox, host, call, rowsOf, copies, appliedTo } = await serveRows();

describe("progress", () => {
  test("counts the rows, and says which one was done", async () => {
    // As it comes over the wire: the official client forgets the last one if the answer comes together with it.
    const program = startRaw([], { CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: sandbox.apiKey });
    await program.initialize();
    const args = { updates: [{ ids: [acmeExpansion, "oppo_gone", fjordFleet], confidence: 42 }] };
    const call = { name: "update_opportunities", arguments: args, _meta: { progressToken: "rows" } };
    await program.request("tools/call", call);
    program.endInput();
    await program.ended;
    const report = z.object({ progress: z.number(), total: z.literal(3), message: z.string() });
    const reports = program
      .messages()
      .flatMap(({ method, params }) => (method === "notifications/progress" ? [report.parse(params)] : []));
    expect(reports.map(({ progress }) => progress)).toEqual([0, 1, 2, 3]);
    expect(reports.map(({ message }) => message.replace(/^[123] of 3: /, "")).toSorted()).toEqual([
      '"Acme Corp" updated',
      '"Fjord Logistics" updated',
      "0 of 3",
      "oppo_gone refused",
    ]);
  });

  test("reports a wait of many rows for one rate limit once, and counts every row", async () => {
    const limited = await startSandbox({ rateLimit: { limit: 20, windowMs: 1_500 } });
    onTestFinished(() => limited.close());
    const asked = copiesOf(limited, acmeExpansion, 50);
    const watching = await startHostFor(limited);
    onTestFinished(() => watching.close());
    const messages: string[] = [];
    const args = { updates: [{ ids: asked, confidence: 42 }] };
    const reply = await watching.call(args, "update_opportunities", (message) => messages.push(message));
    expect(rowsResult.parse(reply.structured).counts).toEqual({ updated: 50 });
    const isWait = (message: string) => message.startsWith("Waiting");
    // Reads and updates have a limit each, and 50 of them take three times its length.
    expect(messages.filter(isWait).length).toBeGreaterThan(0);
    expect(messages.filter(isWait).length).toBeLessThanOrEqual(6);
    const counted = messages
      .filter((message) => !isWait(message))
      .map((message) => Number.parseInt(message, 10));
    expect(counted).toEqual(Array.from(counted, (_, at) => at));
    // The official client may forget those that arrive together with the result.
    expect(counted.length).toBeGreaterThan(50 - maxRowsAtATime);
  });
});

describe("a cancelled call", () => {
  test("starts no further row", async () => {
    const asked = copies(60);
    sandbox.fault({ kind: "latency", ms: 100, method: "PUT", times: Number.POSITIVE_INFINITY });
    const cancelling = new AbortController();
    const running = host.client.callTool(
      { name: "update_opportunities", arguments: { updates: [{ ids: asked, confidence: 42 }] } },
      undefined,
      { signal: cancelling.signal },
    );
    await vi.waitFor(() => expect(puts(sandbox).length).toBeGreaterThan(10), { timeout: 10_000 });
    cancelling.abort();
    await expect(running).rejects.toThrow();
    const sent = puts(sandbox).length;
    await call({ updates: [{ id: fjordFleet, confidence: 42 }] });
    expect(puts(sandbox).length).toBeLessThanOrEqual(sent + 11);
    expect(puts(sandbox).length).toBeLessThan(60);
  });
});

describe("a call whose time is used up", () => {
  /** A call that began long ago: a host's own would take that long. */
  async function calledInProcess(timeLeft: number, asked: readonly string[]) {
    const command = readCommand([], { CLOSE_API_KEY: sandbox.apiKey, CLOSE_BASE_URL: sandbox.url });
    if (command.run !== "serve") throw new Error("It does not serve.");
    const toolbox = openToolbox(command.config, () => {});
    const limits = { signal: new AbortController().signal, deadline: performance.now() + timeLeft };
    const args = { updates: [{ ids: asked, value: 64_000 }] };
    return CallToolResultSchema.parse(await toolbox.call("update_opportunities", args, limits));
  }

  test("before anything could be sent sends nothing, and says so with all ids", async () => {
    const { isError, content } = await calledInProcess(9_000, [acmeExpansion, acmeRenewal]);
    expect(isError).toBe(true);
    expect(sandbox.requests).toEqual([]);
    expect(JSON.stringify(content)).toMatch(/not tried, safe to send again/);
    for (const id of [acmeExpansion, acmeRenewal]) expect(JSON.stringify(content)).toContain(id);
  });

  test("by a slow read sends no update for it", async () => {
    sandbox.fault({ kind: "latency", ms: 2_000, method: "GET", path: "/opportunity/" });
    const { isError, content } = await calledInProcess(11_800, [acmeExpansion]);
    expect(isError).toBe(true);
    expect(puts(sandbox)).toEqual([]);
    expect(JSON.stringify(content)).toMatch(/not tried, safe to send again/);
  });

  test("leaves no row half done: a row that was begun is finished, others are not tried", async () => {
    sandbox.fault({ kind: "latency", ms: 250, method: "PUT", times: Number.POSITIVE_INFINITY });
    const { structuredContent } = await calledInProcess(13_000, copies(200));
    const { results, counts } = rowsResult.parse(structuredContent);
    expect(counts.updated).toBeGreaterThan(0);
    expect(counts.not_tried).toBeGreaterThan(0);
    for (const { id, outcome } of results) {
      expect(["updated", "not_tried"]).toContain(outcome);
      expect({ id, applied: appliedTo(id) }).toEqual({ id, applied: outcome === "updated" ? 1 : 0 });
    }
  });
});

test("a row whose update a proxy keeps answering with 429 is refused, and the others are updated", async () => {
  const others = copies(20);
  sandbox.fault({
    kind: "answer",
    method: "PUT",
    path: `/opportunity/${acmeExpansion}/`,
    status: 429,
    headers: { "retry-after": "1", "content-type": "text/html" },
    body: "<h1>Slow down</h1>",
    times: Number.POSITIVE_INFINITY,
  });
  const { results, counts } = await rowsOf({ updates: [{ ids: [acmeExpansion, ...others], value: 64_000 }] });
  expect(results[0]).toMatchObject({
    outcome: "refused",
    error: expect.stringContaining("The opportunity was read back twice: the update was not applied."),
  });
  expect(counts).toEqual({ refused: 1, updated: 20 });
});

describe("an opportunity whose read uses up the call's time", () => {
  const limitOfReads: Fault = {
    kind: "answer",
    status: 429,
    headers: { "retry-after": "100" },
    method: "GET",
  };

  test("is not tried, and no update of it is sent unseen", async () => {
    sandbox.fault({ ...limitOfReads, path: `/opportunity/${acmeExpansion}/` });
    const { results } = await rowsOf({ updates: [{ ids: [acmeExpansion, fjordFleet], value: 64_000 }] });
    expect(results).toMatchObject([
      {
        id: acmeExpansion,
        outcome: "not_tried",
        error: expect.stringContaining("Call again in 100 seconds"),
      },
      { id: fjordFleet, outcome: "updated" },
    ]);
    expect(puts(sandbox).map(({ path }) => path)).toEqual([`/opportunity/${fjordFleet}/`]);
  });

  test("is not counted among those that a dry run would change", async () => {
    sandbox.fault({ ...limitOfReads, path: `/opportunity/${acmeExpansion}/` });
    const updates = [{ ids: [acmeExpansion, fjordFleet], value: 64_000 }];
    const { summary } = await call({ updates, dry_run: true });
    expect(summary).toMatch(/^Dry run, nothing was sent\. This would update 1 of 2, 1 not tried:\n/);
    expect(summary).toContain(`${acmeExpansion}: not tried, safe to send again: `);
    expect(summary).toContain(`(${fjordFleet}): would change: value `);
  });

  test("is not updated in a call of its own either", async () => {
    sandbox.fault({ ...limitOfReads, path: `/opportunity/${acmeExpansion}/` });
    const reply = await host.call({ id: acmeExpansion, value: 64_000 });
    expect(reply.isError).toBe(true);
    expect(reply.text).toContain("Call again in 100 seconds");
    expect(reply.text).toContain("The opportunity is unchanged.");
    expect(puts(sandbox)).toEqual([]);
  });

  test("is not updated unseen either if it had to be read again after a wait", async () => {
    const path = `/opportunity/${acmeExpansion}/`;
    sandbox.fault({ kind: "answer", status: 429, headers: { "retry-after": "1.2" }, method: "PUT", path });
    const calling = host.call({ id: acmeExpansion, value: 64_000 });
    await vi.waitFor(() => expect(puts(sandbox)).toHaveLength(1), { timeout: 10_000, interval: 1 });
    sandbox.fault({ ...limitOfReads, path, times: 2 });
    expect((await calling).text).toContain("Call again in 100 seconds");
    expect(puts(sandbox).filter(({ applied }) => applied)).toEqual([]);
    expect(puts(sandbox)).toHaveLength(1);
  });
});
