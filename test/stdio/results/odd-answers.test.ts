import { describe, expect, test } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { expectBothForms, warningsOf } from "../../support/both-forms.ts";
import { sentBodies } from "../../support/host.ts";
import { serveSandbox } from "../../support/served.ts";

const { acmeExpansion, blueHeronShop } = ids.opportunities;

const { sandbox, host } = await serveSandbox();

describe("a write that happened is a success, and nothing of Close's answer is lost", () => {
  /** Those that a client's validation would refuse. */
  const odd: [string, Record<string, unknown>][] = [
    ["text for a number", { value: "$600", confidence: "high" }],
    ["a list or an object for text", { note: ["a", "b"], date_won: [], user_name: { first: "Ada" } }],
    ["keys that the result itself uses", { changes: [{ field: "x" }], warnings: "none", dry_run: "yes" }],
  ];
  /** Those that are valid: unknown keys, other values, deeper oddities. */
  const valid: [string, Record<string, unknown>][] = [
    ["new keys", { health: "good", forecast: { deep: [[1, null, { a: [] }]] }, score: 1.5 }],
    ["an object for a list, and the reverse", { attachments: { "0": { url: "x" } }, comment_summary: [] }],
    ["custom fields of every form", { "custom.cf_New": { a: 1 }, "custom.cf_List": [1, "a", null, [2]] }],
  ];

  function drift(facts: Record<string, unknown>): void {
    sandbox.fault({ kind: "drift", method: "PUT", change: (answer) => Object.assign({}, answer, facts) });
  }

  test.each(odd)(
    "if a key has another type, it is moved under unexpected, with a warning: %s",
    async (_name, facts) => {
      drift(facts);
      const reply = await host.call({ id: acmeExpansion, value: 60_000 });
      expect(sentBodies(sandbox)).toEqual([{ value: 60_000 }]);
      expect(reply.structured).toMatchObject({ id: acmeExpansion, unexpected: facts });
      for (const key of Object.keys(facts)) expect(warningsOf(reply)).toContain(key);
      expect(reply.structured).toMatchObject({ organization_id: ids.organization });
      expectBothForms(reply);
    },
  );

  test.each(valid)("if a key is new or its value unknown, it stays in its place: %s", async (_name, facts) => {
    drift(facts);
    const reply = await host.call({ id: acmeExpansion, value: 60_000 });
    expect(sentBodies(sandbox)).toEqual([{ value: 60_000 }]);
    expect(reply.structured).toMatchObject({ id: acmeExpansion, value: 60_000, ...facts });
    expect(reply.structured).not.toHaveProperty("unexpected");
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
