import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { stored } from "../../support/opportunities.ts";
import { found, latest, serveSearches } from "../../support/searches.ts";

const { sandbox, find, filters } = await serveSearches();

describe("a search by a lead's name", () => {
  test("looks for leads with words that begin so in their names, then lists their opportunities", async () => {
    const reply = await find({ lead_names: ["blue her"], status_type: "won" });
    expect(sandbox.requests.map(({ method, path }) => `${method} ${path.split("?")[0]}`).sort()).toEqual([
      "GET /opportunity/",
      "GET /user/",
      "POST /data/search/",
    ]);
    expect(filters()).toEqual({ ...latest, lead_id: ids.leads.blueHeron, status_type: "won" });
    expect(found(reply)).toMatchObject([{ id: ids.opportunities.blueHeronPilot }]);
  });

  test("finds those of all leads of that name, each with its lead's id, and a status without its emoji", async () => {
    const { driftwood, otherDriftwood } = ids.leads;
    const reply = await find({ lead_names: ["driftwood cafe"], group_by: "lead" });
    expect(new Set(found(reply).map(({ lead_id }) => lead_id))).toEqual(new Set([driftwood, otherDriftwood]));
    expect(reply.structured.groups).toMatchObject([
      { lead: `Driftwood Café (${driftwood})` },
      { lead: `Driftwood Café (${otherDriftwood})` },
    ]);
    expect(found(await find({ status: "verbal yes" }))).toMatchObject([{ lead_id: otherDriftwood }]);
  });

  test("merges the opportunities of several leads in order, and pages them as one list", async () => {
    const all = await find({ lead_names: ["Acme"], order_by: "-value" });
    const values = found(all).map(({ value }) => Number(value));
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(new Set(found(all).map(({ lead_name }) => lead_name)).size).toBe(2);
    const second = await find({ lead_names: ["Acme"], order_by: "-value", limit: 1, skip: 1 });
    expect(found(second)).toEqual(found(all).slice(1, 2));
    expect(second.structured).toMatchObject({ total: values.length, has_more: true });
  });

  /** Leads of one name, the first the newest, each with one opportunity. */
  function addLeads(count: number): void {
    const { leads, opportunities } = sandbox.organization;
    const template = stored(sandbox, ids.opportunities.acmeExpansion);
    for (let n = 0; n < count; n += 1) {
      const date_created = `20${40 - n}-01-01T00:00:00.000000+00:00`;
      leads.push({ id: `lead_Zeta${n}`, name: `Zeta ${n}`, date_created });
      opportunities.set(`oppo_Zeta${n}`, {
        ...template,
        id: `oppo_Zeta${n}`,
        lead_id: `lead_Zeta${n}`,
        value: 100,
      });
    }
  }

  test("lists only the ten newest of more leads, with a warning and without a total", async () => {
    addLeads(12);
    const reply = await find({ lead_names: ["zeta"] });
    expect(new Set(found(reply).map(({ id }) => id))).toEqual(
      new Set(Array.from({ length: 10 }, (_, n) => `oppo_Zeta${n}`)),
    );
    expect(reply.structured.warnings).toEqual([
      'More than 10 leads match lead_names "zeta"; only the 10 newest were searched. Use more of the name.',
    ]);
    expect(reply.structured).not.toHaveProperty("total");
    expect(reply.summary).toContain("10 shown, there may be more");
    const none = await find({ lead_names: ["zeta"], status_type: "won" });
    expect(none.structured).not.toHaveProperty("message");
    expect(none.summary).not.toContain("No opportunity matches");
  });

  test("looks for whole words if Close refuses beginnings of words, with a warning", async () => {
    const refusal = '{"errors": [], "field-errors": {"query": "Input should be \'full_words\' or \'phrase\'"}}';
    sandbox.fault({ kind: "answer", status: 400, body: refusal, path: "/data/search/" });
    const reply = await find({ lead_names: ["Acme Corp"] });
    const modes = sandbox.requests
      .filter(({ method }) => method === "POST")
      .map(({ rawBody }) => /"mode":"(\w+)"/.exec(rawBody)?.[1]);
    expect(modes).toEqual(["beginning_of_words", "full_words"]);
    expect(found(reply)).toHaveLength(2);
    expect(reply.structured.warnings).toEqual([expect.stringContaining("matched by whole words only")]);
  });

  test("shows in both forms, with the filters that were applied, that there is no such lead", async () => {
    const reply = await find({ lead_names: ["Nobody"], status_type: "won" });
    const words = 'No opportunity matches lead_names "Nobody" and status_type "won"';
    expect(reply.structured).toMatchObject({ opportunities: [], total: 0, has_more: false });
    expect(reply.structured.message).toContain(words);
    expect(reply.summary).toContain(words);
    expect(reply.structured.warnings).toEqual([
      'No lead with opportunities has a word starting with "Nobody" in its name.',
    ]);
    expect(sandbox.requests).toHaveLength(2);
  });
});
