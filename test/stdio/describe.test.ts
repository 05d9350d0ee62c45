import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod/v3";
import { ids, type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { type Host, startHostFor } from "../support/host.ts";

let sandbox: Sandbox;
let host: Host;

beforeAll(async () => {
  sandbox = await startSandbox();
});
beforeEach(async () => {
  sandbox.reset();
  host = await startHostFor(sandbox);
  return () => host.close();
});
afterAll(() => sandbox.close());

const result = z.object({ custom_fields: z.array(z.object({ choices: z.array(z.string()).optional() })) });

const describeFields = (args: Record<string, unknown> = {}) => host.call(args, "describe_opportunity_fields");

test("pipelines, statuses, custom fields, currency and the caller are told in three requests", async () => {
  const { structured, summary } = await describeFields();
  expect(structured).toMatchObject({
    pipelines: [
      {
        id: ids.pipelines.sales,
        name: "Sales",
        statuses: expect.arrayContaining([{ id: ids.statuses.salesWon, label: "Won", type: "won" }]),
      },
      { id: ids.pipelines.renewals, name: "Renewals" },
    ],
    custom_fields: expect.arrayContaining([
      {
        id: ids.customFields.visitDays,
        name: "Visit days",
        type: "choices",
        several_values: true,
        description: "Weekdays on which the customer can be visited",
        choices: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
      },
    ]),
    currency: "USD",
    user: { id: ids.users.adaQuist, name: "Ada Quist", time_zone: "America/New_York" },
  });
  expect(sandbox.requests.map(({ path }) => path).sort()).toEqual([
    "/custom_field_schema/opportunity/",
    "/me/",
    "/pipeline/",
  ]);
  expect(summary).toContain("Pipeline Sales: Active, Proposal sent, Won, Lost");
  expect(summary).toContain("Visit days (choices, several values)");
});

test("search narrows pipelines, statuses and custom fields by name", async () => {
  const { structured } = await describeFields({ search: "CHURN" });
  expect(structured).toMatchObject({
    pipelines: [{ name: "Renewals", statuses: [{ label: "Churned" }] }],
    custom_fields: [],
  });
});

test("a field with more than 50 choices shows the first 50 and how many more there are", async () => {
  const field = sandbox.organization.customFields.find(({ id }) => id === ids.customFields.source);
  Object.assign(field ?? {}, { choices: Array.from({ length: 73 }, (_, n) => `Choice ${n}`) });
  const { structured } = await describeFields({ search: "Source" });
  expect(structured).toMatchObject({ custom_fields: [{ name: "Source", more_choices: 23 }] });
  expect(result.parse(structured).custom_fields[0]?.choices).toHaveLength(50);
});

test("past 100 custom fields the rest is counted", async () => {
  for (let n = 0; n < 120; n += 1) {
    const [field] = sandbox.organization.customFields;
    if (field) sandbox.organization.customFields.push({ ...field, id: `cf_Extra${n}`, name: `Extra ${n}` });
  }
  const { structured } = await describeFields({ search: "Extra" });
  expect(result.parse(structured).custom_fields).toHaveLength(100);
  expect(structured).toMatchObject({ more_custom_fields: 20 });
});

test("a list that may not be read is a warning, the others are told", async () => {
  sandbox.fault({ kind: "answer", status: 403, body: "Forbidden", path: "/custom_field_schema/" });
  const { structured } = await describeFields();
  expect(structured).toMatchObject({ currency: "USD" });
  expect(structured).not.toHaveProperty("custom_fields");
  expect(structured.warnings).toEqual([expect.stringContaining("custom fields could not be read")]);
});

test("where nothing can be read the call fails and says why", async () => {
  sandbox.fault({ kind: "answer", status: 403, body: "Forbidden", times: Number.POSITIVE_INFINITY });
  const { isError, text } = await describeFields();
  expect(isError).toBe(true);
  expect(text).toContain("403 Forbidden");
});

test("get_opportunity gives the whole opportunity and what its custom fields are called", async () => {
  const told = await host.call({ id: ids.opportunities.elmStreetVisits }, "get_opportunity");
  expect(told.structured).toMatchObject({
    id: ids.opportunities.elmStreetVisits,
    value: 240_000,
    [`custom.${ids.customFields.visitDays}`]: ["Tuesday", "Thursday"],
    custom_field_names: { [ids.customFields.visitDays]: "Visit days", [ids.customFields.region]: "Region" },
  });
  expect(told.summary).toContain("Elm Street Clinic, Active (Sales), $2,400");
});

test("get_opportunity without permission for the field names still gives the opportunity", async () => {
  sandbox.fault({ kind: "answer", status: 403, body: "Forbidden", path: "/custom_field_schema/" });
  const told = await host.call({ id: ids.opportunities.elmStreetVisits }, "get_opportunity");
  expect(told.structured).toMatchObject({ value: 240_000, custom_field_names: {} });
  expect(told.structured.warnings).toEqual([
    expect.stringContaining("names of custom fields could not be read"),
  ]);
});

test.each([
  ["a missing id", {}, "id: is required"],
  ["an id that leads elsewhere", { id: "oppo_x/../../lead/lead_x" }, "is not an opportunity id"],
  ["an unknown argument", { id: "oppo_x", fields: "note" }, "fields: unknown argument"],
])("get_opportunity refuses %s and asks Close nothing", async (_, args, words) => {
  const told = await host.call(args, "get_opportunity");
  expect(told.isError).toBe(true);
  expect(told.text).toContain(words);
  expect(sandbox.requests).toEqual([]);
});

test("an opportunity that does not exist is said so", async () => {
  const told = await host.call({ id: "oppo_Nowhere" }, "get_opportunity");
  expect(told.isError).toBe(true);
  expect(told.text).toContain("There is no such opportunity");
});
