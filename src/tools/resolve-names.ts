import type { ToolContext } from "../mcp/tool.ts";
import { combined, type Known, type ListName, type Lookup } from "../organization/lists.ts";

/**
 * Plans with the lists that are known. As long as names are missing, reads the lists that the plan asks for, those
 * that were kept from earlier calls again, and plans once more.
 *
 * @param leadId whose contacts are meant; undefined if the opportunity could not be read.
 */
export async function resolveNames<P extends { lookUps: readonly ListName[] }>(
  firstKnown: Known,
  plan: (known: Known) => P,
  context: ToolContext,
  leadId?: string,
): Promise<{ planning: P; known: Known }> {
  let known = firstKnown;
  for (;;) {
    const planning = plan(known);
    const lists = new Set(planning.lookUps);
    if (lists.size === 0) return { planning, known };
    const unread = [...lists].filter((list) => known[list].state === "unread");
    const stale = [...lists].filter((list) => known[list].state !== "unread");
    const [read, readAgain] = await Promise.all([
      context.directory.lookUp(unread, context, { leadId }),
      context.directory.lookUp(stale, context, { fresh: true }),
    ]);
    known = combined(latest, known, read, readAgain);
  }
}

function latest<T>(...lookups: readonly Lookup<T>[]): Lookup<T> {
  return lookups.findLast(({ state }) => state !== "unread") ?? { state: "unread" };
}
