import { refuseMistakes } from "../base/failure.ts";
import { defineTool, hostHints } from "../mcp/tool.ts";
import { contradictions, updateArguments, updateReading } from "../opportunity/update/arguments.ts";
import { resultOf, updateResultSchema } from "../opportunity/update/result.ts";
import { carryOut } from "./carry-out.ts";
import { wantedBy } from "./wanted-update.ts";

const description = `Changes one deal (opportunity) in the Close CRM, its pipeline stage (won, lost), value, close date, owner, note or custom fields, and reports what actually changed. Only the fields given are changed. For several opportunities use update_opportunities.

- Money is in cents: a deal of $500.00 has value 50000, and 500 would make it $5.00.
- date_won: when an opportunity is won, send date_won too if the day matters. Close fills it with today only if it is empty, and an active opportunity often holds its expected close date there.
- To empty a field, name it in clear. null and "" are ignored.
- custom_fields: to tag, use add, which keeps the other tags; set would replace them all.
- Statuses, owners, contacts and custom fields can be given by name; an unknown name returns the valid ones.
- note replaces the note; note_append and note_replace keep the rest of it.
- On an error nothing was changed unless the text says otherwise.
- waiting in the result: nothing was sent yet. Show the plan's sentence to the person, and once they agree call apply_plan with it. undo is the plan that takes the update back.
- No tool here creates or deletes opportunities, renames or moves leads, or changes the currency.

A win, with a tag added:
{"id": "oppo_…", "status_id": "Won", "date_won": "2026-11-23", "custom_fields": [{"field": "Tags", "action": "add", "value": ["Wednesday"]}]}
A new value of $750 and expected close date:
{"id": "oppo_…", "value": 75000, "date_won": "2026-12-31"}`;

export const updateOpportunity = defineTool({
  name: "update_opportunity",
  title: "Update an opportunity",
  description,
  changes: "one",
  meta: hostHints("update change mark value status note undo"),
  inputSchema: updateArguments,
  outputSchema: updateResultSchema,
  reading: updateReading,

  async handle(args, context) {
    refuseMistakes(contradictions(args));
    const { dry_run: isDryRun = false } = args;
    const { rows, ...made } = await carryOut([wantedBy(args)], { isDryRun }, context);
    const [update] = rows;
    if (update === undefined || update.kind === "failed") throw update?.cause;
    return resultOf(update, made);
  },
});
