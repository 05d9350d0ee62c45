import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod/v3";
import { parseJson } from "../../src/base/json.ts";
import { isNullText } from "../../src/base/text.ts";
import { ids } from "../../src/sandbox/sandbox.ts";
import { puts, type Reply, sentBodies } from "../support/host.ts";
import { hostileEntries, hostileText, hostileValue, prototypeNames } from "../support/hostile-values.ts";
import { type RawProgram, startRaw } from "../support/raw-program.ts";
import type { SandboxRequest } from "../support/sandbox/sandbox.ts";
import { serveSandbox } from "../support/served.ts";

const { acmeExpansion, elmStreetVisits } = ids.opportunities;
const unchanged = "The opportunity is unchanged.";

const { sandbox, host } = await serveSandbox();

type Arguments = Record<string, unknown>;

/** Mostly what belongs there, sometimes anything. */
function mostly(honest: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: honest, weight: 12 }, { arbitrary: hostileValue, weight: 1 });
}

/** Some of these arguments, and sometimes others. */
function argumentsOf(known: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Arguments> {
  const some = Object.fromEntries(
    Object.entries(known).map(([name, arbitrary]) => [
      name,
      fc.option(mostly(arbitrary), { nil: undefined, freq: name === "id" ? 50 : 2 }),
    ]),
  );
  const strangers = fc.oneof({ arbitrary: fc.constant([]), weight: 6 }, { arbitrary: hostileEntries, weight: 1 });
  return fc
    .tuple(fc.record(some), strangers)
    .map(([given, more]) =>
      Object.fromEntries([...Object.entries(given).filter(([, value]) => value !== undefined), ...more]),
    );
}

const opportunityId = fc.constantFrom(...Object.values(ids.opportunities));
const day = fc.constantFrom("2026-11-23", "2031-06-30", "2026-02-30", "0000-00-00");
const { seats, tags, visitDays, competitor, source } = ids.customFields;
const namesOfFields = new Map(Object.entries({ seats, tags, "visit days": visitDays, competitor, source }));

const fieldId = fc.constantFrom(...Object.values(ids.customFields));
const field = fc.oneof(
  fieldId,
  fieldId.map((id) => `custom.${id}`),
  fc.constantFrom("Seats", ...namesOfFields.keys()),
  fc.constantFrom(...prototypeNames, "custom.__proto__", "cf_x/../../me", "custom.cf_x.add"),
);
const operation = fc
  .record({
    field: mostly(field),
    action: mostly(fc.constantFrom("set", "unset", "add", "remove")),
    value: mostly(
      fc.oneof(
        fc.constantFrom<unknown>("Friday", "monday", "Upsell", "Website", 12, "7", ["Monday", "Friday"]),
        fc.constantFrom("ada.quist@example.com", "2026-11-23", ids.contacts.imaniStone),
      ),
    ),
  })
  .map((entry): Arguments => (entry.action === "unset" ? { field: entry.field, action: "unset" } : entry));
const operations = fc.array(operation, { minLength: 1, maxLength: 3 });

const updates = argumentsOf({
  id: opportunityId,
  status_id: fc.constantFrom("Won", "active", "Renewals / In review", ids.statuses.salesLost),
  date_won: day,
  value: fc.constantFrom<unknown>(0, 50_000, "75000", 12.5),
  value_period: fc.constantFrom("one_time", "monthly", "annual"),
  confidence: fc.integer({ min: -1, max: 101 }),
  note: fc.oneof(fc.string(), hostileText),
  contact_id: fc.constantFrom(...Object.values(ids.contacts)),
  user_id: fc.constantFrom("Ada Quist", "ben.quist@example.com", ids.users.samDoyle, "Sam Doyle"),
  custom_fields: fc.oneof(
    operations,
    operations.map((list) => JSON.stringify(list)),
  ),
  clear: fc.subarray(["date_won", "value", "contact_id", "user_id"]),
  time_zone: fc.constantFrom("UTC", "Asia/Kathmandu", "America/New_York"),
  dry_run: fc.constantFrom<unknown>(false, true, "true"),
});
const searches = argumentsOf({
  lead_name: fc.oneof(fc.constantFrom("Acme", "Elm", "Blue"), hostileText),
  query: hostileText,
  status: fc.constantFrom("Active", "Sales / Won", ids.statuses.salesLost),
  user: fc.constantFrom("me", "Ben Quist", ids.users.samDoyle),
  lead_id: fc.constantFrom(...Object.values(ids.leads)),
  date_won_from: day,
  order_by: fc.constantFrom("value", "-date_won", "confidence", "note"),
  limit: fc.integer({ min: 0, max: 101 }),
  skip: fc.nat({ max: 30 }),
});
const reads = argumentsOf({ id: fc.oneof(opportunityId, hostileText) });
const descriptions = argumentsOf({ search: fc.oneof(fc.constantFrom("Sales", "tag"), hostileText) });

/** The only requests there may be: one opportunity by a well-formed id, the list, the search, the look-ups. */
const permitted =
  /^((GET|PUT) \/opportunity\/oppo_[A-Za-z0-9]+\/|GET \/contact\/\?lead_id=lead_[A-Za-z0-9]+&_fields=id,name,emails(&_skip=\d+)?|GET \/opportunity\/\?[!-"$->@-~]+|POST \/data\/search\/|GET \/organization\/orga_[A-Za-z0-9]+\/\?_fields=inactive_memberships|GET \/(pipeline|user)\/(\?_skip=\d+)?|GET \/me\/|GET \/custom_field_schema\/opportunity\/)$/;
const filters = new Set([
  ...["lead_id", "query", "status_id", "status_id__in", "status_type", "user_id"],
  ...["date_won__gte", "date_won__lte", "_order_by", "_limit", "_skip", "_fields"],
]);

function expectPermitted({ method, path }: SandboxRequest, args: Arguments): void {
  expect(`${method} ${path}`).toMatch(permitted);
  const one = /^\/opportunity\/(oppo_\w+)\/$/.exec(path)?.[1];
  // A text that holds one id stands for it.
  if (one !== undefined) expect(String(args.id).match(/oppo_[A-Za-z0-9]+/g)).toEqual([one]);
  const list = /^\/opportunity\/\?(.*)$/.exec(path)?.[1];
  for (const name of new URLSearchParams(list).keys()) expect(filters).toContain(name);
}

const fromText = (value: unknown) => (typeof value === "string" ? parseJson(value) : value);
const fieldNames = z.array(z.string()).catch([]);
const operationsShape = z.array(z.object({ field: z.string(), action: z.unknown() })).catch([]);

/** Every key that the arguments ask for, in the form in which Close takes it. An action that is none may be left out. */
function askedFor({ clear, custom_fields, ...set }: Arguments) {
  const keys = [...Object.keys(set), ...fieldNames.parse(fromText(clear))];
  for (const { field, action } of operationsShape.parse(fromText(custom_fields))) {
    const reference = field.trim();
    const key = `custom.${namesOfFields.get(reference.toLowerCase()) ?? reference.replace(/^custom\./, "")}`;
    keys.push(key, `${key}.${action}`);
  }
  return keys.filter((key) => !notFields.includes(key));
}

const notFields = ["id", "time_zone", "dry_run", "expected_date_updated"];

const body = z.record(z.unknown());

/** What holds of every call, whatever its arguments. */
async function callSafely(tool: string, args: Arguments): Promise<Reply> {
  sandbox.reset();
  const reply = await host.call(args, tool);
  for (const request of sandbox.requests) expectPermitted(request, args);
  expect(reply.text).not.toBe("");
  expect(reply.text).not.toMatch(/Unexpected internal error/);
  if (reply.isError) expect(reply.text.includes(unchanged)).toBe(tool === "update_opportunity");
  await expect(host.client.ping()).resolves.toEqual({});
  return reply;
}

describe("arbitrary arguments neither crash the server nor lead to a request that was not asked for", () => {
  test("update_opportunity: no key is on the wire but those asked for", async () => {
    const seen = { sent: 0, refused: 0, dry: 0 };
    await fc.assert(
      fc.asyncProperty(updates, async (args) => {
        const reply = await callSafely("update_opportunity", args);
        const sent = sentBodies(sandbox);
        expect(sent.length).toBeLessThanOrEqual(1);
        seen.sent += sent.length;
        seen.refused += Number(reply.isError && sent.length === 0);
        seen.dry += Number(reply.structured.dry_run === true);
        if (reply.structured.dry_run === true) expect(sent).toEqual([]);
        for (const one of sent) {
          const asked = askedFor(args);
          for (const key of Object.keys(body.parse(one))) expect(asked).toContain(key);
          for (const key of ["note", "contact_id"]) {
            const given = args[key];
            const isGiven = typeof given === "string" && !isNullText(given);
            if (isGiven) expect(body.parse(one)[key]).toBe(key === "note" ? given : given.trim());
          }
        }
      }),
      { numRuns: 150 },
    );
    // The property would say little if hardly any call got through, or hardly any was refused.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
  });

  test.each([
    ["get_opportunity", reads, 40],
    ["find_opportunities", searches, 40],
    ["describe_opportunity_fields", descriptions, 25],
  ])("%s, which changes nothing", async (tool, args, numRuns) => {
    const failures: boolean[] = [];
    await fc.assert(
      fc.asyncProperty(args, async (given) => {
        failures.push((await callSafely(tool, given)).isError);
        expect(puts(sandbox)).toEqual([]);
      }),
      { numRuns },
    );
    expect(failures).toContain(false);
  });
});

let program: RawProgram;
let texts = 0;

/** Makes one call whose arguments are JSON text as it stands, with what JSON.stringify does not write. */
async function callWithText(argumentsText: string): Promise<Reply> {
  texts += 1;
  const own = `text ${texts}`;
  const params = `{"name": "update_opportunity", "arguments": ${argumentsText}}`;
  program.write(`{"jsonrpc": "2.0", "id": "${own}", "method": "tools/call", "params": ${params}}\n`);
  const result = await vi.waitFor(
    () => {
      const answer = program.messages().find(({ id }) => id === own);
      expect(answer).toHaveProperty("result");
      return answer?.result;
    },
    { timeout: 15_000, interval: 5 },
  );
  expect((await program.request("ping")).result).toEqual({});
  const { isError, content, structuredContent } = z
    .object({
      isError: z.boolean().default(false),
      content: z.array(z.object({ text: z.string() })),
      structuredContent: z.record(z.unknown()).default({}),
    })
    .parse(result);
  const blocks = content.map(({ text }) => text);
  return { isError, text: blocks.join("\n"), summary: blocks[0] ?? "", structured: structuredContent };
}

describe("as JSON text that no library writes", () => {
  beforeAll(async () => {
    program = startRaw([], {
      CLOSE_BASE_URL: sandbox.url,
      CLOSE_API_KEY: sandbox.apiKey,
      CLOSE_TIME_ZONE: "UTC",
    });
    await program.initialize();
  });
  afterAll(async () => {
    program.endInput();
    expect((await program.ended).code).toBe(0);
  });

  const custom = (id: string, value: string) =>
    `"custom_fields": [{"field": "${id}", "action": "set", "value": ${value}}]`;
  const lists = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

  test.each([
    ["1e400 cents", '"value": 1e400', "value"],
    ["1e400 for a field of numbers", custom(ids.customFields.seats, "1e400"), "custom_fields"],
    ["1e400 for a field of text", custom(ids.customFields.competitor, "1e400"), "custom_fields"],
    ["constructor as an argument", '"confidence": 75, "constructor": {"prototype": 1}', "constructor"],
    [
      "__proto__ in an operation",
      '"custom_fields": [{"field": "Seats", "action": "unset", "__proto__": {"field": "Tags"}}]',
      "__proto__",
    ],
    ["100,000 levels of lists, as text", `"custom_fields": "${lists(100_000)}"`, "custom_fields"],
  ])("%s: refused, nothing is sent, and the server goes on", async (_name, text, argument) => {
    const reply = await callWithText(`{"id": "${elmStreetVisits}", ${text}}`);
    expect(puts(sandbox)).toEqual([]);
    expect(reply.isError).toBe(true);
    expect(reply.text).toContain(argument);
    expect(reply.text).toContain(unchanged);
  });

  test("a message of 100,000 levels is answered as one that cannot be read", async () => {
    program.write(`{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": ${lists(100_000)}}\n`);
    expect((await program.request("ping")).result).toEqual({});
    expect(program.messages()).toContainEqual(
      expect.objectContaining({ id: null, error: expect.objectContaining({ code: -32_700 }) }),
    );
  });

  test.each(['"half \\ud83d of it"', '"caf\ufffd"'])("%s is sent as it is", async (text) => {
    await callWithText(`{"id": "${acmeExpansion}", "note": ${text}}`);
    expect(sentBodies(sandbox)).toEqual([{ note: JSON.parse(text) }]);
  });
});
