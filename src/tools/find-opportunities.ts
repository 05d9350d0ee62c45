import { searchOpportunities } from "../close/search.ts";
import { defineTool, hostHints } from "../mcp/tool.ts";
import { findArguments, listsForSearch, planSearch } from "../opportunity/find/filters.ts";
import { compact, describeFound, describeTotals, nothingFound, totalsOf } from "../opportunity/find/found.ts";
import { textOf } from "../opportunity/opportunity.ts";
import { findWords } from "../opportunity/words.ts";
import { unreadOf } from "../organization/lists.ts";

export const findOpportunities = defineTool({
  name: "find_opportunities",
  title: "Find opportunities",
  description: `Finds opportunities in Close, to get the oppo_… id that the other tools take, and sums up their values. Every filter given must match. value and totals are in cents ($500.00 = 50000). Without filters: most recently updated first. Changes can take up to a minute to show here.

"The Acme renewal": {"lead_name": "Acme"}
Ada's open deals that close this month: {"user": "Ada Quist", "status_type": "active", "date_won_from": "2026-11-01", "date_won_to": "2026-11-30"}`,
  meta: hostHints("find search list forecast open lead customer"),
  inputSchema: findArguments,
  reading: new Map([[findArguments, findWords]]),

  async handle(args, context) {
    const { names } = context;
    await unreadOf(listsForSearch(args, names));
    const { filters, shown, notes } = await planSearch(args, names);
    const people = shown.some(({ list }) => list === "users") ? await unreadOf([names.users]) : [];
    const search = {
      filters,
      leadName: args.lead_name,
      isWhole: shown.length > 0,
      limit: args.limit ?? 20,
      skip: args.skip ?? 0,
    };
    const found = await searchOpportunities(context.close, search, context);
    const { total, has_more } = found;
    const totals = totalsOf(found.answers);
    const none = total === 0 ? nothingFound(args) : undefined;
    const opportunities = found.opportunities.map((one) => compact(one, shown, names.known()));
    const shownCount = `${opportunities.length} shown`;
    const rest = opportunities.length === total ? "" : `, ${shownCount}`;
    const sums = totals && describeTotals(totals, textOf(found.opportunities[0], "value_currency"));
    return {
      lines: [
        none ?? (total === undefined ? `${shownCount}, there may be more:` : `${total} found${rest}:`),
        ...opportunities.map(describeFound),
        ...(sums === undefined ? [] : [sums]),
      ],
      data: {
        opportunities,
        ...(total !== undefined && { total }),
        has_more,
        ...(totals && { totals }),
        ...(none && { message: none }),
      },
      warnings: [...notes, ...found.notes, ...people.map(({ report }) => report.problem)],
    };
  },
});
