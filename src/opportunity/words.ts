import { isObject } from "../base/json.ts";
import type { ObjectRules } from "../base/reading-rules.ts";
import { quote } from "../base/text.ts";
import { daysAfter } from "../base/time-zone.ts";
import { isDay } from "./opportunity.ts";
import { amountAdvice, dayWritten } from "./spellings.ts";

/* Callers' words for arguments: those with one safe meaning are understood, the others answered with what to send. */

function table(meanings: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const entries = Object.entries(meanings);
  return new Map(entries.flatMap(([meaning, words]) => words.split(" ").map((word) => [word, meaning])));
}

/** Words for amounts. */
function amounts(words: string, send: string): [string, string | ((value: unknown) => string)][] {
  return words.split(" ").map((word) => [word, amountAdvice(send)]);
}

const idWords = "opportunity opportunityid opp oppid oppoid deal dealid recordid";

/** The form of an operation on this custom field, as errors show it. */
const operationOn = (field: string, action = "set") =>
  `custom_fields: [{"field": ${quote(field || "…", 100)}, "action": "${action}"${action === "unset" ? "" : ', "value": ["…"]'}}]`;

/** Arguments of an update. */
export const updateWords = {
  understood: table({
    id: idWords,
    status_id: "status stage stageid stagename dealstage dealstatus statuslabel statusname statustype",
    date_won:
      "closedate closing closeddate closingdate dateclosed expectedclose expectedclosedate expectedclosingdate expecteddate estimatedclosedate wondate",
    user_id:
      "owner ownerid ownername owneremail opportunityowner dealowner assignee assigneeid assignedto salesrep user username useremail",
    contact_id: "contact contacts contactname contactemail contactperson primarycontact",
    note_append: "appendnote appendtonote addnote addtonote noteadd",
    value: "cents valuecents valueincents amountcents amountincents",
    value_period: "period billingperiod",
    confidence: "confidencepercent",
    custom_fields: "customfield custom customfieldvalues",
    clear: "unset clearfields",
    dry_run: "preview",
    reason: "why rationale",
  }),
  refused: new Map([
    ...amounts("amount price dealvalue dealsize dealamount mrr arr revenue total worth", "value"),
    ...table({
      "Send note_append to add to the note, or note to replace it":
        "notes notetext comment comments description message body text",
      "Send confidence, in whole percent": "probability likelihood chance winprobability",
      "Send status_id: won or lost stands for the status of that type": "won lost iswon islost closedwon closedlost",
      "Send status_id: `Pipeline / Label` moves it to another pipeline": "pipeline pipelineid pipelinename",
      'Send custom_fields with the action add: [{"field": "…", "action": "add", "value": ["…"]}]':
        "tag tags label labels",
      [`Send ${operationOn("")}`]: "fields properties field action",
      "For several opportunities use update_opportunities": "ids opportunityids updates",
      "An opportunity in Close has no name of its own: it is listed under its lead's name, which cannot be changed here. Leave this out, and tell the user":
        "name title opportunityname dealname subject",
      "The currency of an opportunity cannot be changed here. Leave this out, and tell the user":
        "currency currencycode valuecurrency",
      "The lead of an opportunity cannot be changed or renamed here. Leave this out, and tell the user":
        "lead leadid leadname company companyname account accountname customer organization",
      "No tool here creates or deletes opportunities. Leave this out, and tell the user": "create delete",
      "No tool here logs activities. Leave this out, and tell the user": "activity log task email call",
      "Close does not let this be changed. Leave this out": "datelost datecreated createdby dateupdated updatedby",
    }),
  ]),
  otherwise: (given: string) => `If it is a custom field, send ${operationOn(given)}`,
} satisfies ObjectRules;

/** The same of an entry of an update of many, each of which names several opportunities. */
export const entryWords: ObjectRules = {
  ...updateWords,
  understood: new Map([
    ...updateWords.understood,
    ...table({ ids: "opportunityids oppoids dealids opportunities deals" }),
  ]),
  refused: new Map([
    ...updateWords.refused,
    ...table({ "Send it once, beside updates": "timezone dryrun reason stopafterfailures" }),
  ]),
};

/** Arguments of an update of many. */
export const manyWords: ObjectRules = {
  understood: table({ updates: "update changes entries rows opportunities deals" }),
};

/** Billing periods. */
export const periodWords: ObjectRules = {
  understood: table({
    annual: "yearly annually year peryear annum perannum",
    monthly: "month permonth",
    one_time: "once",
  }),
};

const neverEmpty =
  /^\W*(?:all|everything|status(?:_id)?|stage|pipeline(?:_id)?|confidence|probability|value_period|period|lead(?:_id)?)\W*$/i;

/** Fields to empty. */
export const clearWords: ObjectRules = {
  understood: new Map([...updateWords.understood, ...table({ note: "notes" })]),
  otherwise: (given) =>
    neverEmpty.test(String(given))
      ? "A status, a confidence and a value's period cannot be emptied"
      : `A custom field is emptied by ${operationOn(given, "unset")}`,
  parted: /[,;]\s*/,
};

/** Keys of a passage of a note. */
export const passageWords: ObjectRules = {
  form: ["an object", '{"find": "…", "replace": "…"}'],
  isVerbatim: true,
  isNoneMeant: new Set(["replace"]),
  understood: table({
    find: "search from old oldtext findtext before",
    replace: "replacement replacewith with to new newtext after",
  }),
};

/** Keys of an operation on a custom field. */
export const operationWords: ObjectRules = {
  form: ["an operation", '{"field": "…", "action": "set", "value": ["…"]}'],
  ofEntry: (field, value) =>
    isObject(value) && "value" in value ? { field, ...value } : { field, action: "set", value },
  isVerbatim: true,
  impliedAction: "set",
  understood: table({
    field: "name fieldname fieldid customfield key id",
    action: "op operation mode type",
    value: "values newvalue choice",
  }),
};

const nameWords = "company companies account accounts customer customers client clients organization".split(" ");
const leadWords = `lead leads leadname ${nameWords.flatMap((word) => [word, `${word}name`]).join(" ")}`;
const ownerWords = "owner ownername owneremail ownerid userid username useremail users assignee assignedto salesrep";
const pipelineWords = "pipelineid pipelinename pipelines";
const stageWords = "stage stages statuses statusid statuslabel statusname stagename dealstage";

/** Before and after a day leave the day itself out. */
const nextTo = (days: number) => (value: unknown) => {
  const day = dayWritten(String(value)) ?? "";
  return isDay(day) ? daysAfter(day, days) : undefined;
};

/** Filters of a search. */
export const findWords: ObjectRules = {
  meant: new Map(
    ["closed", "created", "updated"].flatMap((word) => [
      [`${word}after`, nextTo(1)],
      [`${word}before`, nextTo(-1)],
    ]),
  ),
  understood: table({
    lead_names: `${leadWords} name names`,
    contact: "contactname contactemail contactid contacts",
    user: ownerWords,
    status: stageWords,
    pipeline: pipelineWords,
    exclude_pipeline: "notpipeline excludepipelines excludedpipeline pipelinenot",
    date_won_from:
      "closedafter closedfrom closedsince closedatefrom closedatesince closedatestart closedategte datewonsince datewonstart datewongte wonfrom wonsince mindatewon minclosedate expectedclosedatefrom",
    date_won_to:
      "closedbefore closedto closeduntil closedateto closedateuntil closedateend closedatelte datewonuntil datewonend datewonlte wonto wonuntil maxdatewon maxclosedate expectedclosedateto",
    date_created_from:
      "createdafter createdfrom createdsince datecreatedsince datecreatedstart datecreatedgte mindatecreated",
    date_created_to:
      "createdbefore createdto createduntil datecreateduntil datecreatedend datecreatedlte maxdatecreated",
    date_updated_from:
      "updatedafter updatedfrom updatedsince dateupdatedsince dateupdatedgte modifiedfrom modifiedsince",
    date_updated_to: "updatedbefore updatedto updateduntil dateupdateduntil dateupdatedlte modifiedto modifieduntil",
    confidence_from: "minconfidence confidencemin confidencegte minimumconfidence",
    confidence_to: "maxconfidence confidencemax confidencelte maximumconfidence",
    custom_fields: "customfield showfields",
    query: "q search searchquery searchterm text",
    limit: "pagesize perpage maxresults count top max",
    skip: "offset",
    order_by: "sort sortby order orderby",
    group_by: "group groupby",
  }),
  refused: new Map([
    ...amounts(
      "value amount price minvalue maxvalue valuemin valuemax valuegte valuelte minamount maxamount amountfrom amountto minprice maxprice",
      "value_from and value_to",
    ),
    ...table({
      "Send date_won_from and date_won_to":
        "datewon closedate expectedclosedate expecteddate daterange from to year month",
      "Send date_created_from and date_created_to": "datecreated created",
      "Send date_updated_from and date_updated_to": "dateupdated updated",
      "Send confidence_from and confidence_to, in percent": "confidence probability",
      "Send status_type: active, won or lost": "open isopen active won iswon lost islost closed isclosed type",
      "Send query: note:word finds words in notes": "note notes",
      "custom_fields shows fields and does not filter; to filter, send query": "fields tag tags label labels",
      "To read one opportunity by its id, use get_opportunity": "id ids opportunityid dealid",
    }),
  ]),
  otherwise: () => "Custom fields are no filters: custom_fields shows them",
};

/** What totals are shown for. */
export const groupWords: ObjectRules = {
  understood: table({ user: ownerWords, status: stageWords, lead: leadWords, pipeline: pipelineWords }),
};

/** Arguments for reading one opportunity. */
export const getWords: ObjectRules = {
  understood: table({
    id: `${idWords} ids opportunityids`,
    history: "includehistory withhistory showhistory changes events",
  }),
};

/** Arguments for applying a plan. */
export const planWords: ObjectRules = {
  understood: table({ plan: "undo plans planid planword sentence word", ids: `id ${idWords} opportunityids` }),
  isNoneMeant: new Set(["ids"]),
};

/** Arguments for the lists of an organization. */
export const describeWords: ObjectRules = {
  understood: table({ search: "query q name field fields filter keyword pipeline status user" }),
};
