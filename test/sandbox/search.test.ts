import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ids, type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { type Client, clientOf } from "./client.ts";

const { leads, users, statuses, contacts, opportunities } = ids;
const names = new Map<unknown, string>(
  [leads, opportunities].flatMap((some) => Object.entries(some)).map(([name, id]) => [id, name]),
);

let sandbox: Sandbox;
let close: Client;

beforeAll(async () => {
  sandbox = await startSandbox();
  close = clientOf(sandbox);
});
afterAll(() => sandbox.close());

type Query = { type: string; [key: string]: unknown };
type Type = "lead" | "opportunity";

const of = (object_type: Type, ...queries: Query[]): Query => ({
  type: "and",
  queries: [{ type: "object_type", object_type }, ...queries],
});
const condition = (object_type: Type, field_name: string, asked: Query): Query => ({
  type: "field_condition",
  field: { type: "regular_field", object_type, field_name },
  condition: asked,
});
const text = (mode: string, value: string): Query => ({ type: "text", mode, value });
const term = (...values: string[]): Query => ({ type: "term", values });
const reference = (reference_type: string, ...object_ids: string[]): Query => ({
  type: "reference",
  reference_type,
  object_ids,
});
const related = (this_object_type: Type, related_object_type: Type, related_query: Query): Query => ({
  type: "has_related",
  this_object_type,
  related_object_type,
  related_query,
});
const id = (value: string): Query => ({ type: "id", value });
const not = (query: Query): Query => ({ ...query, negate: true });

const matchAll: Query = { type: "match_all" };
const leadNamed = (name: string) => condition("lead", "display_name", text("beginning_of_words", name));
const isWon = condition("opportunity", "status_type", term("won"));
const sortedBy = (object_type: Type, field_name: string, direction: string) => ({
  direction,
  field: { type: "regular_field", object_type, field_name },
});

async function data(body: object): Promise<Record<string, unknown>[]> {
  const { status, json } = await close.search(body);
  expect({ status, json }).toMatchObject({ status: 200 });
  return Array.isArray(json.data) ? json.data : [];
}

async function found(query: Query, rest: object = {}): Promise<unknown[]> {
  return (await data({ query, ...rest })).map((item) => names.get(item.id));
}

const everyLead = Object.keys(leads);

describe("a search", () => {
  it.each<[string, Query, string[]]>([
    ["an object_type", { type: "object_type", object_type: "lead" }, everyLead],
    ["an object_type within and in and", { type: "and", queries: [of("lead")] }, everyLead],
    [
      "the other object_type",
      { type: "object_type", object_type: "opportunity" },
      Object.keys(opportunities),
    ],
    ["two object_types", of("lead", { type: "object_type", object_type: "opportunity" }), []],
    ["match_all", of("lead", matchAll), everyLead],
    ["an id", of("lead", id(leads.cedar)), ["cedar"]],
    ["an id of the other type", of("lead", id(opportunities.cedarUnpriced)), []],
    ["and", of("lead", { type: "and", queries: [leadNamed("acme"), leadNamed("corp")] }), ["acme"]],
    ["and of nothing", of("lead", { type: "and", queries: [] }), everyLead],
    ["or", of("lead", { type: "or", queries: [id(leads.cedar), leadNamed("corp")] }), ["acme", "cedar"]],
    ["or of nothing", of("lead", { type: "or", queries: [] }), []],
    ["text of a lead", of("lead", text("full_words", "logistics")), ["fjord", "acmeLogistics"]],
    ["text of an opportunity", of("opportunity", text("full_words", "tariff")), ["fjordHarbour"]],
    ["a lead's display_name", of("lead", leadNamed("Acme")), ["acme", "acmeLogistics"]],
    ["a lead's display_name in full", of("lead", leadNamed("Acme Corp")), ["acme"]],
    ["a lead's name", of("lead", condition("lead", "name", text("phrase", "elm street"))), ["elmStreet"]],
    [
      "an opportunity's note",
      of("opportunity", condition("opportunity", "note", text("full_words", "lamps"))),
      ["acmeExpansion", "fjordFleet"],
    ],
    ["a term", of("opportunity", isWon), ["blueHeronPilot", "elmStreetRenewed"]],
    [
      "one of several terms",
      of("opportunity", condition("opportunity", "status_type", term("won", "lost"))),
      ["blueHeronPilot", "cedarWorkshop", "elmStreetRenewed", "fjordChurned"],
    ],
    [
      "the value_period",
      of("opportunity", condition("opportunity", "value_period", term("monthly"))),
      ["driftwoodTerrace"],
    ],
    [
      "a lead",
      of("opportunity", condition("opportunity", "lead_id", reference("lead", leads.acme))),
      ["acmeRenewal", "acmeExpansion"],
    ],
    [
      "a contact",
      of("opportunity", condition("opportunity", "contact_id", reference("contact", contacts.ninaOkafor))),
      ["acmeRenewal"],
    ],
    [
      "a user",
      of("opportunity", condition("opportunity", "user_id", reference("user_or_group", users.samDoyle))),
      ["cedarWorkshop", "cedarUnpriced"],
    ],
    [
      "one of several statuses",
      of(
        "opportunity",
        condition(
          "opportunity",
          "status_id",
          reference("status.opportunity", statuses.salesLost, statuses.renewalsWon),
        ),
      ),
      ["cedarWorkshop", "elmStreetRenewed"],
    ],
    [
      "leads with an opportunity",
      of("lead", related("lead", "opportunity", isWon)),
      ["blueHeron", "elmStreet"],
    ],
    [
      "opportunities of a lead",
      of("opportunity", related("opportunity", "lead", leadNamed("acme"))),
      ["acmeRenewal", "acmeExpansion", "acmeLogisticsDepot"],
    ],
    [
      "opportunities beside others of their lead",
      of("opportunity", related("opportunity", "lead", related("lead", "opportunity", isWon)), not(isWon)),
      ["blueHeronShop", "elmStreetVisits"],
    ],
  ])("finds by %s", async (_what, query, expected) => {
    expect(await found(query)).toEqual(expected);
  });

  it.each<[string, Query, (name: string) => boolean]>([
    ["id", id(leads.acme), (name) => name === "acme"],
    ["match_all", matchAll, () => true],
    ["object_type", { type: "object_type", object_type: "lead" }, () => true],
    ["and", { type: "and", queries: [leadNamed("acme"), leadNamed("corp")] }, (name) => name === "acme"],
    ["or", { type: "or", queries: [leadNamed("acme")] }, (name) => name.startsWith("acme")],
    ["text", text("full_words", "acme"), (name) => name.startsWith("acme")],
    ["field_condition", leadNamed("acme"), (name) => name.startsWith("acme")],
    [
      "has_related",
      related("lead", "opportunity", isWon),
      (name) => ["blueHeron", "elmStreet"].includes(name),
    ],
  ])("negates %s", async (_type, query, matches) => {
    expect(await found(of("lead", not(query)))).toEqual(everyLead.filter((name) => !matches(name)));
    expect(await found(of("lead", { ...query, negate: false }))).toEqual(everyLead.filter(matches));
  });

  it.each<[string, string, boolean]>([
    ["full_words", "spring", true],
    ["full_words", "SPRING contract", true],
    ["full_words", "term year", true],
    ["full_words", "spring autumn", false],
    ["full_words", "contr", false],
    ["phrase", "two year, Term!", true],
    ["phrase", "runs out in", true],
    ["phrase", "out runs", false],
    ["phrase", "contract out", false],
    ["phrase", "run", false],
    ["beginning_of_words", "contr", true],
    ["beginning_of_words", "Yea CONTR", true],
    ["beginning_of_words", "contract autumn", false],
    ["beginning_of_words", "ontract", false],
    ["full_words", "…", false],
    ["phrase", "", false],
    ["beginning_of_words", " ", false],
  ])("takes text by %s: %j", async (mode, value, matches) => {
    // "Contract runs out in spring; Nina wants a two-year term."
    const asked = of("opportunity", id(opportunities.acmeRenewal), text(mode, value));
    expect(await found(asked)).toEqual(matches ? ["acmeRenewal"] : []);
  });

  it.each<[string, boolean]>([
    ["café", true],
    ["CAFE\u0301", true],
    ["caf", false],
  ])("takes letters with accents for parts of words: %s", async (value, matches) => {
    expect(await found(of("lead", text("full_words", value)))).toEqual(matches ? ["driftwood"] : []);
  });

  it("answers the object type, the id, and the fields asked for", async () => {
    const lead = of("lead", leadNamed("corp"));
    const _fields = { lead: ["name", "display_name"], opportunity: ["note", "custom"] };
    const acme = { __object_type: "lead", id: leads.acme };
    expect((await close.search({ query: lead })).json).toEqual({ data: [acme], cursor: null });
    expect(await data({ query: lead, _fields })).toEqual([
      { ...acme, name: "Acme Corp", display_name: "Acme Corp" },
    ]);
    const query = of("opportunity", id(opportunities.acmeExpansion));
    expect(await data({ query, _fields })).toEqual([
      {
        __object_type: "opportunity",
        id: opportunities.acmeExpansion,
        note: "Second warehouse needs lamps.",
        [`custom.${ids.customFields.visitDays}`]: ["Monday"],
      },
    ]);
  });

  it("is answered in pages, each with the cursor of the next", async () => {
    const query = of("lead");
    const pages: unknown[] = [];
    let cursor: unknown = null;
    do {
      const { json } = await close.search({ query, cursor, _limit: 3 });
      pages.push(Array.isArray(json.data) && json.data.map(({ id }) => names.get(id)));
      cursor = json.cursor;
    } while (cursor !== null && pages.length < 9);
    expect(pages).toEqual([everyLead.slice(0, 3), everyLead.slice(3, 6), everyLead.slice(6)]);
  });

  it("is answered by a hundred on a page unless told otherwise", async () => {
    const many = await startSandbox();
    try {
      for (let i = 0; i < 100; i++) many.organization.leads.push({ id: `lead_${i}`, name: `Lead ${i}` });
      const client = clientOf(many);
      for (const [limit, length] of [
        [undefined, 100],
        [101, 101],
      ]) {
        const { json } = await client.search({ query: of("lead"), _limit: limit });
        expect(json).toMatchObject({ data: { length }, cursor: expect.any(String) });
      }
    } finally {
      await many.close();
    }
  });

  it("counts on request, and ends at results_limit on whatever page", async () => {
    const query = of("opportunity", isWon);
    const count = async (rest: object) => {
      const { json } = await close.search({ query, include_counts: true, _limit: 1, ...rest });
      return { count: json.count, more: json.cursor !== null };
    };
    expect(await count({})).toEqual({ count: { limited: 2, total: 2 }, more: true });
    expect(await count({ results_limit: null })).toEqual({ count: { limited: 2, total: 2 }, more: true });
    expect(await count({ results_limit: 1 })).toEqual({ count: { limited: 1, total: 2 }, more: false });
    expect(await found(query, { results_limit: 1 })).toEqual(["blueHeronPilot"]);
    expect(await found(query, { results_limit: 0 })).toEqual([]);
  });

  it("is sorted by one field after the other, what has none last", async () => {
    const sorted = (asked: Query, ...sort: object[]) => found(of("opportunity", asked), { sort });
    const by = (field: string, direction: string) => sortedBy("opportunity", field, direction);
    const ofUsers = (...some: string[]) =>
      condition("opportunity", "user_id", reference("user_or_group", ...some));

    expect(await sorted(isWon, by("date_won", "desc"))).toEqual(["elmStreetRenewed", "blueHeronPilot"]);
    const sams = ofUsers(users.samDoyle, users.samDoyleBerlin);
    expect(await sorted(sams, by("value", "asc"))).toEqual([
      "driftwoodTerrace",
      "driftwoodHostile",
      "cedarWorkshop",
      "cedarUnpriced",
    ]);
    expect(await sorted(sams, by("user_name", "asc"), by("confidence", "desc"), by("value", "desc"))).toEqual(
      ["driftwoodHostile", "driftwoodTerrace", "cedarUnpriced", "cedarWorkshop"],
    );
    expect(await found(of("lead", leadNamed("acme")), { sort: [sortedBy("lead", "name", "desc")] })).toEqual([
      "acmeLogistics",
      "acme",
    ]);
  });

  const query = of("lead");
  const won = condition("opportunity", "status_type", term("won"));
  it.each<[string, string, object]>([
    ["no query", "query", {}],
    ["no object type", "query", { query: matchAll }],
    ["an object type in or", "query", { query: { type: "or", queries: [of("lead")] } }],
    ["a negated object type", "query", { query: not(of("lead")) }],
    ["another object type", "query", { query: { type: "object_type", object_type: "contact" } }],
    ["an unknown type of query", "query", { query: of("lead", { type: "saved_search" }) }],
    ["a query without type", "query", { query: { queries: [] } }],
    ["an unknown key in a query", "query", { query: of("lead", { type: "match_all", boost: 2 }) }],
    ["a negate that is none", "query", { query: of("lead", { type: "match_all", negate: "yes" }) }],
    ["queries that are no list", "query", { query: { type: "and", queries: matchAll } }],
    ["an id that is no text", "query", { query: of("lead", { type: "id", value: 5 }) }],
    ["an unknown mode", "query", { query: of("lead", text("exact", "acme")) }],
    ["an unknown field", "query", { query: of("lead", condition("lead", "url", text("phrase", "acme"))) }],
    ["a field of another object type", "query", { query: of("lead", won) }],
    [
      "a custom field",
      "query",
      { query: of("lead", { ...leadNamed("a"), field: { type: "custom_field", custom_field_id: "cf_x" } }) },
    ],
    [
      "a condition that does not fit",
      "query",
      { query: of("lead", condition("lead", "name", term("acme"))) },
    ],
    [
      "text where a term belongs",
      "query",
      { query: of("opportunity", condition("opportunity", "status_type", text("phrase", "won"))) },
    ],
    [
      "an unknown term",
      "query",
      { query: of("opportunity", condition("opportunity", "value_period", term("weekly"))) },
    ],
    [
      "a reference of another type",
      "query",
      { query: of("opportunity", condition("opportunity", "lead_id", reference("contact", leads.acme))) },
    ],
    ["an unknown condition", "query", { query: of("lead", condition("lead", "name", { type: "exists" })) }],
    ["a relation to the same type", "query", { query: of("lead", related("lead", "lead", matchAll)) }],
    [
      "a relation of another type",
      "query",
      { query: of("lead", related("opportunity", "opportunity", matchAll)) },
    ],
    [
      "a mistake in a related query",
      "query",
      { query: of("lead", related("lead", "opportunity", leadNamed("acme"))) },
    ],
    ["an unknown key", "_skip", { query, _skip: 5 }],
    ["a _limit of 0", "_limit", { query, _limit: 0 }],
    ["a _limit above 200", "_limit", { query, _limit: 201 }],
    ["fields without object type", "_fields", { query, _fields: ["id"] }],
    ["fields of another object type", "_fields", { query, _fields: { contact: ["id"] } }],
    ["a field that no lead has", "_fields", { query, _fields: { lead: ["note"] } }],
    ["a field that no opportunity has", "_fields", { query, _fields: { opportunity: ["title"] } }],
    ["a sort that is no list", "sort", { query, sort: sortedBy("lead", "name", "asc") }],
    ["a direction that is none", "sort", { query, sort: [sortedBy("lead", "name", "up")] }],
    ["a sort by the other object type", "sort", { query, sort: [sortedBy("opportunity", "name", "asc")] }],
    ["a sort by an unknown field", "sort", { query, sort: [sortedBy("lead", "id", "asc")] }],
    ["include_counts that is no boolean", "include_counts", { query, include_counts: 1 }],
    ["a negative results_limit", "results_limit", { query, results_limit: -1 }],
    ["a cursor of its own making", "cursor", { query, cursor: "next" }],
    ["an empty cursor", "cursor", { query, cursor: "" }],
    ["a cursor that is no text", "cursor", { query, cursor: 3 }],
  ])("is refused with %s", async (_what, field, body) => {
    const { status, json } = await close.search(body);
    expect(status).toBe(400);
    expect(json).toEqual({ errors: [], "field-errors": { [field]: expect.any(String) } });
  });

  it("tells all mistakes at once, and where in a field they are", async () => {
    const { json } = await close.search({
      query: of("lead", { ...matchAll, boost: 2 }),
      _limit: 0,
      limit: 5,
    });
    expect(json["field-errors"]).toEqual({
      query: "queries: 1: boost: Unknown field.",
      limit: "Unknown field.",
      _limit: expect.stringContaining("1"),
    });
    const { json: later } = await close.search({ query: of("lead", isWon), cursor: "next" });
    expect(Object.keys(Object(later["field-errors"]))).toEqual(["query", "cursor"]);
  });
});
