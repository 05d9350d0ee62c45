import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { leads } = ids;
const names = new Map<unknown, string>(Object.entries(leads).map(([name, id]) => [id, name]));

const sandbox = await openSandbox();
const close = clientOf(sandbox);

const isLead = { type: "object_type", object_type: "lead" };
const displayName = { type: "regular_field", object_type: "lead", field_name: "display_name" };
const named = (value: string, mode = "beginning_of_words") => ({
  type: "field_condition",
  field: displayName,
  condition: { type: "text", mode, value },
});
const leadsThat = (...conditions: object[]) => ({ type: "and", queries: [isLead, ...conditions] });

async function found(query: object, rest: object = {}): Promise<unknown[]> {
  const { status, json } = await close.search({ query, ...rest });
  expect(status).toBe(200);
  return Array.isArray(json.data) ? json.data.map(({ id }) => names.get(id)) : [];
}

describe("a search for leads", () => {
  test("finds those whose names meet every condition", async () => {
    expect(await found(leadsThat())).toEqual(Object.keys(leads));
    expect(await found(leadsThat(named("acme")))).toEqual(["acme", "acmeLogistics", "acmeStorage"]);
    expect(await found(leadsThat(named("acme"), named("logistics", "full_words")))).toEqual([
      "acmeLogistics",
    ]);
  });

  test.each<[string, string, boolean]>([
    ["full_words", "spring", true],
    ["full_words", "SPRING contract", true],
    ["full_words", "term year", true],
    ["full_words", "spring autumn", false],
    ["full_words", "contr", false],
    ["full_words", "café", true],
    ["full_words", "CAFE\u0301", true],
    ["full_words", "caf", false],
    ["phrase", "two year, Term!", true],
    ["phrase", "runs out in", true],
    ["phrase", "out runs", false],
    ["phrase", "contract out", false],
    ["phrase", "run", false],
    ["beginning_of_words", "contr", true],
    ["beginning_of_words", "Yea CONTR", true],
    ["beginning_of_words", "contract autumn", false],
    ["beginning_of_words", "ontract", false],
    ["exact_value", "contract runs out in spring; café wants a two-year term.", true],
    ["exact_value", "Contract", false],
    ["full_words", "…", false],
    ["phrase", "", false],
    ["beginning_of_words", " ", false],
  ])("takes text by %s: %j", async (mode, value, matches) => {
    const name = "Contract runs out in spring; Café wants a two-year term.";
    sandbox.organization.leads = [{ id: leads.driftwood, name }];
    expect(await found(leadsThat(named(value, mode)))).toEqual(matches ? ["driftwood"] : []);
  });

  const hasRelated = {
    type: "has_related",
    this_object_type: "lead",
    related_object_type: "opportunity",
    related_query: { type: "match_all" },
  };

  test("finds only those with opportunities if that is asked for", async () => {
    expect(await found(leadsThat(named("acme"), hasRelated))).toEqual(["acme", "acmeLogistics"]);
  });

  const sortBy = (field_name: string, direction: string) => ({
    sort: [{ direction, field: { ...displayName, field_name } }],
  });

  test("sorts them by a field of their own, in both directions", async () => {
    const [acme] = sandbox.organization.leads;
    Object.assign(acme ?? {}, { date_created: "2025-01-01T00:00:00.000000+00:00" });
    const query = leadsThat(named("acme"));
    expect(await found(query, sortBy("date_created", "desc"))).toEqual([
      "acme",
      "acmeLogistics",
      "acmeStorage",
    ]);
    expect(await found(query, sortBy("date_created", "asc"))).toEqual([
      "acmeLogistics",
      "acmeStorage",
      "acme",
    ]);
    expect(await found(query, sortBy("display_name", "desc"))).toEqual([
      "acmeStorage",
      "acmeLogistics",
      "acme",
    ]);
  });

  test("answers the object type, the id, and the display_name if it is asked for", async () => {
    const query = leadsThat(named("corp"));
    const acme = { __object_type: "lead", id: leads.acme };
    for (const fields of [{}, { _fields: { lead: ["id"] } }]) {
      expect((await close.search({ query, ...fields })).json).toEqual({ data: [acme], cursor: null });
    }
    const { json } = await close.search({ query, _fields: { lead: ["id", "display_name"] } });
    expect(json.data).toEqual([{ ...acme, display_name: "Acme Corp" }]);
  });

  test("is answered by a hundred by default", async () => {
    for (let i = 0; i < 200; i++) sandbox.organization.leads.push({ id: `lead_${i}`, name: `Lead ${i}` });
    expect(await found(leadsThat())).toHaveLength(100);
    expect(await found(leadsThat(), { _limit: 3 })).toEqual(["acme", "blueHeron", "cedar"]);
    expect(await found(leadsThat(), { _limit: 200 })).toHaveLength(200);
  });

  const query = leadsThat();
  test.each<[string, string, object]>([
    ["no query", "query", {}],
    ["a query that is no and", "query", { query: isLead }],
    ["no object type", "query", { query: { type: "and", queries: [named("acme")] } }],
    [
      "another object type",
      "query",
      { query: { type: "and", queries: [{ type: "object_type", object_type: "opportunity" }] } },
    ],
    ["another type of condition", "query", { query: leadsThat({ type: "match_all" }) }],
    ["a negated condition", "query", { query: leadsThat({ ...named("acme"), negate: true }) }],
    [
      "another field",
      "query",
      { query: leadsThat({ ...named("acme"), field: { ...displayName, field_name: "url" } }) },
    ],
    ["an unknown mode", "query", { query: leadsThat(named("acme", "exact")) }],
    ["a _limit of 0", "_limit", { query, _limit: 0 }],
    ["a _limit above 200", "_limit", { query, _limit: 201 }],
    ["fields without object type", "_fields", { query, _fields: ["id"] }],
    ["fields of another object type", "_fields", { query, _fields: { lead: [], opportunity: ["id"] } }],
    ["another field of a lead", "_fields", { query, _fields: { lead: ["url"] } }],
    ["a cursor", "cursor", { query, cursor: null }],
    ["a sort by another field", "sort", { query, ...sortBy("url", "asc") }],
    [
      "a related object of another type",
      "query",
      { query: leadsThat({ ...hasRelated, related_object_type: "task" }) },
    ],
  ])("is refused with %s", async (_what, field, body) => {
    const { status, json } = await close.search(body);
    expect(status).toBe(400);
    expect(json).toEqual({ errors: [], "field-errors": { [field]: expect.any(String) } });
  });

  test("reports all mistakes at once, and where in a field they are", async () => {
    const { json } = await close.search({
      query: leadsThat({ ...named("acme"), boost: 2 }),
      _limit: 0,
      limit: 5,
    });
    expect(json["field-errors"]).toEqual({
      query: "queries: 1: boost: Unknown field.",
      limit: "Unknown field.",
      _limit: expect.stringContaining("1"),
    });
  });
});
