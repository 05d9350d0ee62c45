import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { puts, sentBodies, startHostFor } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, statuses } = ids;
/** Sales / Active, no date_won. */
const id = opportunities.acmeExpansion;
/** Evening in New York, already the next day in Kathmandu and Auckland. */
const now = new Date("2026-11-23T20:00:00Z");

const { sandbox, accepted, refused } = await serveUpdates({ now: () => now }, { now });

describe("time_zone", () => {
  test.each([
    ["UTC", "0", "2026-11-23"],
    ["America/New_York", "-5", "2026-11-23"],
    ["America/St_Johns", "-3.5", "2026-11-23"],
    ["Asia/Kathmandu", "5.75", "2026-11-24"],
    ["Pacific/Auckland", "13", "2026-11-24"],
  ])("a win in %s is dated by that zone", async (time_zone, offset, day) => {
    const reply = await accepted({ id, status_id: "Won", time_zone });
    expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.salesWon }]);
    expect(puts(sandbox)[0]?.headers["x-tz-offset"]).toBe(offset);
    expect(reply.summary).toContain(`date_won empty → ${day} (set by Close)`);
    expect(reply.structured.warnings).toBeUndefined();
  });

  test.each([
    ["CLOSE_TIME_ZONE", { CLOSE_TIME_ZONE: "Asia/Kathmandu", TZ: "America/New_York" }],
    ["the machine's zone if that is not set", { CLOSE_TIME_ZONE: "", TZ: "Asia/Kathmandu" }],
  ])("a win without it is dated by %s", async (_what, env) => {
    const kathmandu = await startHostFor(sandbox, { now, env });
    try {
      const reply = await kathmandu.call({ id, status_id: statuses.salesWon });
      expect(puts(sandbox)[0]?.headers["x-tz-offset"]).toBe("5.75");
      expect(reply.summary).toContain("date_won empty → 2026-11-24 (set by Close)");
    } finally {
      await kathmandu.close();
    }
  });

  test.each(["Mars/Olympus", "+05:30", "New York"])("%s is refused with an example", async (time_zone) => {
    expect(await refused({ id, status_id: "Won", time_zone })).toContain(
      `time_zone: ${JSON.stringify(time_zone)} is not an IANA time zone such as America/New_York`,
    );
  });

  test.each(["BST", "AST", "SST", "NST", "EST", "GMT"])(
    "the abbreviation %s is refused as ambiguous",
    async (zone) => {
      const text = await refused({ id, status_id: "Won", time_zone: zone });
      expect(text).toContain(`time_zone: "${zone}" is not an IANA time zone such as America/New_York`);
      expect(text).toContain("ambiguous");
    },
  );
});

describe("without any time zone", () => {
  test.each(["", ":"])("today is the day in UTC, and the log warns: TZ=%j", async (TZ) => {
    const other = await startHostFor(sandbox, { now, env: { CLOSE_TIME_ZONE: "", TZ } });
    try {
      const reply = await other.call({ id, status_id: statuses.salesWon });
      expect(reply.isError).toBe(false);
      expect(puts(sandbox)[0]?.headers["x-tz-offset"]).toBe("0");
      expect(other.log()).toMatch(/"level":"warn".*no time zone is known: UTC decides.*CLOSE_TIME_ZONE/);
    } finally {
      await other.close();
    }
  });
});
