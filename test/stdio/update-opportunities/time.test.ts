import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod/v3";
import { readCommand } from "../../../src/config.ts";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { openToolbox } from "../../../src/server/toolbox.ts";
import { puts } from "../../support/host.ts";
import { copiesOf } from "../../support/opportunities.ts";
import { startRaw } from "../../support/raw-program.ts";
import { rowsResult, serveRows, unasked } from "../../support/rows.ts";
import { type Fault, startSandbox } from "../../support/sandbox/sandbox.ts";
import { stateEnvironment } from "../../support/state-folder.ts";

const { acmeExpansion, acmeRenewal, fjordFleet } = ids.opportunities;

const { sandbox, host, call, rowsOf, copies, appliedTo } = await serveRows();

test("progress counts the rows, says which one was done, and reports a wait of many for one rate limit once", async () => {
  const limited = await startSandbox({ rateLimit: { limit: 10, windowMs: 700 } });
  onTestFinished(() => limited.close());
  const asked = [...copiesOf(limited, acmeExpansion, 24), "oppo_gone"];
  // As it comes over the wire: the official client forgets the last one if the answer comes together with it.
  const program = startRaw([], { ...unasked, CLOSE_BASE_URL: limited.url, CLOSE_API_KEY: limited.apiKey });
  await program.initialize();
  const args = { updates: [{ ids: asked, confidence: 42 }] };
  const call = { name: "update_opportunities", arguments: args, _meta: { progressToken: "rows" } };
  await program.request("tools/call", call);
  program.endInput();
  await program.ended;
  const report = z.object({ progress: z.number(), total: z.literal(25), message: z.string() });
  const messages = program
    .messages()
    .flatMap(({ method, params }) => (method === "notifications/progress" ? [report.parse(params).message] : []));
  const waits = messages.filter((message) => message.startsWith("Waiting"));
  // Reads and updates have a limit each, and 25 of them take three times its length.
  expect(waits.length).toBeGreaterThan(0);
  expect(waits.length).toBeLessThanOrEqual(6);
  const done = messages.filter((message) => !message.startsWith("Waiting"));
  expect(done.map((message) => message.split(" of 25")[0])).toEqual(Array.from({ length: 26 }, (_, at) => `${at}`));
  expect(done).toContainEqual(expect.stringMatching(/: "Acme Corp" updated$/));
  expect(done).toContainEqual(expect.stringMatching(/: oppo_gone refused$/));
});

test("a cancelled call starts no further row", async () => {
  const asked = copies(60);
  sandbox.fault({ kind: "latency", ms: 100, method: "PUT", times: Infinity });
  const cancelling = new AbortController();
  const args = { updates: [{ ids: asked, confidence: 42 }] };
  const running = host.client.callTool({ name: "update_opportunities", arguments: args }, undefined, {
    signal: cancelling.signal,
  });
  await vi.waitFor(() => expect(puts(sandbox).length).toBeGreaterThan(10), { timeout: 10_000 });
  cancelling.abort();
  await expect(running).rejects.toThrow();
  const sent = puts(sandbox).length;
  await call({ updates: [{ id: fjordFleet, confidence: 42 }] });
  expect(puts(sandbox).length).toBeLessThanOrEqual(sent + 11);
  expect(puts(sandbox).length).toBeLessThan(60);
});

describe("a call whose time is used up", () => {
  /** A call that began long ago: a host's own would take that long. */
  async function calledInProcess(timeLeft: number, asked: readonly string[]) {
    const command = readCommand([], {
      ...stateEnvironment(),
      ...unasked,
      CLOSE_API_KEY: sandbox.apiKey,
      CLOSE_BASE_URL: sandbox.url,
    });
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
    sandbox.fault({ kind: "latency", ms: 1_300, method: "GET", path: "/opportunity/" });
    const { isError, content } = await calledInProcess(11_200, [acmeExpansion]);
    expect(isError).toBe(true);
    expect(puts(sandbox)).toEqual([]);
    expect(JSON.stringify(content)).toMatch(/not tried, safe to send again/);
  });

  test("leaves no row half done: a row that was begun is finished, others are not tried", async () => {
    sandbox.fault({ kind: "latency", ms: 250, method: "PUT", times: Infinity });
    const { structuredContent } = await calledInProcess(13_000, copies(150));
    const { results, counts } = rowsResult.parse(structuredContent);
    expect(counts.updated).toBeGreaterThan(0);
    expect(counts.not_tried).toBeGreaterThan(0);
    for (const { id, outcome } of results) {
      expect(["updated", "not_tried"]).toContain(outcome);
      expect({ id, applied: appliedTo(id) }).toEqual({ id, applied: outcome === "updated" ? 1 : 0 });
    }
  });
});

describe("an opportunity whose read uses up the call's time", () => {
  const path = `/opportunity/${acmeExpansion}/`;
  const headers = { "retry-after": "100" };
  const limitOfReads: Fault = { kind: "answer", status: 429, headers, method: "GET", path };
  const updates = [{ ids: [acmeExpansion, fjordFleet], value: 64_000 }];

  test("is not tried, and no update of it is sent unseen", async () => {
    sandbox.fault(limitOfReads);
    const { results } = await rowsOf({ updates });
    expect(results).toMatchObject([
      { outcome: "not_tried", error: expect.stringContaining("Call again in 100 seconds") },
      { outcome: "updated" },
    ]);
    expect(puts(sandbox).map(({ path }) => path)).toEqual([`/opportunity/${fjordFleet}/`]);
  });

  test("is not updated unseen in a call of its own either, when it has to be read again after a wait", async () => {
    sandbox.fault({ ...limitOfReads, headers: { "retry-after": "1.2" }, method: "PUT" });
    const calling = host.call({ id: acmeExpansion, value: 64_000 });
    await vi.waitFor(() => expect(puts(sandbox)).toHaveLength(1), { timeout: 10_000, interval: 1 });
    sandbox.fault({ ...limitOfReads, times: 2 });
    const { isError, text } = await calling;
    expect(isError).toBe(true);
    expect(text).toContain("Call again in 100 seconds");
    expect(text).toContain("The opportunity is unchanged.");
    expect(puts(sandbox).map(({ applied }) => applied)).toEqual([false]);
  });
});
