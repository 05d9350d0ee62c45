import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { expectBothForms, warningsOf } from "../../support/both-forms.ts";
import { puts, sentBodies } from "../../support/host.ts";
import { change, stored } from "../../support/opportunities.ts";
import { serveSandbox } from "../../support/served.ts";

const { acmeExpansion, acmeRenewal, blueHeronShop, elmStreetVisits } = ids.opportunities;
const { seats, tags, visitDays } = ids.customFields;

const { sandbox, host } = await serveSandbox();

/** The day on which server and sandbox run: they share the machine's clock, and both use UTC. */
const today = () => new Date().toISOString().slice(0, 10);

describe("a warning", () => {
  test("says that Close accepted a field and kept its old value", async () => {
    sandbox.fault({ kind: "ignore", method: "PUT", keys: ["confidence"] });
    const reply = await host.call({ id: acmeExpansion, confidence: 90, value: 60_000 });
    expect(sentBodies(sandbox)).toEqual([{ value: 60_000, confidence: 90 }]);
    expect(warningsOf(reply)).toMatch(/confidence.*90.*50/);
    expect(reply.structured.changes).toMatchObject([{ field: "value", to: 60_000 }]);
    expectBothForms(reply);
  });

  test.each([
    ["an addition", { field: "Tags", action: "add", value: "Weekend" }, `custom.${tags}.add`],
    ["a removal", { field: "Visit days", action: "remove", value: "Tuesday" }, `custom.${visitDays}.remove`],
    ["an unset", { field: "Seats", action: "unset" }, `custom.${seats}`],
  ])("says that Close ignored %s in a custom field", async (_name, operation, key) => {
    sandbox.fault({ kind: "ignore", method: "PUT", keys: [key] });
    const reply = await host.call({ id: elmStreetVisits, custom_fields: [operation] });
    expect(puts(sandbox)).toHaveLength(1);
    expect(warningsOf(reply)).toContain(operation.field);
    expect(reply.structured.changes).toEqual([]);
    expect(reply.summary).not.toMatch(/^Updated/);
    expectBothForms(reply);
  });

  test("says that a field that was sent is missing from the answer", async () => {
    sandbox.fault({
      kind: "drift",
      method: "PUT",
      change: (answer) => Object.assign({}, answer, { confidence: undefined }),
    });
    const reply = await host.call({ id: acmeExpansion, confidence: 90 });
    expect(sentBodies(sandbox)).toEqual([{ confidence: 90 }]);
    expect(warningsOf(reply)).toContain("confidence");
  });

  test("says that a won opportunity keeps the expected close date of its active days", async () => {
    const reply = await host.call({ id: blueHeronShop, status_id: "Won" });
    expect(sentBodies(sandbox)).toEqual([{ status_id: ids.statuses.salesWon }]);
    expect(warningsOf(reply)).toContain("2031-06-30");
    expect(warningsOf(reply)).toContain(today());
    expectBothForms(reply);
  });

  test("is not shown if the date of the win was sent, whatever day it is", async () => {
    const reply = await host.call({ id: blueHeronShop, status_id: "Won", date_won: "2025-02-03" });
    expect(sentBodies(sandbox)).toEqual([{ status_id: ids.statuses.salesWon, date_won: "2025-02-03" }]);
    expect(warningsOf(reply)).toBe("");
  });

  test.each([
    ["100 times", 50_000, 5_000_000],
    ["a hundredth of", 50_000, 500],
    ["100 times, from an odd amount", 1_234_567, 123_456_700],
  ])(
    "says that a value becomes exactly %s what it was, as if cents were meant",
    async (_name, before, after) => {
      change(sandbox, acmeExpansion, { value: before });
      const reply = await host.call({ id: acmeExpansion, value: after });
      expect(sentBodies(sandbox)).toEqual([{ value: after }]);
      expect(warningsOf(reply)).toMatch(/cents/);
      expectBothForms(reply);
    },
  );

  test.each([
    ["99 times", 50_000, 4_950_000],
    ["from zero", 0, 100],
    ["to zero", 100, 0],
    ["from nothing", null, 50_000],
  ])("is not shown if a value changes otherwise: %s", async (_name, before, after) => {
    change(sandbox, acmeExpansion, { value: before });
    const reply = await host.call({ id: acmeExpansion, value: after });
    expect(sentBodies(sandbox)).toEqual([{ value: after }]);
    expect(warningsOf(reply)).toBe("");
  });

  test.each([
    ["null", null],
    ["empty text", ""],
    ["the word null", "null"],
  ])("says that an argument that is %s was ignored, and the field keeps its value", async (_name, stray) => {
    const reply = await host.call({ id: acmeRenewal, note: stray, contact_id: stray, confidence: 85 });
    expect(sentBodies(sandbox)).toEqual([{ confidence: 85 }]);
    expect(warningsOf(reply)).toMatch(/note.*contact_id|contact_id.*note/);
    expect(stored(sandbox, acmeRenewal)).toMatchObject({
      note: "Contract runs out in spring; Nina wants a two-year term.",
      contact_id: ids.contacts.ninaOkafor,
    });
    expectBothForms(reply);
  });
});
