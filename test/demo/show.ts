import { isDeepStrictEqual } from "node:util";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { type Host, type HostOptions, type Reply, startHost } from "../support/host.ts";
import { type Exchange, exchangesIn } from "./wire.ts";

type Step = {
  person: string;
  tool?: "find_opportunities" | "update_opportunities";
  /** What the agent sends, which may come from an earlier result. */
  arguments: Record<string, unknown> | ((before: Reply) => Record<string, unknown>);
  /** The body of the PUT that must go over the wire, or of each of several; undefined where none may. */
  body: Record<string, unknown> | readonly Record<string, unknown>[] | undefined;
  /** What the agent must have read, in this order. */
  reply: string[];
  isError?: boolean;
};

const { opportunities, statuses, customFields } = ids;

const pushed = [opportunities.cedarWorkshop, opportunities.elmStreetVisits, opportunities.fjordHarbour];
/** What their `date_won` was before. */
const pushedFrom = [{ date_won: null }, { date_won: null }, { date_won: null }];

const rows = z.object({ results: z.array(z.object({ undo: z.record(z.unknown()) })) });

/** The undo of each row. */
function undoOf(structured: Record<string, unknown>): Record<string, unknown>[] {
  return rows.parse(structured).results.map(({ undo }) => undo);
}

const steps: Step[] = [
  {
    person: "Mark the Acme renewal as won and tag it Wednesday.",
    tool: "find_opportunities",
    arguments: { lead_name: "Acme", pipeline: "Renewals" },
    body: undefined,
    reply: ["1 found", `${opportunities.acmeRenewal}: "Acme Corp", Active (Renewals), $12,000 annual`],
  },
  {
    person: "Mark the Acme renewal as won and tag it Wednesday. (The agent now knows which one that is.)",
    arguments: {
      id: opportunities.acmeRenewal,
      status_id: "Won",
      custom_fields: [{ field: "Tags", action: "add", value: "wednesday" }],
    },
    body: { status_id: statuses.renewalsWon, [`custom.${customFields.tags}.add`]: "Wednesday" },
    reply: ["status Active → Won", "Tags Key account → Key account, Wednesday", "(set by Close)"],
  },
  {
    person: "It is 55 seats, the region is open again, and they can be visited Mondays and Fridays.",
    arguments: {
      id: opportunities.acmeRenewal,
      custom_fields: [
        { field: "Seats", action: "set", value: "55" },
        { field: "Region", action: "unset" },
        { field: "Visit days", action: "add", value: ["Monday", "Friday"] },
        { field: "Tags", action: "remove", value: "Key account" },
      ],
    },
    body: {
      [`custom.${customFields.seats}`]: 55,
      [`custom.${customFields.region}`]: null,
      [`custom.${customFields.visitDays}`]: ["Monday", "Friday"],
      [`custom.${customFields.tags}.remove`]: "Key account",
    },
    reply: ["Seats 40 → 55", "Region North → empty", "Visit days empty → Monday, Friday"],
  },
  {
    person: "What would happen if we made the expansion $750, closing at the end of the year?",
    arguments: { id: opportunities.acmeExpansion, value: 75_000, date_won: "2026-12-31", dry_run: true },
    body: undefined,
    reply: [
      "Dry run, nothing was sent",
      "value $500.00 one-time → $750.00 one-time",
      "date_won empty → 2026-12-31",
      "PUT /opportunity/",
    ],
  },
  {
    person: "Make it $750.00, status closed won, tag it Wenesday.",
    arguments: {
      id: opportunities.acmeExpansion,
      value: "750.00",
      status_id: "Wonn",
      custom_fields: [{ field: "Tags", action: "add", value: "Wenesday" }],
    },
    body: undefined,
    isError: true,
    reply: [
      "3 invalid arguments",
      "$500.00 = 50000",
      'Did you mean "Won"?',
      'Did you mean "Wednesday"?',
      "unchanged",
    ],
  },
  {
    person: "Blue Heron signed today: mark their shop deal as won.",
    arguments: { id: opportunities.blueHeronShop, status_id: "Won" },
    body: { status_id: statuses.salesWon },
    reply: ["status Proposal sent → Won", "Warning: The status is won but date_won is 2031-06-30, not today"],
  },
  {
    person: "Mark the Acme renewal as won (again).",
    arguments: { id: opportunities.acmeRenewal, status_id: "Won" },
    body: undefined,
    reply: ["Nothing to change", "nothing was sent"],
  },
  {
    person: "Push Cedar's workshop, Elm Street and Fjord's harbour to the end of the year.",
    tool: "update_opportunities",
    arguments: { updates: [{ ids: pushed, date_won: "2026-12-31" }] },
    body: pushed.map(() => ({ date_won: "2026-12-31" })),
    reply: ["3 opportunities: 3 updated.", '"Elm Street Clinic"', "→ 2026-12-31"],
  },
  {
    person: "No, undo that.",
    tool: "update_opportunities",
    arguments: ({ structured }) => ({ updates: undoOf(structured) }),
    body: pushedFrom,
    reply: ["3 opportunities: 3 updated.", "2026-12-31 →"],
  },
];

/**
 * Shows what an agent does with this server: the MCP SDK's own client starts the built program over stdio with
 * the sandbox, and every step prints the call, what went over the wire to Close, and what the agent reads.
 *
 * @param options the server's clock and environment, where they are not the machine's.
 * @returns what is not as it should be.
 */
export async function showDemo(
  printLine: (line: string) => void,
  { env, now }: Pick<HostOptions, "env" | "now"> = {},
): Promise<string[]> {
  const print = (text: string) => printLine(withShortIds(text));
  const faults: string[] = [];
  const host = await startHost({
    args: ["--sandbox"],
    env: { ...env, CLOSE_LOG_LEVEL: "debug" },
    ...(now && { now }),
  });
  try {
    faults.push(...(await showTools(host, print)));
    let before: Reply = { isError: false, text: "", summary: "", structured: {} };
    for (const [index, step] of steps.entries()) {
      const shown = await show(host, index + 1, step, before, print);
      faults.push(...shown.faults);
      before = shown.reply;
    }
  } finally {
    await host.close();
  }
  print(
    faults.length === 0
      ? `\n✓ ${steps.length} steps, everything as it should be.`
      : `\n✗ Not as it should be:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`,
  );
  return faults;
}

type Print = (text: string) => void;

async function showTools({ client }: Host, print: Print): Promise<string[]> {
  const { tools } = await client.listTools();
  print("The server's tools:");
  for (const { name, title } of tools) print(`  ${name}: ${title}`);
  const isComplete = tools.some(({ name }) => name === "update_opportunities");
  return isComplete ? [] : ["update_opportunities is not listed"];
}

async function show(host: Host, number: number, step: Step, before: Reply, print: Print) {
  const from = host.log().length;
  const tool = step.tool ?? "update_opportunity";
  const args = typeof step.arguments === "function" ? step.arguments(before) : step.arguments;
  const progress: string[] = [];
  const reply = await host.call(args, tool, (message) => progress.push(message));
  const exchanges = await exchangesIn(() => host.log().slice(from));

  print(`\n${number}. “${step.person}”`);
  print(`   the agent calls   ${tool} ${JSON.stringify(args)}`);
  for (const { method, path, body, status } of exchanges) {
    print(
      `   on the wire       ${method} ${decodeURIComponent(path)}${body === undefined ? "" : ` ${body}`} → ${status}`,
    );
  }
  for (const message of progress) print(`   progress          ${message}`);
  print(`   the agent is told ${reply.summary.replaceAll("\n", `\n${" ".repeat(21)}`)}`);
  return { reply, faults: faultsOf(number, step, reply, exchanges) };
}

function faultsOf(number: number, step: Step, reply: Reply, exchanges: readonly Exchange[]): string[] {
  const bodies = exchanges.filter(({ method }) => method === "PUT").map(({ body = "" }) => JSON.parse(body));
  const wanted = step.body === undefined ? [] : [step.body].flat();
  return [
    ...(isDeepStrictEqual(bodies, wanted)
      ? []
      : [`step ${number} sent ${JSON.stringify(bodies)}, not ${JSON.stringify(wanted)}`]),
    ...(reply.isError === (step.isError ?? false)
      ? []
      : [`step ${number} was ${reply.isError ? "" : "not "}an error`]),
    ...step.reply
      .filter((words) => !reply.text.includes(words))
      .map((words) => `step ${number} did not tell "${words}"`),
  ];
}

/** Ids are long: their beginnings tell them apart. */
function withShortIds(text: string): string {
  return text.replace(/\b(oppo|lead|stat|cf)_([A-Za-z0-9]{16})[A-Za-z0-9]+/g, "$1_$2…");
}
