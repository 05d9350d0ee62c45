import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { expectBothForms, warningsOf } from "../../support/both-forms.ts";
import { puts, type Reply, sentBodies } from "../../support/host.ts";
import { change } from "../../support/opportunities.ts";
import { serveSandbox } from "../../support/served.ts";

const { acmeExpansion, blueHeronShop, elmStreetVisits } = ids.opportunities;
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

  test("says that a won opportunity keeps the expected close date of its active days, unless a date was sent", async () => {
    const reply = await host.call({ id: blueHeronShop, status_id: "Won" });
    expect(warningsOf(reply)).toContain("2031-06-30");
    expect(warningsOf(reply)).toContain(today());
    expectBothForms(reply);
    sandbox.reset();
    const args = { id: blueHeronShop, status_id: "Won", date_won: "2025-02-03" };
    expect(warningsOf(await host.call(args))).toBe("");
  });

  test.each([
    ["100 times as much", 50_000, 5_000_000, 50_000],
    ["99 times as much", 50_000, 4_950_000, 49_500],
    ["a hundredth", 50_000, 500, 50_000],
    ["$7.50 instead of $750", 50_000, 750, 75_000],
    ["$600 instead of $60,000", 5_000_000, 60_000, 6_000_000],
    ["$5 instead of nothing", null, 500, 50_000],
    ["$2,000 instead of nothing", null, 200_000, undefined],
    ["a tenth", 50_000, 5_000, undefined],
    ["20 times as much", 50_000, 1_000_000, undefined],
    ["$50 instead of $5,000, and of a deal of $50,000", 5_000_000, 5_000, 500_000],
    ["a thousand times as much", 500_000, 500_000_000, 5_000_000],
    ["a cent", 50_000, 1, 100],
    ["what was meant", 500, 50_000, undefined],
    ["nothing", 50_000, 0, undefined],
    ["a dollar for a start", 0, 100, undefined],
  ])("says of a value that becomes %s what was probably meant in cents", async (_name, value, to, meant) => {
    change(sandbox, acmeExpansion, { value });
    const said = (reply: Reply) => /value is in cents.* send value (\d+)\./.exec(warningsOf(reply))?.[1];
    const reply = await host.call({ id: acmeExpansion, value: to });
    expect(sentBodies(sandbox)).toEqual([{ value: to }]);
    expect(said(reply)).toBe(meant && String(meant));
    expectBothForms(reply);
  });

  test("says that of one of many as well, and of a percentage that makes it so little", async () => {
    const updates = [{ id: acmeExpansion, value_percent: -98.5 }];
    const said = /value went from \$500\.00 one-time .* if \$750\.00 one-time was meant, send value 75000\./;
    expect((await host.call({ updates }, "update_opportunities")).text).toMatch(said);
  });
});
