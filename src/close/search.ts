import { z } from "zod/v3";
import { Failure } from "../base/failure.ts";
import { quote } from "../base/text.ts";
import { byOrder, foundFields } from "../opportunity/find/found.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import { noLeadNamed, tooManyLeads } from "../opportunity/warnings.ts";
import type { CallContext, CloseClient } from "./http/client.ts";

/** So many leads of one name are looked into; more are too vague a name. */
const maxLeads = 10;

/** A page of Close's holds so many opportunities unless told otherwise, and no lead has nearly as many. */
const maxOpportunitiesOfALead = 100;

export type Search = {
  /** Query parameters of `GET /opportunity/`, `_order_by` included, paging not. */
  filters: readonly (readonly [name: string, value: string])[];
  /** Only opportunities of leads whose name has words that begin so. */
  leadName: string | undefined;
  limit: number;
  skip: number;
};

export type Found = {
  opportunities: readonly Opportunity[];
  /** Of all that match, shown or not. */
  total: number;
  has_more: boolean;
  /** What the caller should know of how they were found. */
  notes: readonly string[];
};

/** Finds opportunities, with the fields of `foundFields`. Throws CloseError where Close does not answer. */
export async function searchOpportunities(
  close: CloseClient,
  search: Search,
  call: CallContext,
): Promise<Found> {
  const { filters, leadName, limit, skip } = search;
  const notes: string[] = [];
  if (leadName === undefined) return { ...(await page(close, search, call)), notes };

  const leads = await leadsNamed(close, leadName, call);
  const ofLead = (id: string): Search["filters"] => [["lead_id", id], ...filters];
  const [lead, ...others] = leads;
  if (lead === undefined) {
    notes.push(noLeadNamed(leadName));
    return { opportunities: [], total: 0, has_more: false, notes };
  }
  if (others.length === 0)
    return { ...(await page(close, { ...search, filters: ofLead(lead) }, call)), notes };

  // Close lists the opportunities of one lead at a time: those of several are merged here.
  if (skip + limit > maxOpportunitiesOfALead) throw tooFar(leadName);
  if (leads.length > maxLeads) notes.push(tooManyLeads(maxLeads, leadName));
  const pages = await Promise.all(
    leads
      .slice(0, maxLeads)
      .map((id) => page(close, { ...search, filters: ofLead(id), limit: skip + limit, skip: 0 }, call)),
  );
  const total = pages.reduce((sum, each) => sum + each.total, 0);
  const opportunities = pages
    .flatMap((each) => each.opportunities)
    .sort(byOrder(orderOf(search)))
    .slice(skip, skip + limit);
  return { opportunities, total, has_more: total > skip + limit, notes };
}

function tooFar(leadName: string): Failure {
  return new Failure({
    problem: `Several leads match lead_name ${quote(leadName)}, whose opportunities can be listed together only up to the ${maxOpportunitiesOfALead}th.`,
    record: "unchanged",
    remedy: "Give more of the name, or the lead_id of one lead, or a smaller limit and skip.",
  });
}

const answer = z.object({
  data: z.array(z.record(z.unknown())).catch([]),
  total_results: z.number().optional().catch(undefined),
  has_more: z.boolean().catch(false),
});

/** One page of `GET /opportunity/` (Close's documentation), with the needed fields alone. */
async function page(close: CloseClient, search: Search, call: CallContext): Promise<Omit<Found, "notes">> {
  const fields = new Set([...foundFields, orderOf(search).replace(/^-/, "")]);
  const query = new URLSearchParams([
    ...search.filters.map(([name, value]): [string, string] => [name, value]),
    ["_limit", String(search.limit)],
    ["_skip", String(search.skip)],
    ["_fields", [...fields].join(",")],
  ]);
  const { data, total_results, has_more } = answer.parse(
    (await close.list(`/opportunity/?${query}`, call)).answer,
  );
  return { opportunities: data, total: total_results ?? search.skip + data.length, has_more };
}

function orderOf({ filters }: Search): string {
  return filters.find(([name]) => name === "_order_by")?.[1] ?? "-date_updated";
}

const leadAnswer = z.object({ data: z.array(z.object({ id: z.string() })).catch([]) });

/** Ids of leads, one more than are looked into where there are more (Close's advanced filtering). */
async function leadsNamed(close: CloseClient, name: string, call: CallContext): Promise<string[]> {
  const body = {
    query: {
      type: "and",
      queries: [
        { type: "object_type", object_type: "lead" },
        {
          type: "field_condition",
          field: { type: "regular_field", object_type: "lead", field_name: "display_name" },
          condition: { type: "text", mode: "beginning_of_words", value: name },
        },
      ],
    },
    _fields: { lead: ["id"] },
    _limit: maxLeads + 1,
  };
  return leadAnswer.parse((await close.search(body, call)).answer).data.map(({ id }) => id);
}
