import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { puts } from "../../support/host.ts";
import { change } from "../../support/opportunities.ts";
import { rowsResult, serveRows } from "../../support/rows.ts";

const { acmeExpansion, acmeRenewal, fjordFleet } = ids.opportunities;

const { sandbox, call, rowsOf, held, copies } = await serveRows();

describe("many opportunities in one call", () => {
  test("get one change, in the order asked for, each with its undo", async () => {
    const asked = [fjordFleet, acmeExpansion, acmeRenewal];
    const { results, counts } = await rowsOf({ updates: [{ ids: asked, confidence: 42 }] });
    expect(results.map(({ id }) => id)).toEqual(asked);
    expect(counts).toEqual({ updated: 3 });
    for (const { id, changes, undo } of results) {
      expect(held(id)?.confidence).toBe(42);
      expect(changes).toMatchObject([{ field: "confidence", to: 42 }]);
      expect(undo).toMatchObject({ id, expected_date_updated: expect.any(String) });
    }
  });

  test("get different changes", async () => {
    const { counts } = await rowsOf({
      updates: [
        { ids: [acmeExpansion], value: 75_000 },
        { id: fjordFleet, note_append: "Went bankrupt." },
      ],
    });
    expect(counts).toEqual({ updated: 2 });
    expect(held(acmeExpansion)?.value).toBe(75_000);
    expect(held(fjordFleet)?.note).toMatch(/Went bankrupt\.$/);
  });

  test("are brought back by a call with the undo of each row", async () => {
    const all = [...sandbox.organization.opportunities.keys()];
    const before = new Map(all.map((id) => [id, held(id)]));
    const { results } = await rowsOf({
      updates: [
        { ids: all, value: 12_300, custom_fields: [{ field: "Seats", action: "set", value: ["7"] }] },
      ],
    });
    const undone = await rowsOf({ updates: results.flatMap(({ undo }) => undo ?? []) });
    expect(Object.keys(undone.counts)).toEqual(["updated"]);
    for (const id of all) {
      expect([id, held(id)?.value, held(id)?.custom]).toEqual([
        id,
        before.get(id)?.value,
        before.get(id)?.custom,
      ]);
    }
  });

  test("are reported in a line of counts and a line each, those that need attention first", async () => {
    const { summary } = await call({
      updates: [{ ids: [acmeExpansion, "oppo_gone"], confidence: 42 }],
    });
    expect(summary.split("\n")).toEqual([
      "2 opportunities: 1 refused, 1 updated.",
      expect.stringMatching(/^oppo_gone: refused: .*404/),
      `"Acme Corp" (${acmeExpansion}): updated: confidence 50 → 42`,
    ]);
  });

  test("are reported with those that Close ignored before those that went well", async () => {
    const asked = copies(3);
    const [, ignored] = asked;
    sandbox.fault({ kind: "ignore", keys: ["value"], method: "PUT", path: `/opportunity/${ignored}/` });
    const { summary } = await call({ updates: [{ ids: asked, value: 64_000 }] });
    const [counts, first] = summary.split("\n");
    expect(counts).toBe("3 opportunities: 2 updated, 1 unchanged.");
    expect(first).toContain(`(${ignored}): unchanged: an update was sent, but no field differs. Warning: `);
  });

  test("are updated, not unchanged, if Close ignored what was asked for and changed something else", async () => {
    const [id = ""] = copies(1);
    sandbox.fault({ kind: "ignore", keys: ["value"], method: "PUT", path: `/opportunity/${id}/` });
    const updates = [{ ids: [id], value: 64_000, status_id: "Won" }];
    const { results } = await rowsOf({ updates });
    expect(results).toMatchObject([
      { outcome: "updated", changes: [{ field: "status_id" }, { field: "date_won" }] },
    ]);
  });

  test("are told apart from a field of Close's own that a custom field is named like", async () => {
    const [template] = sandbox.organization.customFields;
    if (template === undefined) throw new Error("The sandbox has no custom fields.");
    sandbox.organization.customFields.push({ ...template, id: "cf_Value", name: "value" });
    const custom_fields = [{ field: "cf_Value", action: "set", value: ["high"] }];
    const { results } = await rowsOf({ updates: [{ ids: [acmeExpansion], custom_fields }] });
    expect(results[0]?.changes).toEqual([
      { field: "custom.cf_Value", label: "value", from: null, to: "high" },
    ]);
  });

  test("are reported by the values that differ if their lists are long", async () => {
    const [template] = sandbox.organization.customFields;
    if (template === undefined) throw new Error("The sandbox has no custom fields.");
    const field = { ...template, id: "cf_Long", name: "Long", type: "text" as const };
    sandbox.organization.customFields.push({ ...field, accepts_multiple_values: true });
    const held = Array.from({ length: 30 }, (_, at) => `value ${at}`);
    change(sandbox, acmeExpansion, { custom: { cf_Long: held } });
    const custom_fields = [{ field: "Long", action: "add", value: ["one more", "and another"] }];
    const { results } = await rowsOf({ updates: [{ ids: [acmeExpansion], custom_fields }] });
    expect(results[0]?.changes).toEqual([
      { field: "Long", from: ["… (30 values)"], to: ["one more", "and another", "… (32 values)"] },
    ]);
  });

  test("are brought back also with the id of an undo in ids as well", async () => {
    const { results } = await rowsOf({ updates: [{ ids: [acmeExpansion, fjordFleet], confidence: 42 }] });
    const again = results.map(({ id, undo }) => ({ ids: [id], ...undo }));
    expect((await rowsOf({ updates: again })).counts).toEqual({ updated: 2 });
  });

  test("are previewed by a dry run, which sends nothing", async () => {
    const reply = await call({
      updates: [{ ids: [acmeExpansion, acmeRenewal], status_id: "Won" }],
      dry_run: true,
    });
    expect(reply.summary).toMatch(/^Dry run, nothing was sent\. This would update 2 of 2:/);
    const { results, dry_run } = rowsResult.parse(reply.structured);
    expect(dry_run).toBe(true);
    expect(results).toMatchObject([{ outcome: "not_tried" }, { outcome: "not_tried" }]);
    expect(results[0]?.changes).toMatchObject([{ field: "status_id", to: "Won" }, { field: "date_won" }]);
    expect(puts(sandbox)).toEqual([]);
  });
});

describe("a change that one of the opportunities cannot have", () => {
  test("is refused in its row alone: a status that only the others' pipeline has", async () => {
    const { results } = await rowsOf({
      updates: [{ ids: [acmeExpansion, acmeRenewal], status_id: "Proposal sent" }],
    });
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(["refused", "updated"]);
    expect(results.find(({ outcome }) => outcome === "refused")?.error).toMatch(/status_id: .*Proposal sent/);
  });

  test("is refused in its row alone: a list for an opportunity that cannot be read, and why not", async () => {
    sandbox.fault({ kind: "answer", status: 302, method: "GET", path: `/opportunity/${acmeExpansion}/` });
    const add = { field: "Tags", action: "add", value: ["Upsell", "Weekend"] };
    const { results } = await rowsOf({
      updates: [{ ids: [acmeExpansion, fjordFleet], custom_fields: [add] }],
    });
    expect(results).toMatchObject([
      {
        outcome: "refused",
        error: expect.stringMatching(/or give one value per call\..*302 Found.*Call again in a moment\.$/),
      },
      { outcome: "updated" },
    ]);
  });

  test("is refused in its row alone: an opportunity that is gone", async () => {
    const { results } = await rowsOf({ updates: [{ ids: ["oppo_gone", fjordFleet], confidence: 42 }] });
    expect(results).toMatchObject([
      { outcome: "refused", error: expect.stringContaining("404") },
      { outcome: "updated" },
    ]);
  });

  test("is refused in its row alone: it has changed since it was last seen", async () => {
    const { results } = await rowsOf({
      updates: [
        { id: acmeExpansion, confidence: 42, expected_date_updated: "2020-01-01T00:00:00Z" },
        { id: fjordFleet, confidence: 42 },
      ],
    });
    expect(results).toMatchObject([
      { outcome: "refused", error: expect.stringContaining("has changed since") },
      { outcome: "updated" },
    ]);
  });

  test("is no failure if it is there already", async () => {
    const { results } = await rowsOf({ updates: [{ ids: [acmeExpansion], confidence: 50 }] });
    expect(results).toMatchObject([{ outcome: "unchanged", changes: [] }]);
    expect(puts(sandbox)).toEqual([]);
  });

  test("fails the call if no row can have it, with each row's reason", async () => {
    const reply = await call({ updates: [{ ids: ["oppo_gone", "oppo_lost"], confidence: 42 }] });
    expect(reply.isError).toBe(true);
    expect(reply.text).toMatch(/None of 2 opportunities was updated/);
    expect(reply.text).toMatch(/oppo_gone: refused: .*404/);
    expect(reply.text).toMatch(/oppo_lost: refused: .*404/);
    expect(reply.text).toMatch(/^None of the opportunities was changed\.$/m);
    expect(reply.text).not.toContain("The opportunity is unchanged");
  });
});

test("a key that Close refuses is said once, and the other opportunities are left alone", async () => {
  sandbox.fault({
    kind: "answer",
    status: 401,
    body: '{"error": "Unauthorized"}',
    times: Number.POSITIVE_INFINITY,
  });
  const reply = await call({ updates: [{ ids: copies(150), value: 64_000 }] });
  expect(reply.isError).toBe(true);
  expect(reply.text.split("\n")).toEqual([
    "None of 150 opportunities was updated.",
    expect.stringMatching(/^- Close answered GET .* with 401 Unauthorized\. It is a bad key/),
    "None of the opportunities was changed.",
    "No call will succeed before the key is corrected.",
  ]);
  expect(sandbox.requests.length).toBeLessThan(100);
});

test("the error of a row says what to do, however much there is to say before", async () => {
  const [id = ""] = copies(1);
  const named = Array.from({ length: 40 }, (_, at) => `"Field number ${at}": "Is not valid at all."`);
  sandbox.fault({
    kind: "answer",
    method: "PUT",
    path: `/opportunity/${id}/`,
    status: 400,
    body: `{"field-errors": {${named.join(", ")}}}`,
  });
  const { results } = await rowsOf({ updates: [{ ids: [id, acmeExpansion], value: 64_000 }] });
  expect(results[0]?.error?.length).toBeGreaterThan(900);
  expect(results[0]?.error).toMatch(/… Correct what is named above\. The same call will fail again\.$/);
});
