import { expect, onTestFinished, test } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { warningsOf } from "../support/both-forms.ts";
import { startHostFor } from "../support/host.ts";
import { change } from "../support/opportunities.ts";
import { startRaw } from "../support/raw-program.ts";
import { openSandbox } from "../support/served.ts";

const id = ids.opportunities.acmeExpansion;
const closes = new Date("2026-11-24T00:00:05Z");

const sandbox = await openSandbox({ now: () => closes });

const clocks = [
  ["three days behind", "2026-11-21T00:00:05Z", "72 hours behind Close's"],
  ["ten minutes ahead", "2026-11-24T00:10:05Z", "10 minutes ahead of Close's"],
  ["15 seconds behind", "2026-11-23T23:59:50Z", undefined],
] as const;

test.each(clocks)("a win is dated by Close's clock, whatever this machine's says: %s", async (_name, now, said) => {
  const host = await startHostFor(sandbox, { now: new Date(now) });
  onTestFinished(() => host.close());
  const win = { id, status_id: "Won" };
  expect((await host.call({ id, confidence: 55 })).structured.warnings).toBeUndefined();
  const off = said && `This machine's clock is ${said}, which decides which day is today.`;
  const preview = await host.call({ ...win, dry_run: true });
  expect(preview.summary).toContain("date_won empty → 2026-11-24 (set by Close)");
  const reply = await host.call(win);
  expect(reply.summary).toContain("date_won empty → 2026-11-24 (set by Close)");
  expect(reply.structured.warnings).toEqual(off && [off]);
  sandbox.reset();
  change(sandbox, id, { date_won: "2026-11-24" });
  expect(warningsOf(await host.call(win))).not.toContain("date_won");
  sandbox.reset();
  change(sandbox, id, { date_won: "2026-11-21" });
  expect(warningsOf(await host.call(win))).toContain("not today (2026-11-24 in UTC)");
  expect(host.log().split(`"the clocks differ"`)).toHaveLength(off === undefined ? 1 : 2);
});

test("check warns of a machine's clock that is off", async () => {
  const { stdout } = await startRaw(["check"], { CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: sandbox.apiKey }).ended;
  expect(stdout).toMatch(/^warning +This machine's clock is \d+ hours (ahead of|behind) Close's/m);
});
