import { describe, expect, test } from "vitest";
import { z } from "zod/v3";
import { readCommand } from "../../src/config.ts";
import { explainIssue } from "../../src/mcp/mistakes.ts";
import { unwrapped } from "../../src/mcp/partial-schema.ts";
import { toolsFor } from "../../src/tools/index.ts";

const command = readCommand([], { CLOSE_API_KEY: "key" });
if (command.run !== "serve") throw new Error("It does not serve.");

/** Every argument that holds no others, by its place. */
function leaves(type: z.ZodTypeAny, place: string): [string, z.ZodTypeAny][] {
  const bare = unwrapped(type);
  if (bare instanceof z.ZodArray) return leaves(bare.element, `${place}[0]`);
  if (!(bare instanceof z.ZodObject)) return [[place, type]];
  return Object.entries<z.ZodTypeAny>(bare.shape).flatMap(([name, own]) => leaves(own, `${place}.${name}`));
}

const all = toolsFor(command.config).flatMap(({ name, inputSchema }) => leaves(inputSchema, name));
const values = [
  ...[null, true, false, [], ["x"], {}, { a: 1 }],
  ...[-1, 0, 1.5, 101, 1e300, Number.NaN, Number.POSITIVE_INFINITY],
  ...["", " ", "x", "2026-02-30", "12.5", "oppo_", "x".repeat(2_000_000)],
];

test("every tool's arguments are looked at", () => {
  expect(all.length).toBeGreaterThan(50);
  const kinds = new Set(all.map(([, type]) => unwrapped(type).constructor));
  expect(kinds).toEqual(new Set([z.ZodString, z.ZodNumber, z.ZodBoolean, z.ZodEnum]));
});

describe("whatever a value is, what is wrong with it is said in words of our own", () => {
  test.each(all)("%s", (_place, type) => {
    for (const value of values) {
      for (const issue of type.safeParse(value).error?.issues ?? []) {
        const text = explainIssue(issue, value, unwrapped(type));
        expect(text).not.toContain(z.defaultErrorMap(issue, { data: value, defaultError: "" }).message);
        expect(text).not.toMatch(/Expected|Invalid|Required|received| \| /);
        expect(text).toMatch(/must be|is not/);
      }
    }
  });
});
