/**
 * The least that can stand for Close: one opportunity, answered at once, with a rate limit that is never reached.
 * The sandbox would take most of the time that is measured. Prints its base URL.
 */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

const opportunity = {
  id: "oppo_bench",
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

const server = createServer(async (request, response) => {
  if (request.method === "PUT") Object.assign(opportunity, JSON.parse(await text(request)));
  const body = JSON.stringify(opportunity);
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    RateLimit: "limit=1000000, remaining=999999, reset=1",
  });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object") process.stdout.write(`http://127.0.0.1:${address?.port}\n`);
});
process.stdin.resume().once("end", () => process.exit());
