import { searchOpportunities } from "../close/search.ts";
import { hostHints } from "../mcp/hints.ts";
import { defineSearchingTool, Refusal } from "../mcp/tool.ts";
import { findArguments, listsForSearch, misplacedFilter, planSearch } from "../opportunity/find/filters.ts";
import { compact, describeFound, nothingFound } from "../opportunity/find/found.ts";
import { resolveNames } from "./resolve-names.ts";

export const findOpportunities = defineSearchingTool({
  name: "find_opportunities",
  title: "Find opportunities",
  description: `Finds opportunities in Close, to get the oppo_… id that the other tools take. Every filter given must match. value is in cents ($500.00 = 50000). Without filters: most recently updated first. Changes can take up to a minute to show here.

"The Acme renewal": {"lead_name": "Acme"}
Ada's open deals that close this month: {"user": "Ada Quist", "status_type": "active", "date_won_from": "2026-11-01", "date_won_to": "2026-11-30"}`,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  meta: hostHints("find search list forecast won lost open owner lead customer"),
  inputSchema: findArguments,
  hint: misplacedFilter,

  async handle({ args, mistakes }, context) {
    if (args === undefined) throw new Refusal(mistakes);
    const firstKnown = await context.directory.lookUp(listsForSearch(args), context);
    const { planning } = await resolveNames(firstKnown, (known) => planSearch(args, known), context);
    const refused = [...mistakes, ...planning.mistakes];
    if (refused.length > 0) throw new Refusal(refused);

    const { opportunities, total, has_more, notes } = await searchOpportunities(
      context.close,
      {
        filters: planning.filters,
        leadName: args.lead_name,
        limit: args.limit ?? 20,
        skip: args.skip ?? 0,
      },
      context,
    );
    const none = total === 0 ? nothingFound(args) : undefined;
    const found = opportunities.map(compact);
    const shown = found.length === total ? "" : `, ${found.length} shown`;
    return {
      lines: [none ?? `${total} found${shown}:`, ...found.map(describeFound)],
      data: { opportunities: found, total, has_more, ...(none && { message: none }) },
      warnings: notes,
    };
  },
});
