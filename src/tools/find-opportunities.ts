import { searchOpportunities } from "../close/search.ts";
import { defineTool, hostHints } from "../mcp/tool.ts";
import { findArguments, findReading, searchFor } from "../opportunity/find/filters.ts";
import {
  compact,
  describeCount,
  describeFound,
  nothingFound,
  sharedBy,
  shownRows,
  withOwner,
} from "../opportunity/find/found.ts";
import { describeGroup, describeTotals, groupsOf } from "../opportunity/find/totals.ts";
import { textOf } from "../opportunity/opportunity.ts";
import { readLists } from "../organization/lists.ts";
import { readFormer } from "../organization/people.ts";

/** More groups would fill a model's context. */
const maxGroups = 100;

/** Of what is found, lines and data together: further rows are left to the next page. */
const maxCharacters = 60_000;

export const findOpportunities = defineTool({
  name: "find_opportunities",
  title: "Find opportunities",
  description: `Finds deals (opportunities) in the Close CRM by lead, pipeline, stage, won or lost, close date, owner and more, with oppo_… ids, and sums up values. value and totals are in cents ($500.00 as 50000); same is what all rows share. Changes may show a minute late.

Ada's open deals at Acme that close this month: {"lead_names": ["Acme"], "user": "Ada Quist", "status_type": "active", "date_won_from": "2026-11-01", "date_won_to": "2026-11-30"}`,
  meta: hostHints("search list forecast open lead customer"),
  inputSchema: findArguments,
  reading: findReading,

  async handle(args, context) {
    const { names, timeZone } = context;
    const { group_by } = args;
    const { shown, notes, ...search } = await searchFor(args, names);
    const { fields: asked, limit, skip } = search;
    const showsOwners = limit > 0 || group_by === "user";
    const [found, unread] = await Promise.all([
      searchOpportunities(context.close, search, context),
      readLists(showsOwners ? [names.users] : []),
    ]);
    const { all = [], opportunities, total, totals } = found;
    if (showsOwners) await readFormer(group_by ? all : opportunities, names);
    const known = names.known();
    const groups =
      group_by &&
      groupsOf(
        all.map((one) => withOwner(one, known)),
        group_by,
      );
    const shownGroups = groups?.slice(0, maxGroups) ?? [];
    const page = opportunities.map((one) => compact(withOwner(one, known), { asked, shown }, known));
    const same = sharedBy(page);
    const room = maxCharacters - JSON.stringify([same, shownGroups, shownGroups]).length;
    const rows = shownRows(page, same, (row) => describeFound(row, asked, timeZone), room);
    const isCut = rows.length < page.length;
    const count = describeCount(
      limit === 0 ? (total ?? 0) : rows.length,
      total,
      isCut ? skip + rows.length : found.next,
    );
    const none = total === 0 ? nothingFound(args) : undefined;
    const currency = textOf(all[0] ?? opportunities[0], "value_currency");
    const sums = totals && describeTotals(totals, currency);
    return {
      lines: [
        none ?? `${count}:`,
        ...rows.map(({ line }) => line),
        ...shownGroups.map((group) => describeGroup(group, currency)),
        ...(sums ? [`Total value: ${sums}`] : []),
      ],
      data: {
        same: Object.keys(same).length > 0 ? same : undefined,
        opportunities: rows.map(({ row }) => row),
        total,
        has_more: found.has_more || isCut,
        totals,
        groups: groups && shownGroups,
        message: none,
      },
      warnings: [
        ...notes,
        ...found.notes,
        ...(groups && groups.length > maxGroups ? [onlyLargest(groups.length)] : []),
        ...(shown.some(({ list }) => list === "users") ? unread.map(({ report }) => report.problem) : []),
      ],
    };
  },
});

function onlyLargest(groups: number): string {
  return `Only the ${maxGroups} groups that are worth most a year are shown, of ${groups}. Give more filters to see others.`;
}
