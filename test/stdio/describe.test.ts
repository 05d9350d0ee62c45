import { expect, test } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { serveSandbox } from "../support/served.ts";

const { sandbox, host } = await serveSandbox(undefined, { forgets: true });

const result = z.object({ custom_fields: z.array(z.object({ choices: z.array(z.string()).optional() })) });

const describeFields = (args: Record<string, unknown> = {}) => host.call(args, "describe_opportunity_fields");

test("pipelines, statuses, custom fields, users, currency and the caller are shown, in five requests", async () => {
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
  expect([...new Set(sandbox.requests.map(({ path }) => path))].sort()).toEqual([
    "/custom_field_schema/opportunity/",
    "/me/",
    `/organization/${ids.organization}/?_fields=inactive_memberships`,
    "/pipeline/",
    "/user/",
  ]);
  expect(summary).toContain(
    'Pipeline "Renewals": "Active", "In review" (active), "🤝 Verbal yes" (active), "Won", "Churned" (lost)',
  );
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

const many = <T>(length: number, make: (n: number) => T) => Array.from({ length }, (_, n) => make(n));

/** 30 pipelines, 400 fields, 3,000 users, 200 who have left. */
function grow(): void {
  const { organization } = sandbox;
  organization.pipelines = many(30, (n) => ({
    id: `pipe_${n}`.padEnd(27, "x"),
    name: `Pipeline of region ${n}`,
    statuses: many(7, (s) => ({ id: `stat_${n}s${s}`.padEnd(48, "x"), label: `Step ${s} of ${n}`, type: "active" })),
  }));
  const [field] = organization.customFields;
  if (field === undefined) throw new Error("There is no field.");
  organization.customFields = many(400, (n) => ({
    ...field,
    id: `cf_${n}`.padEnd(46, "x"),
    name: `Übergabe ${n}`,
    description: n % 3 === 0 ? "Do not use: kept for the import of last year" : "",
  }));
  const person = (id: string, n: number) => {
    const email = `person.number.${n}@example.com`;
    return { id: `user_${id}${n}`.padEnd(48, "x"), first_name: "Person", last_name: `Number ${n}`, email };
  };
  organization.users = [...organization.users, ...many(3_000, (n) => person("U", n))];
  organization.former = many(200, (n) => person("F", n));
}

test("a large organization takes less than 45 kB, in text and as data alike, and what is left out is counted", async () => {
  grow();
  const { structured, text } = await describeFields();
  expect(Buffer.byteLength(text)).toBeLessThan(45_000);
  expect(Buffer.byteLength(JSON.stringify(structured))).toBeLessThan(45_000);
  const count = (list: string) => [structured[list]].flat().length;
  for (const [list, all] of Object.entries({ pipelines: 30, custom_fields: 400, users: 3_006, former_users: 200 })) {
    expect(count(list) + Number(structured[`more_${list}`] ?? 0)).toBe(all);
  }
  expect(count("pipelines")).toBeGreaterThan(20);
  for (const words of [`${structured.more_users} more users, narrow with search`, '"Übergabe 0" (text): "Do not use']) {
    expect(text).toContain(words);
  }
});

test("search shows what a large organization has no room for", async () => {
  grow();
  const { structured } = await describeFields({ search: "region 29" });
  expect(structured).toMatchObject({ pipelines: [{ id: expect.any(String), statuses: { length: 7 } }] });
  expect((await describeFields({ search: "number.2999@" })).structured).toMatchObject({
    users: [{ id: expect.any(String), name: "Person Number 2999" }],
  });
});

test("descriptions, who may edit a field and who has left are in the text too", async () => {
  const change = (answer: unknown) => {
    const { fields } = z.object({ fields: z.array(z.record(z.unknown())) }).parse(answer);
    return { fields: fields.map((field) => ({ ...field, editable_with_roles: ["admin"] })) };
  };
  sandbox.fault({ kind: "drift", change, path: "/custom_field_schema/" });
  const { structured, text } = await describeFields();
  expect(text).toContain('"Discount" (number, only for admin): "Percent"');
  expect(text).toContain('Have left: "Greta Holm" (greta.holm@example.com)');
  expect(structured).toMatchObject({
    former_users: [{ id: ids.former.gretaHolm, name: "Greta Holm", email: "greta.holm@example.com" }],
  });
});

test("what would look alike carries its id in the text", async () => {
  const [sales] = sandbox.organization.pipelines;
  const [seats] = sandbox.organization.customFields.filter(({ id }) => id === ids.customFields.seats);
  if (seats !== undefined) sandbox.organization.customFields.push({ ...seats, id: "cf_twin" });
  sales?.statuses.push({ id: "stat_twin", label: "Won", type: "won" });
  const { text } = await describeFields();
  expect(text).toContain(`"Won" ${ids.statuses.salesWon}`);
  expect(text).toContain('"Won" stat_twin');
  expect(text).toContain('"Seats" (number) cf_twin');
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

test("get_opportunity returns the whole opportunity and what its custom fields are called", async () => {
  const reply = await host.call({ id: ids.opportunities.elmStreetVisits }, "get_opportunity");
  expect(reply.structured).toMatchObject({
    id: ids.opportunities.elmStreetVisits,
    value: 240_000,
    [`custom.${ids.customFields.visitDays}`]: ["Tuesday", "Thursday"],
    custom_field_names: { [ids.customFields.visitDays]: "Visit days", [ids.customFields.region]: "Region" },
  });
  expect(reply.summary).toContain('"Elm Street Clinic", "Active" ("Sales"), $2,400');
});
