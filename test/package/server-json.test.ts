import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { z } from "zod/v3";
import packageFile from "../../package.json" with { type: "json" };
import { serverJson } from "../../scripts/publish/registry-entry.ts";
import { variables } from "../../scripts/variables.ts";
// As it is at its $id, from internal/validators/schemas/2025-12-11.json of github.com/modelcontextprotocol/registry.
// Copyright (c) Model Context Protocol, MIT licence, whose text is in LICENSE.
import schema from "./server.schema.json" with { type: "json" };

const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addFormat("uri", (text) => URL.canParse(text));
const isValid = ajv.compile(schema);

const entry = z
  .object({
    $schema: z.string(),
    name: z.string(),
    version: z.string(),
    packages: z.array(
      z
        .object({
          identifier: z.string(),
          version: z.string(),
          transport: z.object({ type: z.string() }).strict(),
          environmentVariables: z.array(z.object({ name: z.string() }).passthrough()),
        })
        .passthrough(),
    ),
  })
  .passthrough();

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

const written = entry.parse(JSON.parse(read("server.json")));

describe("server.json", () => {
  test("is what package.json and the variables make of it; else run: npm run gen", () => {
    expect(read("server.json")).toBe(serverJson());
  });

  test("is valid by the registry's schema", () => {
    expect(isValid(written), JSON.stringify(isValid.errors, null, 2)).toBe(true);
    expect(written.$schema).toBe(schema.$id);
  });

  test.each([
    ["a name without a namespace", { ...written, name: "close-opportunity-mcp" }],
    ["a long description", { ...written, description: "x".repeat(101) }],
    ["a repository that is not known", { ...written, repository: { url: "", source: "github" } }],
    ["a package without a transport", { ...written, packages: [{ registryType: "npm", identifier: "x" }] }],
    ["no version", { ...written, version: undefined }],
  ])("would not be valid with %s", (_, wrong) => {
    expect(isValid(wrong)).toBe(false);
  });

  test("has the name by which the registry sees that the npm package belongs to it", () => {
    expect(written.name).toBe(packageFile.mcpName);
    expect(written.version).toBe(packageFile.version);
    expect(written.packages).toMatchObject([
      {
        registryType: "npm",
        identifier: packageFile.name,
        version: packageFile.version,
        transport: { type: "stdio" },
      },
    ]);
  });

  test("lists every variable, and which are secret", () => {
    const listed = written.packages.flatMap(({ environmentVariables }) => environmentVariables);
    expect(listed.map(({ name }) => name)).toEqual(Object.keys(variables));
    expect(listed.filter(({ isSecret }) => isSecret).map(({ name }) => name)).toEqual([
      "CLOSE_API_KEY",
      "CLOSE_ACCESS_TOKEN",
    ]);
    // Either of the two will do: a client that insisted on one would shut the other out.
    expect(listed.filter(({ isRequired }) => isRequired)).toEqual([]);
  });
});
