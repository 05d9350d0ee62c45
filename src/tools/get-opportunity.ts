import { z } from "zod/v3";
import { opportunityId } from "../opportunity/arguments.ts";
import { inBothForms } from "../opportunity/both-forms.ts";
import { describeFound } from "../opportunity/found.ts";
import { items } from "../opportunity/organization.ts";
import { unnamedCustomFields } from "../opportunity/warnings.ts";
import { ignoredWarning } from "./arguments.ts";
import { refusal } from "./planning.ts";
import { defineTool } from "./tool.ts";

export const getOpportunity = defineTool({
  name: "get_opportunity",
  title: "Read an opportunity",
  description:
    "Reads one opportunity with all its fields. value is in cents. custom_field_names tells what its custom.cf_… fields are called.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  inputSchema: z.object({ id: opportunityId }),

  async handle({ given, mistakes, ignored }, context) {
    if (given === undefined || mistakes.length > 0)
      throw refusal("get_opportunity", mistakes, ignoredWarning(ignored));
    const [opportunity, { customFields }] = await Promise.all([
      context.close.readOpportunity(given.id, context),
      context.directory.lookUp(["customFields"], context),
    ]);
    const custom_field_names = Object.fromEntries(
      items(customFields)
        .filter(({ id }) => `custom.${id}` in opportunity)
        .map(({ id, name }) => [id, name]),
    );
    const warnings = [
      ...ignoredWarning(ignored),
      ...(customFields.state === "failed" ? [unnamedCustomFields(customFields.reason)] : []),
    ];
    return inBothForms([describeFound(opportunity)], { ...opportunity, custom_field_names }, warnings);
  },
});
