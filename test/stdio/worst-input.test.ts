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

describe("the worst text that there is, for every argument at once, is answered, and then a ping", () => {
  const tools = toolsFor({ readOnly: false }).map(definitionOf);
  test.each(worstTexts)("%s", { timeout: 30_000 }, async (_what, make) => {
    for (const { name, inputSchema } of tools) {
      const names = Object.keys(inputSchema.properties ?? {}).filter((argument) => argument !== "id");
      const args = names.map((argument) => [argument, make(longest(argument))] as const);
      // By themselves, so that the names are looked up as well.
      const named = args.filter(([argument]) => /^(status_id|contact_id|user_id|status|user|pipeline)$/.test(argument));
      for (const given of [args, named]) await expectAnswered(name, Object.fromEntries(given));
    }
  });

  test("and one that is too long for any", { timeout: 30_000 }, async () => {
    for (const { name, inputSchema } of tools) {
      const [first = ""] = Object.keys(inputSchema.properties ?? {}).filter((argument) => argument !== "id");
      await expectAnswered(name, { [first]: "/".repeat(2_000_000) });
    }
  });
});

describe("operations on custom fields, at their bounds, are answered, and then a ping", () => {
  const values = (length: number) => Array.from({ length }, (_, at) => `value ${at}`);
  const add = { field: "Tags", action: "add", value: values(1_000) };

  test.each<[string, JsonObject[]]>([
    ["with 1,000 values each that are no choices", Array.from({ length: 5 }, () => add)],
    ["200 of long names", values(200).map((name) => ({ field: name.padEnd(1_000, "/"), action: "unset" }))],
    [
      "1,000 users of long names",
      [{ field: "Watchers", action: "add", value: values(1_000).map((name) => name.padEnd(900, "-")) }],
    ],
  ])("%s", { timeout: 30_000 }, async (_what, custom_fields) => {
    await expectAnswered("update_opportunity", { custom_fields });
  });
});

test.each(["<", "<p ", "&am"])(
  "the worst rich note that Close can answer with is answered, and then a ping: %s without end",
  { timeout: 30_000 },
  async (piece) => {
    const note_html = piece.repeat(900_000 / piece.length);
    const change = (answer: unknown) => Object.assign({}, answer, { note_html, note: note_html });
    sandbox.fault({ kind: "drift", method: "PUT", change });
    const reply = await host.call({ id, note_html: "<body><p>Lamps</p></body>" });
    expect(warningsOf(reply)).toMatch(/does not show what was sent/);
    await expect(host.client.ping()).resolves.toEqual({});
  },
);

test("calls that are wrong in very many places are answered, and then a ping", {
  timeout: 60_000,
}, async () => {
  const strangers = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`stranger_${at}`, at]));
  await expectAnswered("update_opportunity", strangers);
  const custom_fields = Array.from({ length: 50 }, () => ({ field: "", action: "put", nonsense: 1 }));
  const updates = Array.from({ length: 200 }, (_, at) => ({ ids: [`oppo_${at}`], custom_fields }));
  await expectAnswered("update_opportunities", { updates });
});
