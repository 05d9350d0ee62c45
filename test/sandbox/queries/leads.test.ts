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
  _fields: { lead: ["id", "display_name"] },
  _limit: 11,
});
const answerOf = (...found: string[]) => ({
  data: found.map((id) => ({ __object_type: "lead", id, display_name: expect.any(String) })),
  cursor: null,
});

describe("a search for leads", () => {
  test.each([
    ["beginning_of_words", "sup", true],
    ["beginning_of_words", "Yea SUP", true],
    ["beginning_of_words", "upply", false],
    ["full_words", "SUPPLY café", true],
    ["full_words", "CAFE\u0301", true],
    ["full_words", "sup", false],
  ])("finds those whose names match by %s: %j", async (mode, value, matches) => {
    sandbox.organization.leads = [{ id: leads.driftwood, name: "Café Two (Year) Supply" }];
    const { json } = await close.search(searchFor(named(value, mode)));
    expect(json).toEqual(matches ? answerOf(leads.driftwood) : answerOf());
  });

  test("finds those with opportunities alone if that is asked for, the newest first, as many as asked for", async () => {
    const { acme, acmeLogistics, acmeStorage } = leads;
    const found = async (body: object) => (await close.search(body)).json;
    expect(await found(searchFor(named("acme")))).toEqual(answerOf(acme, acmeLogistics, acmeStorage));
    expect(await found(searchFor(named("acme"), hasOpportunities))).toEqual(answerOf(acme, acmeLogistics));
    const date_created = "2025-01-01T00:00:00.000000+00:00";
    sandbox.organization.leads.push({ id: "lead_new", name: "Acme New", date_created });
    expect(await found({ ...searchFor(named("acme")), _limit: 2 })).toEqual(answerOf("lead_new", acme));
  });

  const search = searchFor(named("acme"));
  test.each<[string, object]>([
    ["query", { ...search, query: undefined }],
    ["query", searchFor({ ...named("acme"), negate: true })],
    ["query", searchFor(named("acme", "exact"))],
    ["_limit", { ...search, _limit: 201 }],
    ["_fields", { ...search, _fields: { lead: ["url"] } }],
    ["sort", { ...search, sort: [] }],
  ])("is refused for a %s that is never sent: %#", async (key, body) => {
    const { status, json } = await close.search(body);
    expect([status, json]).toEqual([400, { errors: [], "field-errors": { [key]: expect.any(String) } }]);
  });
});
