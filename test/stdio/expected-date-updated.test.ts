import { describe, expect, test } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { sentBodies } from "../support/host.ts";
import { changeByBen } from "../support/opportunities.ts";
import { serveUpdates } from "../support/updates.ts";

const { opportunities, users } = ids;
/** $500, last changed by Ada Quist on 8 January 2024. */
const id = opportunities.acmeExpansion;

const { sandbox, accepted, refused, stored } = await serveUpdates(undefined, { env: { TZ: "Asia/Kathmandu" } });

describe("an update with expected_date_updated", () => {
  test.each([
    "2024-01-08T09:15:00.000000+00:00",
    "2024-01-08T09:15:00Z",
    "2024-01-08T10:15:00+01:00",
    "2024-01-08T09:15:00",
    "2024-01-08 09:15:00.0+0000",
  ])(
    "goes through if the opportunity was last changed at that instant, which is in UTC without an offset: %s",
    async (seen) => {
      await accepted({ id, value: 1, expected_date_updated: seen });
      expect(sentBodies(sandbox)).toEqual([{ value: 1 }]);
    },
  );

  test("is refused if someone has changed the opportunity since, with when and who", async () => {
    stored(id).date_updated = "2026-11-23T19:59:00.250000+00:00";
    stored(id).updated_by = users.benQuist;
    const text = await refused({ id, value: 1, expected_date_updated: "2024-01-08T09:15:00.000000+00:00" });
    expect(text).toContain("has changed since 2024-01-08T09:15:00.000000+00:00");
    expect(text).toContain("2026-11-23T19:59:00.250000+00:00");
    expect(text).toContain("Ben Quist");
    expect(stored(id).value).toBe(50_000);
  });

  test("is refused with what was changed since and by whom, if the event log shows it", async () => {
    const at = (time: string) => ({ moment: new Date(`2026-11-23T${time}Z`) });
    changeByBen(sandbox, id, { confidence: 20 }, at("10:00:00"));
    const seen = stored(id).date_updated;
    changeByBen(sandbox, id, { value: 70_000 }, at("11:00:00"));
    const text = await refused({ id, value: 1, expected_date_updated: seen });
    expect(text).toContain('\n- 2026-11-23 11:00 (UTC) "Ben Quist": value $500.00 one-time → $700.00 one-time\n');
    expect(text).not.toContain("confidence");
  });

  test("is refused as wrong if it is later than the opportunity's own", async () => {
    const text = await refused({ id, value: 1, expected_date_updated: "2024-01-08T09:15:01Z" });
    expect(text).toMatch(/2024-01-08T09:15:01Z is wrong, it is later than .*2024-01-08T09:15:00\.000000\+00:00/);
    expect(text).not.toContain("has changed since");
  });

  test("is refused as wrong if it is earlier than the opportunity itself", async () => {
    stored(id).date_created = "2023-11-20T08:00:00.250000+00:00";
    const text = await refused({ id, value: 1, expected_date_updated: "2023-11-20T07:59:59" });
    expect(text).toMatch(/2023-11-20T07:59:59 is wrong, it is earlier than the opportunity itself, of 2023-11-20T08/);
    expect(text).not.toContain("has changed since");
  });

  test("goes through as the second with what the first one returned", async () => {
    const first = await accepted({ id, value: 1 });
    await accepted({ id, value: 2, expected_date_updated: first.structured.date_updated });
    expect(sentBodies(sandbox)).toEqual([{ value: 1 }, { value: 2 }]);
  });

  test.each(["yesterday", "2024-13-08T09:15:00Z"])("is refused if that is no timestamp: %s", async (seen) => {
    expect(await refused({ id, value: 1, expected_date_updated: seen })).toContain(
      `expected_date_updated: ${JSON.stringify(seen)} is not a timestamp`,
    );
  });
});
