import { otherWords } from "../other-words.ts";

/** What to use instead of names that callers try, of filters that have another name here or do not exist. */
export const misnamedFilter = otherWords([
  [
    'Did you mean "lead_name"?',
    "account accountname company companyname customer customername dealname lead leads name opportunityname organization title",
  ],
  ['Did you mean "status"?', "dealstage phase stage stageid stagename state statusid statuslabel statusname"],
  [
    'Did you mean "user"?',
    "assignedto assignee owner owneremail ownerid ownername rep salesrep userid useremail username",
  ],
  ['Did you mean "pipeline"?', "pipelineid pipelinename"],
  [
    'Did you mean "date_won_from" and "date_won_to"?',
    "closeat closedate closedat datewon datewongte datewonlte daterange expectedclosedate expecteddate from to wondate",
  ],
  ['Did you mean "query"?', "filter keyword keywords note notes q search searchquery searchterm text"],
  ['Did you mean "limit"?', "count first max maxresults pagesize perpage size top"],
  ['Did you mean "skip"?', "offset page start"],
  ['Did you mean "order_by"?', "direction order ordering sort sortby sortorder"],
  [
    'Did you mean "custom_fields"? It shows fields; it does not filter.',
    "columns customfield fields include",
  ],
  ["To read one opportunity by its id, use get_opportunity.", "id ids opportunityid dealid"],
  [
    "There is no filter by value: use order_by, such as -value.",
    "amount maxvalue minvalue price value valuegte valuelte",
  ],
  ["There is no filter by contact.", "contact contactid contactname"],
  ["There is no filter by tag or custom field: use query.", "label labels tag tags"],
]);
