import { z } from "zod/v3";
import { type Mistake, mistakesAmong } from "../../base/failure.ts";
import type { ObjectRules, ReadingRules } from "../../base/reading-rules.ts";
import { isTimeZone } from "../../base/time-zone.ts";
import { valuePeriods } from "../money.ts";
import { maxNoteCharacters } from "../note.ts";
import { day, opportunityId, shortText } from "../opportunity.ts";
import { operationForm, operationWords, updateWords } from "../words.ts";

/** In one call, and values in one operation: no honest call comes near. */
const max = { operations: 200, clearedFields: 200, values: 1000 };

/** The fields that can be emptied. */
export const clearableFields = ["date_won", "value", "note", "contact_id", "user_id"] as const;

const note = z.string().max(maxNoteCharacters);

const customFieldOperation = z.object({
  field: shortText.describe("Name, or cf_… id"),
  action: z
    .enum(["set", "unset", "add", "remove"])
    .describe("set replaces, unset empties; add and remove: one of a field's several values"),
  value: z.array(z.string().max(maxNoteCharacters)).max(max.values).optional().describe("Omit for unset"),
});
export type CustomFieldOperation = z.infer<typeof customFieldOperation>;

/** What can be asked of an update. Agents read descriptions and patterns, and the messages if a value is not valid. */
export const updateArguments = z.object({
  id: opportunityId,
  status_id: shortText
    .optional()
    .describe(
      "stat_… id, or a label of the opportunity's own pipeline, or won, lost, active for its one status of that type. `Pipeline / Label` moves it to another pipeline",
    ),
  date_won: day
    .optional()
    .describe(
      "YYYY-MM-DD. Close fills it with today when a won status is set and it is empty. On an active opportunity it is the expected close date. Leaving won does not clear it",
    ),
  value: z.number().int().min(0).optional().describe("In cents: $500.00 = 50000"),
  value_period: z.enum(valuePeriods).optional().describe("Billing period of value"),
  confidence: z.number().int().min(0).max(100).optional().describe("Percent"),
  note: note.optional().describe("Plain text or markdown; replaces the note"),
  note_append: note
    .optional()
    .describe("Added at the end of the note, on a line of its own; what is there stays as it is"),
  note_html: note.optional().describe("Rich text: <body>…</body>; not with note"),
  contact_id: shortText.optional().describe("cont_… id, or name or e-mail address of a contact of the lead"),
  user_id: shortText.optional().describe("The owner: me, user_… id, e-mail address or full name"),
  custom_fields: z.array(customFieldOperation).max(max.operations).optional().describe("Operations on custom fields"),
  clear: z.array(z.enum(clearableFields)).max(max.clearedFields).optional().describe("Fields to empty"),
  time_zone: shortText
    .refine(
      isTimeZone,
      "is not an IANA time zone such as America/New_York, or UTC; abbreviations and offsets are refused, as they are ambiguous or do not account for daylight saving",
    )
    .optional()
    .describe('IANA name: decides which day "today" is. Default: the server\'s'),
  dry_run: z.boolean().optional().describe("Check everything and show the request and expected changes, send no PUT"),
  expected_date_updated: shortText
    .refine(
      (text) => /^[0-9]{4}-[0-9]{2}-[0-9]{2}.[0-9]{2}:[0-9]{2}/.test(text) && !Number.isNaN(Date.parse(text)),
      "is not a timestamp such as an opportunity's date_updated",
    )
    .optional()
    .describe("The date_updated you last saw; the update is refused if the opportunity has changed since"),
  reason: shortText.optional().describe("Why, for the audit file"),
});
export type UpdateArguments = z.infer<typeof updateArguments>;

/** What is to be changed, whichever opportunity it is. */
export type WantedChanges = Omit<UpdateArguments, "id">;

/** How the arguments of an update are read, beyond their schemas. */
export const updateReading: ReadingRules = new Map<z.ZodTypeAny, ObjectRules>([
  [updateArguments, updateWords],
  [
    customFieldOperation,
    {
      ...operationWords,
      form: ["an operation", operationForm],
      ofEntry: (field, value) => ({ field, action: "set", value }),
      isVerbatim: true,
    },
  ],
]);

/** Arguments of an update, or of an entry of `updates`, that by themselves ask for no change. */
const changesNothing: ReadonlySet<string> = new Set(["id", "time_zone", "dry_run", "expected_date_updated", "reason"]);

/** The keys of an opportunity's own fields that these arguments change. */
export function ownFieldsIn({ clear = [], custom_fields, ...given }: WantedChanges): string[] {
  const named = Object.entries(given).filter(([name, value]) => value !== undefined && !changesNothing.has(name));
  return [...named.map(([name]) => (name === "note_append" ? "note" : name)), ...clear];
}

/** Arguments that contradict each other, or that there is nothing to do. */
export function contradictions(given: WantedChanges): Mistake[] {
  const { clear = [] } = given;
  const isGiven = (argument: keyof WantedChanges) => given[argument] !== undefined;
  const replacing = (["note", "note_html"] as const).filter(isGiven);
  const alsoChangesNote = [...replacing, ...(clear.includes("note") ? ["clear"] : [])];
  const isChange = ([name, value]: [string, unknown]) =>
    value !== undefined && !(Array.isArray(value) && value.length === 0) && !changesNothing.has(name);
  return mistakesAmong([
    [replacing.length > 1, "note, note_html", "use one of them; Close stores a single note"],
    [
      isGiven("note_append") && alsoChangesNote.length > 0,
      ["note_append", ...alsoChangesNote].join(", "),
      "note_append keeps what the note holds, the other replaces it: use one of them",
    ],
    ...[...new Set(clear)].map((field) => {
      const setBy = field === "note" && !isGiven("note") ? "note_html" : field;
      const problem = `${field} is both set and cleared; use one of them`;
      return [isGiven(setBy), `${setBy}, clear`, problem] as const;
    }),
    [
      !Object.entries(given).some(isChange),
      "arguments",
      "no change was given; set at least one field, or use custom_fields or clear",
    ],
  ]);
}
