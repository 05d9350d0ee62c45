import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { withReference } from "../../scripts/readme/reference.ts";
import { variables } from "../../scripts/variables.ts";
import { flagOptions, readCommand } from "../../src/config.ts";
import { startRaw } from "../support/raw-program.ts";

const root = new URL("../../", import.meta.url);
const readme = readFileSync(new URL("README.md", root), "utf8");

/** All of src/ but one file. */
function sourceWithout(file: string): string {
  return readdirSync(new URL("src", root), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && path !== file)
    .map((path) => readFileSync(new URL(`src/${path}`, root), "utf8"))
    .join("\n");
}

describe("the reference in README.md", () => {
  test("is what the definitions say", () => {
    expect(readme, "README.md is stale: run npm run docs").toBe(withReference(readme));
  });

  test("leaves everything around it as it is", () => {
    const around = (text: string) => text.replace(/(<!-- generated: \w+ -->).*?(<!-- end -->)/gs, "$1$2");
    const emptied = around(readme);
    expect(emptied.length).toBeLessThan(readme.length);
    expect(around(withReference(emptied))).toBe(emptied);
    expect(withReference(emptied)).toBe(withReference(readme));
  });

  test.each([
    ["is missing", "", /no place for the generated part "tools"/],
    ["is there twice", "$&\n$&", /"tools" twice/],
    ["is misspelt", "$&\n<!-- generated: tolls --><!-- end -->", /"tolls", which nothing generates/],
  ])("cannot be made where a part %s", (_, replacement, problem) => {
    const broken = readme.replace(/<!-- generated: tools -->.*?<!-- end -->/s, replacement);
    expect(() => withReference(broken)).toThrow(problem);
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
    expect(sourceWithout("main.ts")).not.toMatch(/process\.env|\benv\b.*node:process/);
  });
});

test("--help names every flag, and every variable of this program", async () => {
  const { stdout } = await startRaw(["--help"]).ended;
  const own = Object.keys(variables).filter((name) => name.startsWith("CLOSE_"));
  for (const name of [...Object.keys(flagOptions).map((flag) => `--${flag}`), ...own]) {
    expect(stdout).toContain(name);
  }
});
