import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parts, withReference } from "../../scripts/reference/reference.ts";
import { variables } from "../../scripts/variables.ts";
import { flagOptions, readCommand } from "../../src/config.ts";
import { startRaw } from "../support/raw-program.ts";

const root = new URL("../../", import.meta.url);
const pages = ["README.md", "docs/reference.md"].map((path) => readFileSync(new URL(path, root), "utf8"));

/** All of src/ but these files. */
function sourceWithout(...files: string[]): string {
  return readdirSync(new URL("src", root), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !files.includes(path))
    .map((path) => readFileSync(new URL(`src/${path}`, root), "utf8"))
    .join("\n");
}

describe("the generated parts of the documentation", () => {
  test("are what the definitions say", () => {
    for (const page of pages) expect(page, "stale: run npm run gen").toBe(withReference(page));
  });

  test("are all there, each once", () => {
    const names = pages.flatMap((page) =>
      [...page.matchAll(/<!-- generated: (\w+) -->/g)].map(([, name]) => name),
    );
    expect(names.sort()).toEqual(Object.keys(parts).sort());
  });

  test("leave everything around them as it is", () => {
    const around = (text: string) => text.replace(/(<!-- generated: \w+ -->).*?(<!-- end -->)/gs, "$1$2");
    for (const page of pages) {
      const emptied = around(page);
      expect(emptied.length).toBeLessThan(page.length);
      expect(around(withReference(emptied))).toBe(emptied);
    }
  });

  test("cannot be made if one is misspelt", () => {
    expect(() => withReference("<!-- generated: tolls --><!-- end -->")).toThrow(/"tolls", which nothing/);
  });
});

describe("the list of variables", () => {
  test("is of those that the program reads", () => {
    const read = new Set<string>();
    const environment = new Proxy<Record<string, string>>(
      {},
      {
        get(_, name) {
          read.add(String(name).toUpperCase());
          return undefined;
        },
      },
    );
    for (const args of [[], ["check"]]) readCommand(args, environment);
    // undici reads it by itself.
    read.add("NO_PROXY");
    expect(Object.keys(variables).sort()).toEqual([...read].sort());
  });

  test("is complete, as only the start of the program sees the environment", () => {
    expect(sourceWithout("index.ts", "main.ts")).not.toMatch(/process\.env|\benv\b.*node:process/);
  });
});

test("--help names every flag, and every variable of this program", async () => {
  const { stdout } = await startRaw(["--help"]).ended;
  const own = Object.keys(variables).filter((name) => name.startsWith("CLOSE_"));
  for (const name of [...Object.keys(flagOptions).map((flag) => `--${flag}`), ...own]) {
    expect(stdout).toContain(name);
  }
});
