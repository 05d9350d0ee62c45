import { searchOpportunities } from "../close/search.ts";
import { hostHints } from "../mcp/hints.ts";
import { defineResolvingTool, Refusal } from "../mcp/tool.ts";
import { findArguments, listsForSearch, planSearch } from "../opportunity/find/filters.ts";
import {
  compact,
  describeCount,
  describeFound,
  describeTotals,
  nothingFound,
} from "../opportunity/find/found.ts";
import { misnamedFilter } from "../opportunity/find/misnamed-filters.ts";
import { textOf } from "../opportunity/opportunity.ts";
import { unreadLists } from "../opportunity/warnings.ts";
import { resolveNames } from "./resolve-names.ts";

export const findOpportunities = defineResolvingTool({
  name: "find_opportunities",
  title: "Find opportunities",
  description: `Finds opportunities in Close, to get the oppo_… id that the other tools take, and sums up their values. Every filter given must match. value and totals are in cents ($500.00 = 50000). Without filters: most recently updated first. Changes can take up to a minute to show here.

"The Acme renewal": {"lead_name": "Acme"}
Ada's open deals that close this month: {"user": "Ada Quist", "status_type": "active", "date_won_from": "2026-11-01", "date_won_to": "2026-11-30"}`,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  meta: hostHints("find search list forecast open lead customer"),
  inputSchema: findArguments,
  reading: { hint: misnamedFilter },

  async handle({ args, partial, mistakes }, context) {
    const firstKnown = await context.directory.lookUp(listsForSearch(partial), context);
    const { planning, known } = await resolveNames(
      firstKnown,
      (lists) => planSearch(partial, lists),
      context,
    );
    const refused = [...mistakes, ...planning.mistakes];
    if (args === undefined || refused.length > 0) throw new Refusal(refused);

    const { filters, shown } = planning;
    const { opportunities, total, has_more, totals, notes } = await searchOpportunities(
      context.close,
      {
        filters,
        leadName: args.lead_name,
        customFields: shown.map(({ key }) => key),
        limit: args.limit ?? 20,
        skip: args.skip ?? 0,
      },
      context,
    );
    const none = total === 0 ? nothingFound(args) : undefined;
    const found = opportunities.map((opportunity) => compact(opportunity, shown, known));
    const sums = totals && describeTotals(totals, textOf(opportunities[0], "value_currency"));
    const { customFields, users } = known;
    return {
      lines: [
        none ?? describeCount(total, found.length),
        ...found.map(describeFound),
        ...(sums === undefined ? [] : [sums]),
      ],
      data: {
        opportunities: found,
        ...(total !== undefined && { total }),
        has_more,
        ...(totals && { totals }),
        ...(none && { message: none }),
      },
      warnings: [...notes, ...unreadLists({ customFields, users })],
    };
  },
});
