import { expect, test } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { serveSandbox } from "../support/served.ts";

const { sandbox, host } = await serveSandbox(undefined, { forgets: true });

const result = z.object({ custom_fields: z.array(z.object({ choices: z.array(z.string()).optional() })) });

const manyLists = z.object({
  pipelines: z.array(z.object({ statuses: z.array(z.unknown()), more_statuses: z.number() })),
  users: z.array(z.unknown()),
});

const describeFields = (args: Record<string, unknown> = {}) => host.call(args, "describe_opportunity_fields");

test("pipelines, statuses, custom fields, users, currency and the caller are shown, in four requests", async () => {
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
    users: expect.arrayContaining([{ id: ids.users.jordanBlake, name: "Jordan Blake", email: "j.blake@example.com" }]),
    currency: "USD",
    user: { id: ids.users.adaQuist, name: "Ada Quist", time_zone: "America/New_York" },
  });
  expect(structured).not.toHaveProperty("message");
  expect(sandbox.requests.map(({ path }) => path).sort()).toEqual([
    "/custom_field_schema/opportunity/",
    "/me/",
    "/pipeline/",
    "/user/",
  ]);
  expect(summary).toContain('Pipeline "Renewals": "Active", "In review" (active), "Won", "Churned" (lost)');
  expect(summary).toContain('"Visit days" (choices, several values)');
  expect(summary).toContain('"Jordan Avery" (j.avery@example.com), "Jordan Blake" (j.blake@example.com)');
});

test.each([
  ["statuses by their type, whatever their label", "lost", { pipelines: [{ name: "Sales" }, { name: "Renewals" }] }],
  ["users by name", "jordan", { users: [{ name: "Jordan Avery" }, { name: "Jordan Blake" }] }],
  ["users by e-mail address", "BERLIN@example", { users: [{ name: "Sam Doyle" }] }],
])("search finds %s", async (_, search, found) => {
  expect((await describeFields({ search })).structured).toMatchObject(found);
});

test("a search says in which lists it found nothing, in both forms", async () => {
  const some = await describeFields({ search: "Churned" });
  const message = 'Nothing matches "Churned" among the custom fields, users.';
  expect(some.structured).toMatchObject({ message });
  expect(some.summary).toContain(message);
  const none = await describeFields({ search: "Zebra" });
  expect(none.structured).toMatchObject({
    pipelines: [],
    custom_fields: [],
    users: [],
    message: 'Nothing matches "Zebra" among the pipelines and statuses, custom fields, users.',
  });
});

test("more pipelines, statuses and users than there is room for are counted", async () => {
  const { organization } = sandbox;
  const many = <T>(length: number, make: (n: number) => T) => Array.from({ length }, (_, n) => make(n));
  const statuses = many(60, (n) => ({ id: `stat_${n}`, label: `Step ${n}`, type: "active" as const }));
  organization.pipelines = many(53, (n) => ({ id: `pipe_${n}`, name: `P${n}`, statuses }));
  const [user] = organization.users;
  organization.users = user === undefined ? [] : many(104, (n) => ({ ...user, id: `user_U${n}` }));
  organization.me = "user_U0";
  const { structured, summary } = await describeFields();
  expect(structured).toMatchObject({ more_pipelines: 3, more_users: 4 });
  const { pipelines, users } = manyLists.parse(structured);
  expect([pipelines.length, pipelines[0]?.statuses.length, users.length]).toEqual([50, 50, 100]);
  expect(pipelines[0]).toMatchObject({ more_statuses: 10 });
  for (const words of ["3 more pipelines", "; 10 more", "; 4 more"]) expect(summary).toContain(words);
});

test("a field with more than 50 choices shows the first 50 and how many more there are", async () => {
  const field = sandbox.organization.customFields.find(({ id }) => id === ids.customFields.source);
  Object.assign(field ?? {}, { choices: Array.from({ length: 73 }, (_, n) => `Choice ${n}`) });
  const { structured } = await describeFields({ search: "Source" });
  expect(structured).toMatchObject({ custom_fields: [{ name: "Source", more_choices: 23 }] });
  expect(result.parse(structured).custom_fields[0]?.choices).toHaveLength(50);
});

test("a list that may not be read is a warning, the others are shown", async () => {
  sandbox.fault({ kind: "answer", status: 403, body: "Forbidden", path: "/custom_field_schema/" });
  const { structured } = await describeFields();
  expect(structured).toMatchObject({ currency: "USD" });
  expect(structured).not.toHaveProperty("custom_fields");
  expect(structured.warnings).toEqual([expect.stringContaining("custom fields could not be read")]);
});

test("the call fails and says why if nothing can be read", async () => {
  sandbox.fault({ kind: "answer", status: 403, body: "Forbidden", times: Number.POSITIVE_INFINITY });
  const { isError, text } = await describeFields();
  expect(isError).toBe(true);
  expect(text).toContain("403 Forbidden");
});

test("get_opportunity returns the whole opportunity and what its custom fields are called", async () => {
  const reply = await host.call({ id: ids.opportunities.elmStreetVisits }, "get_opportunity");
  expect(reply.structured).toMatchObject({
    id: ids.opportunities.elmStreetVisits,
    value: 240_000,
    [`custom.${ids.customFields.visitDays}`]: ["Tuesday", "Thursday"],
    custom_field_names: { [ids.customFields.visitDays]: "Visit days", [ids.customFields.region]: "Region" },
  });
  expect(reply.summary).toContain('"Elm Street Clinic", Active (Sales), $2,400');
});

test("get_opportunity without permission for the field names still returns the opportunity", async () => {
  sandbox.fault({ kind: "answer", status: 403, body: "Forbidden", path: "/custom_field_schema/" });
  const reply = await host.call({ id: ids.opportunities.elmStreetVisits }, "get_opportunity");
  expect(reply.structured).toMatchObject({ value: 240_000, custom_field_names: {} });
  expect(reply.structured.warnings).toEqual([expect.stringContaining("The custom fields could not be read")]);
});

test.each([
  ["an id that leads elsewhere", { id: "oppo_x/../../lead/lead_x" }, "is not an opportunity id"],
  ["an unknown argument", { id: "oppo_x", fields: "note" }, "fields: unknown argument"],
])("get_opportunity refuses %s and asks Close nothing", async (_, args, words) => {
  const reply = await host.call(args, "get_opportunity");
  expect(reply.isError).toBe(true);
  expect(reply.text).toContain(words);
  expect(sandbox.requests).toEqual([]);
});
