import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../src/base/json.ts";
import { changesBetween } from "../../../../src/opportunity/update/changes.ts";
import { rowsResult } from "../../../../src/opportunity/update/many/rows.ts";
import type { Updated } from "../../../../src/opportunity/update/result.ts";
import { nothingKnown } from "../../../../src/organization/lists.ts";
import { editsOf } from "../../../support/edits.ts";

/** As long as those of Close. */
const idAt = (at: number) => `oppo_${String(at).padStart(43, "x")}`;

/** Rows of updates that change each opportunity in this way, with what they were warned of. */
function updated(count: number, change: (at: number) => { from: JsonObject; to: JsonObject }, warnings: string[] = []) {
  return Array.from({ length: count }, (_, at): Updated => {
    const id = idAt(at);
    const { from, to } = change(at);
    const before = {
      id,
      lead_name: `Customer ${at} of the North`,
      value_currency: "USD",
      value_period: "monthly",
      ...from,
    };
    const after = { ...before, ...to };
    const changes = changesBetween({ before, after, edits: editsOf(to, nothingKnown), known: nothingKnown });
    const outcome = { undo: [], isShown: false, isIgnored: false, warnings };
    return { kind: "updated", id, before, opportunity: after, changes, ...outcome };
  });
}
const sizeOf = (rows: readonly Updated[]) => {
  const { lines, data } = rowsResult(rows, { timeZone: "UTC" });
  return JSON.stringify([lines, data]).length;
};

describe("a result of 200 rows stays under what a model can be shown", () => {
  const won = { status_id: "stat_Won", status_label: "Won" };
  const open = { status_id: "stat_Open", status_label: "Active" };
  const warning = "The status is won but date_won is 2031-06-30, not today: Close fills date_won only if it is empty.";

  test.each<[string, Updated[]]>([
    ["all alike", updated(200, () => ({ from: { ...open, date_won: null }, to: { ...won, date_won: "2026-12-31" } }))],
    ["all alike, with a warning each", updated(200, () => ({ from: open, to: won }), [warning])],
    [
      "each with a long note of its own",
      updated(200, (at) => ({ from: { note: `${at} ${"lamp ".repeat(400)}` }, to: { note: "x" } })),
    ],
    [
      "each with three changes of its own",
      updated(200, (at) => ({
        from: { value: at, confidence: 1, note: "a" },
        to: { value: at + 1, confidence: at % 100, note: `b${at}` },
      })),
    ],
  ])("%s", (_, rows) => {
    expect(sizeOf(rows)).toBeLessThan(65_000);
    const { data, lines } = rowsResult(rows, { timeZone: "UTC" });
    expect(data.results).toHaveLength(200);
    expect(lines.at(-1)).toMatch(/^and \d+ more: /);
  });

  test("a warning that most have is not lost if there is no room for the changes", () => {
    const long = updated(
      200,
      (at) => ({
        from: { note: `${at} ${"lamp ".repeat(400)}`, value: at, date_won: `2026-01-${at}` },
        to: { note: `x${at}`, value: at + 1, date_won: `2027-01-${at}`, confidence: at, status_id: `stat_${at}` },
      }),
      [warning],
    );
    const { data } = rowsResult(long, { timeZone: "UTC" });
    expect(data).toMatchObject({ changes_left_out: true, same: { warnings: [warning] } });
    expect(JSON.stringify(data).length).toBeLessThan(60_000);
  });

  test("what most rows have alike is said once, and what others have instead in them", () => {
    const rows = [
      ...updated(199, () => ({ from: { ...open, date_won: null }, to: { ...won, date_won: "2026-12-31" } })),
      ...updated(1, () => ({ from: open, to: won }), [warning]),
    ];
    const { data } = rowsResult(rows, { timeZone: "UTC" });
    expect(data).toMatchObject({ same: { changes: [{ field: "status_id" }, { field: "date_won" }], warnings: null } });
    expect(data.results[0]).not.toHaveProperty("changes");
    expect(data.results[199]).toMatchObject({ changes: [{ field: "status_id" }], warnings: [warning] });
  });
});

test("money in a row has its currency and what it is paid per", () => {
  const [row] = rowsResult(
    updated(1, () => ({ from: { value: 50_000 }, to: { value: 75_000 } })),
    { timeZone: "UTC" },
  ).data.results;
  expect(row).toMatchObject({
    changes: [{ field: "value", from: 50_000, to: 75_000, money: "$500.00 monthly → $750.00 monthly" }],
  });
});
