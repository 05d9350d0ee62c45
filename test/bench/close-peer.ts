/**
 * Stands for Close in a process of its own: the sandbox; with the argument "limited" the sandbox under a rate limit and
 * with many opportunities; with "bare" the least that can be measured against, opportunities that are answered at once.
 * Prints how to reach it.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { ids } from "../../src/sandbox/sandbox.ts";
import { startSandbox } from "../support/sandbox/sandbox.ts";

const opportunity = {
  organization_id: "orga_bench",
  lead_id: "lead_bench",
  lead_name: "Bench Press Ltd",
  contact_id: null,
  contact_name: null,
  user_id: "user_bench",
  user_name: "Ada Quist",
  status_id: "stat_bench",
  status_label: "Active",
  status_display_name: "Active",
  status_type: "active",
  pipeline_id: "pipe_bench",
  pipeline_name: "Sales",
  value: 50_000,
  value_formatted: "$500",
  value_currency: "USD",
  value_period: "one_time",
  annualized_value: 50_000,
  expected_value: 25_000,
  annualized_expected_value: 25_000,
  confidence: 50,
  note: "Wants the quote again, with delivery in two parts.",
  date_won: null,
  date_lost: null,
  date_created: "2026-06-19T12:06:03.159000+00:00",
  date_updated: "2026-06-19T12:06:03.159000+00:00",
  created_by: "user_bench",
  created_by_name: "Ada Quist",
  updated_by: "user_bench",
  updated_by_name: "Ada Quist",
  attachments: [],
  integration_links: [],
  "custom.cf_tags": ["Key account", "Wednesday"],
  "custom.cf_seats": 40,
};

/** A server that keeps what it is sent for every id it is asked for, under a rate limit that is never reached. */
async function startBarePeer(): Promise<string> {
  const opportunities = new Map<string, Record<string, unknown>>();
  const server = createServer(async (request, response) => {
    const id = request.url?.split("/").at(-2) ?? "";
    const held = opportunities.get(id) ?? { id, ...opportunity };
    const current = request.method === "PUT" ? { ...held, ...JSON.parse(await text(request)) } : held;
    opportunities.set(id, current);
    const body = JSON.stringify(current);
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      RateLimit: "limit=1000000, remaining=999999, reset=1",
    });
    response.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

const [, , kind] = process.argv;
const many = Array.from({ length: 200 }, (_, at) => `oppo_bench${at}`);
const sandbox = await startSandbox(kind === "limited" ? { rateLimit: { limit: 20, windowMs: 1_000 } } : {});
const template = sandbox.organization.opportunities.get(ids.opportunities.acmeExpansion);
if (kind === "limited" && template !== undefined) {
  for (const id of many) sandbox.organization.opportunities.set(id, { ...template, id });
}
const { apiKey } = sandbox;
const baseUrl = kind === "bare" ? await startBarePeer() : sandbox.url;
process.stdout.write(`${JSON.stringify({ baseUrl, apiKey, id: ids.opportunities.acmeExpansion, many })}\n`);
process.stdin.resume().once("end", () => process.exit());
