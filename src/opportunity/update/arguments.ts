import { z } from "zod/v3";
import type { InPart } from "../../base/in-part.ts";
import { briefJson, isObject } from "../../base/json.ts";
import { beginning } from "../../base/text.ts";
import { isTimeZone } from "../../base/time-zone.ts";
import type { Mistake } from "../../organization/names.ts";
import { isDay, opportunityId } from "../opportunity.ts";

/** What a call may hold at most, so that no work grows without end. */
const maxNoteCharacters = 1_000_000;
const maxOperations = 200;

/** No field takes more values in one operation. */
export const maxValues = 1000;

/** The fields that can be emptied. */
const clearableFields = ["date_won", "value", "note", "contact_id", "user_id"] as const;

const name = z.string().trim();
const note = z.string().max(maxNoteCharacters);

const actions = ["set", "unset", "add", "remove"] as const;

const customFieldOperation = z.object({
  field: name.describe("Name, or cf_… id"),
  action: z
    .enum(actions)
    .describe("set replaces, unset empties; add and remove: one of a field's several values"),
  value: z.array(z.string().max(maxNoteCharacters)).max(maxValues).optional().describe("Omit for unset"),
});
export type CustomFieldOperation = z.infer<typeof customFieldOperation>;

/** Texts of an operation that stand for themselves: "None" may be a choice. */
const verbatim: ReadonlySet<z.ZodTypeAny> = new Set([
  customFieldOperation.shape.field,
  customFieldOperation.shape.value,
]);

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
      "is not an IANA time zone such as America/New_York, or UTC; abbreviations and offsets are refused, as they are ambiguous or know no daylight saving",
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

/** Words of other systems and of Close itself, in small letters and joined, by what to use instead. */
const otherWords: ReadonlyMap<string, string> = new Map(
  [
    [
      'Did you mean "date_won"?',
      "closeat closedat closedate closeddate closingdate dateclosed duedate expectedclose expectedclosedate expecteddate windate wondate",
    ],
    [
      'Did you mean "value"? It is in cents: $500.00 = 50000.',
      "amount arr budget dealamount dealvalue mrr price revenue sum total totalvalue valueincents worth",
    ],
    [
      'Did you mean "user_id"?',
      "assignedto assignee assigneeid owner owneremail ownerid ownername rep salesperson salesrep user useremail username",
    ],
    [
      'Did you mean "status_id"? It takes a label of the opportunity\'s own pipeline, and `Pipeline / Label` moves it to another.',
      "dealstage dealstatus newstatus phase pipeline pipelineid pipelinename pipelinestage stage stageid stagename state status statuslabel statusname statustype",
    ],
    [
      'Did you mean "confidence"? It is in percent.',
      "chance likelihood percent percentage probability winprobability",
    ],
    [
      'Use custom_fields with the action add: [{"field": "Tags", "action": "add", "value": ["…"]}].',
      "label labels tag tags",
    ],
    [
      'Did you mean "contact_id"?',
      "contact contactemail contactname contactperson person personid primarycontact",
    ],
    [
      'Did you mean "note_append", which adds to the note, or "note", which replaces it?',
      "activity addnote appendnote body comment comments description details memo message notes notetext text",
    ],
    ['Did you mean "value_period"?', "billinginterval billingperiod frequency interval period"],
    [
      "This tool changes one opportunity: use update_opportunities for several.",
      "ids opportunityids updates",
    ],
    ['Did you mean "id"?', "dealid oppoid opportunity opportunityid"],
    ['Did you mean "dry_run"?', "preview simulate test validateonly"],
    ['Did you mean "time_zone"?', "timezoneid tz tzoffset"],
    ['Did you mean "custom_fields"?', "customfield customfields fields properties"],
    ['Did you mean "expected_date_updated"?', "dateupdated ifunmodifiedsince lastupdated updatedat version"],
  ].flatMap(([instead = "", words = ""]) => words.split(" ").map((word) => [word, instead] as const)),
);

/** What no call can do here (Close's documentation, and the tools that there are). */
const impossibleWords: readonly (readonly [RegExp, string])[] = [
  [
    /^(name|title|opportunityname|opportunitytitle|dealname|subject|displayname)$/,
    "An opportunity in Close has no name of its own: it is listed under its lead's name, which cannot be changed here.",
  ],
  [/^(currency|currencycode|valuecurrency)$/, "The currency of an opportunity cannot be changed here."],
  [
    /^(lead|leadid|leadname|newlead|company|companyname|account|accountid|accountname|organization|organizationid|customer)$/,
    "The lead of an opportunity cannot be changed or renamed here.",
  ],
  [
    /^(datelost|datecreated|createdat|createdby|createdbyname|updatedby|updatedbyname|valueformatted|expectedvalue|annualized\w*)$/,
    "Close does not let this be changed.",
  ],
];

/** An argument's name without its place, and whether it is one of an operation on a custom field. */
function placed(place: string): { name: string; isOperation: boolean } {
  const [, operation, name] =
    /^(?:updates\[[0-9]+\]\.)?(custom_fields\[[0-9]+\](?:\.|$))?([\s\S]*)$/.exec(place) ?? [];
  return { name: name ?? place, isOperation: operation !== undefined };
}

/** In small letters and without what parts words: `closeDate`, `close-date` and `close_date` are one. */
function joined(name: string): string {
  return name.slice(0, 100).toLowerCase().replace(/[-_ ]/g, "");
}

/** What to use instead of names that callers try, and of forms that custom_fields does not have. */
function misplacedArgument(place: string, value: unknown): string | undefined {
  const { name, isOperation } = placed(place);
  if (isOperation) return misplacedInOperation(name, value);
  if (name === "custom_fields") return operationsMeant(value);
  if (/^(custom\b|l?cf_)/.test(name))
    return `Custom fields go into custom_fields: [${operation(name, value)}].`;
  return otherWords.get(joined(name));
}

/** What cannot be done here, with whatever arguments. */
function impossibleArgument(place: string): string | undefined {
  const { name, isOperation } = placed(place);
  if (isOperation) return undefined;
  return impossibleWords.find(([words]) => words.test(joined(name)))?.[1];
}

/** An unknown argument may be a custom field's name. */
function perhapsCustomField(place: string, value: unknown): string | undefined {
  const { name, isOperation } = placed(place);
  // A null that a host filled in must not be answered with a way to empty something.
  const meant = operation(name, value ?? "…");
  return `If it is a custom field, use ${isOperation ? meant : `custom_fields: [${meant}]`}`;
}

const operationForm = '{"field": "…", "action": "set", "value": ["…"]}';

function misplacedInOperation(name: string, value: unknown): string | undefined {
  switch (joined(name)) {
    case "":
      return `must be an operation such as ${operationForm}, not ${briefJson(value, 100)}`;
    case "customfield":
    case "fieldid":
    case "fieldname":
    case "id":
    case "key":
    case "name":
      return 'Did you mean "field"?';
    case "mode":
    case "op":
    case "operation":
    case "type":
      return 'Did you mean "action"?';
    case "choice":
    case "newvalue":
    case "values":
      return 'Did you mean "value"?';
    case "value":
      return `must be a list of texts, such as ["…"], not ${briefJson(value, 100)}`;
    default:
      return undefined;
  }
}

/** How many operations a text proposes: more would not be read. */
const maxProposed = 20;

/** `{"Seats": 55}` as the operations that it means. */
function operationsMeant(value: unknown): string {
  if (!isObject(value))
    return `must be a list of operations, such as [${operationForm}], not ${briefJson(value, 100)}`;
  if (typeof value.field === "string") {
    const action = actions.find((known) => known === value.action) ?? "set";
    return `must be a list of operations: [${operation(value.field, value.value, action)}]`;
  }
  const entries = Object.entries(value);
  const operations = entries.slice(0, maxProposed).map(([field, held]) => operation(field, held));
  const more = entries.length - operations.length;
  return `must be a list of operations: [${operations.join(", ")}]${more > 0 ? ` and ${more} more like these` : ""}`;
}

/** An operation as JSON. A field that ends in .add or .remove says by that what to do. */
function operation(name: string, value: unknown, action?: (typeof actions)[number]): string {
  const [, field = name, ending] = /^([\s\S]*)\.(add|remove)$/.exec(name.slice(0, 200)) ?? [];
  const values = (Array.isArray(value) ? value : [value ?? "…"]).slice(0, maxProposed);
  const texts = values.map((one) => (typeof one === "string" ? beginning(one, 200) : briefJson(one, 200)));
  const meant = value === null ? "unset" : (action ?? ending ?? "set");
  return JSON.stringify(
    meant === "unset"
      ? { field: beginning(field, 200), action: meant }
      : { field: beginning(field, 200), action: meant, value: texts },
  );
}

/** How the arguments of an update are read, beyond their schema. Places in an entry of `updates` are understood as well. */
export const updateReading = {
  verbatim,
  hint: misplacedArgument,
  impossible: impossibleArgument,
  otherwise: perhapsCustomField,
};

/** Arguments that contradict each other, or that there is nothing to do. */
export function contradictions(given: InPart<UpdateArguments>): Mistake[] {
  const mistakes: Mistake[] = [];
  const isGiven = (argument: keyof UpdateArguments) =>
    given[argument] !== undefined || given.mistaken?.includes(argument) === true;
  if (isGiven("note") && isGiven("note_html")) {
    mistakes.push({
      argument: "note, note_html",
      problem: "use one of them; Close stores a single note",
    });
  }
  const alsoChangesNote = [
    ...(["note", "note_html"] as const).filter(isGiven),
    ...(given.clear?.includes("note") ? ["clear"] : []),
  ];
  if (isGiven("note_append") && alsoChangesNote.length > 0) {
    mistakes.push({
      argument: ["note_append", ...alsoChangesNote].join(", "),
      problem: "note_append keeps what the note holds, the other replaces it: use one of them",
    });
  }
  for (const field of new Set(given.clear)) {
    if (field === undefined) continue;
    const setBy = field === "note" && !isGiven("note") ? "note_html" : field;
    if (isGiven(setBy)) {
      mistakes.push({
        argument: `${setBy}, clear`,
        problem: `${field} is both set and cleared; use one of them`,
      });
    }
  }
  if (!asksForChange(given)) {
    mistakes.push({
      argument: "arguments",
      problem: "no change was given; set at least one field, or use custom_fields or clear",
    });
  }
  return mistakes;
}

/** What is mistaken or unknown may have been meant as a change. */
function asksForChange({ mistaken = [], ...given }: InPart<UpdateArguments>): boolean {
  const values = Object.entries(given).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return [...mistaken, ...values.map(([name]) => name)].some((name) => !changesNothing.has(name));
}

/** Arguments of an update, or of an entry of `updates`, that by themselves ask for no change. */
const changesNothing: ReadonlySet<string> = new Set([
  "id",
  "ids",
  "time_zone",
  "dry_run",
  "expected_date_updated",
]);
