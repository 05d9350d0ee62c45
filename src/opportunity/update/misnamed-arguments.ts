import type { z } from "zod/v3";
import { briefJson, isObject } from "../../base/json.ts";
import { beginning } from "../../base/text.ts";
import { joinedName, otherWords } from "../other-words.ts";
import { actions, customFieldOperation, updateArguments } from "./arguments.ts";

const meansCustomFields = 'Did you mean "custom_fields"?';

/** Words of other systems and of Close itself. */
const wordFor = otherWords([
  [
    'Did you mean "date_won"?',
    "close closeat closedat closedate closeddate closeon closingdate dateclosed duedate estimatedclosedate expectedclose expectedclosedate expecteddate expectedon windate wondate",
  ],
  [
    'Did you mean "value"? It is in cents: $500.00 = 50000.',
    "amount amountcents amountincents arr budget cents dealamount dealsize dealvalue mrr price pricecents revenue sum total totalvalue valuecents valueincents worth",
  ],
  [
    'Did you mean "user_id"?',
    "assign assignedto assignee assigneeid assignto newowner owner owneremail ownerid ownername rep salesperson salesrep user useremail username",
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
    'Did you mean "contact_id"?',
    "contact contactemail contactname contactperson person personid primarycontact",
  ],
  [
    'Did you mean "note_append", which adds to the note, or "note", which replaces it?',
    "activity addnote appendnote body comment comments description details memo message notes notetext text",
  ],
  ['Did you mean "value_period"?', "billinginterval billingperiod frequency interval period"],
  ["This tool changes one opportunity: use update_opportunities for several.", "ids opportunityids updates"],
  ['Did you mean "id"?', "dealid oppoid opportunity opportunityid"],
  [meansCustomFields, "custom customfield customfields customfieldvalues fields properties"],
  ['Did you mean "expected_date_updated"?', "dateupdated ifunmodifiedsince lastupdated updatedat version"],
]);

/** The same for what holds for a whole call, be it of one opportunity or of many. */
export const wordForCall = otherWords([
  ['Did you mean "dry_run"?', "preview simulate test validateonly"],
  ['Did you mean "time_zone"?', "timezoneid tz tzoffset"],
]);

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

/** What to use instead of names that callers try, and of forms that custom_fields does not have. */
function hintForArgument(place: string, value: unknown): string | undefined {
  const { name, isOperation } = placed(place);
  if (isOperation) return hintForOperation(name, value);
  if (name === "custom_fields") return operationsMeant(value);
  if (/^(custom\.|l?cf_)/.test(name))
    return `Custom fields go into custom_fields: [${operation(name, value)}].`;
  if (/^(labels?|tags?)$/.test(joinedName(name)))
    return `Use custom_fields with the action add: [${operation(name, value ?? "…", "add")}].`;
  if (name === "field" || name === "action")
    return `${name} belongs in an operation on a custom field: custom_fields: [${operationForm}].`;
  const word = wordFor(name) ?? wordForCall(name);
  return word === meansCustomFields && isObject(value) ? `${word} It ${operationsMeant(value)}` : word;
}

/** What cannot be done here, with whatever arguments. */
function impossibleArgument(place: string): string | undefined {
  const { name, isOperation } = placed(place);
  if (isOperation) return undefined;
  return impossibleWords.find(([words]) => words.test(joinedName(name)))?.[1];
}

/** An unknown argument may be a custom field's name. */
function perhapsCustomField(place: string, value: unknown): string | undefined {
  const { name, isOperation } = placed(place);
  // A null that a host filled in must not be answered with a way to empty something.
  const meant = operation(name, value ?? "…");
  return `If it is a custom field, use ${isOperation ? meant : `custom_fields: [${meant}]`}`;
}

const operationForm = '{"field": "…", "action": "set", "value": ["…"]}';

function hintForOperation(name: string, value: unknown): string | undefined {
  if (name === "value") return `must be a list of texts, such as ["…"], not ${briefJson(value, 100)}`;
  switch (joinedName(name)) {
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
    case "value":
    case "values":
      return 'Did you mean "value"?';
    default: {
      const known = besideCustomFields.find((argument) => joinedName(argument) === joinedName(name));
      return known && `${known} belongs beside custom_fields, not in an operation.`;
    }
  }
}

/** The arguments of an update that no operation has. */
const besideCustomFields = Object.keys(updateArguments.shape).filter((name) => name !== "custom_fields");

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

/** Texts of an operation that stand for themselves: "None" may be a choice. */
const verbatim: ReadonlySet<z.ZodTypeAny> = new Set([
  customFieldOperation.shape.field,
  customFieldOperation.shape.value,
]);

/** How the arguments of an update are read, beyond their schema. Places in an entry of `updates` are understood as well. */
export const updateReading = {
  verbatim,
  hint: hintForArgument,
  impossible: impossibleArgument,
  otherwise: perhapsCustomField,
};
