/**
 * Shows what an agent does with this server: the MCP SDK's own client starts the built program over stdio with the
 * sandbox, and every step prints the call, what went over the wire to Close, and what the agent reads. Exits with 1
 * if anything is not as it should be.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { type Reply, startHost } from "../support/host.ts";

type Json = Record<string, unknown>;

type Step = {
  person: string;
  tool?: string;
  /** What the agent sends, which may come from the result before. */
  arguments: Json | ((before: Reply) => Json);
  /** The bodies of the PUTs that must go over the wire; none if left out. */
  bodies?: Json[];
  /** What the agent must have read. */
  reply: string[];
  isError?: boolean;
};

const { opportunities, statuses, customFields, users } = ids;
const { acmeRenewal, acmeExpansion } = opportunities;
const { fjordHarbour, cedarWorkshop, driftwoodHostile, blueHeronShop, ...others } = opportunities;
const pushed = [cedarWorkshop, opportunities.elmStreetVisits, fjordHarbour];
const many = [fjordHarbour, cedarWorkshop, ...Object.values(others)];

const steps: Step[] = [
  {
    person: "Mark the Acme renewal as won and tag it Wednesday.",
    tool: "find_opportunities",
    arguments: { lead_names: ["Acme"], pipeline: "Renewals" },
    reply: ["1 found", `${acmeRenewal}: "Acme Corp", "Active" ("Renewals"), $12,000 annual`],
  },
  {
    person: "Mark the Acme renewal as won and tag it Wednesday. (The agent now knows which one that is.)",
    arguments: {
      id: acmeRenewal,
      status_id: "Won",
      custom_fields: [{ field: "Tags", action: "add", value: "wednesday" }],
    },
    bodies: [{ status_id: statuses.renewalsWon, [`custom.${customFields.tags}.add`]: "Wednesday" }],
    reply: ['status "Active" → "Won"', '"Tags" "Key account" → "Key account", "Wednesday"', "(set by Close)"],
  },
  {
    person: "It is 55 seats, the region is open again, and they can be visited Mondays and Fridays.",
    arguments: {
      id: acmeRenewal,
      custom_fields: [
        { field: "Seats", action: "set", value: "55" },
        { field: "Region", action: "unset" },
        { field: "Visit days", action: "add", value: ["Monday", "Friday"] },
        { field: "Tags", action: "remove", value: "Key account" },
      ],
    },
    bodies: [
      {
        [`custom.${customFields.seats}`]: 55,
        [`custom.${customFields.region}`]: null,
        [`custom.${customFields.visitDays}`]: ["Monday", "Friday"],
        [`custom.${customFields.tags}.remove`]: "Key account",
      },
    ],
    reply: ['"Seats" 40 → 55', '"Region" "North" → empty', '"Visit days" empty → "Monday", "Friday"'],
  },
  {
    person: "What would happen if we made the expansion half as much again, closing at the end of the year?",
    arguments: { id: acmeExpansion, value_percent: 50, date_won: "2026-12-31", dry_run: true },
    reply: [
      "Dry run, nothing was sent",
      "value $500.00 one-time → $750.00 one-time",
      "date_won empty → 2026-12-31",
      "PUT /opportunity/",
    ],
  },
  {
    person: "Do that.",
    tool: "apply_plan",
    arguments: ({ structured }) => ({ plan: structured.plan }),
    bodies: [{ value: 75_000, date_won: "2026-12-31" }],
    reply: ["1 opportunity: 1 updated.", "Take back 1 update: Acme Corp"],
  },
  {
    person: "It slips by two weeks, and Ben takes it over.",
    arguments: { id: acmeExpansion, date_won_shift_days: 14, owner: "Ben" },
    bodies: [{ date_won: "2027-01-14", user_id: users.benQuist }],
    reply: ["date_won 2026-12-31 → 2027-01-14", 'owner "Ada Quist" → "Ben Quist"', "owner was read as user_id."],
  },
  {
    person: "Make it $800, status closed won, tag it Wenesday.",
    arguments: {
      id: acmeExpansion,
      value: 80_000,
      status_id: "Wonn",
      custom_fields: [{ field: "Tags", action: "add", value: "Wenesday" }],
    },
    isError: true,
    reply: ['there is no status "Wonn"', 'Choices: "Wednesday"', "unchanged"],
  },
  {
    person: "Blue Heron signed today: mark their shop deal as won.",
    arguments: { id: opportunities.blueHeronShop, status_id: "Won" },
    bodies: [{ status_id: statuses.salesWon }],
    reply: ['status "Proposal sent" → "Won"', "Warning: The status is won but date_won is 2031-06-30, not today"],
  },
  {
    person: "Mark the Acme renewal as won (again).",
    arguments: { id: acmeRenewal, status_id: "Won" },
    reply: ["Nothing to change", "nothing was sent"],
  },
  {
    person: "Push Cedar's workshop, Elm Street and Fjord's harbour to the end of the year.",
    tool: "update_opportunities",
    arguments: { updates: [{ ids: pushed, date_won: "2026-12-31" }] },
    bodies: pushed.map(() => ({ date_won: "2026-12-31" })),
    reply: ["3 opportunities: 3 updated.", '"Elm Street Clinic"', "→ 2026-12-31", "Take back 3 updates: "],
  },
  {
    person: "No, undo that.",
    tool: "apply_plan",
    arguments: ({ structured }) => ({ plan: structured.undo }),
    bodies: pushed.map(() => ({ date_won: null })),
    reply: ["3 opportunities: 3 updated.", "2026-12-31 →"],
  },
  {
    person: "Everything but the Blue Heron shop closes at the end of the year.",
    tool: "update_opportunities",
    arguments: { updates: [{ ids: many, date_won: "2026-12-31" }] },
    reply: [
      "Nothing was sent. This would update 14 of 14.",
      "Not applied yet: show this to the person",
      "and once they agree",
    ],
  },
  {
    person: "Yes, do that.",
    tool: "apply_plan",
    arguments: ({ structured }) => ({ plan: structured.plan }),
    bodies: many.map(() => ({ date_won: "2026-12-31" })),
    reply: ["14 opportunities: 14 updated.", '"Elm Street Clinic"', "→ 2026-12-31", "Take back 14 updates"],
  },
  {
    person: "Not the Fjord harbour and the Cedar workshop, though.",
    tool: "apply_plan",
    arguments: ({ structured }) => ({ plan: structured.undo, ids: [fjordHarbour, cedarWorkshop] }),
    bodies: [{ date_won: null }, { date_won: null }],
    reply: ["2 opportunities: 2 updated.", "2026-12-31 → empty"],
  },
];

/** One request to Close and its answer, as the server's debug log tells it. */
const exchange = z.object({
  event: z.literal("exchange"),
  method: z.string(),
  path: z.string(),
  body: z.object({}).passthrough().optional(),
  status: z.number(),
});

const env = { CLOSE_LOG_LEVEL: "debug", CLOSE_TIME_ZONE: "America/New_York" };
const host = await startHost({ args: ["--sandbox"], env });
let printed = "";
let before: Reply = { isError: false, text: "", summary: "", structured: {} };
try {
  const { tools } = await host.client.listTools();
  print("The server's tools:");
  for (const { name, title } of tools) print(`  ${name}: ${title}`);
  for (const [at, step] of steps.entries()) before = await show(`${at + 1}. “${step.person}”`, step);
  holdPicture();
  print(`\n✓ ${steps.length} steps, everything as it should be.`);
} finally {
  await host.close();
}

async function show(title: string, { tool = "update_opportunity", bodies = [], ...step }: Step): Promise<Reply> {
  const from = host.log().length;
  const args = typeof step.arguments === "function" ? step.arguments(before) : step.arguments;
  const progress: string[] = [];
  const reply = await host.call(args, tool, (message) => progress.push(message));
  // The log and the answer reach a host independently.
  await setTimeout(100);
  const lines = host.log().slice(from).split("\n").filter(Boolean);
  const exchanges = lines.flatMap((line) => exchange.safeParse(JSON.parse(line)).data ?? []);

  print(`\n${title}`);
  print(`   the agent calls   ${tool} ${JSON.stringify(args)}`);
  for (const { method, path, body, status } of exchanges) {
    const sent = [method, decodeURIComponent(path), body && JSON.stringify(body)].filter(Boolean).join(" ");
    print(`   on the wire       ${sent} → ${status}`);
  }
  for (const message of progress) print(`   progress          ${message}`);
  print(`   the agent is told ${reply.summary.replaceAll("\n", `\n${" ".repeat(21)}`)}`);

  const puts = exchanges.filter(({ method }) => method === "PUT").map(({ body }) => body);
  assert.deepEqual(puts, bodies, title);
  assert.equal(reply.isError, step.isError ?? false, title);
  for (const words of step.reply) assert.ok(reply.text.includes(words), `${title} does not tell "${words}"`);
  return reply;
}

/** docs/demo.svg, which is drawn by hand, shows parts of this demo as it was on another day: its words, in their order. */
function holdPicture(): void {
  const bare = (text: string) => text.replace(/\d{4}-\d\d-\d\d/g, "DATE").replace(/\s/g, "");
  const output = bare(printed);
  const picture = readFileSync(new URL("../../docs/demo.svg", import.meta.url), "utf8").replaceAll("&amp;", "&");
  const words = [...picture.matchAll(/<text [^>]*>(.*)<\/text>/g)].map(([, text = ""]) => text);
  let end = 0;
  // The first three are the window's title and the command, the last is what is printed next.
  for (const text of words.slice(3, -1)) {
    const at = output.indexOf(bare(text), end);
    assert.ok(at >= 0, `The demo no longer says "${text}" where docs/demo.svg does.`);
    end = at + bare(text).length;
  }
  assert.ok(words.at(-1)?.startsWith(`✓ ${steps.length} steps`), "docs/demo.svg ends with another number of steps.");
}

/** Ids are long: their beginnings tell them apart. */
function print(text: string): void {
  const line = `${text.replace(/\b(oppo|lead|stat|cf)_([A-Za-z0-9]{16})[A-Za-z0-9]+/g, "$1_$2…")}\n`;
  printed += line;
  process.stdout.write(line);
}
