import { expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { serveRows } from "../../support/rows.ts";

const { acmeExpansion, acmeRenewal, fjordFleet } = ids.opportunities;

const { sandbox, call, copies } = await serveRows();

/** The places of the mistakes of a call of which nothing may be sent, and how many the text counts. */
async function mistakesOf(updates: readonly unknown[]): Promise<{ lines: string[]; count: number }> {
  const { isError, text } = await call({ updates });
  expect(isError).toBe(true);
  expect(sandbox.requests.filter(({ path }) => path.startsWith("/opportunity/"))).toEqual([]);
  expect(text).toMatch(/^None of the opportunities was changed\.$/m);
  const count = Number(/was called with (\d+) invalid argument/.exec(text)?.[1]);
  return { lines: text.split("\n").filter((line) => line.startsWith("- ")), count };
}

const places = (lines: readonly string[]) => lines.map((line) => line.replace(/^- (.*?): .*/, "$1"));

test("what is wrong with the values of any entry is refused with its place, before anything is read", async () => {
  const { lines, count } = await mistakesOf([
    { ids: [acmeExpansion], value: "12.5", stage: "Won", colour: "red" },
    { ids: ["oppo_gone"], confidence: "x", user_id: "Nobody Here", time_zone: "UTC" },
    { id: acmeRenewal, custom_fields: [{ field: "Seats", action: "sett" }] },
  ]);
  expect(lines).toEqual([
    expect.stringMatching(/^- updates\[0\]\.value: must be .*cents/),
    expect.stringMatching(/^- updates\[0\]\.colour: unknown argument\. Known: /),
    expect.stringMatching(/^- updates\[1\]\.confidence: must be a whole number/),
    "- updates[1].time_zone: Send it once, beside updates",
    expect.stringMatching(/^- updates\[2\]\.custom_fields\[0\]\.action: must be one of/),
    "- updates[0].stage was read as status_id.",
  ]);
  expect(count).toBe(5);
  expect(sandbox.requests).toEqual([]);
});

test("what contradicts itself in any entry, or between them, is refused with its place", async () => {
  const { lines, count } = await mistakesOf([
    { ids: [acmeExpansion], confidence: 42 },
    { ids: [fjordFleet, acmeExpansion], note: "a", note_html: "<body>b</body>" },
    { value: 5, clear: ["value"] },
    { id: acmeExpansion, ids: [acmeRenewal], confidence: 42 },
    { ids: ["oppo_lost"] },
  ]);
  expect(places(lines)).toEqual([
    "updates[1].note, updates[1].note_html",
    "updates[2].ids",
    "updates[2].value, updates[2].clear",
    "updates[4]",
    "updates[1].ids[1]",
    "updates[3].id",
  ]);
  expect(lines).toContainEqual(expect.stringMatching(/given twice: updates\[0\]\.ids\[0\] names it as well/));
  expect(count).toBe(6);
});

test("more than 200 opportunities in all entries together are refused", async () => {
  const { lines } = await mistakesOf([
    { ids: copies(150), confidence: 1 },
    { ids: copies(100), value: 1 },
  ]);
  expect(lines).toEqual(["- updates: has 250 opportunities, and at most 200 are possible in one call"]);
});
