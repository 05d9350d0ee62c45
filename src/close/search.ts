import { withDetails } from "../base/failure.ts";
import { queryExamples, type Sieve } from "../opportunity/find/filters.ts";
import { byOrder, foundFields } from "../opportunity/find/found.ts";
import { statedTotals, totalsOf } from "../opportunity/find/totals.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import type { CloseClient } from "./api.ts";
import { CloseError } from "./http/errors.ts";
import type { CallContext } from "./http/requests.ts";
import { contactsAt, leadsNamed } from "./leads.ts";
import { extentOf, maxPage, type Part, restOf } from "./pages.ts";

/** Requests for lists of opportunities in one search, and so the leads that it can look into. */
const maxRequests = 20;

type Filters = Readonly<Record<string, string>>;

type Search = {
  /** Query parameters of `GET /opportunity/`, `_order_by` included, paging not. */
  filters: Filters;
  /** What Close cannot filter is filtered by these. */
  sieves: readonly Sieve[];
  /** Only opportunities of leads whose names have words that begin as those of one of these. */
  leadNames: readonly string[] | undefined;
  /** Only opportunities of a contact with this e-mail address. */
  contactEmail: string | undefined;
  /** Fields that are shown besides the usual ones. */
  fields: readonly string[];
  /** Whether to read all fields, custom fields included. */
  isWhole: boolean;
  /** Whether all that match are wanted, and not one page of them. */
  isSummed: boolean;
  limit: number;
  skip: number;
};

type Found = {
  /** One page of those that match. */
  opportunities: readonly Opportunity[];
  /** All that match, as far as they were read; undefined if only a page was. */
  all: readonly Opportunity[] | undefined;
  /** The sums of all that match: Close's where not all were read, if it states them. */
  totals: ReturnType<typeof statedTotals>;
  /** Of all that match, shown or not; undefined if that is not known. */
  total: number | undefined;
  /** Whether there are more behind this page, as far as is known. */
  has_more: boolean;
  /** What to skip to see them. */
  next: number | undefined;
  /** What the caller should know of how they were found. */
  notes: readonly string[];
};

/** Finds opportunities, with what describing them takes. @throws Failure if Close does not answer with a list. */
export async function searchOpportunities(close: CloseClient, search: Search, call: CallContext): Promise<Found> {
  const { filters, contactEmail, leadNames } = search;
  const [leads, contacts] = await Promise.all([
    leadNames && leadsNamed(close, leadNames, call),
    contactEmail === undefined ? undefined : contactsAt(close, contactEmail, call),
  ]);
  const sieve: Sieve = (all) => all.filter(({ contact_id }) => contacts?.contacts.some((id) => id === contact_id));
  const sieves = contacts === undefined ? search.sieves : [...search.sieves, sieve];
  const ids = leads?.leads ?? (filters.lead_id === undefined ? contacts?.leads : undefined) ?? [filters.lead_id];
  const lists = ids.slice(0, maxRequests).map((lead_id) => (lead_id === undefined ? filters : { lead_id, ...filters }));
  const notes = [...(leads?.notes ?? [])];
  if (ids.length > maxRequests) {
    notes.push(`Only ${maxRequests} of the ${ids.length} leads were searched. Use fewer or longer names.`);
  }
  const isCut = leads?.isCut === true || ids.length > maxRequests;
  const [only, ...others] = lists;
  const needsAll = only === undefined || others.length > 0 || isCut || search.isSummed || sieves.length > 0;
  try {
    const found = needsAll
      ? await everyPage(close, { ...search, sieves, lists, isCut }, call)
      : await onePage(close, { ...search, filters: only }, call);
    return { ...found, notes: [...notes, ...found.notes] };
  } catch (error) {
    if (filters.query === undefined || !(error instanceof CloseError) || error.status !== 400) throw error;
    throw withDetails(error, [`query takes Close's search syntax, such as ${queryExamples}.`]);
  }
}

async function onePage(close: CloseClient, search: Search, call: CallContext): Promise<Found> {
  const { entries, size, total, hasMore, stated } = await readPage(close, search, call);
  const all = size === total ? entries : undefined;
  const next = hasMore && size > 0 ? search.skip + size : undefined;
  const totals = all === undefined ? stated : totalsOf(all);
  return { opportunities: entries, all, totals, total, has_more: hasMore, next, notes: [] };
}

type Lists = Search & { lists: readonly Filters[]; isCut: boolean };

/** Reads the lists to their ends, or as far as the requests go: the first page of each, then all others side by side. */
async function everyPage(close: CloseClient, search: Lists, call: CallContext): Promise<Found> {
  const { lists, sieves, isCut, limit, skip: start } = search;
  const pages: (Part & Awaited<ReturnType<typeof readPage>>)[] = [];
  const unread = lists.map((filters) => ({ filters, skip: 0, end: Number.POSITIVE_INFINITY }));
  while (unread.length > 0 && pages.length < maxRequests) {
    const read = unread.splice(0, maxRequests - pages.length).map(async (part) => {
      const page = await readPage(close, { ...search, ...part, limit: maxPage }, call);
      unread.push(...restOf(part, page));
      return { ...part, ...page };
    });
    pages.push(...(await Promise.all(read)));
  }
  pages.sort((one, other) => one.skip - other.skip);
  // What changes meanwhile can be on two pages.
  const listed = [...new Map(pages.flatMap(({ entries }) => entries).map((one) => [one.id, one])).values()];
  const inOrder = lists.length < 2 ? listed : listed.sort(byOrder(orderOf(search)));
  const all = sieves.reduce<readonly Opportunity[]>((some, sieve) => sieve(some), inOrder);
  const isWhole = unread.length === 0;
  const isAll = isWhole && !isCut;
  const stated = !isWhole && lists.length === 1 && sieves.length === 0 ? pages[0] : undefined;
  const end = start + limit;
  const total = pages.reduce((sum, page) => sum + (page.skip === 0 ? (page.total ?? Number.NaN) : 0), 0);
  const looked = `${listed.length}${Number.isNaN(total) ? "" : ` of ${total}`}`;
  const partly = `Only ${looked} opportunities were looked through: what is found and summed up is of these alone. Give more filters that narrow the search, such as dates, user or status.`;
  return {
    opportunities: all.slice(start, end),
    all,
    totals: stated?.stated ?? totalsOf(all),
    total: isAll ? all.length : stated?.total,
    has_more: !isAll || all.length > end,
    next: all.length > end ? end : undefined,
    notes: isWhole ? [] : [partly],
  };
}

/**
 * One page of `GET /opportunity/` (Close's documentation), with the needed fields alone. That `_fields` can name
 * single custom fields is documented for leads only: where any is asked for, opportunities are read whole.
 */
async function readPage(close: CloseClient, search: Search, call: CallContext) {
  const { filters, isWhole, limit, skip } = search;
  const query = new URLSearchParams({ ...filters, _limit: String(limit), _skip: String(skip) });
  if (!isWhole) {
    const asked = [...search.fields, orderOf(search).replace(/^-/, "")];
    query.set("_fields", [...new Set([...foundFields, ...unseenFields, ...asked])].join(","));
  }
  const page = await close.list(`/opportunity/?${query}`, call);
  return { entries: page.entries, stated: statedTotals(page.answer), ...extentOf(page, skip, limit) };
}

/** What filtering, grouping and describing opportunities takes besides. */
const unseenFields = "value_currency contact_id status_id user_id pipeline_id organization_id".split(" ");

function orderOf({ filters }: Pick<Search, "filters">): string {
  return filters._order_by ?? "-date_updated";
}
