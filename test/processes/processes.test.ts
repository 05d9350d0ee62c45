import { describe, expect, test } from "vitest";
import { added, guarded, killed } from "./parts.ts";

/** A small version of `npm run test:processes`. */
describe("Several processes of one user that work on one opportunity", () => {
  test.each(["append", "relative"] as const)("lose nothing of what they add to what is there: %s", async (what) => {
    const { counts, failures } = await added(what, { processes: 3, rounds: 4 });
    expect({ counts, failures }).toEqual({ counts: { "said updated": 12, kept: 12, lost: 0 }, failures: [] });
  });

  test("let one of them pass where all expect the same date_updated", async () => {
    const { counts } = await guarded({ processes: 3, rounds: 4 });
    expect(counts).toEqual({ "one passed": 4, "none passed": 0, "several passed": 0 });
  });

  test("lose nothing, write nothing twice, and keep every write in the audit file where some of them are killed", async () => {
    const { counts, failures } = await killed({ processes: 3, kills: 2, pauses: [500, 1_000] });
    expect({ counts, failures }).toMatchObject({ counts: { lost: 0, twice: 0, unaudited: 0 }, failures: [] });
    expect(counts.unanswered).toBeGreaterThan(0);
  });
});
