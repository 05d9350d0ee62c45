import { z } from "zod/v3";
import type { JsonObject } from "../base/json.ts";
import { itemById, type Known } from "../organization/lists.ts";
import { statusById } from "../organization/statuses.ts";

/** An opportunity as Close answered with it: any JSON object, `custom.cf_…` keys at the top level. */
export type Opportunity = JsonObject;

function fields<T extends z.ZodTypeAny>(type: T, names: string): Record<string, z.ZodOptional<z.ZodNullable<T>>> {
  return Object.fromEntries(names.split(" ").map((name) => [name, type.nullish()]));
}

/**
 * The Opportunity of Close's OpenAPI document, loosely, as clients refuse a whole result for one misfit: only `id` is required,
 * there are no closed enums, and unknown keys (custom fields, what holds objects) are allowed.
 */
export const opportunitySchema = z
  .object({
    id: z.string(),
    ...fields(z.string(), "status_id status_label status_display_name status_type pipeline_id pipeline_name"),
    ...fields(z.string(), "date_won date_lost date_created date_updated value_formatted value_currency"),
    ...fields(z.string(), "value_period note note_html lead_id lead_name contact_id contact_name user_id"),
    ...fields(z.string(), "user_name organization_id created_by created_by_name updated_by updated_by_name"),
    value: z.number().nullish().describe("cents"),
    ...fields(z.number(), "confidence expected_value annualized_value annualized_expected_value"),
    ...fields(z.boolean(), "is_stalled"),
  })
  .passthrough();

/** A field's value if it is text that is not empty. */
export function textOf(opportunity: Opportunity | undefined, field: string): string | undefined {
  const value = opportunity?.[field];
  return typeof value === "string" && value !== "" ? value : undefined;
}

const types: ReadonlyMap<string, z.ZodTypeAny> = new Map(Object.entries(opportunitySchema.shape));

/** Whether a field of an answer has a form that clients refuse by the published schema. */
export function isMisfit(field: string, value: unknown): boolean {
  const type = types.get(field);
  return type !== undefined && !type.safeParse(value).success;
}

/** Whether `text` is a real day in the form `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  return z.string().date().safeParse(text).success;
}

/** A name or an id, as an argument. */
export const shortText = z.string().trim().max(1_000);

/** A day of the calendar, as an argument. */
export const day = z
  .string()
  .trim()
  .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, "must be a day in the form YYYY-MM-DD, without a time")
  .refine(isDay, "is not a day of the calendar");

/** Anything else in its place would reach another resource of Close. */
export const opportunityId = z
  .string()
  .trim()
  .regex(/^oppo_[A-Za-z0-9]+$/, "is not an opportunity id, oppo_…: find_opportunities gives it")
  .describe("oppo_… id of the opportunity");

/** What the opportunity's status means: active, won or lost. Undefined if neither answer nor list says so. */
export function statusTypeOf(opportunity: Opportunity, known: Pick<Known, "pipelines">): string | undefined {
  return textOf(opportunity, "status_type") ?? statusById(known, opportunity.status_id)?.type;
}

/** The opportunity's own pipeline. Older answers lack it: it is then the one that holds the status. */
export function pipelineOf(opportunity: Opportunity, known: Pick<Known, "pipelines">) {
  const id = textOf(opportunity, "pipeline_id") ?? statusById(known, opportunity.status_id)?.pipeline.id;
  const name = textOf(opportunity, "pipeline_name") ?? itemById(known.pipelines, id)?.name;
  return { id, name };
}
