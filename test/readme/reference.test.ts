import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parts, withReference } from "../../scripts/reference.ts";
import { commandLine, readCommand, variables } from "../../src/config.ts";
import { startRaw } from "../support/raw-program.ts";
import { page } from "../support/readme.ts";

const pages = ["README.md", "docs/reference.md"].map(page);

describe("the generated parts of the documentation", () => {
  test("are what the definitions say", () => {
    for (const page of pages) expect(page, "stale: run npm run gen").toBe(withReference(page));
  });

  test("are all there, each once", () => {
    const names = [...pages.join("").matchAll(/<!-- generated: (\w+) -->/g)].map(([, name]) => name);
    expect(names.sort()).toEqual(Object.keys(parts).sort());
  });

  test("leave what is around them, and cannot be made if one is misspelt", () => {
    expect(withReference("a <!-- generated: flags -->b<!-- end --> c")).toMatch(/^a <.*> c$/s);
    expect(() => withReference("<!-- generated: tolls --><!-- end -->")).toThrow(/"tolls", which nothing/);
  });
});

describe("the table of variables", () => {
  test("is of those that the program reads", () => {
    const read = new Set<string>();
    const get = (_: object, name: string) => void read.add(name.toUpperCase());
    readCommand([], new Proxy<Record<string, string>>({}, { get }));
    // TZ is the machine's own.
    expect(read).toEqual(new Set([...variables.map(({ name }) => name), "TZ"]));
  });

  test("is complete, as only the start of the program sees the environment", () => {
    const source = new URL("../../src/", import.meta.url);
    for (const path of readdirSync(source, { recursive: true, encoding: "utf8" })) {
      if (!path.endsWith(".ts") || ["index.ts", "main.ts"].includes(path)) continue;
      expect(readFileSync(new URL(path, source), "utf8"), path).not.toMatch(/process\.env|\benv\b.*node:process/);
    }
  });
});

test("--help names every flag and variable, and what it is for", async () => {
  const { stdout } = await startRaw(["--help"]).ended;
  const described = [...commandLine.map(({ names, ...row }) => ({ name: names.join(", "), ...row })), ...variables];
  for (const { name, description } of described) {
    expect(stdout.replace(/ +/g, " ")).toContain(`\n ${name} ${description}\n`);
  }
});
