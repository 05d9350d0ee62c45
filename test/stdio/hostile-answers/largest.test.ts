import { describe, expect, test } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { puts } from "../../support/host.ts";
import { serveSandbox } from "../../support/served.ts";

const { acmeExpansion } = ids.opportunities;
const seats = `custom.${ids.customFields.seats}`;

// Official clients break the connection at a message of 10 MB: every test after that would fail too.
const { sandbox, host } = await serveSandbox(undefined, { forgets: true });

const json = z.record(z.unknown());
const one = /^\/opportunity\/oppo_/;

describe("an answer of 5 MB makes a result that official clients accept", () => {
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
  const numbers = Array.from({ length: 100_000 }, (_, at) => at);

  test.each<[string, (answer: unknown) => unknown, (answer: unknown) => unknown]>([
    ["a lead's name of quotes", filled("lead_name", '"'), filled("lead_name", "\\")],
    [
      "30,000 custom fields",
      (answer) => answer,
      withFacts(Object.fromEntries(numbers.slice(0, 30_000).map((at) => [`custom.cf_${at}`, at]))),
    ],
    [
      "a custom field of 100,000 values, in another order after than before",
      withFacts({ [seats]: numbers }),
      withFacts({ [seats]: numbers.toReversed() }),
    ],
  ])("to an update that was applied, and to a read after it: %s", async (_name, before, after) => {
    sandbox.fault({ kind: "drift", method: "GET", path: one, change: before });
    sandbox.fault({ kind: "drift", method: "PUT", path: one, change: after });
    sandbox.fault({ kind: "drift", method: "GET", path: one, change: after });
    const opportunity = { id: acmeExpansion, status_id: ids.statuses.salesWon };
    const updated = await host.call(opportunity);
    expect(puts(sandbox)).toMatchObject([{ applied: true }]);
    expect(updated).toMatchObject({ isError: false, structured: { id: acmeExpansion } });
    const read = await host.call({ id: acmeExpansion }, "get_opportunity");
    expect(read).toMatchObject({ isError: false, structured: { id: acmeExpansion } });
    // What does not fit is left out as a whole, and the result says so.
    const isTooLarge = !("lead_id" in read.structured);
    expect(read.text.includes("too large to return: read the opportunity in Close")).toBe(isTooLarge);
  });

  test("to a search", async () => {
    const change = (answer: unknown) => {
      const page = { ...json.parse(answer), data: [] };
      const room = largest - JSON.stringify(page).length - 20;
      return { ...page, data: [{ lead_name: "x".repeat(room) }] };
    };
    sandbox.fault({ kind: "drift", method: "GET", path: /^\/opportunity\/\?/, change });
    const reply = await host.call({}, "find_opportunities");
    expect(reply.isError).toBe(false);
    expect(reply.text).toContain("too large to return");
  });
});
