import { Failure, orError } from "../base/failure.ts";
import { defineTool, hostHints } from "../mcp/tool.ts";
import { describeWords } from "../opportunity/words.ts";
import { describeArguments, describeFields } from "../organization/describe.ts";
import { type List, UnreadList } from "../organization/lists.ts";

export const describeOpportunityFields = defineTool({
  name: "describe_opportunity_fields",
  title: "Describe the fields of opportunities",
  description:
    "What deals (opportunities) in the Close CRM can hold: the pipelines with their stages (statuses), custom fields (id, name, type, choices, whether several values are accepted), users, who has left, its currency, and who the caller is.",
  meta: hostHints("statuses stages custom fields choices users owners tags currency"),
  inputSchema: describeArguments,
  reading: new Map([[describeArguments, describeWords]]),

  async handle({ search }, { names }) {
    const unread: UnreadList[] = [];
    const read = async <T>(list: List<T>) => {
      const entries = await orError(list.read(), UnreadList);
      if (!(entries instanceof UnreadList)) return entries;
      unread.push(entries);
      return undefined;
    };
    const [pipelines, customFields, users, former, me] = await Promise.all([
      read(names.pipelines),
      read(names.customFields),
      read(names.users),
      read(names.former),
      read(names.me),
    ]);
    const problems = unread.map(({ report }) => report.problem);
    const [first] = unread;
    if (first !== undefined && unread.length === 5) {
      const problem = "None of the organization's lists could be read.";
      throw new Failure({ ...first.report, problem, details: problems });
    }
    return { ...describeFields({ pipelines, customFields, users, former, me }, search), warnings: problems };
  },
});
