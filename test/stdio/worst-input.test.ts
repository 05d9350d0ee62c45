import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import { ids } from "../../src/sandbox/sandbox.ts";
import { definitionOf } from "../../src/server/toolbox.ts";
import { toolsFor } from "../../src/tools/index.ts";
import { warningsOf } from "../support/both-forms.ts";
import { serveSandbox } from "../support/served.ts";

/** What was seen to hold a program up: texts that expressions go back in, expand when normalized, or nest. */
const worstTexts: readonly (readonly [what: string, make: (length: number) => string])[] = [
  ["slashes", (length) => "/".repeat(length)],
  ["digits and an x", (length) => `${"1".repeat(length - 1)}x`],
  ["blanks between letters", (length) => `a${" ".repeat(length - 2)}a`],
  ["open brackets of lists", (length) => "[".repeat(length)],
  ["open brackets of tags", (length) => "<".repeat(length)],
  ["letters that stand for eighteen", (length) => "\ufdfa".repeat(length)],
  ["accents on one letter", (length) => `a${"\u0301\u0316".repeat((length - 1) / 2)}`],
  ["quotes of several kinds", (length) => "'’`\"“–".repeat(length / 6)],
  ["words of one letter", (length) => "a ".repeat(length / 2)],
];

/** The longest text that is read, in characters. */
const longest = (argument: string) => (argument.startsWith("note") ? 1_000_000 : 1_000);

const { sandbox, host } = await serveSandbox();

const id = ids.opportunities.elmStreetVisits;
const required: Readonly<Record<string, JsonObject>> = {
  update_opportunity: { id },
  get_opportunity: { id },
};

/** The call is answered by a result, and the server then answers a ping: this test's own time limit is the bound. */
async function expectAnswered(tool: string, args: JsonObject): Promise<void> {
  const reply = await host.call({ ...required[tool], ...args }, tool);
  expect(reply.text).not.toBe("");
  expect(reply.text).not.toContain("Unexpected internal error");
  await expect(host.client.ping()).resolves.toEqual({});
}

const cases = toolsFor({ readOnly: false })
  .map(definitionOf)
  .flatMap(({ name, inputSchema }) =>
    Object.keys(inputSchema.properties ?? {}).map((argument) => ({ tool: name, argument })),
  );

describe("the worst text that there is, for any argument, is answered, and then a ping", () => {
  test.each(cases)("$argument of $tool", { timeout: 30_000 }, async ({ tool, argument }) => {
    for (const [, make] of worstTexts) await expectAnswered(tool, { [argument]: make(longest(argument)) });
    await expectAnswered(tool, { [argument]: "/".repeat(2_000_000) });
  });
});

describe("operations on custom fields, at their bounds", () => {
  const operations = (length: number, operation: JsonObject) =>
    Array.from({ length }, () => ({ field: "Tags", action: "add", ...operation }));
  const values = (length: number) => Array.from({ length }, (_, at) => `value ${at}`);

  test.each<[string, JsonObject[]]>([
    ["one with 1,000 values that are no choices", operations(1, { value: values(1_000) })],
    ["200 with 1,000 values each", operations(200, { value: values(1_000) })],
    ["200 on fields that there are not", values(200).map((field) => ({ field, action: "unset" }))],
    ["200 of long names", values(200).map((name) => ({ field: name.padEnd(1_000, "/"), action: "unset" }))],
    [
      "a number of 100,000 digits and an x",
      [{ field: "Seats", action: "set", value: `${"1".repeat(100_000)}x` }],
    ],
    [
      "1,000 users of long names",
      operations(1, { field: "Watchers", value: values(1_000).map((name) => name.padEnd(900, "-")) }),
    ],
    [
      "a text of a million letters",
      [{ field: "Competitor", action: "set", value: "\ufdfa".repeat(1_000_000) }],
    ],
  ])("%s", { timeout: 30_000 }, async (_what, custom_fields) => {
    await expectAnswered("update_opportunity", { id, custom_fields });
  });
});

describe("the worst rich note that Close can answer with, in place of the one sent, is answered, and then a ping", () => {
  const length = 900_000;

  test.each([
    ["open brackets", "<".repeat(length)],
    ["tags that do not end", "<p ".repeat(length / 3)],
    ["entities that do not end", "&am".repeat(length / 3)],
    ["one tag full of space", `<p${" ".repeat(length)}`],
  ])("of %s", { timeout: 30_000 }, async (_what, note_html) => {
    const change = (answer: unknown) => Object.assign({}, answer, { note_html, note: note_html });
    sandbox.fault({ kind: "drift", method: "PUT", change });
    const reply = await host.call({ id, note_html: "<body><p>Lamps</p></body>" });
    expect(warningsOf(reply)).toMatch(/does not show what was sent/);
    await expect(host.client.ping()).resolves.toEqual({});
  });
});

test("100,000 unknown arguments are answered with the first of them", async () => {
  const strangers = Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`stranger_${at}`, at]));
  const reply = await host.call({ id, ...strangers });
  expect(reply.text).toContain("update_opportunity was called with 1000 or more invalid arguments.");
  expect(reply.text).toContain("and many more");
  await expect(host.client.ping()).resolves.toEqual({});
});

test("200 changes with 200 long names each are refused for their number", async () => {
  const custom_fields = Array.from({ length: 200 }, (_, at) => ({
    field: `name ${at}`.padEnd(300, "/"),
    action: "unset",
  }));
  const updates = Array.from({ length: 200 }, (_, at) => ({ ids: [`oppo_${at}`], custom_fields }));
  const told = await host.call({ updates }, "update_opportunities");
  expect(told.text).toContain(
    "updates: has 40000 operations on custom fields, and at most 2000 are possible",
  );
  await expect(host.client.ping()).resolves.toEqual({});
});

test("200 changes with 200 mistakes each are answered with the first of them", async () => {
  const custom_fields = Array.from({ length: 200 }, () => ({ field: "", action: "put", nonsense: 1 }));
  const updates = Array.from({ length: 200 }, () => ({ ids: [id], custom_fields }));
  const reply = await host.call({ updates }, "update_opportunities");
  expect(reply.text).toMatch(/was called with 1000 or more invalid arguments\./);
  expect(reply.text).toMatch(/^- and many more$/m);
  await expect(host.client.ping()).resolves.toEqual({});
});
