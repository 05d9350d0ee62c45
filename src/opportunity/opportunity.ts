import { z } from "zod/v3";
import type { JsonObject } from "../base/json.ts";

/** An opportunity as Close answered with it: any JSON object, `custom.cf_…` keys at the top level. */
export type Opportunity = JsonObject;

const text = z.string().nullish();
const number = z.number().nullish();
const object = z.object({}).passthrough().nullish();

/**
 * The Opportunity of Close's OpenAPI document, loosely: only `id` is required, no closed enums, unknown keys
 * (custom fields among them) allowed. Official clients refuse a whole result if one field does not fit.
 */
export const opportunitySchema = z
  .object({
    id: z.string(),
    annualized_expected_value: number,
    annualized_value: number,
    attachments: z.array(z.object({}).passthrough()).nullish(),
    comment_summary: object,
    confidence: number,
    contact_id: text,
    contact_name: text,
    created_by: text,
    created_by_name: text,
    date_created: text,
    date_lost: text,
    date_updated: text,
    date_won: text,
    expected_value: number,
    integration_links: z.array(z.object({}).passthrough()).nullish(),
    is_stalled: z.boolean().nullish(),
    lead_id: text,
    lead_name: text,
    lead_primary_email: object,
    lead_primary_phone: z.array(z.object({}).passthrough()).nullish(),
    note: text,
    note_html: text,
    organization_id: text,
    pipeline_id: text,
    pipeline_name: text,
    stall_status: object,
    status_display_name: text,
    status_id: text,
    status_label: text,
    status_type: text,
    suggested_action: object,
    updated_by: text,
    updated_by_name: text,
    user_id: text,
    user_name: text,
    value: number.describe("cents"),
    value_currency: text,
    value_formatted: text,
    value_period: text,
  })
  .passthrough();

/** A field's value if it is text that is not empty. */
export function textOf(opportunity: Opportunity | undefined, field: string): string | undefined {
  const value = opportunity?.[field];
  return typeof value === "string" && value !== "" ? value : undefined;
}

const fields: ReadonlyMap<string, z.ZodTypeAny> = new Map(Object.entries(opportunitySchema.shape));

/** Whether a field of an answer has a form that a client's validation, by the published schema, would refuse. */
export function isMisfit(field: string, value: unknown): boolean {
  const type = fields.get(field);
  return type !== undefined && !type.safeParse(value).success;
}

/** Whether `text` is a real day in the form `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  return z.string().date().safeParse(text).success;
}

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
  .regex(/^oppo_[A-Za-z0-9]+$/, "is not an opportunity id: oppo_ followed by letters and digits")
  .describe("oppo_… id of the opportunity");
