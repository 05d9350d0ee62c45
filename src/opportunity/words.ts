import type { ObjectRules } from "../base/reading-rules.ts";
import { amountAdvice } from "./spellings.ts";

/*
 * The words that callers use for arguments, from other systems and from Close itself. Those with one safe meaning are
 * understood; the others are answered with what to send.
 */

function table(meanings: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const entries = Object.entries(meanings);
  return new Map(entries.flatMap(([meaning, words]) => words.split(" ").map((word) => [word, meaning])));
}

const idWords = "opportunity opportunityid dealid oppoid";

/** An operation on a custom field, as errors show it. */
export const operationForm = '{"field": "…", "action": "set", "value": ["…"]}';

const amountWords =
  "amount price dealvalue dealsize dealamount mrr arr revenue total worth cents valuecents valueincents";

/** Arguments of an update, and of an entry of an update of many. */
export const updateWords = {
  understood: table({
    id: idWords,
    status_id: "status stage stageid stagename dealstage dealstatus statuslabel statusname",
    date_won: "closedate closingdate expectedclose expectedclosedate expecteddate wondate",
    user_id: "owner ownerid ownername owneremail assignee assigneeid assignedto user username useremail",
    contact_id: "contact contactname contactemail",
    note_append: "appendnote appendtonote addnote",
    value_period: "period billingperiod",
    confidence: "confidencepercent",
  }),
  refused: new Map<string, string | ((value: unknown) => string)>([
    ...amountWords.split(" ").map((word) => [word, amountAdvice] as const),
    ...table({
      "Send what is in it as arguments themselves": "arguments args params parameters input update opportunity deal",
      "Send note_append to add to the note, or note to replace it":
        "notes notetext comment comments description message body text",
      "Send confidence, in whole percent": "probability likelihood chance winprobability",
      "Send status_id: `Pipeline / Label` moves it to another pipeline": "pipeline pipelineid pipelinename",
      'Send custom_fields with the action add: [{"field": "…", "action": "add", "value": ["…"]}]':
        "tag tags label labels",
      [`Send custom_fields: [${operationForm}]`]: "fields customfield properties field action",
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
  otherwise: `If it is a custom field, send custom_fields: [${operationForm}]`,
} satisfies ObjectRules;

/** Billing periods. */
export const periodWords: ObjectRules = { understood: table({ annual: "yearly annually", one_time: "once" }) };

/** Fields to empty. */
export const clearWords: ObjectRules = {
  understood: updateWords.understood,
  otherwise: 'A custom field is emptied by custom_fields: [{"field": "…", "action": "unset"}]',
};

/** Keys of an operation on a custom field. */
export const operationWords: ObjectRules = {
  impliedAction: "set",
  understood: table({
    field: "name fieldname fieldid customfield key id",
    action: "op operation mode type",
    value: "values newvalue choice",
  }),
};

/** Filters of a search. */
export const findWords: ObjectRules = {
  understood: table({
    lead_names: "lead leads leadname company companies companyname account accountname customer organization",
    contact: "contactname contactemail contactid",
    user: "owner ownername owneremail ownerid userid username useremail assignee assignedto",
    status: "statusid statuslabel statusname stage stagename dealstage",
    pipeline: "pipelineid pipelinename",
    exclude_pipeline: "notpipeline excludepipelines excludedpipeline pipelinenot",
    date_won_from: "closedafter closedatefrom datewongte",
    date_won_to: "closedbefore closedateto datewonlte",
    date_created_from: "createdafter createdfrom createdsince datecreatedgte",
    date_created_to: "createdbefore createdto datecreatedlte",
    date_updated_from: "updatedafter updatedfrom updatedsince dateupdatedgte",
    date_updated_to: "updatedbefore updatedto dateupdatedlte",
    confidence_from: "minconfidence confidencemin confidencegte",
    confidence_to: "maxconfidence confidencemax confidencelte",
    query: "q search searchquery searchterm",
    limit: "pagesize perpage maxresults count",
    skip: "offset",
    order_by: "sort sortby order orderby",
    group_by: "group groupby",
  }),
  refused: table({
    "Send date_won_from and date_won_to": "datewon closedate expectedclosedate expecteddate daterange from to",
    "Send date_created_from and date_created_to": "datecreated created",
    "Send date_updated_from and date_updated_to": "dateupdated updated",
    "Send confidence_from and confidence_to, in percent": "confidence probability",
    "custom_fields shows fields and does not filter; to filter, send query": "fields tag tags label labels",
    "To read one opportunity by its id, use get_opportunity": "id ids opportunityid dealid",
    "Cents or dollars? Send value_from and value_to, in cents: $500.00 = 50000":
      "value amount minvalue maxvalue valuemin valuemax price minamount maxamount",
  }),
};

/** Arguments for reading one opportunity. */
export const getWords: ObjectRules = { understood: table({ id: idWords }) };
