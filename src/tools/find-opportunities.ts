import { searchOpportunities } from "../close/search.ts";
import { defineTool, hostHints } from "../mcp/tool.ts";
import { fieldsAskedFor, findArguments, findReading, planSearch } from "../opportunity/find/filters.ts";
import {
  asManyAsFit,
  compact,
  describeCount,
  describeFound,
  nothingFound,
  sayOnce,
  withOwner,
} from "../opportunity/find/found.ts";
import { describeGroup, describeTotals, groupsOf, totalsOf } from "../opportunity/find/totals.ts";
import { type Opportunity, textOf } from "../opportunity/opportunity.ts";
import { unreadOf } from "../organization/lists.ts";
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
    const { names } = context;
    const { contact, group_by, limit = 20, skip = 0 } = args;
    const { filters, sieves, shown, notes } = await planSearch(args, names);
    const asked = fieldsAskedFor(args);
    const search = {
      ...{ filters, sieves, limit, skip },
      leadNames: args.lead_names,
      contactEmail: contact?.includes("@") ? contact : undefined,
      fields: asked,
      isWhole: shown.length > 0,
      isSummed: limit === 0 || group_by !== undefined,
    };
    const showsOwners = limit > 0 || group_by === "user";
    const [found, unread] = await Promise.all([
      searchOpportunities(context.close, search, context),
      unreadOf(showsOwners ? [names.users] : []),
    ]);
    if (showsOwners) await readFormer((group_by && found.all) ?? found.opportunities, names);
    const named = (one: Opportunity) => withOwner(one, names.known());
    const { total } = found;
    const { all = [] } = found;
    const isWhole = found.all !== undefined && all.length === total;
    const totals = (isWhole ? undefined : found.stated) ?? (found.all && totalsOf(all));
    const groups = group_by && groupsOf(all.map(named), group_by);
    const shownGroups = groups?.slice(0, maxGroups) ?? [];
    const isCut = groups !== undefined && groups.length > maxGroups;
    const cut = `Only the ${maxGroups} groups that are worth most a year are shown, of ${groups?.length}. Give more filters to see others.`;
    const none = total === 0 ? nothingFound(args) : undefined;
    const page = found.opportunities.map((one) => compact(named(one), { asked, shown }, names.known()));
    const room = maxCharacters - 2 * JSON.stringify(shownGroups).length;
    const { rows, lines } = asManyAsFit(page, (row) => describeFound(row, asked, context.timeZone), room);
    const next = rows.length < page.length ? skip + rows.length : found.next;
    const currency = textOf(all[0] ?? found.opportunities[0], "value_currency");
    const unnamed = shown.some(({ list }) => list === "users") ? unread.map(({ report }) => report.problem) : [];
    const sums = totals && describeTotals(totals, currency);
    return {
      lines: [
        none ?? `${describeCount(limit === 0 ? (total ?? 0) : rows.length, total, next)}:`,
        ...lines,
        ...shownGroups.map((group) => describeGroup(group, currency)),
        ...(sums ? [`Total value: ${sums}`] : []),
      ],
      data: {
        ...sayOnce(rows),
        ...(total !== undefined && { total }),
        has_more: found.has_more || rows.length < page.length,
        ...(totals && { totals }),
        ...(groups && { groups: shownGroups }),
        ...(none && { message: none }),
      },
      warnings: [...notes, ...found.notes, ...(isCut ? [cut] : []), ...unnamed],
    };
  },
});
