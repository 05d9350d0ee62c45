import { searchOpportunities } from "../close/search.ts";
import { defineTool, hostHints } from "../mcp/tool.ts";
import { fieldsAskedFor, findArguments, findReading, listsForSearch, planSearch } from "../opportunity/find/filters.ts";
import { compact, describeFound, nothingFound, sayOnce } from "../opportunity/find/found.ts";
import { describeGroup, describeTotals, groupsOf, totalsOf } from "../opportunity/find/totals.ts";
import { textOf } from "../opportunity/opportunity.ts";
import { unreadOf } from "../organization/lists.ts";

/** More groups would fill a model's context. */
const maxGroups = 100;

export const findOpportunities = defineTool({
  name: "find_opportunities",
  title: "Find opportunities",
  description: `Finds deals (opportunities) in the Close CRM by lead, pipeline, stage, won or lost, close date, owner and more, with oppo_… ids, and sums up values. value and totals are in cents ($500.00 = 50000); same is what all rows share. Changes may show a minute late.

Ada's open deals at Acme that close this month: {"lead_names": ["Acme"], "user": "Ada Quist", "status_type": "active", "date_won_from": "2026-11-01", "date_won_to": "2026-11-30"}`,
  meta: hostHints("search list forecast open lead customer"),
  inputSchema: findArguments,
  reading: findReading,

  async handle(args, context) {
    const { names } = context;
    const { contact, group_by, limit = 20, skip = 0 } = args;
    await unreadOf(listsForSearch(args, names));
    const { filters, sieves, shown, notes } = await planSearch(args, names);
    const people = shown.some(({ list }) => list === "users") ? await unreadOf([names.users]) : [];
    const asked = fieldsAskedFor(args);
    const search = {
      filters,
      sieves,
      leadNames: args.lead_names,
      contactEmail: contact?.includes("@") ? contact : undefined,
      fields: asked,
      isWhole: shown.length > 0,
      isSummed: limit === 0 || group_by !== undefined,
      limit,
      skip,
    };
    const found = await searchOpportunities(context.close, search, context);
    const { total, has_more, all = [] } = found;
    const totals = found.stated ?? (found.all && totalsOf(all));
    const allGroups = group_by && groupsOf(all, group_by);
    const groups = allGroups?.slice(0, maxGroups);
    const isShort = allGroups !== undefined && allGroups.length > maxGroups;
    const cut = `Only the ${maxGroups} groups that are worth most a year are shown, of ${allGroups?.length}. Give more filters to see others.`;
    const none = total === 0 ? nothingFound(args) : undefined;
    const rows = found.opportunities.map((one) => compact(one, { asked, shown }, names.known()));
    const count = `${rows.length} shown${has_more ? `, skip ${skip + rows.length} for more` : ""}`;
    const rest = limit === 0 || rows.length === total ? "" : `, ${count}`;
    const currency = textOf(all[0] ?? found.opportunities[0], "value_currency");
    const sums = totals && describeTotals(totals, currency);
    return {
      lines: [
        none ?? (total === undefined ? `${rows.length} shown, there may be more:` : `${total} found${rest}:`),
        ...rows.map((row) => describeFound(row, asked)),
        ...(groups ?? []).map((group) => describeGroup(group, currency)),
        ...(sums ? [`Total value: ${sums}`] : []),
      ],
      data: {
        ...sayOnce(rows),
        ...(total !== undefined && { total }),
        has_more,
        ...(totals && { totals }),
        ...(groups && { groups }),
        ...(none && { message: none }),
      },
      warnings: [...notes, ...found.notes, ...(isShort ? [cut] : []), ...people.map(({ report }) => report.problem)],
    };
  },
});
