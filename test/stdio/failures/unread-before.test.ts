import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { expectBothForms, warningsOf } from "../../support/both-forms.ts";
import { failedCall } from "../../support/failed-call.ts";
import { serveFailingUpdates, unchanged } from "../../support/failing-updates.ts";
import type { Fault } from "../../support/sandbox/sandbox.ts";

const { elmStreetVisits } = ids.opportunities;

// Much of the time is waiting to read again.
const { sandbox, host, newUpdate } = await serveFailingUpdates({ resets: false });

describe.concurrent("if the read before the update fails, the update", () => {
  const failing: [string, Fault][] = [
    ["503", { kind: "answer", status: 503, times: Infinity }],
    ["a redirect", { kind: "answer", status: 302, headers: { location: "/login" } }],
    ["an empty body", { kind: "answer", status: 200, times: Infinity }],
    ["another opportunity", { kind: "answer", status: 200, body: `{"id": "${elmStreetVisits}"}` }],
    ["a broken connection", { kind: "reset", when: "during", times: Infinity }],
  ];

  test.each(failing)("goes on without the values before, and says so: %s", async (_name, failure) => {
    const { args, fault, sent } = newUpdate();
    fault({ ...failure, method: "GET" });
    const reply = await host.call({
      ...args,
      custom_fields: [{ field: "Visit days", action: "add", value: "Friday" }],
    });
    const key = `custom.${ids.customFields.visitDays}`;
    expect(sent()).toEqual([{ confidence: 75, [`${key}.add`]: "Friday" }]);
    expect(reply.structured).toMatchObject({ ...args, [key]: ["Monday", "Friday"] });
    expect(reply.structured.changes).toEqual([
      { field: "confidence", label: "confidence", from: null, to: 75, requested: true },
      { field: key, label: "Visit days", from: null, to: ["Monday", "Friday"], requested: true },
    ]);
    expect(warningsOf(reply)).toMatch(/could not be read before the update/);
    expect(reply.summary).toMatch(/confidence → 75/);
    expectBothForms(reply);
  });

  test.each([
    ["a dry run", { dry_run: true }],
    ["one with expected_date_updated", { expected_date_updated: "2024-01-08T09:15:00Z" }],
  ])("is not sent as %s, which needs the read", async (_name, needing) => {
    const { args, fault, sent } = newUpdate();
    fault({ kind: "answer", status: 500, method: "GET", times: Infinity });
    const text = await failedCall(host, sandbox.apiKey, { ...args, ...needing });
    expect(sent()).toEqual([]);
    expect(text).toContain("500");
    expect(text).toContain(unchanged);
  });
});
