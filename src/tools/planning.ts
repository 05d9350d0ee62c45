import { Failure } from "../failure.ts";
import type { Mistake } from "../opportunity/arguments.ts";
import type { Known, ListName } from "../opportunity/organization.ts";
import { ignoredWarning } from "./arguments.ts";
import type { ToolContext } from "./tool.ts";

/** Plans with the lists at hand; where a name is not in them, once more with those lists read anew. */
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
    const anew = await context.directory.lookUp(lists, context, { fresh: true });
    known = {
      pipelines: lists.has("pipelines") ? anew.pipelines : known.pipelines,
      customFields: lists.has("customFields") ? anew.customFields : known.customFields,
      users: lists.has("users") ? anew.users : known.users,
      me: lists.has("me") ? anew.me : known.me,
    };
  }
}

/** The failure of a call whose arguments have mistakes: all of them at once. */
export function refusal(tool: string, mistakes: readonly Mistake[], ignored: readonly string[]): Failure {
  const count = mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`;
  return new Failure({
    problem: `Nothing was sent: the arguments of ${tool} have ${count}.`,
    details: [
      ...mistakes.map(({ argument, problem }) => `${argument}: ${problem}`),
      ...ignoredWarning(ignored),
    ],
    record: "unchanged",
    remedy: "Correct this and call again; unchanged arguments will be refused again.",
  });
}
