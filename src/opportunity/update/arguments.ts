import { z } from "zod/v3";
import type { Mistake } from "../../base/failure.ts";
import { grouped } from "../../base/grouped.ts";
import type { ObjectRules, ReadingRules } from "../../base/reading-rules.ts";
import { instantOf, isTimeZone } from "../../base/time-zone.ts";
import { valuePeriods } from "../money.ts";
import { maxNoteCharacters } from "../note.ts";
import { day, opportunityId, shortText } from "../opportunity.ts";
import { richTextProblem } from "../rich-text.ts";
import {
  centsSpellings,
  confidenceSpellings,
  daySpellings,
  daysSpellings,
  opportunityIdSpellings,
  percentSpellings,
} from "../spellings.ts";
import { clearWords, operationWords, passageWords, periodWords, updateWords } from "../words.ts";

/** In one call, and values in one operation: no honest call comes near. */
const max = { operations: 200, clearedFields: 200, values: 1000 };

/** The fields that can be emptied. */
export const clearableFields = ["date_won", "value", "note", "contact_id", "user_id"] as const;

const cents = z.number().int().min(0);
const valuePeriod = z.enum(valuePeriods);
const confidence = z.number().int().min(0).max(100);
const percent = z.number();
const days = z.number().int();
const clearable = z.enum(clearableFields);
const note = z.string().max(maxNoteCharacters);

const richText = z
  .string()
  .trim()
  .max(maxNoteCharacters)
  .superRefine((text, { addIssue }) => {
    const message = text === "" ? undefined : richTextProblem(text);
    if (message !== undefined) addIssue({ code: z.ZodIssueCode.custom, message });
  });

const customFieldOperation = z.object({
  field: shortText.describe("Name, or cf_… id"),
  action: z
    .enum(["set", "unset", "add", "remove"])
    .describe("set replaces, unset empties; add and remove: one of a field's several values"),
  value: z.array(z.string().max(maxNoteCharacters)).max(max.values).optional().describe("Omit for unset"),
});
export type CustomFieldOperation = z.infer<typeof customFieldOperation>;

const passage = z.object({
  find: z.string().max(maxNoteCharacters).describe("Must occur exactly once in what the note shows"),
  replace: note,
});

/** What can be asked of an update. Agents read descriptions and patterns, and the messages if a value is not valid. */
export const updateArguments = z.object({
  id: opportunityId,
  status_id: shortText
    .optional()
    .describe(
      "Label in its own pipeline, or won, lost, active, or stat_… id. `Pipeline / Label` moves it to another pipeline",
    ),
  date_won: day
    .optional()
    .describe("YYYY-MM-DD; on an active opportunity the expected close date. Leaving won does not clear it"),
  date_won_shift_days: days.optional().describe("Moves date_won by so many days: 14, -7"),
  value: cents.optional().describe("In cents: $500.00 = 50000"),
  value_percent: percent.optional().describe("Changes value by so many percent: 10, -5"),
  value_period: valuePeriod.optional().describe("Billing period of value"),
  confidence: confidence.optional().describe("Percent"),
  note: note.optional().describe("Plain text or markdown; replaces the note"),
  note_append: note.optional().describe("Added at the end of the note, on a line of its own"),
  note_replace: passage.optional().describe("Replaces one passage of the note and nothing else"),
  note_html: richText.optional().describe("Rich text <body>…</body>; replaces the note"),
  contact_id: shortText.optional().describe("Contact of the lead: name, e-mail address or cont_… id"),
  user_id: shortText.optional().describe("The owner: me, name, e-mail address or user_… id"),
  custom_fields: z.array(customFieldOperation).max(max.operations).optional().describe("Operations on custom fields"),
  clear: z.array(clearable).max(max.clearedFields).optional().describe("Fields to empty"),
  time_zone: shortText
    .refine(
      isTimeZone,
      "is not an IANA time zone such as America/New_York, or UTC; abbreviations and offsets are refused, as they are ambiguous or do not account for daylight saving",
    )
    .optional()
    .describe('IANA name: decides which day "today" is. Default: the server\'s'),
  dry_run: z.boolean().optional().describe("Send nothing, show the request and the expected changes"),
  expected_date_updated: shortText
    .refine((text) => !Number.isNaN(instantOf(text)), "is not a timestamp such as an opportunity's date_updated")
    .optional()
    .describe("The date_updated you last saw: refused if changed since"),
  reason: shortText.optional().describe("Why, for the audit file"),
});
export type UpdateArguments = z.infer<typeof updateArguments>;

/** What is to be changed, whichever opportunity it is. */
export type WantedChanges = Omit<UpdateArguments, "id">;

/** How the arguments of an update are read, beyond their schemas. */
export const updateReading: ReadingRules = new Map<z.ZodTypeAny, ObjectRules>([
  [updateArguments, updateWords],
  [opportunityId, opportunityIdSpellings],
  [day.innerType(), daySpellings("; date_won_shift_days moves the date by days")],
  [days, daysSpellings],
  [cents, centsSpellings],
  [percent, percentSpellings],
  [confidence, confidenceSpellings],
  [valuePeriod, periodWords],
  [note, { isVerbatim: true }],
  [clearable, clearWords],
  [passage, passageWords],
  [customFieldOperation, operationWords],
]);

/** Arguments of an update, or of an entry of `updates`, that by themselves ask for no change. */
const changesNothing: ReadonlySet<string> = new Set(["id", "time_zone", "dry_run", "expected_date_updated", "reason"]);

/** Arguments that change a field of another name. */
const fieldsChanged: Readonly<Record<string, string>> = {
  date_won_shift_days: "date_won",
  value_percent: "value",
  note_append: "note",
  note_replace: "note",
  note_html: "note",
};

/** The opportunity's own fields that these arguments change, each with the arguments that do. */
function changersOf({ clear = [], custom_fields, ...given }: WantedChanges) {
  const named = Object.entries(given).flatMap(([name, value]) =>
    value === undefined || changesNothing.has(name) ? [] : [{ name, field: fieldsChanged[name] ?? name }],
  );
  const cleared = [...new Set<string>(clear)].map((field) => ({ name: "clear", field }));
  return grouped([...named, ...cleared], ({ field }) => field);
}

/** The keys of an opportunity's own fields that these arguments change. */
export function ownFieldsIn(given: WantedChanges): string[] {
  return [...changersOf(given).keys()];
}

/** Arguments that contradict each other, or that there is nothing to do. */
export function contradictions(given: WantedChanges): Mistake[] {
  const changers = changersOf(given);
  if (changers.size === 0 && (given.custom_fields ?? []).length === 0) {
    const problem = "no change was given; set at least one field, or use custom_fields or clear";
    return [{ argument: "arguments", problem }];
  }
  const several = [...changers].filter(([, by]) => by.length > 1);
  return several.map(([field, by]) => ({
    argument: by.map(({ name }) => name).join(", "),
    problem: `${field} can be changed in one way only; use one of them`,
  }));
}
