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

const read = (history?: unknown): Promise<Reply> =>
  host.call({ id: acmeExpansion, history }, "get_opportunity");

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
  expect(historyOf(reply)).toEqual([
    {
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      user: "Jordan Blake",
      action: "updated",
      changes: expect.arrayContaining([
        { field: "status_id", label: "status", from: "Active", to: "Won" },
        { field: "date_won", label: "date_won", from: null, to: expect.any(String) },
        { field: "user_id", label: "owner", from: "Ada Quist", to: "Ben Quist" },
        { field: "contact_id", label: "contact", from: null, to: "Leo Park" },
        {
          field: `custom.${ids.customFields.salesEngineer}`,
          label: "Sales engineer",
          from: null,
          to: "Sam Doyle",
        },
        { field: `custom.${ids.customFields.visitDays}`, label: "Visit days", from: ["Monday"], to: null },
      ]),
    },
    {
      date: expect.any(String),
      user: "Ada Quist",
      action: "updated",
      changes: [
        { field: "value", label: "value (cents)", from: 50_000, to: 60_000 },
        { field: "value_period", label: "value_period", from: "one_time", to: "monthly" },
      ],
    },
  ]);
  expect(historyOf(reply)[0]?.changes).toHaveLength(6);
  for (const line of [
    /Z "Jordan Blake": .*status Active → Won/,
    /owner Ada Quist → Ben Quist/,
    /Z "Ada Quist": value \$500\.00 one-time → \$600\.00 monthly; value_period one_time → monthly/,
  ]) {
    expect(reply.summary).toMatch(line);
  }
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

test("contacts are named also if the log holds their ids alone", async () => {
  const { signatory } = ids.customFields;
  const { leoMarsh, leoPark, ninaOkafor } = ids.contacts;
  await close.put(acmeExpansion, { contact_id: leoPark, [`custom.${signatory}`]: leoMarsh });
  await close.put(acmeExpansion, { contact_id: ninaOkafor, [`custom.${signatory}`]: leoPark });
  const withoutNames = (values: unknown) =>
    Object.fromEntries(Object.entries(Object(values)).filter(([key]) => key !== "contact_name"));
  drift((event) => ({
    ...event,
    data: withoutNames(event.data),
    previous_data: withoutNames(event.previous_data),
  }));
  expect(historyOf(await read(1))[0]?.changes).toEqual([
    { field: "contact_id", label: "contact", from: "Leo Park", to: "Nina Okafor" },
    { field: `custom.${signatory}`, label: "Signatory", from: "Leo Marsh", to: "Leo Park" },
  ]);
});

test("contacts are shown by their ids, with a warning, if their names cannot be read", async () => {
  const { leoPark } = ids.contacts;
  await close.put(acmeExpansion, { [`custom.${ids.customFields.signatory}`]: leoPark });
  sandbox.fault({ kind: "answer", status: 403, body: "Forbidden", path: "/contact/" });
  const reply = await read(1);
  expect(historyOf(reply)).toMatchObject([{ changes: [{ from: null, to: leoPark }] }]);
  expect(reply.structured.warnings).toEqual([expect.stringContaining("The contacts could not be read")]);
});

test("without changes in the log the history is empty and says so", async () => {
  const reply = await read(5);
  expect(historyOf(reply)).toEqual([]);
  expect(reply.summary).toContain("No changes in the last 30 days.");
});

test("texts from records stand in quotes in the history", async () => {
  await close.put(acmeExpansion, { note: 'x"; status "Active" → "Won' });
  const reply = await read(1);
  expect(reply.summary).toContain(
    'note "Second warehouse needs lamps." → "x\\"; status \\"Active\\" → \\"Won"',
  );
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

  test("is shown also if it is by no user, with a time with an offset, of another action", async () => {
    drift((event) => ({
      ...event,
      user_id: null,
      date_updated: "2026-11-01T10:00:00+00:00",
      action: "merged",
    }));
    const reply = await read(5);
    expect(historyOf(reply)).toMatchObject([
      { date: "2026-11-01T10:00:00+00:00", user: null, action: "merged" },
    ]);
    expect(reply.summary).toContain("2026-11-01T10:00:00+00:00 no user: merged: confidence 50 → 70");
  });

  test("shows a user who is not in the list by id", async () => {
    drift((event) => ({ ...event, user_id: "user_Gone" }));
    expect(historyOf(await read(5))).toMatchObject([{ user: "user_Gone" }]);
  });

  test("is left out if it is an update of nothing but bookkeeping", async () => {
    drift((event) => ({ ...event, changed_fields: ["date_updated"], previous_data: { date_updated: "x" } }));
    expect(historyOf(await read(5))).toEqual([]);
  });

  test("is left out if it is another opportunity's", async () => {
    drift((event) => ({ ...event, object_id: "oppo_Other" }));
    expect(historyOf(await read(5))).toEqual([]);
  });
});

describe("the opportunity is returned with a warning if the event log cannot be read", () => {
  test.each([
    ["forbidden", { kind: "answer", status: 403, body: "Forbidden" }],
    ["not there", { kind: "answer", status: 404, body: '{"error": "Not found."}' }],
    ["not a list", { kind: "drift", change: () => ({ error: "x" }) }],
    ["not JSON", { kind: "answer", status: 200, body: "<html>" }],
  ] as const)("%s", async (_, fault) => {
    sandbox.fault({ ...fault, path: "/event/" });
    const reply = await read(5);
    expect(reply.isError).toBe(false);
    expect(reply.structured).toMatchObject({ id: acmeExpansion, custom_field_names: expect.any(Object) });
    expect(reply.structured).not.toHaveProperty("history");
    expect(reply.structured.warnings).toEqual([expect.stringContaining("The history could not be read: ")]);
  });
});

test.each([0, 51, 2.5, "many"])("history: %j is refused and nothing is read", async (history) => {
  const reply = await read(history);
  expect(reply.isError).toBe(true);
  expect(reply.text).toContain("history: ");
  expect(sandbox.requests).toEqual([]);
});
