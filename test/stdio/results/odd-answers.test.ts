import { describe, expect, test } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { expectBothForms, warningsOf } from "../../support/both-forms.ts";
import { sentBodies } from "../../support/host.ts";
import { serveSandbox } from "../../support/served.ts";

const { acmeExpansion, acmeRenewal, blueHeronShop } = ids.opportunities;

const { sandbox, host } = await serveSandbox();

describe("a write that happened is a success, and nothing of Close's answer is lost", () => {
  type Drift = { name: string; facts: Record<string, unknown>; unexpected?: Record<string, unknown> };
  /** Those that a client's validation would refuse. */
  const odd: Drift[] = [
    { name: "text for a number", facts: { value: "$600", confidence: "high" } },
    { name: "a number for text", facts: { status_label: 7, lead_name: 12, note: 0 } },
    { name: "a list for text", facts: { note: ["a", "b"], date_won: [] } },
    { name: "an object for text", facts: { user_name: { first: "Ada" }, value_currency: { code: "USD" } } },
    { name: "true for text", facts: { contact_id: true, pipeline_id: false } },
    { name: "an object for a list", facts: { attachments: { "0": { url: "x" } }, integration_links: {} } },
    { name: "texts in a list of objects", facts: { attachments: ["a.pdf"], integration_links: [null] } },
    { name: "lists in a list of objects", facts: { lead_primary_phone: [[{ phone: "+1" }]] } },
    {
      name: "a list for an object",
      facts: { comment_summary: [], stall_status: [1], suggested_action: "x" },
    },
    { name: "text for a truth value", facts: { is_stalled: "no" } },
    { name: "a date as a number", facts: { date_updated: 1_700_000_000, date_created: 1.5 } },
    {
      name: "keys that the result itself uses",
      facts: {
        changes: [{ field: "x" }],
        warnings: "none",
        dry_run: "yes",
        request: { method: 1 },
        unexpected: [1],
      },
    },
  ];
  /** Those that are valid: unknown keys, other values, deeper oddities. */
  const valid: Drift[] = [
    { name: "new keys", facts: { health: "good", forecast: { deep: [[1, null, { a: [] }]] }, score: 1.5 } },
    { name: "values outside the known ones", facts: { value_period: "weekly", status_type: "paused" } },
    { name: "a fraction where cents were", facts: { expected_value: 300.5, annualized_value: 1e21 } },
    {
      name: "odd things inside lists and objects",
      facts: {
        attachments: [{ url: null, size: "big", thumbnails: [1, [2]] }],
        integration_links: [{}],
        suggested_action: { action: 3, details: [] },
      },
    },
    { name: "null everywhere", facts: { status_label: null, value_period: null, attachments: null } },
    {
      name: "custom fields of every form",
      facts: { "custom.cf_New": { a: 1 }, "custom.cf_List": [1, "a", null, [2]], "custom.cf_Flag": true },
    },
    { name: "names with odd characters", facts: { "": 1, "a.b/c~d": 2, toString: "x", constructor: "y" } },
  ];

  function drift(facts: Record<string, unknown>): void {
    sandbox.fault({
      kind: "drift",
      method: "PUT",
      change: (answer) => Object.assign({}, answer, facts),
    });
  }

  test.each(odd)(
    "if a key has another type, it is moved under unexpected, with a warning: $name",
    async ({ facts }) => {
      drift(facts);
      const reply = await host.call({ id: acmeExpansion, value: 60_000 });
      expect(sentBodies(sandbox)).toEqual([{ value: 60_000 }]);
      expect(reply.structured).toMatchObject({ id: acmeExpansion, unexpected: facts });
      for (const key of Object.keys(facts)) expect(warningsOf(reply)).toContain(key);
      expect(reply.structured).toMatchObject({ organization_id: ids.organization });
      expectBothForms(reply);
    },
  );

  test.each(valid)(
    "if a key is new or its value unknown, it stays in its place: $name",
    async ({ facts }) => {
      drift(facts);
      const reply = await host.call({ id: acmeExpansion, value: 60_000 });
      expect(sentBodies(sandbox)).toEqual([{ value: 60_000 }]);
      expect(reply.structured).toMatchObject({ id: acmeExpansion, value: 60_000, ...facts });
      expect(reply.structured).not.toHaveProperty("unexpected");
      expectBothForms(reply);
    },
  );

  test.each(odd)("also if the read before the update has the same: $name", async ({ facts }) => {
    for (const method of ["GET", "PUT"]) {
      sandbox.fault({ kind: "drift", method, change: (answer) => Object.assign({}, answer, facts) });
    }
    const reply = await host.call({ id: acmeExpansion, value_period: "monthly" });
    expect(sentBodies(sandbox)).toEqual([{ value_period: "monthly" }]);
    expect(reply.structured.changes).toEqual([
      { field: "value_period", label: "value_period", from: "one_time", to: "monthly", requested: true },
    ]);
    expectBothForms(reply);
  });

  test.each<[string, unknown]>([
    ["without an id", { value: 60_000 }],
    ["with nothing in it", {}],
    ["wrapped into data", { data: [{ id: acmeExpansion }] }],
    ["of another opportunity", { id: acmeRenewal, value: 70_000 }],
  ])("which is read back if the answer is not the opportunity: %s", async (_name, answer) => {
    sandbox.fault({ kind: "drift", method: "PUT", change: () => answer });
    const reply = await host.call({ id: acmeExpansion, value: 60_000 });
    expect(sentBodies(sandbox)).toEqual([{ value: 60_000 }]);
    expect(reply.structured).toMatchObject({ id: acmeExpansion, value: 60_000 });
    expect(reply.structured).not.toHaveProperty("data");
    expectBothForms(reply);
  });
});

describe("a key that Close leaves out", () => {
  const without = (key: string) => (answer: unknown) => {
    const { [key]: _, ...rest } = z.record(z.unknown()).parse(answer);
    return rest;
  };

  test("is not taken for an empty field: clearing it is sent", async () => {
    sandbox.fault({ kind: "drift", method: "GET", change: without("date_won") });
    await host.call({ id: blueHeronShop, clear: ["date_won"] });
    expect(sentBodies(sandbox)).toEqual([{ date_won: null }]);
  });

  test("after the update is a warning, and no change to empty", async () => {
    sandbox.fault({ kind: "drift", method: "PUT", change: without("value") });
    const { structured } = await host.call({ id: acmeExpansion, value: 70_000 });
    expect(structured.changes).toEqual([]);
    expect(structured.warnings).toEqual([expect.stringContaining("its answer does not include value")]);
  });

  test("hides neither a status's label nor the warning of an old date_won", async () => {
    const change = (answer: unknown) => without("status_label")(without("status_type")(answer));
    sandbox.fault({ kind: "drift", change, times: 3 });
    const { structured } = await host.call({ id: blueHeronShop, status_id: "Won" });
    expect(structured.changes).toMatchObject([{ from: "Proposal sent", to: "Won" }]);
    expect(structured.warnings).toEqual([expect.stringContaining("date_won is 2031-06-30, not today")]);
  });
});
