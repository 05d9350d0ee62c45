import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { demoOutput, demoPicture } from "../../scripts/pictures/demo-picture.ts";
import { updateDiagram } from "../../scripts/pictures/update-diagram.ts";

const kept = (name: string) => readFileSync(new URL(`../../docs/${name}.svg`, import.meta.url), "utf8");
const stale = (name: string) => `docs/${name}.svg is stale: run npm run picture`;

test("the picture of the demo shows what the demo prints", async () => {
  const output = await demoOutput();
  expect(kept("demo"), stale("demo")).toBe(demoPicture(output));
  const words = output.replace(/\s+/g, "");
  const texts = [...kept("demo").matchAll(/<text [^>]*>([^<]*)</g)].map(([, text = ""]) => text);
  const [, , , ...printed] = texts.map((text) => text.replaceAll("&amp;", "&").replace(/\s+/g, ""));
  expect(printed.length).toBeGreaterThan(50);
  for (const text of printed) expect(words).toContain(text);
});

test("the picture of the demo cannot be made where a step is missing", async () => {
  expect(() => demoPicture("1. “Mark the Acme renewal as won.”\n\n✓ 1 step.")).toThrow(/no step 2/);
});

test("the diagram of an update's way is the one that is drawn now", () => {
  expect(kept("update"), stale("update")).toBe(updateDiagram());
});

test.each(["demo", "update"])("%s.svg shows on any page: no text overflows, nothing is loaded", (name) => {
  const svg = kept(name);
  expect(svg).not.toMatch(/<script|<image|<foreignObject|href|url\(|@import| on\w+=/i);
  const ends = [...svg.matchAll(/<text x="([\d.]+)" y="[\d.]+" textLength="([\d.]+)"/g)];
  expect(ends.length).toBe(svg.match(/<text /g)?.length);
  for (const [, x, length] of ends) expect(Number(x) + Number(length)).toBeLessThanOrEqual(815);
});
