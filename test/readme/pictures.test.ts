import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { demoOutput, demoPicture } from "../../scripts/pictures/demo-picture.ts";

const kept = readFileSync(new URL("../../docs/demo.svg", import.meta.url), "utf8");

test("the picture of the demo shows what the demo prints", async () => {
  const output = await demoOutput();
  expect(kept, "docs/demo.svg is stale: run npm run gen").toBe(demoPicture(output));
  const words = output.replace(/\s+/g, "");
  const texts = [...kept.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text = ""]) => text);
  const [, , , ...printed] = texts.map((text) => text.replaceAll("&amp;", "&").replace(/\s+/g, ""));
  expect(printed.length).toBeGreaterThan(50);
  for (const text of printed) expect(words).toContain(text);
});

test("the picture of the demo cannot be made if a step is missing", async () => {
  expect(() => demoPicture("1. “Mark the Acme renewal as won.”\n\n✓ 1 step.")).toThrow(/no step 2/);
});

test("demo.svg shows on any page: no text overflows, nothing is loaded", () => {
  expect(kept).not.toMatch(/<script|<image|<foreignObject|href|url\(|@import| on\w+=/i);
  const ends = [...kept.matchAll(/<text x="([\d.]+)" y="[\d.]+" textLength="([\d.]+)"/g)];
  expect(ends.length).toBe(kept.match(/<text /g)?.length);
  for (const [, x, length] of ends) expect(Number(x) + Number(length)).toBeLessThanOrEqual(815);
});
