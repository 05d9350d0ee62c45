import { describe, expect, test } from "vitest";
import { z } from "zod/v3";
import { definitionOf } from "../../src/server/toolbox.ts";
import { toolsFor } from "../../src/tools/index.ts";
import { startHost } from "../support/host.ts";
import { type SchemaPart, schemaParts } from "../support/schema-parts.ts";

const definitions = toolsFor({ readOnly: false }).map(definitionOf);
const inputs = definitions.map(({ name, inputSchema }) => ({ name, schema: inputSchema }));
const outputs = definitions.flatMap(({ name, outputSchema }) =>
  outputSchema === undefined ? [] : [{ name, schema: outputSchema }],
);

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

const readable = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

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
const badName = ({ property }: SchemaPart) =>
  property !== undefined && !/^[a-zA-Z0-9_.-]{1,64}$/.test(property);
/** Anything but anchors, literals, classes in brackets and counts: `\d`, look-around, lazy quantifiers. */
const hasUncommonPattern = ({ schema: { pattern } }: SchemaPart) =>
  typeof pattern === "string" && !/^\^([a-z_-]|\[[A-Za-z0-9-]+\]|\{[0-9]+\}|\+)+\$$/.test(pattern);

type Rule = [string, (part: SchemaPart) => boolean];

describe("the published definition", () => {
  // A change of what hosts and agents see shows in review as a change of these files.
  test.each(definitions)("of $name is the one on record", async (definition) => {
    const file = `__snapshots__/${definition.name}.json`;
    await expect(readable(definition)).toMatchFileSnapshot(file);
  });

  test("of every tool is what a host gets", async () => {
    const host = await startHost();
    try {
      const { tools } = await host.client.listTools();
      expect(tools).toEqual(definitions);
    } finally {
      await host.close();
    }
  });

  test.each(definitions)("of $name has a title and states all four annotations", ({ title, annotations }) => {
    expect(title).toMatch(/\S/);
    expect(annotations).toEqual({
      readOnlyHint: expect.any(Boolean),
      destructiveHint: expect.any(Boolean),
      idempotentHint: expect.any(Boolean),
      openWorldHint: expect.any(Boolean),
    });
  });

  test.each(definitions)("of $name is found by the words that people use for this work", ({ _meta = {} }) => {
    const hint = _meta["anthropic/searchHint"];
    for (const word of ["Close", "CRM", "sales", "deal", "opportunity", "pipeline"])
      expect(hint).toContain(word);
    expect(hint).not.toContain("\n");
    expect(_meta).not.toHaveProperty("anthropic/alwaysLoad");
  });

  test.each(["win", "won", "lost", "close date", "owner", "tag"])(
    "of update_opportunity is found by %j as well",
    (word) => {
      const update = definitions.find(({ name }) => name === "update_opportunity");
      expect(update?._meta?.["anthropic/searchHint"]).toContain(word);
    },
  );

  test.each(definitions)("of $name lets a host pass long results on", ({ _meta = {} }) => {
    expect(_meta["anthropic/maxResultSizeChars"]).toBe(500_000);
  });

  test("of update_opportunity warns hosts that it changes something and may be repeated", () => {
    const update = definitions.find(({ name }) => name === "update_opportunity");
    expect(update?.annotations).toEqual({
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: true,
      openWorldHint: true,
    });
    expect(update).toHaveProperty("outputSchema");
  });

  test("is of tools that change nothing only, on a read-only server", () => {
    for (const tool of toolsFor({ readOnly: true })) expect(tool.annotations.readOnlyHint).toBe(true);
    expect(toolsFor({ readOnly: true }).map(({ name }) => name)).not.toContain("update_opportunity");
  });
});

describe("every input schema", () => {
  const rules: Rule[] = [
    ["has no $schema", has("$schema")],
    ["has no union of types", hasTypeList],
    ["has no format", has("format")],
    ["has no $ref or $defs", has("$ref", "$defs", "definitions")],
    [
      "says nothing of other properties",
      has("additionalProperties", "propertyNames", "patternProperties", "unevaluatedProperties"),
    ],
    ["has no const", has("const")],
    ["has no default", has("default")],
    ["has no exclusive bound", has("exclusiveMinimum", "exclusiveMaximum")],
    ["types every property", isUntyped],
    ["has no array without items", isListWithoutItems],
    ["combines nothing", has("anyOf", "oneOf", "allOf", "not", "if")],
    ["has patterns of character classes that every dialect has", hasUncommonPattern],
    ["publishes no bound that hosts read differently", has("maxLength", "minLength", "maxItems", "minItems")],
    ["has property names that every host takes", badName],
  ];

  test.each(rules)("%s", (_rule, isBreach) => {
    expect(inputs).not.toEqual([]);
    for (const { name, schema } of inputs)
      expect({ name, at: breaches(schema, isBreach) }).toEqual({ name, at: [] });
  });

  test("is an object with a description for each argument", () => {
    for (const { schema } of inputs) {
      expect(schema.type).toBe("object");
      for (const { path, schema: part } of schemaParts(schema)) {
        if (/^\/properties\/\w+$/.test(path)) expect({ path, ...part }).toHaveProperty("description");
      }
    }
  });
});

describe("every output schema", () => {
  const rules: Rule[] = [
    ["has no $schema", has("$schema")],
    ["has no union of types", hasTypeList],
    ["has no $ref or $defs", has("$ref", "$defs", "definitions")],
    ["has nothing untyped", isUntyped],
    ["has no array without items", isListWithoutItems],
    ["has no closed enumeration, which a new value of Close would break", has("enum", "const")],
    ["refuses no unknown key", ({ schema }) => schema.additionalProperties === false],
    ["has property names that every host takes", badName],
  ];

  test.each(rules)("%s", (_rule, isBreach) => {
    expect(outputs).not.toEqual([]);
    for (const { name, schema } of outputs)
      expect({ name, at: breaches(schema, isBreach) }).toEqual({ name, at: [] });
  });

  test("of update_opportunity requires the id alone, and allows unknown keys", () => {
    const update = outputs.find(({ name }) => name === "update_opportunity");
    expect(update?.schema).toMatchObject({ type: "object", required: ["id"], additionalProperties: true });
  });
});

describe("the lint of these schemas", () => {
  test.each<[string, Rule[1], unknown]>([
    ["a union deep inside", hasTypeList, { anyOf: [{ items: { type: ["string", "null"] } }] }],
    ["an untyped property", isUntyped, { type: "object", properties: { a: { description: "x" } } }],
    ["an untyped alternative", isUntyped, { anyOf: [{ type: "string" }, {}] }],
    ["a list without items", isListWithoutItems, { type: "object", properties: { a: { type: "array" } } }],
    ["a long name", badName, { properties: { ["a".repeat(65)]: { type: "string" } } }],
    ["a \\d in a pattern", hasUncommonPattern, { type: "string", pattern: "^\\d{4}$" }],
    ["a look-ahead in a pattern", hasUncommonPattern, { type: "string", pattern: "^(?=a)a$" }],
    ["a combination deep inside", has("anyOf"), { type: "array", items: { anyOf: [{ type: "string" }] } }],
    ["a format in items", has("format"), { type: "array", items: { type: "string", format: "date" } }],
  ])("finds %s", (_name, isBreach, schema) => {
    expect(breaches(schema, isBreach)).not.toEqual([]);
  });

  test("takes a property with the name of a keyword for what it is", () => {
    const schema = {
      type: "object",
      properties: { format: { type: "string" }, default: { type: "string" } },
    };
    expect(breaches(schema, has("format", "default"))).toEqual([]);
  });
});

describe("the budget", () => {
  test("of update_opportunity without its output schema is 4,500 bytes", () => {
    const update = definitions.find(({ name }) => name === "update_opportunity");
    expect(update).toBeDefined();
    const { outputSchema, ...rest } = update ?? {};
    expect(bytes(rest)).toBeLessThanOrEqual(4_500);
  });

  test("of the whole list is 16,000 bytes", () => {
    expect(bytes({ tools: definitions })).toBeLessThanOrEqual(16_000);
  });

  test.each(definitions)("of the description of $name is 2,048 characters", ({ description }) => {
    expect(description?.length).toBeGreaterThan(0);
    expect(description?.length).toBeLessThanOrEqual(2_048);
  });

  test("of the server's instructions is 2,048 characters", async () => {
    const host = await startHost();
    try {
      const instructions = host.client.getInstructions();
      expect(instructions?.length).toBeGreaterThan(0);
      expect(instructions?.length).toBeLessThanOrEqual(2_048);
    } finally {
      await host.close();
    }
  });
});

describe("the description of update_opportunity", () => {
  const { description = "", inputSchema } =
    definitions.find(({ name }) => name === "update_opportunity") ?? {};

  test("names the purpose first, then what changes what an agent would send", () => {
    const [first = "", ...rest] = description.split("\n");
    expect(first).toMatch(/opportunity in Close/);
    for (const word of ["cents", "date_won", "clear", "custom_fields"])
      expect(rest.join("\n")).toContain(word);
  });

  test("says what no tool here can do, so that nobody tries", () => {
    expect(description).toMatch(/No tool here creates or deletes .*renames .*leads.*currency/);
  });

  test("repeats no argument's own description", () => {
    const own = schemaParts(inputSchema).flatMap(({ schema }) =>
      typeof schema.description === "string" ? [schema.description] : [],
    );
    const lines = description.split("\n").filter((line) => line !== "");
    expect(own).not.toEqual([]);
    for (const line of lines) expect(own).not.toContain(line.replace(/^- /, ""));
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
