import { describe, expect, onTestFinished, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { puts, sentBodies, startHostFor } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, statuses } = ids;
/** Sales / Active, no date_won. */
const id = opportunities.acmeExpansion;
/** A quarter past midnight in St. John's, hours before daylight saving ends; evening in New York. */
const now = new Date("2026-11-01T02:45:00Z");

const { sandbox, accepted, refused } = await serveUpdates({ now: () => now }, { now });

describe("time_zone", () => {
  test.each([
    ["UTC", "0", "2026-11-01"],
    ["America/New_York", "-4", "2026-10-31"],
    ["America/St_Johns", "-2.5", "2026-11-01"],
    ["Asia/Kathmandu", "5.75", "2026-11-01"],
    ["Pacific/Honolulu", "-10", "2026-10-31"],
  ])("a win in %s is dated by that zone at that moment", async (time_zone, offset, day) => {
    const reply = await accepted({ id, status_id: "Won", time_zone });
    expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.salesWon }]);
    expect(new Set(sandbox.requests.map(({ headers }) => headers["x-tz-offset"]))).toEqual(new Set([offset]));
    expect(reply.summary).toContain(`date_won empty → ${day} (set by Close)`);
    expect(reply.structured.warnings).toBeUndefined();
  });

  test("decides which day a stale date of a win is compared with", async () => {
    const stale = { id: opportunities.blueHeronShop, status_id: "Won", time_zone: "America/New_York" };
    const reply = await accepted(stale);
    expect(reply.structured.warnings).toEqual([expect.stringContaining("2026-10-31 in America/New_York")]);
  });

  test("is that in which a summary tells times", async () => {
    const reply = await accepted({ id, status_id: "Lost", time_zone: "America/New_York" });
    expect(reply.summary).toContain("date_lost empty → 2026-10-31 22:45 (UTC-04:00) (set by Close)");
    expect(reply.structured).toMatchObject({ date_lost: expect.stringMatching(/^2026-11-01T02:45/) });
  });

  test.each(["Mars/Olympus", "+05:30", "New York", "BST"])("%s is refused with an example", async (zone) => {
    expect(await refused({ id, status_id: "Won", time_zone: zone })).toContain(
      `time_zone: ${JSON.stringify(zone)} is not an IANA time zone such as America/New_York, or UTC; abbreviations and offsets are refused, as they are ambiguous`,
    );
  });
});

test.each([
  ["CLOSE_TIME_ZONE", { CLOSE_TIME_ZONE: "America/St_Johns", TZ: "America/New_York" }, "-2.5"],
  ["UTC if TZ cannot be read, and the log warns", { CLOSE_TIME_ZONE: "", TZ: "CET-1CEST,M3.5.0" }, "0"],
])("a win without a time zone is dated by %s", async (_what, env, offset) => {
  const other = await startHostFor(sandbox, { now, env });
  onTestFinished(() => other.close());
  const reply = await other.call({ id, status_id: statuses.salesWon });
  expect(puts(sandbox)[0]?.headers["x-tz-offset"]).toBe(offset);
  expect(reply.summary).toContain("date_won empty → 2026-11-01 (set by Close)");
  const warning = /"level":"warn".*no time zone is known: UTC decides.*CLOSE_TIME_ZONE/;
  expect(warning.test(other.log())).toBe(env.CLOSE_TIME_ZONE === "");
});
