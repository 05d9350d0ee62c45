import { Failure } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import { quote } from "../base/text.ts";
import { byOrder, foundFields } from "../opportunity/find/found.ts";
import { type Opportunity, textOf } from "../opportunity/opportunity.ts";
import type { CloseClient } from "./api.ts";
import { CloseError } from "./http/errors.ts";
import type { CallContext } from "./http/requests.ts";

/** Leads of one name whose opportunities are searched; a name that matches more is too vague. */
const maxLeads = 10;

/** Up to here the lists of several leads are merged: one page of Close's for each lead. */
const maxMergedOpportunities = 100;

type Search = {
  /** Query parameters of `GET /opportunity/`, `_order_by` included, paging not. */
  filters: Readonly<Record<string, string>>;
  /** Only opportunities of leads whose name has words that begin so. */
  leadName: string | undefined;
  /** Whether to read all fields, custom fields included. */
  isWhole: boolean;
  limit: number;
  skip: number;
};

type Found = {
  opportunities: readonly Opportunity[];
  /** Of all that match, shown or not; undefined if Close does not say, or not all leads were searched. */
  total: number | undefined;
  /** Whether the next page holds more, as far as leads were searched. */
  has_more: boolean;
  /** Close's answers, which hold the sums of all that match; none if not all leads were searched. */
  answers: readonly JsonObject[];
  /** What the caller should know of how they were found. */
  notes: readonly string[];
};

/** Finds opportunities, with what describing them takes. @throws Failure if Close does not answer with a list. */
export async function searchOpportunities(close: CloseClient, search: Search, call: CallContext): Promise<Found> {
  const { leadName } = search;
  if (leadName === undefined) return { ...(await readPage(close, search, call)), notes: [] };
  const { leads, notes } = await leadsNamed(close, leadName, call);
  return { ...(await pageOfLeads(close, search, leads, call)), notes };
}

/** Close lists the opportunities of one lead at a time: those of several are merged here. */
async function pageOfLeads(close: CloseClient, search: Search, leads: readonly string[], call: CallContext) {
  const { skip, limit, filters } = search;
  const end = skip + limit;
  const read = (lead: string, part: Pick<Search, "limit" | "skip">) =>
    readPage(close, { ...search, ...part, filters: { lead_id: lead, ...filters } }, call);
  const [first, ...others] = leads;
  if (first !== undefined && others.length === 0) return read(first, { limit, skip });
  if (first !== undefined && end > maxMergedOpportunities) {
    throw new Failure({
      problem: `Several leads match lead_name; their opportunities can be listed together only up to the ${maxMergedOpportunities}th.`,
      record: "unchanged",
      remedy: "Use more of the name, the lead_id of one lead, or a smaller limit and skip.",
    });
  }
  const searched = leads.slice(0, maxLeads);
  const pages = await Promise.all(searched.map((lead) => read(lead, { limit: end, skip: 0 })));
  const all = pages.flatMap(({ opportunities }) => opportunities).sort(byOrder(orderOf(search)));
  const counts = pages.flatMap(({ total }) => total ?? []);
  const isCounted = leads.length === searched.length && counts.length === pages.length;
  return {
    opportunities: all.slice(skip, end),
    total: isCounted ? counts.reduce((sum, count) => sum + count, 0) : undefined,
    has_more: all.length > end || pages.some(({ has_more }) => has_more),
    answers: leads.length === searched.length ? pages.flatMap(({ answers }) => answers) : [],
  };
}

/**
 * One page of `GET /opportunity/` (Close's documentation), with the needed fields alone. That `_fields` can name
 * single custom fields is documented for leads only: where any is asked for, opportunities are read whole.
 */
async function readPage(close: CloseClient, search: Search, call: CallContext): Promise<Omit<Found, "notes">> {
  const { filters, isWhole, limit, skip } = search;
  const query = new URLSearchParams({ ...filters, _limit: String(limit), _skip: String(skip) });
  if (!isWhole) {
    const fields = [...foundFields, "value_currency", "contact_id", orderOf(search).replace(/^-/, "")];
    query.set("_fields", [...new Set(fields)].join(","));
  }
  const { entries, answer } = await close.list(`/opportunity/?${query}`, call);
  const { total_results, has_more } = answer;
  const end = skip + entries.length;
  // A page past the end shows no end.
  const isLast = has_more !== true && (entries.length > 0 || skip === 0);
  const total = typeof total_results === "number" ? total_results : isLast ? end : undefined;
  return {
    opportunities: entries.slice(0, limit),
    total,
    has_more: typeof has_more === "boolean" ? has_more : total !== undefined && total > end,
    answers: [answer],
  };
}

function orderOf({ filters }: Search): string {
  return filters._order_by ?? "-date_updated";
}

/**
 * Ids of the leads of that name, the newest first: one more than are searched, if there are more. A text mode that Close
 * refuses is replaced by the documented one.
 */
async function leadsNamed(close: CloseClient, name: string, call: CallContext) {
  const quoted = quote(name);
  const tooMany = `More than ${maxLeads} leads match lead_name ${quoted}; only the ${maxLeads} newest were searched. Use more of the name.`;
  const search = async (mode: TextMode, none: string) => {
    const { entries } = await close.search(leadQuery(name, mode), call);
    const leads = entries.flatMap((lead) => textOf(lead, "id") ?? []);
    return { leads, notes: leads.length === 0 ? [none] : leads.length > maxLeads ? [tooMany] : [] };
  };
  try {
    const none = `No lead with opportunities has a word starting with ${quoted} in its name.`;
    return await search("beginning_of_words", none);
  } catch (error) {
    if (!(error instanceof CloseError) || error.status !== 400) throw error;
    const { leads, notes } = await search("full_words", `No lead has the words ${quoted} in its name.`);
    const refusal = `Close refused to search for the start of words, so lead_name ${quoted} was matched by whole words only.`;
    return { leads, notes: [refusal, ...notes] };
  }
}

/** The first is in use by Close's own application, but only the second is documented. */
type TextMode = "beginning_of_words" | "full_words";

/** Close's advanced filtering; that `match_all` works in a related query is seen in a client only. */
const hasOpportunities = {
  type: "has_related",
  this_object_type: "lead",
  related_object_type: "opportunity",
  related_query: { type: "match_all" },
};

/** Leads with opportunities; the mode that is tried after a refusal comes with nothing that is not documented. */
function leadQuery(name: string, mode: TextMode): JsonObject {
  const field = (field_name: string) => ({ type: "regular_field", object_type: "lead", field_name });
  return {
    query: {
      type: "and",
      queries: [
        { type: "object_type", object_type: "lead" },
        { type: "field_condition", field: field("display_name"), condition: { type: "text", mode, value: name } },
        ...(mode === "full_words" ? [] : [hasOpportunities]),
      ],
    },
    sort: [{ direction: "desc", field: field("date_created") }],
    _fields: { lead: ["id"] },
    _limit: maxLeads + 1,
  };
}
