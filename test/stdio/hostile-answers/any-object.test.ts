import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { puts, type Reply } from "../../support/host.ts";
import { hostileValue, prototypeNames } from "../../support/hostile-values.ts";
import { serveSandbox } from "../../support/served.ts";

/** How many arbitrary answers each tool gets; a thousand more are in test/opportunity/update/result.test.ts. */
const cases = {
  update_opportunity: 80,
  get_opportunity: 40,
  find_opportunities: 50,
  describe_opportunity_fields: 40,
} as const;

const { acmeExpansion, elmStreetVisits } = ids.opportunities;
const seats = `custom.${ids.customFields.seats}`;

const { sandbox, host } = await serveSandbox(undefined, { forgets: true });

const json = z.record(z.unknown());
const keys = fc.oneof(
  fc.constantFrom("id", "value", "status_id", "status_label", "status_type", "pipeline_id", "value_currency"),
  fc.constantFrom("note", "note_html", "user_id", "user_name", "lead_name", "date_won", "date_updated"),
  fc.constantFrom(seats, `custom.${ids.customFields.tags}`, "custom.cf_Unknown", "custom.", "custom.cf_a.add"),
  fc.constantFrom("changes", "warnings", "dry_run", "request", "unexpected", "custom_field_names", "content"),
  fc.constantFrom("data", "has_more", "total_results", "fields", "organizations", "name", "statuses"),
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
  // What cannot be made text.
  { arbitrary: fc.constant<unknown>({ toString: 1, valueOf: 2 }), weight: 1 },
);

/** Some entries of an object go, get odd values, or others come; in each of the objects that it lists as well. */
const drift = fc
  .array(fc.tuple(keys, fc.option(values)), { minLength: 1, maxLength: 4 })
  .map((odd) => (answer: unknown) => drifted(answer, odd));

function drifted(answer: unknown, odd: readonly (readonly [string, unknown])[]): unknown {
  const entries = new Map<string, unknown>(Object.entries(json.parse(answer)));
  for (const [name, value] of entries) {
    if (!Array.isArray(value)) continue;
    entries.set(
      name,
      value.map((item) => (json.safeParse(item).success ? drifted(item, odd.slice(1)) : item)),
    );
  }
  for (const [key, value] of odd) {
    if (value === null) entries.delete(key);
    else entries.set(key, value);
  }
  // Object.fromEntries makes an ordinary key of "__proto__", as JSON.parse does.
  return Object.fromEntries(entries);
}

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
function arm(path: string | RegExp, method: string, change: ((answer: unknown) => unknown) | undefined): void {
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

function expectWhole({ text, isError }: Reply, tool = "update_opportunity"): void {
  expect(text).not.toBe("");
  expect(text).not.toMatch(/Unexpected internal error/);
  if (isError) expect(/The opportunity is unchanged|in doubt/.test(text)).toBe(tool === "update_opportunity");
}

describe("whatever JSON object Close answers with, the official client's callTool succeeds", () => {
  test(`update_opportunity is no error if the update was applied, ${cases.update_opportunity} cases`, async () => {
    let applied = 0;
    await fc.assert(
      fc.asyncProperty(updates, maybeDrift, maybeDrift, maybeDrift, async (args, before, after, names) => {
        sandbox.reset();
        arm(one, "GET", before && keeping("id", before));
        arm(one, "PUT", after && keeping("id", after));
        arm(lookUps, "GET", names);
        const reply = await host.call(args);
        expectWhole(reply);
        const [put, ...others] = puts(sandbox);
        expect(others).toEqual([]);
        if (args.dry_run === true) expect(put).toBeUndefined();
        if (put?.applied !== true) return;
        applied += 1;
        expect(reply.isError).toBe(false);
        expect(z.array(json).safeParse(reply.structured.changes).success).toBe(true);
      }),
      { numRuns: cases.update_opportunity },
    );
    expect(applied).toBeGreaterThan(cases.update_opportunity / 3);
  });

  test(`get_opportunity is no error, ${cases.get_opportunity} cases`, async () => {
    await fc.assert(
      fc.asyncProperty(drift, maybeDrift, async (opportunity, names) => {
        sandbox.reset();
        arm(one, "GET", keeping("id", opportunity));
        arm(lookUps, "GET", names);
        const reply = await host.call({ id: elmStreetVisits }, "get_opportunity");
        expectWhole(reply, "get_opportunity");
        expect(reply.isError).toBe(false);
      }),
      { numRuns: cases.get_opportunity },
    );
  });

  test(`find_opportunities is an error only if the answer is no list, ${cases.find_opportunities} cases`, async () => {
    const searches = fc.constantFrom(
      {},
      { lead_names: ["Acme"] },
      { status: "Active" },
      { user: "me", pipeline: "Sales" },
    );
    await fc.assert(
      fc.asyncProperty(searches, drift, maybeDrift, maybeDrift, async (args, page, leads, names) => {
        sandbox.reset();
        arm(/^\/opportunity\/\?/, "GET", keeping("data", page));
        arm("/data/search/", "POST", leads && keeping("data", leads));
        arm(lookUps, "GET", names);
        const reply = await host.call(args, "find_opportunities");
        expectWhole(reply, "find_opportunities");
        // What is not a list must not pass for an empty one.
        const noList = reply.text.includes("not a page of a list");
        if (names === undefined) expect(reply.isError).toBe(noList);
      }),
      { numRuns: cases.find_opportunities },
    );
  });

  test(`describe_opportunity_fields is no error, ${cases.describe_opportunity_fields} cases`, async () => {
    await fc.assert(
      fc.asyncProperty(drift, drift, drift, async (pipelines, fields, me) => {
        sandbox.reset();
        arm("/pipeline/", "GET", keeping("data", pipelines));
        arm("/custom_field_schema/", "GET", fields);
        arm("/me/", "GET", me);
        const reply = await host.call({}, "describe_opportunity_fields");
        expectWhole(reply, "describe_opportunity_fields");
        expect(reply.isError).toBe(false);
        expect(sandbox.requests.map(({ path }) => path)).toContain("/pipeline/");
      }),
      { numRuns: cases.describe_opportunity_fields },
    );
  });
});
