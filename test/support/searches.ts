import { z } from "zod/v3";
import type { Reply } from "./host.ts";
import { serveSandbox } from "./served.ts";

const row = z.record(z.unknown());
const result = z.object({ opportunities: z.array(row), same: row.optional() });

/** A sandbox and a host for all tests of a file that look for opportunities. */
export async function serveSearches() {
  const { sandbox, host } = await serveSandbox();
  const lastQuery = () => {
    const listing = sandbox.requests.findLast(({ path }) => path.startsWith("/opportunity/?"));
    return Object.fromEntries(new URLSearchParams(listing?.path.split("?")[1]));
  };
  return {
    sandbox,
    find: (args: Record<string, unknown>): Promise<Reply> => host.call(args, "find_opportunities"),
    /** The query of the last listing. */
    lastQuery,
    /** The filters of the last listing: its query without paging and fields. */
    filters() {
      const { _fields, _limit, _skip, ...filters } = lastQuery();
      return filters;
    },
  };
}

/** The opportunities in an answer of find_opportunities, each with what is the same in all. */
export function found({ structured }: Reply): Record<string, unknown>[] {
  const { opportunities, same } = result.parse(structured);
  return opportunities.map((own) => ({ ...same, ...own }));
}

/** The filters of a search without any: the order. */
export const latest = { _order_by: "-date_updated" };
