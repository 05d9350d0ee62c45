import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { z } from "zod/v3";
import { ids, startSandbox } from "../../src/sandbox/sandbox.ts";

export type QuickPeerOptions = {
  /** The methods of which 20 requests a second are let through; more are answered with 429. */
  limited?: readonly string[];
  /** The least and the most that an answer takes, in milliseconds. */
  delays?: readonly [number, number];
};

/**
 * Stands for Close where its own work must not count: has an opportunity under every id it is asked for, keeps what it
 * is sent, and does nothing else. `many` are 200 ids.
 */
export async function startQuickPeer({ limited = [], delays }: QuickPeerOptions = {}) {
  const template = await anOpportunity();
  const opportunities = new Map<string, object>();
  const windows = new Map<string, { end: number; left: number }>();
  const counts = { applied: 0, refused: 0 };
  /** A fixed window of a second for each method that is limited. */
  const take = (method: string) => {
    if (!limited.includes(method)) return { header: "limit=1000000, remaining=999999, reset=1", isOver: false };
    const now = performance.now();
    const open = windows.get(method);
    const window = open !== undefined && open.end > now ? open : { end: now + 1_000, left: 20 };
    window.left -= 1;
    windows.set(method, window);
    const [left, reset] = [Math.max(0, window.left), ((window.end - now) / 1_000).toFixed(6)];
    return { header: `limit=20, remaining=${left}, reset=${reset}`, isOver: window.left < 0 };
  };
  const server = createServer(async (request, response) => {
    const { method = "", url = "" } = request;
    const { header, isOver } = take(method);
    const id = url.split("/").at(-2) ?? "";
    const sent = await text(request);
    let answer: object = { error: "Too many requests." };
    if (isOver) {
      counts.refused += 1;
    } else {
      answer = { ...template, id, ...opportunities.get(id), ...(method === "PUT" && JSON.parse(sent)) };
      opportunities.set(id, answer);
      if (method === "PUT") counts.applied += 1;
    }
    if (delays !== undefined) await setTimeout(delays[0] + Math.random() * (delays[1] - delays[0]));
    const body = JSON.stringify(answer);
    const length = Buffer.byteLength(body);
    const headers = { "content-type": "application/json", "content-length": length, RateLimit: header };
    response.writeHead(isOver ? 429 : 200, headers).end(body);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const many = Array.from({ length: 200 }, (_, at) => `oppo_Quick${at}`);
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    apiKey: "key",
    many,
    counts,
    close: () => server.close(),
  };
}

/** An opportunity as the sandbox answers it. */
async function anOpportunity(): Promise<Record<string, unknown>> {
  const sandbox = await startSandbox();
  const response = await fetch(`${sandbox.url}/opportunity/${ids.opportunities.acmeExpansion}/`, {
    headers: { authorization: `Basic ${btoa(`${sandbox.apiKey}:`)}` },
  });
  const opportunity = z.record(z.unknown()).parse(await response.json());
  await sandbox.close();
  return opportunity;
}
