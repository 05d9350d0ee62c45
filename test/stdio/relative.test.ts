import { describe, expect, test } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { puts, sentBodies } from "../support/host.ts";
import { stored } from "../support/opportunities.ts";
import { rowsResult } from "../support/rows.ts";
import { serveSandbox } from "../support/served.ts";

/** $500, without a date; rich text; without a value. */
const { acmeExpansion: id, fjordHarbour, cedarUnpriced } = ids.opportunities;

const { sandbox, host } = await serveSandbox({}, { env: { CLOSE_WRITABLE_FIELDS: "date_won,value,note" } });

const dated = (date_won: string) => Object.assign(stored(sandbox, id), { date_won });

describe("a change relative to what is there", () => {
  test("is computed from what was just read, and sent as it comes to", async () => {
    dated("2026-12-24");
    const note_replace = { find: "Second warehouse", replace: "The hall" };
    const reply = await host.call({ id, date_won_shift_days: 14, value_percent: 10, note_replace });
    expect(sentBodies(sandbox)).toEqual([{ date_won: "2027-01-07", value: 55_000, note: "The hall needs lamps." }]);
    expect(reply.summary).toMatch(/\$500\.00.*→ \$550\.00/);
  });

  test("replaces one passage of a note, and may leave it out", async () => {
    await host.call({ id: fjordHarbour, note_replace: { find: " tariff", replace: "" } });
    expect(sentBodies(sandbox)).toEqual([
      { note_html: "<body><p><strong>Harbour</strong> lights</p><p>Keep the <em>old</em></p></body>" },
    ]);
  });

  test("of many suits each of them, and what has nothing to start from is refused alone", async () => {
    const updates = [{ ids: [id, cedarUnpriced], value_percent: 10 }];
    const { results } = rowsResult.parse((await host.call({ updates }, "update_opportunities")).structured);
    expect(results.map(({ outcome }) => outcome)).toEqual(["updated", "refused"]);
    expect(sentBodies(sandbox)).toEqual([{ value: 55_000 }]);
  });

  test.each([
    [{ date_won_shift_days: 1 }, "date_won_shift_days: the opportunity has no date_won"],
    [
      { date_won_shift_days: 1, date_won: "2026-12-31" },
      "date_won, date_won_shift_days: date_won can be changed in one way only",
    ],
    [
      { date_won_shift_days: 1, clear: ["date_won"] },
      "date_won_shift_days, clear: date_won can be changed in one way only",
    ],
    [{ value_percent: 1, value: 5 }, "value, value_percent: value can be changed in one way only"],
    [{ value_percent: -150 }, "value_percent: the value cannot become less than 0"],
    [{ note_replace: { find: "e", replace: "x" } }, 'note_replace: "e" occurs 5 times'],
    [{ note_replace: { find: "lamps" } }, "note_replace.replace: is required"],
    [{ note_replace: { find: "lamps", replace: "x" }, note_append: "y" }, "note_append, note_replace: note can be"],
  ])("is refused if it says nothing certain: %j", async (args, problem) => {
    const reply = await host.call({ id, ...args });
    expect(reply).toMatchObject({ isError: true });
    expect(reply.text).toContain(problem);
    expect(puts(sandbox)).toEqual([]);
  });

  test("is not sent again on a guess after a lost answer, and the text says to read first", async () => {
    const unreadable = { kind: "answer", method: "GET", status: 302, path: "/opportunity/" } as const;
    sandbox.fault({
      kind: "reset",
      when: "after",
      method: "PUT",
      meanwhile: () => sandbox.fault({ ...unreadable, times: 5 }),
    });
    const reply = await host.call({ id, value_percent: 10 });
    expect(reply.text).toMatch(/read it with get_opportunity/);
    expect(puts(sandbox)).toHaveLength(1);
  });
});
