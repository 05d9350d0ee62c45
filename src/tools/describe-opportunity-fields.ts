import { Failure } from "../base/failure.ts";
import { hostHints } from "../mcp/hints.ts";
import { defineTool } from "../mcp/tool.ts";
import { unreadLists } from "../opportunity/warnings.ts";
import { describeArguments, describedLines, describeFields } from "../organization/describe.ts";
import type { Known } from "../organization/lists.ts";

const lists = ["pipelines", "customFields", "users", "me"] as const;

export const describeOpportunityFields = defineTool({
  name: "describe_opportunity_fields",
  title: "Describe the fields of opportunities",
  description:
    "The organization's pipelines with their statuses, custom fields (id, name, type, choices, whether several values are accepted), users, its currency, and who the caller is.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  meta: hostHints("statuses stages custom fields choices users owners tags currency"),
  inputSchema: describeArguments,

  async handle({ search }, context) {
    const known = await context.directory.lookUp(lists, context);
    const unread = unreadLists(known);
    if (unread.length === lists.length) {
      throw new Failure({
        problem: "None of the organization's lists could be read.",
        details: unread,
        record: "unchanged",
        remedy: arePassing(known) ? "Call again in a moment." : "Fix the problems above, then call again.",
      });
    }
    const data = describeFields(known, search);
    return { lines: describedLines(data), data, warnings: unread };
  },
});

function arePassing({ pipelines, customFields, users, me }: Known): boolean {
  return [pipelines, customFields, users, me].every(
    (lookup) => lookup.state === "failed" && lookup.isPassing,
  );
}
