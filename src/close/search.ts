import { Failure } from "../base/failure.ts";
import { isObject, type JsonObject } from "../base/json.ts";
import { quote } from "../base/text.ts";
import { byOrder, foundFields, sumOfTotals, type Totals, totalsOf } from "../opportunity/find/found.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import {
  noLeadNamed,
  noLeadWithWords,
  tooManyLeads,
  unreadableEntries,
  wholeWordsOnly,
} from "../opportunity/warnings.ts";
import type { CallContext, CloseClient, Page as ListPage } from "./http/client.ts";
import { CloseError } from "./http/errors.ts";
import { readableEntries } from "./list-answer.ts";

/** Leads of one name whose opportunities are searched; a name that matches more is too vague. */
const maxLeads = 10;

/** Up to here the lists of several leads are merged: one page of Close's for each lead. */
const maxMergedOpportunities = 100;

export type Search = {
  /** Query parameters of `GET /opportunity/`, `_order_by` included, paging not. */
  filters: readonly (readonly [name: string, value: string])[];
  /** Only opportunities of leads whose name has words that begin so. */
  leadName: string | undefined;
  /** `custom.cf_…` keys to read too. */
  customFields: readonly string[];
  limit: number;
  skip: number;
};

/** A part of the opportunities that match. */
type Page = {
  opportunities: readonly Opportunity[];
  /** Of all that match, shown or not; undefined if Close does not say, or not all leads were searched. */
  total: number | undefined;
  /** Whether the next page holds more, as far as leads were searched. */
  has_more: boolean;
  /** Of all that match; undefined as above. */
  totals: Totals | undefined;
  /** Entries of the list that could not be read. */
  unreadable: number;
};

export type Found = Omit<Page, "unreadable"> & {
  /** What the caller should know of how they were found. */
  notes: readonly string[];
};

/**
 * Finds opportunities, with the fields of `foundFields` and what describing them takes.
 *
 * @throws Failure if Close does not answer, or not with a list.
 */
export async function searchOpportunities(
  close: CloseClient,
  search: Search,
  call: CallContext,
): Promise<Found> {
  const { leadName } = search;
  if (leadName === undefined) return noted(await readPage(close, search, call));
  const { leads, mode } = await leadsNamed(close, leadName, call);
  const notes = mode === "full_words" ? [wholeWordsOnly(leadName)] : [];
  const [lead, ...others] = leads;
  if (lead === undefined) {
    notes.push(mode === "full_words" ? noLeadWithWords(leadName) : noLeadNamed(leadName));
    return { opportunities: [], total: 0, has_more: false, totals: undefined, notes };
  }
  if (others.length === 0) return noted(await readPage(close, ofLead(search, lead), call), notes);
  if (leads.length > maxLeads) notes.push(tooManyLeads(maxLeads, leadName));
  return mergedPages(close, search, leads, notes, call);
}

function ofLead(search: Search, lead: string): Search {
  return { ...search, filters: [["lead_id", lead], ...search.filters] };
}

function noted({ unreadable, ...page }: Page, notes: readonly string[] = []): Found {
  return { ...page, notes: unreadable === 0 ? notes : [...notes, unreadableEntries(unreadable)] };
}

/** Close lists the opportunities of one lead at a time: those of several are merged here. */
async function mergedPages(
  close: CloseClient,
  search: Search,
  leads: readonly string[],
  notes: readonly string[],
  call: CallContext,
): Promise<Found> {
  const { skip, limit, leadName = "" } = search;
  if (skip + limit > maxMergedOpportunities) throw tooFar(leadName);
  const pages = await Promise.all(
    leads
      .slice(0, maxLeads)
      .map((lead) => readPage(close, { ...ofLead(search, lead), limit: skip + limit, skip: 0 }, call)),
  );
  const isWhole = leads.length <= maxLeads;
  const counts = pages.flatMap((page) => page.total ?? []);
  const all = pages.flatMap((page) => page.opportunities);
  return noted(
    {
      opportunities: [...all].sort(byOrder(orderOf(search))).slice(skip, skip + limit),
      total: isWhole && counts.length === pages.length ? sum(counts) : undefined,
      has_more: all.length > skip + limit || pages.some((page) => page.has_more),
      totals: isWhole ? sumOfTotals(pages.map((page) => page.totals)) : undefined,
      unreadable: sum(pages.map((page) => page.unreadable)),
    },
    notes,
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function tooFar(leadName: string): Failure {
  return new Failure({
    problem: `Several leads match lead_name ${quote(leadName)}; their opportunities can be listed together only up to the ${maxMergedOpportunities}th.`,
    record: "unchanged",
    remedy: "Use more of the name, the lead_id of one lead, or a smaller limit and skip.",
  });
}

/**
 * One page of `GET /opportunity/` (Close's documentation), with the needed fields alone. That `_fields` can name
 * single custom fields is documented for leads only: if none comes, the page is read again whole.
 */
async function readPage(close: CloseClient, search: Search, call: CallContext): Promise<Page> {
  const { customFields } = search;
  const fields = [...foundFields, "value_currency", "contact_id", orderOf(search).replace(/^-/, "")];
  const page = pageOf(await close.list(listPath(search, [...fields, ...customFields]), call), search);
  const lacksAll = page.opportunities.every((opportunity) =>
    customFields.every((key) => !(key in opportunity)),
  );
  if (customFields.length === 0 || page.opportunities.length === 0 || !lacksAll) return page;
  return pageOf(await close.list(listPath(search, undefined), call), search);
}

function listPath({ filters, limit, skip }: Search, fields: readonly string[] | undefined): string {
  const query = new URLSearchParams(filters.map(([name, value]): [string, string] => [name, value]));
  query.set("_limit", String(limit));
  query.set("_skip", String(skip));
  if (fields !== undefined) query.set("_fields", [...new Set(fields)].join(","));
  return `/opportunity/?${query}`;
}

function pageOf(page: ListPage, { limit, skip }: Search): Page {
  const { entries, unreadable } = readableEntries(page, "GET /opportunity/", isObject);
  const { total_results, has_more } = page.answer;
  const end = skip + entries.length + unreadable;
  const isLast = has_more !== true;
  const isPastEnd = end === skip && skip > 0;
  return {
    opportunities: entries.slice(0, limit),
    total: typeof total_results === "number" ? total_results : isLast && !isPastEnd ? end : undefined,
    has_more:
      typeof has_more === "boolean" ? has_more : typeof total_results === "number" && total_results > end,
    totals: totalsOf(page.answer),
    unreadable,
  };
}

function orderOf({ filters }: Pick<Search, "filters">): string {
  return filters.find(([name]) => name === "_order_by")?.[1] ?? "-date_updated";
}

/** The first is in use by Close's own application, but only the second is documented. */
const textModes = ["beginning_of_words", "full_words"] as const;
type TextMode = (typeof textModes)[number];

/**
 * Ids of the leads of that name, the newest first: one more than are searched, if there are more.
 * A text mode that Close refuses is replaced by the documented one.
 */
async function leadsNamed(
  close: CloseClient,
  name: string,
  call: CallContext,
): Promise<{ leads: string[]; mode: TextMode }> {
  const search = async (mode: TextMode) => {
    const { entries } = readableEntries(
      await close.search(leadQuery(name, mode), call),
      "POST /data/search/",
      isLead,
    );
    return { leads: entries.map(({ id }) => id), mode };
  };
  try {
    return await search("beginning_of_words");
  } catch (error) {
    if (!(error instanceof CloseError) || error.status !== 400) throw error;
    return search("full_words");
  }
}

function isLead(value: unknown): value is JsonObject & { id: string } {
  return isObject(value) && typeof value.id === "string";
}

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
        {
          type: "field_condition",
          field: field("display_name"),
          condition: { type: "text", mode, value: name },
        },
        ...(mode === "full_words" ? [] : [hasOpportunities]),
      ],
    },
    sort: [{ direction: "desc", field: field("date_created") }],
    _fields: { lead: ["id"] },
    _limit: maxLeads + 1,
  };
}
