import { searchOpportunities } from "../close/search.ts";
import { inBothForms } from "../opportunity/both-forms.ts";
import { compact, describeFound, nothingFound } from "../opportunity/found.ts";
import { findArguments, listsForSearch, misplacedFilter, planSearch } from "../opportunity/search.ts";
import { ignoredWarning } from "./arguments.ts";
import { planWithNames, refusal } from "./planning.ts";
import { defineTool } from "./tool.ts";

export const findOpportunities = defineTool({
  name: "find_opportunities",
  title: "Find opportunities",
  description: `Finds opportunities in Close, to get the oppo_… id that the other tools take. Every filter given must match. value is in cents ($500.00 = 50000). Without filters: the latest updated.

"The Acme renewal": {"lead_name": "Acme"}
Ada's open deals that close this month: {"user": "Ada Quist", "status_type": "active", "date_won_from": "2026-11-01", "date_won_to": "2026-11-30"}`,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  inputSchema: findArguments,
  hint: misplacedFilter,

  async handle({ given, mistakes, ignored }, context) {
    if (given === undefined || (mistakes.length > 0 && listsForSearch(given).length === 0)) {
      throw refusal("find_opportunities", mistakes, ignoredWarning(ignored));
    }
    const firstKnown = await context.directory.lookUp(listsForSearch(given), context);
    const { planning } = await planWithNames(firstKnown, (known) => planSearch(given, known), context);
    const refused = [...mistakes, ...planning.mistakes];
    if (refused.length > 0) throw refusal("find_opportunities", refused, ignoredWarning(ignored));

    const { opportunities, total, has_more, notes } = await searchOpportunities(
      context.close,
      {
        filters: planning.filters,
        leadName: given.lead_name,
        limit: given.limit ?? 20,
        skip: given.skip ?? 0,
      },
      context,
    );
    const none = total === 0 ? nothingFound(given) : undefined;
    const found = opportunities.map(compact);
    const shown = found.length === total ? "" : `, ${found.length} shown`;
    return inBothForms(
      [none ?? `${total} found${shown}:`, ...found.map(describeFound)],
      { opportunities: found, total, has_more, ...(none && { message: none }) },
      [...ignoredWarning(ignored), ...notes],
    );
  },
});
