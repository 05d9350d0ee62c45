import { describe, expect, test } from "vitest";
import { type Fault, ids } from "../../../src/sandbox/sandbox.ts";
import { expectBothForms, warningsOf } from "../../support/both-forms.ts";
import { failedCall } from "../../support/failed-call.ts";
import { serveFailingUpdates, unchanged } from "../../support/failing-updates.ts";
import { puts, sentBodies } from "../../support/host.ts";

const { acmeExpansion, elmStreetVisits } = ids.opportunities;

const { sandbox, host, args: update } = await serveFailingUpdates();

describe("if the read before the update fails, the update", () => {
  const path = "/opportunity/";
  const failing: [string, Fault][] = [
    ["503", { kind: "answer", status: 503, method: "GET", path, times: Infinity }],
    ["a redirect", { kind: "answer", status: 302, headers: { location: "/login" }, method: "GET", path }],
    [
      "HTML",
      {
        kind: "answer",
        status: 200,
        headers: { "content-type": "text/html" },
        body: "<html/>",
        method: "GET",
        path,
        times: Infinity,
      },
    ],
    ["an empty body", { kind: "answer", status: 200, method: "GET", path, times: Infinity }],
    ["a list", { kind: "answer", status: 200, body: "[]", method: "GET", path, times: Infinity }],
    [
      "a body past 5 MB",
      { kind: "answer", status: 200, body: "x".repeat(5_300_000), method: "GET", path, times: Infinity },
    ],
    [
      "an error object as a success",
      { kind: "answer", status: 200, body: '{"error": "Something went wrong."}', method: "GET", path },
    ],
    [
      "another opportunity",
      { kind: "answer", status: 200, body: `{"id": "${elmStreetVisits}"}`, method: "GET", path },
    ],
    ["a page of a list", { kind: "answer", status: 200, body: '{"data": []}', method: "GET", path }],
    ["a broken connection", { kind: "reset", when: "during", method: "GET", path, times: Infinity }],
  ];

  test.each(failing)("goes on without the values before, and says so: %s", async (_name, fault) => {
    sandbox.fault(fault);
    const reply = await host.call({
      ...update,
      custom_fields: [{ field: "Visit days", action: "add", value: "Friday" }],
    });
    const key = `custom.${ids.customFields.visitDays}`;
    expect(sentBodies(sandbox)).toEqual([{ confidence: 75, [`${key}.add`]: "Friday" }]);
    expect(reply.structured).toMatchObject({
      id: acmeExpansion,
      confidence: 75,
      [key]: ["Monday", "Friday"],
    });
    expect(reply.structured.changes).toEqual([
      { field: "confidence", label: "confidence", from: null, to: 75, requested: true },
      { field: key, label: "Visit days", from: null, to: ["Monday", "Friday"], requested: true },
    ]);
    expect(warningsOf(reply)).toMatch(/could not be read before the update/);
    expectBothForms(reply);
  });

  test("does not call a field empty whose value before is not known", async () => {
    sandbox.fault({ kind: "answer", status: 500, method: "GET", path, times: Infinity });
    const reply = await host.call(update);
    expect(reply.summary).not.toMatch(/confidence empty/);
  });

  test.each([
    ["a dry run", { dry_run: true }],
    ["one with expected_date_updated", { expected_date_updated: "2024-01-08T09:15:00Z" }],
  ])("is not sent as %s, which needs the read", async (_name, args) => {
    sandbox.fault({ kind: "answer", status: 500, method: "GET", path, times: Infinity });
    const text = await failedCall(host, sandbox.apiKey, { ...update, ...args });
    expect(puts(sandbox)).toEqual([]);
    expect(text).toContain("500");
    expect(text).toContain(unchanged);
  });
});
