import { z } from "zod/v3";
import { isObject } from "../../base/json.ts";
import { asText, beginning } from "../../base/text.ts";
import { isTimeZone } from "../../base/time-zone.ts";
import type { Mistake } from "../../organization/names.ts";
import { isDay, opportunityId } from "../opportunity.ts";

/** What a call may hold at most, so that no work grows without end. */
const maxNoteCharacters = 1_000_000;
const maxValues = 1000;
const maxOperations = 200;

/** The fields that can be emptied. */
const clearableFields = ["date_won", "value", "note", "contact_id", "user_id"] as const;

const name = z.string().trim();
const note = z.string().max(maxNoteCharacters);

const customFieldOperation = z.object({
  field: name.describe("Name, or cf_… id"),
  action: z
    .enum(["set", "unset", "add", "remove"])
    .describe("set replaces, unset empties; add and remove: one of a field's several values"),
  value: z.array(z.string()).max(maxValues).optional().describe("Omit for unset"),
});
export type CustomFieldOperation = z.infer<typeof customFieldOperation>;

/** The places of texts that stand for themselves: "None" may be a choice. */
export const verbatimTexts = /custom_fields\[[0-9]+\]\.(field|value)$/;

/**
 * What can be asked of an update. Descriptions and patterns are published to agents; messages are what
 * they read if a value is not valid.
 */
export const updateArguments = z.object({
  id: opportunityId,
  status_id: name
    .optional()
    .describe(
      "stat_… id, or a label of the opportunity's own pipeline, or won, lost, active for its one status of that type. `Pipeline / Label` moves it to another pipeline",
    ),
  date_won: z
    .string()
    .trim()
    .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, "must be a day in the form YYYY-MM-DD, without a time")
    .refine(isDay, "is not a day of the calendar")
    .optional()
    .describe(
      "YYYY-MM-DD. Close fills it with today when a won status is set and it is empty. On an active opportunity it is the expected close date. Leaving won does not clear it",
    ),
  value: z.number().int().min(0).optional().describe("In cents: $500.00 = 50000"),
  value_period: z.enum(["one_time", "monthly", "annual"]).optional().describe("Billing period of value"),
  confidence: z.number().int().min(0).max(100).optional().describe("Percent"),
  note: note.optional().describe("Plain text or markdown; replaces the note"),
  note_append: note
    .optional()
    .describe("Added at the end of the note, on a line of its own; what is there stays as it is"),
  note_html: note.optional().describe("Rich text: <body>…</body>; not with note"),
  contact_id: name.optional().describe("cont_… id, or name or e-mail address of a contact of the lead"),
  user_id: name.optional().describe("The owner: me, user_… id, e-mail address or full name"),
  custom_fields: z
    .array(customFieldOperation)
    .max(maxOperations)
    .optional()
    .describe("Operations on custom fields"),
  clear: z.array(z.enum(clearableFields)).max(maxOperations).optional().describe("Fields to empty"),
  time_zone: name
    .refine(
      isTimeZone,
      "is not a time zone of the form America/New_York, or UTC. Abbreviations are ambiguous",
    )
    .optional()
    .describe('IANA name: decides which day "today" is. Default: the server\'s'),
  dry_run: z
    .boolean()
    .optional()
    .describe("Check everything and show the request and expected changes, send no PUT"),
  expected_date_updated: name
    .refine(
      (text) => /^[0-9]{4}-[0-9]{2}-[0-9]{2}.[0-9]{2}:[0-9]{2}/.test(text) && !Number.isNaN(Date.parse(text)),
      "is not a timestamp such as an opportunity's date_updated",
    )
    .optional()
    .describe("The date_updated you last saw; the update is refused if the opportunity has changed since"),
});
export type UpdateArguments = z.infer<typeof updateArguments>;

const notPossible = "This server cannot do that, and neither can a call with other arguments.";

/** Words of other systems and of Close itself, by the argument that is meant, or what cannot be changed. */
const otherWords: readonly (readonly [RegExp, string])[] = [
  [
    /^(expected_)?close[_ ]?(at|date|d)$|^(expected|won|closing|due)_?date$|^expected_close_date$/,
    "Use date_won.",
  ],
  [/^(amount|price|deal_?value|total|sum|value_in_cents|arr|mrr)$/, "Use value, in cents: $500.00 = 50000."],
  [/^(owner|assignee|assigned_to|owner_?id|user|user_?name|rep|salesperson)$/, "Use user_id."],
  [
    /^(stage|status|state|status_label|stage_?id|pipeline.*|deal_?stage)$/,
    "Use status_id: a label of the opportunity's own pipeline, or `Pipeline / Label` to move it.",
  ],
  [/^(probability|win_probability|likelihood)$/, "Use confidence, in percent."],
  [/^(tags?|labels?)$/, 'Use custom_fields, as in [{"field": "Tags", "action": "add", "value": ["…"]}].'],
  [/^(contact|contact_?name|contact_?email|person)$/, "Use contact_id."],
  [
    /^(notes|comments?|description|text|memo|append_note|add_note)$/,
    "Use note_append to add to the note, note to replace it.",
  ],
  [/^(period|billing_?period|interval)$/, "Use value_period."],
  [
    /^(ids|opportunity_ids|updates)$/,
    "This tool changes one opportunity: use update_opportunities for several.",
  ],
  [/^(opportunity_?id|deal_?id|oppo_?id)$/, "Use id."],
  [/^(preview|simulate|test)$/, "Use dry_run."],
  [/^(time_?zone|tz|timezone)$/, "Use time_zone."],
  [
    /^(name|title|opportunity_?name|deal_?name)$/,
    `An opportunity in Close has no name of its own. ${notPossible}`,
  ],
  [/^(currency|value_currency)$/, `The currency belongs to the organization. ${notPossible}`],
  [
    /^(lead|lead_.*|company|account)$/,
    `The lead of an opportunity cannot be changed or renamed here. ${notPossible}`,
  ],
  [
    /^(date_(lost|created|updated)|created_by.*|updated_by.*|value_formatted|expected_value|annualized_.*)$/,
    "Close does not let this be changed.",
  ],
];

/** What to say of names that callers try for what goes elsewhere, or cannot be changed (Close's documentation). */
export function misplacedArgument(name: string, value: unknown): string | undefined {
  if (name === "custom_fields") return operationsMeant(value);
  if (/^(custom\b|l?cf_)/.test(name))
    return `Custom fields go into custom_fields: ${operationFor(name, value)}.`;
  return otherWords.find(([words]) => words.test(name.toLowerCase()))?.[1];
}

/** `{"Seats": 55}` as the operations that it means. */
function operationsMeant(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  if ("field" in value) return `must be a list: [${beginning(JSON.stringify(value), 200)}]`;
  const operations = Object.entries(value).slice(0, 5);
  return `must be a list of operations: [${operations.map(([field, held]) => operation(field, held)).join(", ")}]`;
}

function operationFor(name: string, value: unknown): string {
  const [, field = name, action] = /^(.*?)(?:\.(add|remove))?$/.exec(beginning(name, 100)) ?? [];
  return `[${operation(field, value, action)}]`;
}

function operation(field: string, value: unknown, action = "set"): string {
  const values = (Array.isArray(value) ? value : [value])
    .slice(0, 5)
    .map((one) => beginning(asText(one), 100));
  return JSON.stringify(
    value === null ? { field, action: "unset" } : { field: beginning(field, 100), action, value: values },
  );
}

/** Arguments that contradict each other, or that there is nothing to do. `others`: more mistakes are known already. */
export function contradictions(given: Partial<UpdateArguments>, others: boolean): Mistake[] {
  const mistakes: Mistake[] = [];
  if (given.note !== undefined && given.note_html !== undefined) {
    mistakes.push({
      argument: "note, note_html",
      problem: "use one of them; Close stores a single note",
    });
  }
  const alsoChangesNote = [
    ...(["note", "note_html"] as const).filter((argument) => given[argument] !== undefined),
    ...(given.clear?.includes("note") ? ["clear"] : []),
  ];
  if (given.note_append !== undefined && alsoChangesNote.length > 0) {
    mistakes.push({
      argument: ["note_append", ...alsoChangesNote].join(", "),
      problem: "note_append keeps what the note holds, the other replaces it: use one of them",
    });
  }
  for (const field of new Set(given.clear)) {
    const setBy = field === "note" && given.note === undefined ? "note_html" : field;
    if (given[setBy] !== undefined) {
      mistakes.push({
        argument: `${setBy}, clear`,
        problem: `${field} is both set and cleared; use one of them`,
      });
    }
  }
  if (!others && !asksForChange(given)) {
    mistakes.push({
      argument: "arguments",
      problem: "nothing to change was given; set at least one field, or use custom_fields or clear",
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
