import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { z } from "zod/v3";
import packageFile from "../../package.json" with { type: "json" };
import { stamped } from "../../scripts/stamp.ts";
import { variables } from "../../src/config.ts";
// As it is at its $id, from internal/validators/schemas/2025-12-11.json of github.com/modelcontextprotocol/registry.
// Copyright (c) Model Context Protocol, MIT licence, whose text is in LICENSE.
import schema from "./server.schema.json" with { type: "json" };

const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addFormat("uri", (text) => URL.canParse(text));
const isValid = ajv.compile(schema);

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const variable = z.object({
  name: z.string(),
  isSecret: z.boolean().default(false),
  isRequired: z.undefined(),
});
const written = z
  .object({ packages: z.tuple([z.object({ environmentVariables: z.array(variable) }).passthrough()]) })
  .passthrough()
  .parse(JSON.parse(read("server.json")));

describe("server.json", () => {
  test("is what package.json and the variables make of it; else run: npm run gen", () => {
    expect(read("server.json")).toBe(stamped(read("packaging/server.json")));
  });

  test("is valid by the registry's schema, and would not be without a namespace in its name", () => {
    const entry: unknown = JSON.parse(read("server.json"));
    expect(isValid(entry), JSON.stringify(isValid.errors, null, 2)).toBe(true);
    expect(written).toMatchObject({ $schema: schema.$id });
    expect(isValid({ ...written, name: packageFile.name })).toBe(false);
  });

  test("has the name by which the registry sees that the npm package belongs to it", () => {
    const { name: identifier, version, mcpName } = packageFile;
    expect(written).toMatchObject({ name: mcpName, version });
    expect(written.packages[0]).toMatchObject({ registryType: "npm", identifier, version });
  });

  test("lists every variable, none of them required: either credential will do", () => {
    const listed = written.packages[0].environmentVariables;
    expect(listed.map(({ name }) => name)).toEqual(variables.map(({ name }) => name));
    const secrets = listed.filter(({ isSecret }) => isSecret).map(({ name }) => name);
    expect(secrets).toEqual(["CLOSE_API_KEY", "CLOSE_ACCESS_TOKEN"]);
  });
});

test("a manifest cannot be stamped with what there is not", () => {
  expect(() => stamped('{ "version": "{{vresion}}" }')).toThrow('There is no "vresion" to fill in.');
});
