import { hostHints } from "../mcp/hints.ts";
import { defineResolvingTool } from "../mcp/tool.ts";
import type { ToolResult } from "../mcp/tool-result.ts";
import { contradictions, updateArguments } from "../opportunity/update/arguments.ts";
import type { UpdateFact } from "../opportunity/update/fact.ts";
import { updateReading } from "../opportunity/update/misnamed-arguments.ts";
import { resultOf, updateResultSchema } from "../opportunity/update/result.ts";
import { afterwards, refuse, updateOne } from "./update-one.ts";

const description = `Changes one opportunity in Close and reports what actually changed. Only the fields given are changed. For several opportunities use update_opportunities.

- Money is in cents: a deal of $500.00 has value 50000, and 500 would make it $5.00.
- date_won: when an opportunity is won, send date_won too if the day matters. Close fills it with today only if it is empty, and an active opportunity often holds its expected close date there.
- To empty a field, name it in clear. null and "" are ignored.
- custom_fields takes operations: to tag, use add, which keeps the other tags; set would replace them all.
- Statuses, owners, contacts and custom fields can be given by name; an unknown name returns the valid ones.
- On an error nothing was changed unless the text says otherwise. dry_run shows the request and the expected changes first.
- undo in the result is a call of this tool that brings back what was there before.
- No tool here creates or deletes opportunities, renames or moves leads, or changes the currency.

A win, with a tag added:
{"id": "oppo_…", "status_id": "Won", "date_won": "2026-11-23", "custom_fields": [{"field": "Tags", "action": "add", "value": ["Wednesday"]}]}
A new value of $750 and expected close date:
{"id": "oppo_…", "value": 75000, "date_won": "2026-12-31"}`;

export const updateOpportunity = defineResolvingTool({
  name: "update_opportunity",
  title: "Update an opportunity",
  description,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  meta: hostHints("update change mark value status note undo"),
  inputSchema: updateArguments,
  outputSchema: updateResultSchema,
  reading: updateReading,

  async handle(parsed, context) {
    const { args, given, blank } = parsed;
    const mistakes = [...parsed.mistakes, ...contradictions(parsed.partial)];
    if (args === undefined || mistakes.length > 0) return refuse(parsed, mistakes, context);
    const fact = await updateOne({ args, given, blank }, context);
    return fact.kind === "updated" ? reported(fact) : resultOf(fact);
  },
});

/** The update has gone through: nothing may make a failure of it. */
async function reported(fact: UpdateFact): Promise<ToolResult> {
  const { id, warnings } = fact;
  const bare: ToolResult = { lines: [`Updated ${id}.`], data: { id }, warnings };
  const made = await afterwards("reporting it in full", bare, () => resultOf(fact));
  return { ...made.value, warnings: [...made.value.warnings, ...made.warnings] };
}
