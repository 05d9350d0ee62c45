import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import type { Reply } from "../support/host.ts";
import { clientOf } from "../support/sandbox-client.ts";
import { serveSandbox } from "../support/served.ts";

const { acmeExpansion } = ids.opportunities;
const { statuses, users } = ids;

const { sandbox, host } = await serveSandbox(undefined, { forgets: true });
const close = clientOf(sandbox);

const read = (history?: unknown): Promise<Reply> => host.call({ id: acmeExpansion, history }, "get_opportunity");

const result = z.object({ history: z.array(z.record(z.unknown())) });
const historyOf = ({ structured }: Reply) => result.parse(structured).history;

/** What the event log says, changed. */
function drift(change: (event: Record<string, unknown>) => Record<string, unknown>): void {
  const answer = z.object({ data: z.array(z.record(z.unknown())) }).passthrough();
  sandbox.fault({
    kind: "drift",
    path: "/event/",
    change: (given) => {
      const { data, ...rest } = answer.parse(given);
      return { ...rest, data: data.map(change) };
    },
  });
}

test("without history nothing but the opportunity and the names of its custom fields is read", async () => {
  const reply = await read();
  expect(reply.structured).not.toHaveProperty("history");
  expect(sandbox.requests.map(({ path }) => path).sort()).toEqual([
    "/custom_field_schema/opportunity/",
    `/opportunity/${acmeExpansion}/`,
  ]);
});

test("the latest changes come with when, who and each field before and after, by names", async () => {
  await close.put(acmeExpansion, { value: 60_000, value_period: "monthly" });
  sandbox.organization.me = users.jordanBlake;
  await close.put(acmeExpansion, {
    status_id: statuses.salesWon,
    user_id: users.benQuist,
    contact_id: ids.contacts.leoPark,
    [`custom.${ids.customFields.salesEngineer}`]: users.samDoyle,
    [`custom.${ids.customFields.visitDays}`]: null,
  });
  const reply = await read(10);
  const change = (field: string, label: string, from: unknown, to: unknown) => ({ field, label, from, to });
  const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const { salesEngineer, visitDays } = ids.customFields;
  const [latest, earlier] = historyOf(reply);
  expect(latest).toMatchObject({ date, user: "Jordan Blake", action: "updated" });
  expect(new Set(Object(latest).changes)).toEqual(
    new Set([
      change("status_id", "status", "Active", "Won"),
      change("date_won", "date_won", null, expect.any(String)),
      change("user_id", "owner", "Ada Quist", "Ben Quist"),
      change("contact_id", "contact", null, "Leo Park"),
      change(`custom.${salesEngineer}`, "Sales engineer", null, "Sam Doyle (sam.doyle@example.com)"),
      change(`custom.${visitDays}`, "Visit days", ["Monday"], null),
    ]),
  );
  expect(earlier).toMatchObject({ user: "Ada Quist", action: "updated" });
  expect(Object(earlier).changes).toEqual([
    change("value", "value (cents)", 50_000, 60_000),
    change("value_period", "value_period", "one_time", "monthly"),
  ]);
  expect(reply.summary).toMatch(/\d\d:\d\d \(UTC\) "Jordan Blake": .*status "Active" → "Won"/);
  expect(reply.summary).toMatch(/\(UTC\) "Ada Quist": value \$500\.00 one-time → \$600\.00 monthly; value_period/);
});

test("the event log is asked for this opportunity alone, and for as many events as are wanted", async () => {
  for (const confidence of [1, 2, 3]) await close.put(acmeExpansion, { confidence });
  await close.put(ids.opportunities.acmeRenewal, { confidence: 4 });
  const reply = await read("2");
  const path = sandbox.requests.find((request) => request.path.startsWith("/event/"))?.path;
  expect(Object.fromEntries(new URLSearchParams(path?.split("?")[1]))).toEqual({
    object_type: "opportunity",
    object_id: acmeExpansion,
    _limit: "2",
  });
  expect(historyOf(reply).map(({ changes }) => changes)).toEqual([
    [{ field: "confidence", label: "confidence", from: 2, to: 3 }],
    [{ field: "confidence", label: "confidence", from: 1, to: 2 }],
  ]);
});

test("without changes in the log the history is empty and says so", async () => {
  const reply = await read(5);
  expect(historyOf(reply)).toEqual([]);
  expect(reply.summary).toContain("No changes in the last 30 days.");
});

describe("an event of another form", () => {
  beforeEach(() => close.put(acmeExpansion, { confidence: 70 }).then(() => undefined));

  test("shows as hidden the values that Close hides from users who are no admins", async () => {
    drift(({ data: _, previous_data: __, ...event }) => event);
    const reply = await read(5);
    expect(historyOf(reply)).toMatchObject([{ user: "Ada Quist", changes: [{ field: "confidence" }] }]);
    expect(historyOf(reply)[0]?.changes).toEqual([{ field: "confidence", label: "confidence" }]);
    expect(reply.structured.warnings).toEqual([expect.stringContaining("to admins only")]);
    expect(reply.summary).toContain('"confidence" (values not shown)');
  });

  test.each([
    ["an update of nothing but bookkeeping", { changed_fields: ["date_updated"], previous_data: {} }],
    ["another opportunity's", { object_id: "oppo_Other" }],
  ])("is left out if it is %s", async (_, odd) => {
    drift((event) => ({ ...event, ...odd }));
    expect(historyOf(await read(5))).toEqual([]);
  });
});

describe("the opportunity is returned with a warning if the event log cannot be read", () => {
  test.each([
    ["forbidden", { kind: "answer", status: 403, body: "Forbidden" }],
    ["not a list", { kind: "drift", change: () => ({ error: "x" }) }],
  ] as const)("%s", async (_, fault) => {
    sandbox.fault({ ...fault, path: "/event/" });
    const reply = await read(5);
    expect(reply.isError).toBe(false);
    expect(reply.structured).toMatchObject({ id: acmeExpansion, custom_field_names: expect.any(Object) });
    expect(reply.structured).not.toHaveProperty("history");
    expect(reply.structured.warnings).toEqual([expect.stringContaining("The history could not be read: ")]);
  });
});

test.each([0, 51])("history: %j is refused and nothing is read", async (history) => {
  const reply = await read(history);
  expect(reply.isError).toBe(true);
  expect(reply.text).toContain("history: ");
  expect(sandbox.requests).toEqual([]);
});
