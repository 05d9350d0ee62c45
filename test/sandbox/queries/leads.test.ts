import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { clientOf } from "../../support/sandbox-client.ts";
import { openSandbox } from "../../support/served.ts";

const { leads } = ids;

const sandbox = await openSandbox();
const close = clientOf(sandbox);

const isLead = { type: "object_type", object_type: "lead" };
const field = (field_name: string) => ({ type: "regular_field", object_type: "lead", field_name });
const named = (value: string, mode = "beginning_of_words") => ({
  type: "field_condition",
  field: field("display_name"),
  condition: { type: "text", mode, value },
});
const hasOpportunities = {
  type: "has_related",
  this_object_type: "lead",
  related_object_type: "opportunity",
  related_query: { type: "match_all" },
};

const searchFor = (...conditions: object[]) => ({
  query: { type: "and", queries: [isLead, ...conditions] },
  sort: [{ direction: "desc", field: field("date_created") }],
  _fields: { lead: ["id"] },
  _limit: 11,
});
const answerOf = (...found: string[]) => ({
  data: found.map((id) => ({ __object_type: "lead", id })),
  cursor: null,
});

describe("a search for leads", () => {
  test.each([
    ["beginning_of_words", "sup", true],
    ["beginning_of_words", "Yea SUP", true],
    ["beginning_of_words", "supply autumn", false],
    ["beginning_of_words", "upply", false],
    ["beginning_of_words", " ", false],
    ["full_words", "SUPPLY café", true],
    ["full_words", "CAFE\u0301", true],
    ["full_words", "two-year", true],
    ["full_words", "supply autumn", false],
    ["full_words", "sup", false],
    ["full_words", "…", false],
  ])("finds those whose names match by %s: %j", async (mode, value, matches) => {
    sandbox.organization.leads = [{ id: leads.driftwood, name: "Café Two (Year) Supply" }];
    const { json } = await close.search(searchFor(named(value, mode)));
    expect(json).toEqual(matches ? answerOf(leads.driftwood) : answerOf());
  });

  test("finds only those with opportunities if that is asked for", async () => {
    const { acme, acmeLogistics, acmeStorage } = leads;
    const all = await close.search(searchFor(named("acme")));
    expect(all.json).toEqual(answerOf(acme, acmeLogistics, acmeStorage));
    const some = await close.search(searchFor(named("acme"), hasOpportunities));
    expect(some.json).toEqual(answerOf(acme, acmeLogistics));
  });

  test("lists the newest first, as many as are asked for", async () => {
    const date_created = "2025-01-01T00:00:00.000000+00:00";
    sandbox.organization.leads.push({ id: "lead_new", name: "Acme New", date_created });
    const { json } = await close.search({ ...searchFor(named("acme")), _limit: 2 });
    expect(json).toEqual(answerOf("lead_new", leads.acme));
  });

  const search = searchFor(named("acme"));
  test.each<[string, string, object]>([
    ["no query", "query", { ...search, query: undefined }],
    ["another condition", "query", searchFor({ type: "match_all" })],
    ["a negated condition", "query", searchFor({ ...named("acme"), negate: true })],
    ["another field", "query", searchFor({ ...named("acme"), field: field("url") })],
    ["an unknown mode", "query", searchFor(named("acme", "exact"))],
    ["a _limit of 0", "_limit", { ...search, _limit: 0 }],
    ["a _limit above 200", "_limit", { ...search, _limit: 201 }],
    ["other fields", "_fields", { ...search, _fields: { lead: ["url"] } }],
    ["no order", "sort", { ...search, sort: [] }],
  ])("is refused with %s", async (_what, key, body) => {
    const { status, json } = await close.search(body);
    expect(status).toBe(400);
    expect(json).toEqual({ errors: [], "field-errors": { [key]: expect.any(String) } });
  });
});
