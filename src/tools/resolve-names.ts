import type { ToolContext } from "../mcp/tool.ts";
import type { Known, ListName, Lookup } from "../organization/lists.ts";

/** Plans with the lists at hand; where those do not do, once more with others, or with the same read anew. */
export async function resolveNames<P extends { lookUps: readonly ListName[] }>(
  firstKnown: Known,
  plan: (known: Known) => P,
  context: ToolContext,
): Promise<{ planning: P; known: Known }> {
  let known = firstKnown;
  for (;;) {
    const planning = plan(known);
    const lists = new Set(planning.lookUps);
    if (lists.size === 0) return { planning, known };
    const unread = [...lists].filter((list) => known[list].state === "unread");
    const stale = [...lists].filter((list) => known[list].state !== "unread");
    const [read, anew] = await Promise.all([
      context.directory.lookUp(unread, context),
      context.directory.lookUp(stale, context, { fresh: true }),
    ]);
    known = {
      pipelines: latest(known.pipelines, read.pipelines, anew.pipelines),
      customFields: latest(known.customFields, read.customFields, anew.customFields),
      users: latest(known.users, read.users, anew.users),
      me: latest(known.me, read.me, anew.me),
    };
  }
}

function latest<T>(...lookups: readonly Lookup<T>[]): Lookup<T> {
  return lookups.findLast(({ state }) => state !== "unread") ?? { state: "unread" };
}
