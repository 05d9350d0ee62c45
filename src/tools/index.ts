import type { Tool } from "./tool.ts";
import { updateOpportunity } from "./update-opportunity.ts";

/** The tools to serve; a read-only server has only those that change nothing. */
export function toolsFor({ readOnly }: { readOnly: boolean }): Tool[] {
  return [updateOpportunity].filter((tool) => !readOnly || tool.annotations.readOnlyHint);
}
