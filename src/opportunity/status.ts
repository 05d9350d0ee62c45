import { itemById, type Known } from "../organization/lists.ts";
import { statusById } from "../organization/statuses.ts";
import { type Opportunity, textOf } from "./opportunity.ts";

/** What the opportunity's status means: active, won or lost. Undefined if neither answer nor list says so. */
export function statusTypeOf(opportunity: Opportunity, known: Pick<Known, "pipelines">): string | undefined {
  return textOf(opportunity, "status_type") ?? placedStatusOf(opportunity, known)?.status.type;
}

/** The opportunity's own pipeline. Older answers lack it: it is then the one that holds the status. */
export function pipelineOf(
  opportunity: Opportunity,
  known: Pick<Known, "pipelines">,
): { id: string | undefined; name: string | undefined } {
  const id = textOf(opportunity, "pipeline_id") ?? placedStatusOf(opportunity, known)?.pipeline.id;
  const name = textOf(opportunity, "pipeline_name") ?? itemById(known.pipelines, id)?.name;
  return { id, name };
}

function placedStatusOf(opportunity: Opportunity, { pipelines }: Pick<Known, "pipelines">) {
  const id = textOf(opportunity, "status_id");
  return id === undefined ? undefined : statusById(pipelines, id);
}
