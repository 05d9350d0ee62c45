import type { JsonObject } from "../base/json.ts";
import { joined, quote } from "../base/text.ts";
import { textOf } from "../opportunity/opportunity.ts";
import { matches, naming, nearestFirst, shownName } from "../organization/names.ts";
import type { CloseClient } from "./api.ts";
import { CloseError } from "./http/errors.ts";
import type { CallContext } from "./http/requests.ts";
import { maxPage } from "./pages.ts";

/** Leads of one name that are taken; a name that more have is too vague. */
const maxLeads = 10;

/** More names of leads near the one that nothing is called would be no help. */
const maxNear = 5;

type Lead = { id: string; name: string };

const leadNaming = naming<Lead>({
  noun: "lead",
  namesOf: ({ name }) => [name],
  describe: ({ id, name }) => `${shownName(name)} (${id})`,
  isPerson: true,
});

/**
 * Ids of the leads of these names, the newest of each first, `isCut` if there are more than are taken, and how the names
 * were understood.
 */
export async function leadsNamed(close: CloseClient, names: readonly string[], call: CallContext) {
  const found = await Promise.all(
    names.map(async (name) => {
      const { leads, notes } = await leadsOf(close, name, call);
      const tooMany = `More than ${maxLeads} leads match lead_names ${quote(name)}; only the ${maxLeads} newest were searched. Use more of the name.`;
      return { leads, notes: leads.length > maxLeads ? [...notes, tooMany] : notes };
    }),
  );
  return {
    leads: [...new Set(found.flatMap(({ leads }) => leads.slice(0, maxLeads).map(({ id }) => id)))],
    isCut: found.some(({ leads }) => leads.length > maxLeads),
    notes: found.flatMap(({ notes }) => notes),
  };
}

type Found = { leads: readonly Lead[]; notes: string[] };

/** The leads of that name. A text mode that Close refuses is replaced by the documented one. */
async function leadsOf(close: CloseClient, name: string, call: CallContext): Promise<Found> {
  try {
    const leads = await search(close, [nameBegins(name), hasOpportunities], call);
    return leads.length > 0 ? { leads, notes: [] } : await nearLeads(close, name, call);
  } catch (error) {
    if (!(error instanceof CloseError) || error.status !== 400) throw error;
    // Comes with nothing that is not documented.
    const leads = await search(close, [textCondition(leadName, "full_words", name)], call);
    const refusal = `Close refused to search for the start of words, so lead_names ${quote(name)} was matched by whole words only.`;
    const none = `No lead has the words ${quote(name)} in its name.`;
    return { leads, notes: leads.length > 0 ? [refusal] : [refusal, none] };
  }
}

/**
 * What is called nearly so, by one further search for words with the same first letters: taken if it is the same but for
 * accents, symbols and the like, named otherwise.
 */
async function nearLeads(close: CloseClient, name: string, call: CallContext): Promise<Found> {
  const words = name.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const long = words.filter((word) => word.length > 3);
  const starts = (long.length > 0 ? long : words).slice(0, 5).map((word) => word.slice(0, word.length > 4 ? 3 : 2));
  const either = { type: "or", queries: starts.map(nameBegins) };
  const near = starts.length === 0 ? [] : await search(close, [either, hasOpportunities], call, maxPage);
  const same = matches(near, name, leadNaming);
  if (same.length > 0)
    return { leads: same, notes: [`${quote(name)} was read as ${joined(same, leadNaming.describe)}.`] };
  const nearest = nearestFirst(name, near, (lead) => [lead.name]).slice(0, maxNear);
  const named = joined([...new Set(nearest.map((lead) => lead.name))], (one) => quote(one));
  const none = `No lead with opportunities has a word starting with ${quote(name)} in its name.`;
  return { leads: [], notes: [nearest.length === 0 ? none : `${none} The nearest: ${named}.`] };
}

/** Leads that meet the conditions, the newest first: one more than are taken, if there are more. */
async function search(close: CloseClient, conditions: readonly JsonObject[], call: CallContext, limit = maxLeads + 1) {
  const body = {
    query: { type: "and", queries: [{ type: "object_type", object_type: "lead" }, ...conditions] },
    sort: [{ direction: "desc", field: field("lead", "date_created") }],
    _fields: { lead: ["id", "display_name"] },
    _limit: limit,
  };
  const { entries } = await close.search(body, call);
  return entries.flatMap((lead): Lead[] => {
    const id = textOf(lead, "id");
    return id === undefined ? [] : [{ id, name: textOf(lead, "display_name") ?? "" }];
  });
}

/** Close's advanced filtering; that `match_all` works in a related query is seen in a client only. */
const hasOpportunities = hasRelated("lead", "opportunity", { type: "match_all" });

function hasRelated(this_object_type: string, related_object_type: string, related_query: JsonObject): JsonObject {
  return { type: "has_related", this_object_type, related_object_type, related_query };
}

/** In use by Close's own application, but only `full_words` is documented. */
function nameBegins(text: string): JsonObject {
  return textCondition(leadName, "beginning_of_words", text);
}

const leadName = field("lead", "display_name");

function textCondition(field: JsonObject, mode: string, value: string): JsonObject {
  return { type: "field_condition", field, condition: { type: "text", mode, value } };
}

function field(object_type: string, field_name: string): JsonObject {
  return { type: "regular_field", object_type, field_name };
}

/** Ids of the contacts with that e-mail address and of their leads. The fields are seen in clients only, the parts documented. */
export async function contactsAt(close: CloseClient, email: string, call: CallContext) {
  const isEmail = textCondition(field("contact_email", "email"), "phrase", email);
  const hasEmail = hasRelated("contact", "contact_email", isEmail);
  const query = { type: "and", queries: [{ type: "object_type", object_type: "contact" }, hasEmail] };
  const body = { query, _fields: { contact: ["id", "lead_id"] }, _limit: maxPage };
  const { entries } = await close.search(body, call);
  const idsOf = (name: string) => [...new Set(entries.flatMap((contact) => textOf(contact, name) ?? []))];
  return { contacts: idsOf("id"), leads: idsOf("lead_id") };
}
