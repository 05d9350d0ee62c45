import { z } from "zod/v3";
import { hostHints } from "../mcp/hints.ts";
import { defineTool } from "../mcp/tool.ts";
import { describeFound } from "../opportunity/find/found.ts";
import { opportunityId } from "../opportunity/opportunity.ts";
import { unnamedCustomFields } from "../opportunity/warnings.ts";
import { items } from "../organization/lists.ts";

export const getOpportunity = defineTool({
  name: "get_opportunity",
  title: "Read an opportunity",
  description:
    "Reads one opportunity with all its fields. value is in cents. custom_field_names tells what its custom.cf_… fields are called.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  meta: hostHints("read details history who changed"),
  inputSchema: z.object({ id: opportunityId }),

  async handle({ id }, context) {
    const [opportunity, { customFields }] = await Promise.all([
      context.close.readOpportunity(id, context),
      context.directory.lookUp(["customFields"], context),
    ]);
    const custom_field_names = Object.fromEntries(
      items(customFields)
        .filter((field) => `custom.${field.id}` in opportunity)
        .map((field) => [field.id, field.name]),
    );
    return {
      lines: [describeFound(opportunity)],
      data: { ...opportunity, custom_field_names },
      warnings: customFields.state === "failed" ? [unnamedCustomFields(customFields.reason)] : [],
    };
  },
});
