import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { expectBothForms } from "../../support/both-forms.ts";
import { puts, sentBodies } from "../../support/host.ts";
import { change } from "../../support/opportunities.ts";
import { serveUpdates } from "../../support/updates.ts";

const { acmeExpansion, acmeRenewal, blueHeronShop, cedarUnpriced } = ids.opportunities;
const { elmStreetVisits, fjordFleet } = ids.opportunities;
const { competitor, visitDays } = ids.customFields;

const { sandbox, accepted } = await serveUpdates();

describe("an update after which nothing would differ", () => {
  const operating = (operation: Record<string, unknown>) => ({
    id: elmStreetVisits,
    custom_fields: [operation],
  });

  test.each([
    ["a number", { id: acmeExpansion, confidence: 50 }],
    ["a label in another case", { id: acmeExpansion, status_id: "active" }],
    ["several fields", { id: blueHeronShop, date_won: "2031-06-30", value: 860_000, user_id: "Ben Quist" }],
    ["a field that is empty already", { id: cedarUnpriced, clear: ["value", "note", "contact_id"] }],
    [
      "a custom field",
      { id: elmStreetVisits, custom_fields: [{ field: "Source", action: "set", value: "Trade fair" }] },
    ],
    ["a list that is empty already", { ...operating({ field: visitDays, action: "unset" }), id: fjordFleet }],
  ])("sends nothing and says so: %s", async (_name, args) => {
    const reply = await accepted(args);
    expect(puts(sandbox)).toEqual([]);
    expect(reply.structured).toMatchObject({ id: args.id, changes: [] });
    expect(reply.summary).toMatch(/nothing was sent/);
    expect(reply.summary).not.toMatch(/^Updated/);
    expectBothForms(reply);
  });
});

test.each([
  ["white space around it", " Brightside ", "Brightside"],
  ["another case", "brightside", "Brightside"],
])("text that differs in its spelling alone is sent as a correction: %s", async (_, held, wanted) => {
  change(sandbox, acmeRenewal, { custom: { [competitor]: held } });
  const field = `custom.${competitor}`;
  await accepted({ id: acmeRenewal, custom_fields: [{ field, action: "set", value: wanted }] });
  expect(sentBodies(sandbox)).toEqual([{ [field]: wanted }]);
});
