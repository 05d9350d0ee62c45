import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { type Host, puts, startHost, startHostFor, type Told } from "../support/host.ts";
import { escapes, hostileValue, prototypeNames, terminalControls } from "../support/hostile-values.ts";
import { startHttpPeer } from "../support/http-peer.ts";
import { startRaw } from "../support/raw-program.ts";
import { serveSandbox } from "../support/served.ts";

/** How many arbitrary answers each tool gets; a thousand more are in test/opportunity/update/result.test.ts. */
const cases = {
  update_opportunity: 80,
  get_opportunity: 40,
  find_opportunities: 50,
  describe_opportunity_fields: 40,
  /** Calls of all four tools over records of hostile texts. */
  hostileRecords: 10,
} as const;

const { acmeExpansion, elmStreetVisits } = ids.opportunities;
const seats = `custom.${ids.customFields.seats}`;

const { sandbox, host } = await serveSandbox(undefined, {
  env: { CLOSE_LOG_LEVEL: "debug" },
  forgets: true,
});

type Entries = [string, unknown][];

const json = z.record(z.unknown());
const keys = fc.oneof(
  fc.constantFrom("id", "value", "status_id", "status_label", "status_type", "pipeline_id", "pipeline_name"),
  fc.constantFrom("note", "note_html", "user_id", "user_name", "lead_name", "date_won", "date_updated"),
  fc.constantFrom("confidence", "value_period", "value_currency", "value_formatted", "attachments"),
  fc.constantFrom(
    seats,
    `custom.${ids.customFields.tags}`,
    "custom.cf_Unknown",
    "custom.",
    "custom.cf_a.add",
  ),
  fc.constantFrom("changes", "warnings", "dry_run", "request", "unexpected", "custom_field_names", "content"),
  fc.constantFrom(
    "data",
    "has_more",
    "total_results",
    "fields",
    "organizations",
    "name",
    "statuses",
    "choices",
  ),
  fc.constantFrom(...prototypeNames, "then", "toJSON", "length"),
  fc.string(),
);
const values = fc.oneof(
  { arbitrary: hostileValue, weight: 4 },
  {
    arbitrary: fc.constantFrom<unknown>(5_000_000, "won", "no currency", ids.opportunities.acmeRenewal),
    weight: 1,
  },
  { arbitrary: fc.constantFrom<unknown>(["a", 1, null], [{ id: 7 }], { id: "x", name: 1 }), weight: 1 },
);

/** One thing that happens to an object. `at` says to which of its entries, as a fraction of them. */
const step = fc.record({
  kind: fc.constantFrom("odd value", "removed", "renamed", "added"),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  key: keys,
  value: values,
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function mutated(entries: Entries, { kind, at, key, value }: Step): Entries {
  const index = Math.floor(at * entries.length);
  if (kind === "added") return [...entries.filter(([name]) => name !== key), [key, value]];
  return entries.flatMap(([name, old], position): Entries => {
    if (position !== index) return [[name, old]];
    if (kind === "removed") return [];
    return kind === "renamed" ? [[key, old]] : [[name, value]];
  });
}

/** The object with these steps taken in it; every other step in one of the objects that it lists, if it lists some. */
function drifted(answer: unknown, steps: readonly Step[]): unknown {
  const mine = steps.filter((_, position) => position % 2 === 0);
  const below = steps.filter((_, position) => position % 2 === 1);
  const entries: Entries = Object.entries(json.parse(answer)).map(([name, value]) => {
    if (!Array.isArray(value) || below.length === 0) return [name, value];
    return [name, value.map((item: unknown) => (json.safeParse(item).success ? drifted(item, below) : item))];
  });
  // Object.fromEntries makes an ordinary key of "__proto__", as JSON.parse does.
  return Object.fromEntries(mine.reduce(mutated, entries));
}

/** What becomes of an answer: some steps, or another object altogether. */
const drift = fc.oneof(
  {
    arbitrary: fc
      .array(step, { minLength: 1, maxLength: 6 })
      .map((steps) => (answer: unknown) => drifted(answer, steps)),
    weight: 8,
  },
  {
    arbitrary: fc
      .array(fc.tuple(keys, values), { maxLength: 8 })
      .map((entries) => (): unknown => Object.fromEntries(entries)),
    weight: 1,
  },
);
const maybeDrift = fc.option(drift, { nil: undefined, freq: 3 });

/** The change, with what an answer needs to be taken for what was asked for: a record's id, the list of a page. */
function keeping(key: "id" | "data", change: (answer: unknown) => unknown): (answer: unknown) => unknown {
  return (answer) => {
    const kept = json.parse(answer)[key];
    const changed = Object.entries(Object(change(answer)));
    const isUsable = (value: unknown) => (key === "id" ? value === kept : Array.isArray(value));
    const isWhole = changed.some(([name, value]) => name === key && isUsable(value));
    return isWhole ? Object.fromEntries(changed) : Object.fromEntries([...changed, [key, kept]]);
  };
}

/** Arms the drifts; those of the look-ups end after a few pages, so that no list is without an end. */
function arm(
  path: string | RegExp,
  method: string,
  change: ((answer: unknown) => unknown) | undefined,
): void {
  if (change !== undefined) sandbox.fault({ kind: "drift", path, method, change, times: 4 });
}

const updates = fc.constantFrom<Record<string, unknown>>(
  { id: acmeExpansion, value: 60_000 },
  { id: acmeExpansion, status_id: ids.statuses.salesWon, date_won: "2026-11-23" },
  { id: acmeExpansion, status_id: "Won", user_id: "Ben Quist" },
  { id: acmeExpansion, note: "Lamps", clear: ["contact_id"] },
  { id: elmStreetVisits, custom_fields: [{ field: "Tags", action: "add", value: "Wednesday" }] },
  { id: elmStreetVisits, custom_fields: [{ field: ids.customFields.seats, action: "set", value: 13 }] },
  { id: elmStreetVisits, custom_fields: [{ field: "Watchers", action: "remove", value: "Ada Quist" }] },
  { id: acmeExpansion, value: 70_000, status_id: "Won", dry_run: true },
);
const lookUps = /^\/(pipeline|user|me|custom_field_schema)\//;
const one = /^\/opportunity\/oppo_/;

function expectWhole({ text, isError }: Told, tool = "update_opportunity"): void {
  expect(text).not.toBe("");
  expect(text).not.toMatch(/Unexpected internal error/);
  if (isError) expect(/The opportunity is unchanged|in doubt/.test(text)).toBe(tool === "update_opportunity");
}

describe("whatever JSON object Close answers with, the official client's callTool succeeds", () => {
  test(`update_opportunity, ${cases.update_opportunity} cases: an update that was applied is no error`, async () => {
    let applied = 0;
    await fc.assert(
      fc.asyncProperty(updates, maybeDrift, maybeDrift, maybeDrift, async (args, before, after, names) => {
        sandbox.reset();
        arm(one, "GET", before && keeping("id", before));
        arm(one, "PUT", after && keeping("id", after));
        arm(lookUps, "GET", names);
        const told = await host.call(args);
        expectWhole(told);
        const [put, ...others] = puts(sandbox);
        expect(others).toEqual([]);
        if (args.dry_run === true) expect(put).toBeUndefined();
        if (put?.applied !== true) return;
        applied += 1;
        expect(told.isError).toBe(false);
        expect(z.array(json).safeParse(told.structured.changes).success).toBe(true);
      }),
      { numRuns: cases.update_opportunity },
    );
    expect(applied).toBeGreaterThan(cases.update_opportunity / 3);
  });

  test(`get_opportunity, ${cases.get_opportunity} cases`, async () => {
    await fc.assert(
      fc.asyncProperty(drift, maybeDrift, async (opportunity, names) => {
        sandbox.reset();
        arm(one, "GET", keeping("id", opportunity));
        arm(lookUps, "GET", names);
        const told = await host.call({ id: elmStreetVisits }, "get_opportunity");
        expectWhole(told, "get_opportunity");
        expect(told.isError).toBe(false);
      }),
      { numRuns: cases.get_opportunity },
    );
  });

  test(`find_opportunities, ${cases.find_opportunities} cases`, async () => {
    const searches = fc.constantFrom(
      {},
      { lead_name: "Acme" },
      { status: "Active" },
      { user: "me", pipeline: "Sales" },
    );
    await fc.assert(
      fc.asyncProperty(searches, drift, maybeDrift, maybeDrift, async (args, page, leads, names) => {
        sandbox.reset();
        arm(/^\/opportunity\/\?/, "GET", keeping("data", page));
        arm("/data/search/", "POST", leads && keeping("data", leads));
        arm(lookUps, "GET", names);
        const told = await host.call(args, "find_opportunities");
        expectWhole(told, "find_opportunities");
        // What is not a list must not pass for an empty one.
        const noList = told.text.includes("not a page of a list");
        if (names === undefined) expect(told.isError).toBe(noList);
      }),
      { numRuns: cases.find_opportunities },
    );
  });

  test(`describe_opportunity_fields, ${cases.describe_opportunity_fields} cases`, async () => {
    await fc.assert(
      fc.asyncProperty(drift, drift, drift, async (pipelines, fields, me) => {
        sandbox.reset();
        arm("/pipeline/", "GET", keeping("data", pipelines));
        arm("/custom_field_schema/", "GET", fields);
        arm("/me/", "GET", me);
        const told = await host.call({}, "describe_opportunity_fields");
        expectWhole(told, "describe_opportunity_fields");
        expect(told.isError).toBe(false);
        expect(sandbox.requests.map(({ path }) => path)).toContain("/pipeline/");
      }),
      { numRuns: cases.describe_opportunity_fields },
    );
  });
});

describe("an object that cannot be made text is no obstacle", () => {
  const change = (field: string) => (answer: unknown) => ({
    ...json.parse(answer),
    [field]: { toString: 1, valueOf: 2 },
  });

  test.each([
    "id",
    "lead_id",
    "pipeline_id",
    "user_id",
    "contact_id",
    "status_id",
    "date_updated",
    "value",
    "note",
    seats,
  ])("as %s, in the answer to an update that was applied", async (field) => {
    sandbox.fault({ kind: "drift", method: "PUT", change: change(field) });
    const told = await host.call({ id: acmeExpansion, confidence: 75 });
    expect(puts(sandbox)).toMatchObject([{ applied: true }]);
    expect(told).toMatchObject({ isError: false, structured: { confidence: 75 } });
  });

  test.each(["value", "date_updated", "user_name"])(
    "as %s, by which the opportunities found are ordered",
    async (field) => {
      const page = (answer: unknown) => ({
        ...json.parse(answer),
        data: [change(field)({}), change(field)({})],
      });
      sandbox.fault({ kind: "drift", path: /^\/opportunity\/\?/, change: page, times: Infinity });
      const told = await host.call({ lead_name: "Acme", order_by: field }, "find_opportunities");
      expect(told.isError).toBe(false);
    },
  );

  test("as date_updated, which the caller says to have seen otherwise: nothing was sent, and no doubt is left", async () => {
    sandbox.fault({ kind: "drift", method: "GET", path: one, change: change("date_updated") });
    const told = await host.call({ id: acmeExpansion, confidence: 75, expected_date_updated: "2026-01-01" });
    expect(puts(sandbox)).toEqual([]);
    expect(told.text).toContain("The opportunity is unchanged.");
  });
});

describe("an answer of 5 MB still makes a result that official clients take", () => {
  const largest = 5 * 1024 * 1024;

  /** The answer with `character` in the field, as often as it takes to make it 5 MB of JSON. */
  const filled = (field: string, character: string) => (answer: unknown) => {
    const rest = { ...json.parse(answer), [field]: "" };
    const room = largest - JSON.stringify(rest).length;
    const width = JSON.stringify(character).length - 2;
    return { ...rest, [field]: character.repeat(Math.floor(room / width)) };
  };
  const withFacts = (facts: Record<string, unknown>) => (answer: unknown) => ({
    ...json.parse(answer),
    ...facts,
  });
  const numbers = Array.from({ length: 500_000 }, (_, at) => at);

  /** With a host of its own: official clients break the connection at a message of 10 MB. */
  async function alone<T>(work: (other: Host) => Promise<T>): Promise<T> {
    const other = await startHostFor(sandbox);
    try {
      return await work(other);
    } finally {
      await other.close();
    }
  }

  test.each<[string, (answer: unknown) => unknown, (answer: unknown) => unknown]>([
    ["a lead's name of quotes", filled("lead_name", '"'), filled("lead_name", "\\")],
    ["a status's label", filled("status_label", "x"), filled("status_label", "y")],
    ["a note of control characters", filled("note", "\u0001"), filled("note", "\u0002")],
    [
      "100,000 custom fields",
      (answer) => answer,
      withFacts(Object.fromEntries(numbers.slice(0, 100_000).map((at) => [`custom.cf_${at}`, at]))),
    ],
    [
      "a custom field of 500,000 values, in another order after than before",
      withFacts({ [seats]: numbers }),
      withFacts({ [seats]: numbers.toReversed() }),
    ],
  ])(
    "%s: an update that was applied is no error, and the opportunity can be read",
    async (_name, before, after) => {
      sandbox.fault({ kind: "drift", method: "GET", path: one, change: before });
      sandbox.fault({ kind: "drift", method: "PUT", path: one, change: after });
      sandbox.fault({ kind: "drift", method: "GET", path: one, change: after });
      await alone(async (other) => {
        const updated = await other.call({ id: acmeExpansion, status_id: ids.statuses.salesWon });
        expect(puts(sandbox)).toMatchObject([{ applied: true }]);
        const opportunity = { id: acmeExpansion, status_id: ids.statuses.salesWon };
        expect(updated).toMatchObject({ isError: false, structured: opportunity });
        const read = await other.call({ id: acmeExpansion }, "get_opportunity");
        expect(read).toMatchObject({ isError: false, structured: opportunity });
      });
    },
  );

  test("a note of the greatest permitted size that Close accepts and ignores", async () => {
    const peer = await startHttpPeer(() => ({
      status: 200,
      body: `{"id": "${acmeExpansion}", "note": "old"}`,
    }));
    const other = await startHost({
      env: { CLOSE_BASE_URL: `${peer.url}/api/v1`, CLOSE_API_KEY: "api_none.0" },
    });
    try {
      const told = await other.call({ id: acmeExpansion, note: "x".repeat(1_000_000) });
      expect(peer.requests.map(({ line }) => line.split(" ")[0])).toEqual(["GET", "PUT"]);
      expect(told).toMatchObject({ isError: false, structured: { id: acmeExpansion, note: "old" } });
      expect(told.text).toMatch(/does not show what was sent/);
    } finally {
      await other.close();
      await peer.close();
    }
  });

  test("a list of opportunities", async () => {
    const change = (answer: unknown) => {
      const page = { ...json.parse(answer), data: [] };
      const room = largest - JSON.stringify(page).length - 20;
      return { ...page, data: [{ lead_name: "x".repeat(room) }] };
    };
    sandbox.fault({ kind: "drift", method: "GET", path: /^\/opportunity\/\?/, change });
    const told = await alone((other) => other.call({}, "find_opportunities"));
    expect(told).toMatchObject({ isError: false, structured: { total: 14 } });
  });

  test("the pipelines and the custom fields", async () => {
    const name = "x".repeat(largest - 1_000);
    const pipeline = { id: "pipe_1", name, statuses: [] };
    const field = { id: "cf_1", name, type: "text" };
    sandbox.fault({
      kind: "drift",
      path: "/pipeline/",
      change: () => ({ data: [pipeline], has_more: false }),
    });
    sandbox.fault({ kind: "drift", path: "/custom_field_schema/", change: () => ({ fields: [field] }) });
    const told = await alone((other) => other.call({}, "describe_opportunity_fields"));
    expect(told.isError).toBe(false);
  });
});

const benign = fc.constantFrom("Lamps", "Größe", "é", " / ", '"', "\n");
const dangerous = fc.constantFrom(
  ...Array.from(escapes),
  escapes,
  "\u001b[31m",
  "\u001b]8;;https://example.com\u0007",
  "\u009b2J",
  "\u202e",
  "\u2067",
  "\u200f",
  "\u061c",
);
const hostileName = fc
  .array(fc.oneof(benign, dangerous), { minLength: 1, maxLength: 6 })
  .map((parts) => `N${parts.join("")}`);

/** What a terminal would be given, line ends aside, which part the lines of this server's own text. */
function expectPrintable(text: string): void {
  expect(text.replaceAll("\n", " ")).not.toMatch(terminalControls);
}

/** Writes hostile texts wherever other people can write. */
function spoil(texts: readonly string[]): void {
  let used = 0;
  const next = () => texts[used++ % texts.length] ?? "";
  const { organization } = sandbox;
  organization.name = next();
  for (const lead of organization.leads) lead.name += next();
  for (const user of organization.users) user.last_name += next();
  for (const contact of organization.contacts) contact.name = next();
  for (const field of organization.customFields) {
    field.name += next();
    if (field.choices) field.choices = [...field.choices, next()];
  }
  for (const pipeline of organization.pipelines) {
    pipeline.name += next();
    for (const status of pipeline.statuses) status.label += next();
  }
  for (const opportunity of organization.opportunities.values()) {
    opportunity.note = next();
    opportunity.custom = { ...opportunity.custom, [ids.customFields.competitor]: next() };
  }
}

describe("what others wrote into records reaches neither a summary nor an error nor stderr raw", () => {
  test(`records of any text, ${cases.hostileRecords} cases, each read, found, described, updated and refused`, async () => {
    const failing: Record<string, unknown>[] = [
      { id: acmeExpansion, status_id: "no such status" },
      { id: acmeExpansion, user_id: "no such user" },
      { id: acmeExpansion, custom_fields: [{ field: "no such field", action: "unset" }] },
      {
        id: acmeExpansion,
        custom_fields: [{ field: ids.customFields.source, action: "set", value: "none" }],
      },
      { id: acmeExpansion, confidence: 75, expected_date_updated: "2001-01-01" },
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(hostileName, { minLength: 8, maxLength: 40 }), async (texts) => {
        sandbox.reset();
        spoil(texts);
        for (const args of failing) {
          const told = await host.call(args);
          expect(told.isError).toBe(true);
          expectPrintable(told.text);
        }
        const done = [
          await host.call({ id: acmeExpansion }, "get_opportunity"),
          await host.call({ limit: 100 }, "find_opportunities"),
          await host.call({}, "describe_opportunity_fields"),
          await host.call({
            id: acmeExpansion,
            status_id: ids.statuses.renewalsWon,
            user_id: ids.users.samDoyle,
            contact_id: ids.contacts.ninaOkafor,
            note: "Harmless",
            custom_fields: [{ field: ids.customFields.competitor, action: "unset" }],
          }),
        ];
        for (const { isError, summary } of done) {
          expect(isError).toBe(false);
          expectPrintable(summary);
        }
        expectPrintable(host.log());
      }),
      { numRuns: cases.hostileRecords },
    );
  });

  test.each<[string, number, string, Record<string, string>]>([
    ["a field's message", 400, JSON.stringify({ "field-errors": { [`a${escapes}`]: escapes } }), {}],
    ["an error", 403, JSON.stringify({ error: escapes }), {}],
    ["text that is no JSON", 402, `<html>${escapes}</html>`, { "content-type": "text/html" }],
    ["a content type", 200, "no JSON", { "content-type": "text/\u009bhtml" }],
    ["a trace-id", 404, "{}", { "trace-id": "a\u009b2Jb" }],
    ["a redirect's target", 302, "", { location: "/\u009b2J" }],
  ])("Close's own words in an error: %s", async (_name, status, body, headers) => {
    sandbox.fault({ kind: "answer", method: "PUT", status, body, headers, times: Infinity });
    sandbox.fault({ kind: "drift", method: "GET", path: one, change: (answer) => answer });
    sandbox.fault({ kind: "answer", method: "GET", path: one, status: 403, body, headers, times: Infinity });
    const told = await host.call({ id: acmeExpansion, confidence: 75 });
    expect(told.isError).toBe(true);
    expectPrintable(told.text);
    expectPrintable(host.log());
  });

  test.each([
    ["control characters of C0", "\u001b[2J\u0007\u0000"],
    ["control characters of C1", "\u009b31m\u0085\u007f"],
    ["marks that turn the reading direction", "\u202egnp\u2066\u200f"],
  ])("a note that is sent, in the log of what was sent: %s", async (name, hostile) => {
    const told = await host.call({ id: acmeExpansion, note: `${hostile} ${name}` });
    expect(told.isError).toBe(false);
    expectPrintable(told.summary);
    // stderr and stdout reach a host independently.
    await vi.waitFor(() => expect(host.log()).toContain(name), { timeout: 10_000 });
    expectPrintable(host.log());
  });

  test("a line break in a record does not make a line of the log, which stays JSON line by line", async () => {
    spoil(['x\n{"level":"error"}\r\n\u2028']);
    await host.call({ id: acmeExpansion, note: 'a\n{"level":"error"}' });
    for (const line of host.log().trimEnd().split("\n"))
      expect(json.parse(JSON.parse(line))).toHaveProperty("event");
  });

  test.each<[string, number]>([
    ["that works", 0],
    ["that fails", 1],
  ])("names on the terminal of a person who runs a check %s", async (_name, code) => {
    spoil([escapes]);
    if (code === 1) {
      sandbox.fault({ kind: "answer", status: 302, headers: { location: "/\u009b2J" }, times: Infinity });
    }
    const env = { CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: sandbox.apiKey, CLOSE_TIME_ZONE: "UTC" };
    const ended = await startRaw(["check"], env).ended;
    expect(ended.code).toBe(code);
    expect(ended.stdout).toContain(code === 0 ? "pipelines" : "redirect");
    expectPrintable(ended.stdout + ended.stderr);
  });
});
