import { Failure } from "../failure.ts";
import type { Mistake } from "../opportunity/arguments.ts";
import type { Known, ListName, Lookup } from "../opportunity/organization.ts";
import type { ToolContext } from "./tool.ts";

/** Plans with the lists at hand; where those do not do, once more with others, or with the same read anew. */
export async function planWithNames<P extends { lookUps: readonly ListName[] }>(
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

/** The failure of a call whose arguments have mistakes: all of them at once. */
export function refusal(tool: string, mistakes: readonly Mistake[], notes: readonly string[]): Failure {
  const count = mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`;
  return new Failure({
    problem: `Nothing was sent: the arguments of ${tool} have ${count}.`,
    details: [...mistakes.map(({ argument, problem }) => `${argument}: ${problem}`), ...notes],
    record: "unchanged",
    remedy: "Correct this and call again; unchanged arguments will be refused again.",
  });
}
