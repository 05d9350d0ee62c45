import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { puts } from "../../support/host.ts";
import { change, stored } from "../../support/opportunities.ts";
import { undoIn } from "../../support/plans.ts";
import { rowsResult, serveRows } from "../../support/rows.ts";

const { acmeExpansion, acmeRenewal, elmStreetVisits, fjordFleet } = ids.opportunities;
const { salesEngineer } = ids.customFields;

const { sandbox, call, apply, rowsOf, held, copies } = await serveRows();

/** The only row of a call that succeeds. */
async function rowOf(update: Record<string, unknown>) {
  const { results } = await rowsOf({ updates: [update] });
  expect(results).toHaveLength(1);
  return results[0];
}

/** Gives the organization another custom field. */
function addField(id: string, name: string, accepts_multiple_values = false): void {
  const [template] = sandbox.organization.customFields;
  if (template === undefined) throw new Error("The sandbox has no custom fields.");
  sandbox.organization.customFields.push({ ...template, id, name, type: "text", accepts_multiple_values });
}

describe("many opportunities in one call", () => {
  test("get different changes, rows in the order asked for, and one undo for all", async () => {
    const { results, counts, undo } = await rowsOf({
      updates: [
        { id: fjordFleet, note_append: "Went bankrupt." },
        { ids: [acmeExpansion, acmeRenewal], confidence: 42 },
      ],
    });
    expect(counts).toEqual({ updated: 3 });
    expect(results).toMatchObject(
      [fjordFleet, acmeExpansion, acmeRenewal].map((id) => ({
        id,
        changes: [{ field: id === fjordFleet ? "note" : "confidence" }],
      })),
    );
    expect(undo).toMatch(/^Take back 3 updates: Fjord Logistics, Acme Corp, Acme Corp · \w{6}$/);
    expect(held(fjordFleet)?.note).toMatch(/Went bankrupt\.$/);
    expect(held(acmeRenewal)?.confidence).toBe(42);
  });

  test("are brought back by their undo, all of them or only some", async () => {
    const all = [...sandbox.organization.opportunities.keys()];
    const facts = () => all.map((id) => [id, held(id)?.value, held(id)?.custom]);
    const before = facts();
    const seats = { field: "Seats", action: "set", value: ["7"] };
    const changed = await call({ updates: [{ ids: all, value: 12_300, custom_fields: [seats] }] });
    expect(facts().filter((fact, at) => isDeepStrictEqual(fact, before[at]))).toEqual([]);
    const [first = "", ...others] = all;
    const plan = undoIn(changed);
    expect(await apply({ plan, ids: [first] })).toMatchObject({ counts: { updated: 1 } });
    expect(facts().filter((fact, at) => isDeepStrictEqual(fact, before[at]))).toEqual([before[0]]);
    expect(await apply({ plan, ids: others })).toMatchObject({ counts: { updated: others.length } });
    expect(facts()).toEqual(before);
  });

  test("are reported in a line of counts and a line each, those that need attention first", async () => {
    const { summary } = await call({ updates: [{ ids: [acmeExpansion, "oppo_gone"], confidence: 42 }] });
    expect(summary.split("\n")).toEqual([
      "2 opportunities: 1 refused, 1 updated.",
      expect.stringMatching(/^oppo_gone: refused: .*404/),
      `"Acme Corp" (${acmeExpansion}): updated: confidence 50 → 42`,
    ]);
  });

  test("are updated, not unchanged, if Close changed something else, and only that is marked", async () => {
    const [id = ""] = copies(1);
    sandbox.fault({ kind: "ignore", keys: ["value"], method: "PUT", path: `/opportunity/${id}/` });
    const row = await rowOf({ id, value: 64_000, status_id: "Won" });
    expect(row?.outcome).toBe("updated");
    expect(row?.changes).toEqual([
      { field: "status_id", from: "Active", to: "Won" },
      { field: "date_won", from: null, to: expect.any(String), requested: false },
    ]);
  });

  test("are previewed by a dry run, which sends nothing", async () => {
    const updates = [{ ids: [acmeExpansion, acmeRenewal], status_id: "Won" }];
    const reply = await call({ updates, dry_run: true });
    expect(reply.summary).toMatch(/^Dry run, nothing was sent\. This would update 2 of 2\./);
    const { results, dry_run } = rowsResult.parse(reply.structured);
    expect(dry_run).toBe(true);
    expect(results).toMatchObject([{ outcome: "not_tried" }, { outcome: "not_tried" }]);
    expect(results[0]?.changes).toMatchObject([{ field: "status_id", to: "Won" }, { field: "date_won" }]);
    expect(puts(sandbox)).toEqual([]);
  });
});

test("more than 200 opportunities in all entries together, or one in two of them, are refused before anything is read", async () => {
  const refused = async (...updates: unknown[]) => (await call({ updates })).text;
  expect(await refused({ ids: copies(150), confidence: 1 }, { ids: copies(100), value: 1 })).toContain(
    "- updates: has 250 opportunities, and at most 200 are possible in one call",
  );
  expect(await refused({ ids: [acmeExpansion], value: 1 }, { ids: [fjordFleet, acmeExpansion], value: 1 })).toContain(
    "is given twice: updates[0].ids[0] names it as well",
  );
  expect(sandbox.requests).toEqual([]);
});

describe("a row", () => {
  const set = (field: string, value: unknown) => ({ custom_fields: [{ field, action: "set", value }] });

  test("names a custom field as the arguments do: by its name, or by its id if that stands for another", async () => {
    addField("cf_Namesake", "Contract start");
    addField("cf_Value", "value");
    const seats = await rowOf({ id: elmStreetVisits, ...set("Seats", 13) });
    expect(seats?.changes).toEqual([{ field: "Seats", from: 12, to: 13 }]);
    const namesake = await rowOf({ id: elmStreetVisits, ...set("cf_Namesake", "x") });
    expect(namesake?.changes).toMatchObject([{ field: "custom.cf_Namesake", label: "Contract start" }]);
    const value = await rowOf({ id: elmStreetVisits, ...set("cf_Value", "high") });
    expect(value?.changes).toMatchObject([{ field: "custom.cf_Value", label: "value" }]);
  });

  test("shows people by name, takes back by their ids, and is small, as there may be 200", async () => {
    const { custom } = stored(sandbox, elmStreetVisits);
    custom[salesEngineer] = ids.users.samDoyleBerlin;
    const reply = await call({ updates: [{ id: elmStreetVisits, ...set("Sales engineer", "Ben Quist") }] });
    const [row] = rowsResult.parse(reply.structured).results;
    expect(row?.changes).toMatchObject([{ from: "Sam Doyle (sam.doyle.berlin@example.com)", to: "Ben Quist" }]);
    expect(JSON.stringify(row).length).toBeLessThanOrEqual(250);
    await apply({ plan: undoIn(reply) });
    expect(stored(sandbox, elmStreetVisits).custom[salesEngineer]).toBe(ids.users.samDoyleBerlin);
  });

  test("shows the beginning of a long text, and of a long list the values that differ", async () => {
    addField("cf_Long", "Long", true);
    const values = Array.from({ length: 30 }, (_, at) => `value ${at}`);
    change(sandbox, acmeExpansion, { custom: { cf_Long: values } });
    const custom_fields = [{ field: "Long", action: "add", value: ["one more", "and another"] }];
    const note = "All rooms are fitted. ".repeat(20);
    const row = await rowOf({ id: acmeExpansion, note, custom_fields });
    expect(row?.changes).toEqual([
      { field: "note", from: "Second warehouse needs lamps.", to: expect.stringMatching(/^All.{20,200}…$/) },
      { field: "Long", from: ["… (30 values)"], to: ["one more", "and another", "… (32 values)"] },
    ]);
  });
});

test("a change that one of the opportunities cannot have is refused in its row alone: a status, a missing opportunity, one that has changed since", async () => {
  const expected_date_updated = stored(sandbox, acmeExpansion).date_updated;
  change(sandbox, acmeExpansion, { date_updated: new Date().toISOString() });
  const { results } = await rowsOf({
    updates: [
      { ids: [acmeRenewal, fjordFleet, "oppo_gone"], status_id: "Proposal sent" },
      { id: acmeExpansion, confidence: 42, expected_date_updated },
    ],
  });
  expect(results).toMatchObject([
    { outcome: "refused", error: expect.stringMatching(/status_id: .*Proposal sent/) },
    { outcome: "updated" },
    { outcome: "refused", error: expect.stringContaining("404") },
    { outcome: "refused", error: expect.stringContaining("has changed since") },
  ]);
});

test("a key that Close refuses is said once, and the other opportunities are left alone", async () => {
  sandbox.fault({ kind: "answer", status: 401, body: '{"error": "Unauthorized"}', times: Infinity });
  const reply = await call({ updates: [{ ids: copies(150), value: 64_000 }] });
  expect(reply.isError).toBe(true);
  expect(reply.text.split("\n")).toEqual([
    "None of 150 opportunities was updated.",
    expect.stringMatching(/^- Close answered GET .* with 401 Unauthorized\. It is a bad key/),
    "None of the opportunities was changed.",
    "No call will succeed before this is put right.",
  ]);
  expect(sandbox.requests.length).toBeLessThan(100);
});

test("the error of a row says what to do, however much there is to say before", async () => {
  const [id = ""] = copies(1);
  const path = `/opportunity/${id}/`;
  const named = Array.from({ length: 40 }, (_, at) => `"Field number ${at}": "Is not valid at all."`);
  const body = `{"field-errors": {${named.join(", ")}}}`;
  sandbox.fault({ kind: "answer", method: "PUT", path, status: 400, body });
  const { results } = await rowsOf({ updates: [{ ids: [id, acmeExpansion], value: 64_000 }] });
  expect(results[0]?.error?.length).toBeGreaterThan(900);
  expect(results[0]?.error).toMatch(/… Correct the argument that Close names.+ The same call will fail again\.$/);
});
