import type { InPart } from "../base/in-part.ts";
import { maxMistakes } from "../mcp/argument-reader.ts";
import type { ToolContext } from "../mcp/tool.ts";
import type { UpdateArguments } from "../opportunity/update/arguments.ts";
import { maxOperationsInCall } from "../opportunity/update/many/arguments.ts";
import { listsNeeded, plan } from "../opportunity/update/plan.ts";
import type { Known, ListName } from "../organization/lists.ts";
import type { Mistake } from "../organization/names.ts";
import { resolveNames } from "./resolve-names.ts";

type Given = InPart<UpdateArguments>;

/**
 * The names that are mistaken whatever the opportunity: of owners, and in operations on custom fields. Returns the
 * mistakes of each update, in their order. After very many the remaining updates are not checked.
 */
export async function mistakenNames(
  updates: readonly Given[],
  context: ToolContext,
): Promise<readonly (readonly Mistake[])[]> {
  const shared = updates.map(sharedPart);
  const firstKnown = await context.directory.lookUp(new Set(shared.flatMap(listsNeeded)), context);
  const { planning } = await resolveNames(firstKnown, (known) => planAll(shared, known), context);
  return planning.mistakes;
}

/** What an opportunity holds can be removed, whatever the field's definition says of values. */
function sharedPart({ user_id, custom_fields }: Given): Given {
  return {
    user_id,
    custom_fields: custom_fields?.map((operation) =>
      operation?.action === "remove" && operation.value !== undefined
        ? { ...operation, value: undefined, mistaken: ["value"] }
        : operation,
    ),
  };
}

/** As far as it gets without reading a list first: all is planned again then. */
function planAll(updates: readonly Given[], known: Known): { mistakes: Mistake[][]; lookUps: ListName[] } {
  const mistakes: Mistake[][] = [];
  let operations = 0;
  let count = 0;
  for (const update of updates) {
    operations += update.custom_fields?.length ?? 0;
    if (operations > maxOperationsInCall) break;
    const planning = plan(update, {}, known);
    // Contacts are those of each opportunity's own lead.
    const lookUps = planning.lookUps.filter((list) => list !== "contacts");
    if (lookUps.length > 0) return { mistakes: [], lookUps };
    mistakes.push([...planning.mistakes]);
    count += planning.mistakes.length;
    if (count >= maxMistakes) break;
  }
  return { mistakes, lookUps: [] };
}
