import fc from "fast-check";
import { expect, test } from "vitest";
import { argumentReader } from "../../../../src/mcp/argument-reader.ts";
import type { UpdateArguments } from "../../../../src/opportunity/update/arguments.ts";
import { manyArguments } from "../../../../src/opportunity/update/many/arguments.ts";
import { manyReading } from "../../../../src/opportunity/update/many/misplaced-arguments.ts";
import { namedUndo } from "../../../../src/opportunity/update/many/named-undo.ts";
import { plan } from "../../../../src/opportunity/update/plan.ts";
import type { Known, Lookup } from "../../../../src/organization/lists.ts";

const read = <T>(items: readonly T[]): Lookup<T> => ({ state: "read", items, fresh: true });

/** Names that fold to the same, are ids or words of their own, or would be read as something else. */
const name = fc.constantFrom(
  ...[
    "Ada",
    "ada ",
    "A\u200dda",
    "Ben",
    "me",
    "null",
    "None",
    "",
    " ",
    "[]",
    '["Ada"]',
    "won",
    "Lost",
    "Sales / Won",
  ],
  ...["user_1", "cont_1", "stat_1", "cf_1", "custom.cf_1", "Ada\ud800", "Ada\ufffd", "Ada (user_1)"],
);
const id = (prefix: string) => fc.constantFrom(...[1, 2, 3, 4].map((number) => `${prefix}_${number}`));
const entries = <T extends { id: string }>(entry: fc.Arbitrary<T>) =>
  fc.uniqueArray(entry, { selector: (one) => one.id, maxLength: 4 });

const status = fc.record({ id: id("stat"), label: name, type: fc.constantFrom("active", "won", "lost") });
const organization = fc.record({
  pipelines: entries(fc.record({ id: fc.constantFrom("pipe_1", "pipe_2"), name, statuses: entries(status) })),
  customFields: entries(
    fc.record({
      id: id("cf"),
      name: name.filter((text) => text.trim() !== ""),
      type: fc.constantFrom("user", "contact", "text", "choices"),
      accepts_multiple_values: fc.boolean(),
    }),
  ),
  users: entries(fc.record({ id: id("user"), first_name: name, email: fc.option(name) })),
  me: fc.array(fc.record({ id: id("user") }), { maxLength: 1 }),
  contacts: entries(
    fc.record({
      id: id("cont"),
      name,
      emails: fc.constant<{ email: string }[]>([{ email: "ada@example.com" }]),
    }),
  ),
});

const operation = fc.oneof(
  fc.record({ field: id("cf"), action: fc.constant("unset" as const) }),
  fc.record({
    field: id("cf"),
    action: fc.constantFrom("set" as const, "remove" as const),
    value: fc.array(fc.oneof(id("user"), id("cont"), name), { minLength: 1, maxLength: 2 }),
  }),
);
const undos: fc.Arbitrary<UpdateArguments> = fc.record(
  {
    id: fc.constant("oppo_x"),
    status_id: id("stat"),
    user_id: id("user"),
    contact_id: id("cont"),
    custom_fields: fc.uniqueArray(operation, { selector: ({ field }) => field, minLength: 1, maxLength: 3 }),
    expected_date_updated: fc.constant("2026-05-11T08:14:53.517000+00:00"),
  },
  { requiredKeys: ["id", "expected_date_updated"] },
);

test("the undo of a row asks for the same as the undo that has ids, whatever people and things are called", () => {
  const reader = argumentReader(manyArguments, manyReading);
  fc.assert(
    fc.property(organization, undos, fc.constantFrom("pipe_1", "pipe_2"), (lists, undo, pipeline_id) => {
      const known: Known = {
        pipelines: read(lists.pipelines),
        customFields: read(lists.customFields),
        users: read(lists.users),
        me: read(lists.me),
        contacts: read(lists.contacts),
      };
      const after = { id: "oppo_x", pipeline_id };
      const [byName, byId] = [namedUndo(undo, after, known), undo].map((one) => reader({ updates: [one] }));
      fc.pre(byId?.mistakes.length === 0);
      expect(byName?.mistakes).toEqual([]);
      const [named, asked] = [byName, byId].map(
        (call) => plan(call?.args?.updates[0] ?? {}, after, known).body,
      );
      expect(named).toEqual(asked);
    }),
    { numRuns: 2_000 },
  );
});
