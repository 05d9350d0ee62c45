import { z } from "zod/v3";
import { isTimeZone } from "../../base/time-zone.ts";
import type { Mistake } from "../../organization/names.ts";
import { isDay, opportunityId } from "../opportunity.ts";

/** The fields that can be emptied. */
const clearableFields = ["date_won", "value", "note", "contact_id", "user_id"] as const;

const customFieldOperation = z.object({
  field: z.string().describe("Name or cf_… id"),
  action: z
    .enum(["set", "unset", "add", "remove"])
    .describe("set replaces, unset empties; add and remove: one of a field's several values"),
  value: z
    .union([z.string(), z.number(), z.array(z.string())])
    .optional()
    .describe("Not with unset"),
});
export type CustomFieldOperation = z.infer<typeof customFieldOperation>;

/**
 * What can be asked of an update. Descriptions and patterns are published to agents; messages are what
 * they read when a value does not fit.
 */
export const updateArguments = z.object({
  id: opportunityId,
  status_id: z
    .string()
    .optional()
    .describe(
      "stat_… id, or a label of the opportunity's own pipeline. `Pipeline / Label` moves it to another pipeline",
    ),
  date_won: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, "must be a day in the form YYYY-MM-DD, without a time")
    .refine(isDay, "is not a day of the calendar")
    .optional()
    .describe(
      "YYYY-MM-DD. Close fills it with today when a won status is set and it is empty. On an active opportunity it is the expected close date. Leaving won does not clear it",
    ),
  value: z.number().int().min(0).optional().describe("In cents: $500.00 = 50000"),
  value_period: z.enum(["one_time", "monthly", "annual"]).optional().describe("What the value is paid per"),
  confidence: z.number().int().min(0).max(100).optional().describe("Percent"),
  note: z.string().optional().describe("Plain text or markdown; replaces the note"),
  note_html: z.string().optional().describe("Rich text: <body>…</body>; not with note"),
  contact_id: z.string().optional().describe("A contact of the lead: cont_… id, name or e-mail address"),
  user_id: z.string().optional().describe("The owner: user_… id, e-mail address, full name or me"),
  custom_fields: z.array(customFieldOperation).optional().describe("Operations on custom fields"),
  clear: z.array(z.enum(clearableFields)).optional().describe("Fields to empty"),
  time_zone: z
    .string()
    .refine(isTimeZone, "is not an IANA time zone such as America/New_York")
    .optional()
    .describe('IANA name: decides which day "today" is. Default: the server\'s'),
  dry_run: z
    .boolean()
    .optional()
    .describe("Check everything and show the request and expected changes, send no PUT"),
  expected_date_updated: z
    .string()
    .refine(
      (text) => /^\d{4}-\d{2}-\d{2}.\d{2}:\d{2}/.test(text) && !Number.isNaN(Date.parse(text)),
      "is not a timestamp such as an opportunity's date_updated",
    )
    .optional()
    .describe(
      "date_updated as last seen: refused, with nothing sent, where the opportunity has changed since",
    ),
});
export type UpdateArguments = z.infer<typeof updateArguments>;

/** What to say of names that callers try for what goes elsewhere, or cannot be changed (Close's documentation). */
export function misplacedArgument(name: string): string | undefined {
  if (/^(custom\b|l?cf_)/.test(name)) {
    return 'Custom fields go into custom_fields, as in [{"field": "cf_…", "action": "set", "value": "…"}].';
  }
  if (/^(pipeline|status_label)/.test(name))
    return "status_id takes `Pipeline / Label`, which moves the opportunity to that pipeline.";
  const readOnly =
    /^(lead_|date_(lost|created|updated)|created_by|updated_by|value_(currency|formatted)|expected_value|annualized_)/;
  return readOnly.test(name) ? "Close does not let this be changed." : undefined;
}

/** Where arguments contradict each other, or there is nothing to do. `others`: more mistakes are known already. */
export function contradictions(given: Partial<UpdateArguments>, others: boolean): Mistake[] {
  const mistakes: Mistake[] = [];
  if (given.note !== undefined && given.note_html !== undefined) {
    mistakes.push({
      argument: "note, note_html",
      problem: "both given, but Close keeps one note: give one of them",
    });
  }
  for (const field of new Set(given.clear)) {
    const setBy = field === "note" && given.note === undefined ? "note_html" : field;
    if (given[setBy] !== undefined) {
      mistakes.push({
        argument: `${setBy}, clear`,
        problem: `${field} is both set and cleared: give one of them`,
      });
    }
  }
  if (!others && !asksForChange(given)) {
    mistakes.push({
      argument: "arguments",
      problem:
        "nothing to change was given: name at least one field to set, a custom-field operation, or clear",
    });
  }
  return mistakes;
}

function asksForChange({
  id,
  time_zone,
  dry_run,
  expected_date_updated,
  ...changes
}: Partial<UpdateArguments>): boolean {
  return Object.values(changes).some(
    (value) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
}
