import { type Mistake, refuseMistakes } from "../base/failure.ts";
import { defineTool, hostHints, type ToolContext } from "../mcp/tool.ts";
import { fieldOf, findField } from "../opportunity/fields.ts";
import { ownFieldsIn } from "../opportunity/update/arguments.ts";
import { operationMeant } from "../opportunity/update/custom-fields.ts";
import {
  type ManyArguments,
  manyArguments,
  manyReading,
  mistakesInEntries,
  placedAt,
  rowsOf,
} from "../opportunity/update/many/arguments.ts";
import { listsNeeded } from "../opportunity/update/wanted.ts";
import { unwritable } from "../opportunity/update/writable.ts";
import { readLists } from "../organization/lists.ts";
import { NameCollector } from "../organization/names.ts";
import { findOwner } from "../organization/people.ts";
import { carryOut, reportOf } from "./carry-out.ts";
import { wantedBy } from "./wanted-update.ts";

const description = `Changes many deals (opportunities) in the Close CRM in one call: pipeline stage (won, lost), value, close date, owner, note, custom fields. Reports the outcome of each: updated, unchanged (already so, or ignored by Close), refused, in_doubt, or not_tried (time used up; call again with those ids). For one opportunity use update_opportunity, whose arguments and rules hold here too.

All arguments are checked before anything is sent; what does not suit one opportunity refuses that row alone. Never widen a request about one opportunity to many. dry_run: rows are not_tried, with the changes to expect; apply_plan carries plan out. waiting: nothing was sent yet; show the plan's sentence to the person, and once they agree call apply_plan with it. undo takes back the whole call, or some ids.

One change for many:
{"updates": [{"ids": ["oppo_…", "oppo_…"], "date_won": "2026-12-31"}]}
Different changes:
{"updates": [{"id": "oppo_…", "value": 75000}, {"id": "oppo_…", "status_id": "Lost", "note_append": "Went bankrupt."}]}`;

export const updateOpportunities = defineTool({
  name: "update_opportunities",
  title: "Update many opportunities",
  description,
  changes: "many",
  meta: hostHints("bulk batch many several all update change mark undo"),
  inputSchema: manyArguments,
  reading: manyReading,

  /** Arguments → what is wrong with any entry → rows, each as update_opportunity would → result. */
  async handle(args, context) {
    refuseMistakes(mistakesInEntries(args));
    refuseMistakes(await mistakenNames(args, context));
    const { dry_run: isDryRun = false, stop_after_failures: maxFailures } = args;
    return reportOf(await carryOut(rowsOf(args).map(wantedBy), { isDryRun, maxFailures }, context));
  },
});

/**
 * Owners and custom fields are the same for every opportunity: wrong ones, and those that may not be changed, are refused before anything is sent. Contacts are
 * those of each opportunity's lead, and only what it holds can be removed: both are left to the rows.
 */
async function mistakenNames({ updates }: ManyArguments, { names, policy, timeZone }: ToolContext): Promise<Mistake[]> {
  await readLists(updates.flatMap((changes) => listsNeeded(changes, names)));
  const mistakes: Mistake[] = [];
  for (const [at, { ids, id, ...changes }] of updates.entries()) {
    const { user_id, custom_fields = [] } = changes;
    const entry = new NameCollector(names);
    const fields = ownFieldsIn(changes).map((key) => fieldOf(key, names.known()));
    if (user_id !== undefined) await entry.found("user_id", findOwner(user_id, entry.names));
    for (const [index, operation] of custom_fields.entries()) {
      if (entry.isFull) break;
      const argument = `custom_fields[${index}]`;
      const field = await entry.found(argument, findField(operation.field, entry.names));
      if (field === undefined) continue;
      fields.push(field);
      if (field.list === "contacts" || operation.action === "remove") continue;
      await entry.found(argument, operationMeant(operation, { before: {}, names: entry.names, timeZone }));
    }
    mistakes.push(...placedAt(at, [...entry.mistakes, ...unwritable(fields, policy.writableFields)]));
    if (entry.isFull) break;
  }
  return mistakes;
}
