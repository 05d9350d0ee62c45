import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod/v3";
import { isObject } from "../../src/base/json.ts";
import { definitionOf } from "../../src/server/toolbox.ts";
import { toolsFor } from "../../src/tools/index.ts";
import { startHost } from "../support/host.ts";
import { type SchemaPart, schemaParts } from "../support/schema-parts.ts";

const definitions = toolsFor({ readOnly: false }).map(definitionOf);
const update = definitions.find(({ name }) => name === "update_opportunity");

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** JSON in which what fits into a line has one of its own. */
function readable(value: unknown, indent = ""): string {
  const line = JSON.stringify(value);
  if (!isObject(value) && !Array.isArray(value)) return line;
  if (indent.length + line.length <= 120) return line;
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const entries = Array.isArray(value)
    ? value.map((each) => readable(each, inner))
    : Object.entries(value)
        .filter(([, each]) => each !== undefined)
        .map(([key, each]) => `${JSON.stringify(key)}: ${readable(each, inner)}`);
  return `${open}\n${inner}${entries.join(`,\n${inner}`)}\n${indent}${close}`;
}

/** What is wrong with the parts of a schema, by a rule: the places where it is broken. */
function breaches(schema: unknown, isBreach: (part: SchemaPart) => boolean): string[] {
  return schemaParts(schema)
    .filter(isBreach)
    .map(({ path }) => path);
}

const has =
  (...keywords: string[]) =>
  ({ schema }: SchemaPart) =>
    keywords.some((keyword) => keyword in schema);
const isUntyped = ({ schema }: SchemaPart) =>
  typeof schema.type !== "string" && !(Array.isArray(schema.anyOf) && schema.anyOf.length > 0);
const isListWithoutItems = ({ schema }: SchemaPart) => schema.type === "array" && !("items" in schema);
const hasTypeList = ({ schema }: SchemaPart) => "type" in schema && typeof schema.type !== "string";
const badName = ({ property }: SchemaPart) => property !== undefined && !/^[a-zA-Z0-9_.-]{1,64}$/.test(property);
/** Anything but anchors, literals, classes in brackets and counts: `\d`, look-around, lazy quantifiers. */
const hasUncommonPattern = ({ schema: { pattern } }: SchemaPart) =>
  typeof pattern === "string" && !/^\^([a-z_-]|\[[A-Za-z0-9-]+\]|\{[0-9]+\}|\+)+\$$/.test(pattern);

type Rule = [string, (part: SchemaPart) => boolean];

describe("the published definition", () => {
  // A change of what hosts and agents see shows in review as a change of these files.
  test.each(definitions)("of $name is the one on record", async (definition) => {
    const file = `__snapshots__/${definition.name}.json`;
    await expect(`${readable(definition)}\n`).toMatchFileSnapshot(file);
  });

  test("of every tool is what a host gets, with instructions of 2,048 characters at most", async () => {
    const host = await startHost();
    onTestFinished(() => host.close());
    const { tools } = await host.client.listTools();
    expect(tools).toEqual(definitions);
    const { length = 0 } = host.client.getInstructions() ?? "";
    expect([length > 0, length <= 2_048]).toEqual([true, true]);
  });

  test.each(definitions)("of $name has a title, all four annotations, and the words that people use", (tool) => {
    const { name, title, annotations, _meta = {} } = tool;
    expect(title).toMatch(/\S/);
    const isChange = name.startsWith("update_") || name === "apply_plan";
    expect(annotations).toEqual({
      ...{ readOnlyHint: !isChange, destructiveHint: isChange },
      ...{ idempotentHint: true, openWorldHint: true },
    });
    const own = ["win", "won", "lost", "close date", "owner", "tag"];
    for (const word of ["Close", "CRM", "sales", "deal", "opportunity", "pipeline", ...(isChange ? own : [])]) {
      expect(_meta["anthropic/searchHint"]).toContain(word);
    }
    expect(_meta["anthropic/searchHint"]).not.toContain("\n");
    expect(_meta["anthropic/maxResultSizeChars"]).toBe(500_000);
  });

  // Some hosts show, and search in, so much of the first line alone.
  test.each(definitions)("of $name says what it is for in the first 157 characters", ({ name, description = "" }) => {
    const start = description.split("\n")[0]?.slice(0, 157);
    const own = /^(find|update)_/.test(name) ? ["pipeline", "stage", "won", "lost", "close date"] : [];
    for (const word of ["deal", "CRM", ...own]) expect(start).toContain(word);
  });
});

/** What some host or client refuses in any schema. */
const shared: Rule[] = [
  ["has no $schema", has("$schema")],
  ["has no union of types", hasTypeList],
  ["has no $ref or $defs", has("$ref", "$defs", "definitions")],
  ["has nothing untyped", isUntyped],
  ["has no array without items", isListWithoutItems],
  ["has property names that every host takes", badName],
];
const ofOthers = ["additionalProperties", "propertyNames", "patternProperties", "unevaluatedProperties"];

test.each<[string, (part: SchemaPart) => boolean]>([
  ...shared,
  ["has no format", has("format")],
  ["says nothing of other properties", has(...ofOthers)],
  ["has no const or default", has("const", "default")],
  ["has no exclusive bound", has("exclusiveMinimum", "exclusiveMaximum")],
  ["combines nothing", has("anyOf", "oneOf", "allOf", "not", "if")],
  ["has patterns of character classes that every dialect has", hasUncommonPattern],
  ["publishes no bound that hosts read differently", has("maxLength", "minLength", "maxItems", "minItems")],
  ["describes each argument", ({ path, schema }) => /^\/properties\/\w+$/.test(path) && !("description" in schema)],
])("every input schema %s", (_rule, isBreach) => {
  for (const { name, inputSchema } of definitions) {
    expect([name, inputSchema.type, breaches(inputSchema, isBreach)]).toEqual([name, "object", []]);
  }
});

test.each<[string, (part: SchemaPart) => boolean]>([
  ...shared,
  ["has no closed enumeration, which a new value of Close would break", has("enum", "const")],
  ["refuses no unknown key", ({ schema }) => schema.additionalProperties === false],
])("every output schema %s", (_rule, isBreach) => {
  const outputs = definitions.filter(({ outputSchema }) => outputSchema !== undefined);
  expect(outputs.map(({ name }) => name)).toContain("update_opportunity");
  for (const { name, outputSchema } of outputs) expect([name, breaches(outputSchema, isBreach)]).toEqual([name, []]);
});

describe("a rule", () => {
  test.each<[string, (part: SchemaPart) => boolean, unknown]>([
    ["a union deep inside", hasTypeList, { properties: { a: { items: { type: ["string", "null"] } } } }],
    ["an untyped property", isUntyped, { type: "object", properties: { a: { description: "x" } } }],
    ["a list without items", isListWithoutItems, { properties: { a: { type: "array" } } }],
    ["a long name", badName, { properties: { ["a".repeat(65)]: { type: "string" } } }],
    ["a \\d in a pattern", hasUncommonPattern, { type: "string", pattern: "^\\d{4}$" }],
    ["a combination deep inside", has("anyOf"), { type: "array", items: { anyOf: [{ type: "string" }] } }],
  ])("finds %s", (_name, isBreach, schema) => {
    expect(breaches(schema, isBreach)).not.toEqual([]);
  });

  test("takes a property with the name of a keyword for what it is", () => {
    const properties = { format: { type: "string" }, default: { type: "string" } };
    expect(breaches({ type: "object", properties }, has("format", "default"))).toEqual([]);
  });
});

describe("the budget", () => {
  test("of update_opportunity without its output schema is 5,000 bytes", () => {
    expect(update).toBeDefined();
    const { outputSchema, ...rest } = update ?? {};
    expect(bytes(rest)).toBeLessThanOrEqual(5_000);
  });

  test("of the whole list is 19,000 bytes", () => {
    expect(bytes({ tools: definitions })).toBeLessThanOrEqual(19_000);
  });

  test.each(definitions)("of the description of $name is 2,048 characters", ({ description }) => {
    expect(description?.length).toBeGreaterThan(0);
    expect(description?.length).toBeLessThanOrEqual(2_048);
  });
});

describe("the description of update_opportunity", () => {
  const { description = "", inputSchema } = update ?? {};

  test("names what changes what an agent would send, and what no tool can do", () => {
    const [, ...rest] = description.split("\n");
    const words = ["cents", "date_won", "clear", "custom_fields", "note replaces"];
    for (const word of words) expect(rest.join("\n")).toContain(word);
    expect(description).toMatch(/No tool here creates or deletes .*renames .*leads.*currency/);
  });

  test("has two examples whose arguments the tool takes", () => {
    const argumentsOf = z.record(z.unknown());
    const examples = description.split("\n").filter((line) => line.startsWith("{"));
    expect(examples).toHaveLength(2);
    for (const example of examples) {
      const known = Object.keys(inputSchema?.properties ?? {});
      expect(known).toEqual(expect.arrayContaining(Object.keys(argumentsOf.parse(JSON.parse(example)))));
    }
  });
});
