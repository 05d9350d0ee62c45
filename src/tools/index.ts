import type { Tool } from "../mcp/tool.ts";
import { applyPlan } from "./apply-plan.ts";
import { describeOpportunityFields } from "./describe-opportunity-fields.ts";
import { findOpportunities } from "./find-opportunities.ts";
import { getOpportunity } from "./get-opportunity.ts";
import { updateOpportunities } from "./update-opportunities.ts";
import { updateOpportunity } from "./update-opportunity.ts";

const tools: readonly Tool[] = [
  updateOpportunity,
  updateOpportunities,
  applyPlan,
  findOpportunities,
  getOpportunity,
  describeOpportunityFields,
];

/** The tools to serve; a read-only server has only those that change nothing. */
export function toolsFor({ readOnly }: { readOnly: boolean }): Tool[] {
  return tools.filter((tool) => !readOnly || tool.annotations.readOnlyHint);
}
