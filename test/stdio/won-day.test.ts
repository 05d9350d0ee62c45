import { describe, expect, test } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { puts, type Reply, startHostFor } from "../support/host.ts";
import { startSandbox } from "../support/sandbox/sandbox.ts";

const { acmeExpansion, blueHeronShop } = ids.opportunities;

type Moment = { name: string; zone: string; at: string; offset: string; day: string };

/** Each is on another day in UTC, or would be with the offset of the other half of the year. */
const moments: Moment[] = [
  {
    name: "23:30 on a summer evening in New York",
    zone: "America/New_York",
    at: "2026-07-15T03:30:00Z",
    offset: "-4",
    day: "2026-07-14",
  },
  {
    name: "23:30 on a winter evening in New York",
    zone: "America/New_York",
    at: "2026-01-15T04:30:00Z",
    offset: "-5",
    day: "2026-01-14",
  },
  {
    name: "five past midnight in Kathmandu",
    zone: "Asia/Kathmandu",
    at: "2026-03-10T18:20:00Z",
    offset: "5.75",
    day: "2026-03-11",
  },
  {
    name: "a quarter past midnight in St. John's, hours before daylight saving ends",
    zone: "America/St_Johns",
    at: "2026-11-01T02:45:00Z",
    offset: "-2.5",
    day: "2026-11-01",
  },
  {
    name: "23:30 in St. John's, hours after daylight saving has ended",
    zone: "America/St_Johns",
    at: "2026-11-02T03:00:00Z",
    offset: "-3.5",
    day: "2026-11-01",
  },
];

type Won = { reply: Reply; stale: Reply; sentOffsets: (string | undefined)[]; dayInClose: unknown };

/** Wins two opportunities without a date, one of them with an expected close date, at that moment. */
async function win(at: string, env: Record<string, string>, args: Record<string, string>): Promise<Won> {
  const now = new Date(at);
  const sandbox = await startSandbox({ now: () => now });
  const host = await startHostFor(sandbox, { env, now });
  try {
    const reply = await host.call({ id: acmeExpansion, status_id: ids.statuses.salesWon, ...args });
    const dayInClose = sandbox.organization.opportunities.get(acmeExpansion)?.date_won;
    const stale = await host.call({ id: blueHeronShop, status_id: ids.statuses.salesWon, ...args });
    expect(puts(sandbox).map(({ body }) => body)).toEqual([
      { status_id: ids.statuses.salesWon },
      { status_id: ids.statuses.salesWon },
    ]);
    return {
      reply,
      stale,
      dayInClose,
      sentOffsets: [...new Set(sandbox.requests.map(({ headers }) => headers["x-tz-offset"]))],
    };
  } finally {
    await host.close();
    await sandbox.close();
  }
}

describe.each(moments)("a status won without a date at $name", ({ zone, at, offset, day }) => {
  test.each([
    ["CLOSE_TIME_ZONE", { CLOSE_TIME_ZONE: zone }, {}],
    ["the time_zone argument", { CLOSE_TIME_ZONE: "Pacific/Kiritimati" }, { time_zone: zone }],
  ])("is dated that day if %s says so", async (_name, env, args) => {
    const { reply, stale, sentOffsets, dayInClose } = await win(at, env, args);
    expect(sentOffsets).toEqual([offset]);
    expect(dayInClose).toBe(day);
    expect(reply.structured.date_won).toBe(day);
    expect(reply.structured).not.toHaveProperty("warnings");
    expect(stale.structured.warnings).toEqual([expect.stringContaining(`${day} in ${zone}`)]);
  });
});
