import { z } from "zod/v3";
import { Failure, orError } from "../base/failure.ts";
import type { ObjectRules } from "../base/reading-rules.ts";
import { maxEvents, readEvents } from "../close/events.ts";
import { defineTool, hostHints } from "../mcp/tool.ts";
import { describeFound, withOwner } from "../opportunity/find/found.ts";
import { changesContacts, historyOf } from "../opportunity/history.ts";
import { opportunityId, textOf } from "../opportunity/opportunity.ts";
import { opportunityIdSpellings } from "../opportunity/spellings.ts";
import { getWords } from "../opportunity/words.ts";
import { readLists } from "../organization/lists.ts";
import { readFormer } from "../organization/people.ts";

const history = z.number().int().min(1).max(maxEvents);
const inputSchema = z.object({
  id: opportunityId,
  history: history.optional().describe("How many of the latest changes to show"),
});

export const getOpportunity = defineTool({
  name: "get_opportunity",
  title: "Read an opportunity",
  description:
    "Reads one deal (opportunity) in the Close CRM with all its fields, and on request who changed what in the last 30 days. value is in cents. custom_field_names maps custom.cf_… keys to names.",
  meta: hostHints("read details history who changed"),
  inputSchema,
  reading: new Map<z.ZodTypeAny, ObjectRules>([
    [inputSchema, getWords],
    [opportunityId, opportunityIdSpellings],
    [history, { reads: readHistory }],
  ]),

  async handle({ id, history }, context) {
    const { close, names } = context;
    const shown = history === undefined ? [] : [names.pipelines, names.users];
    const [{ opportunity }, unread, log] = await Promise.all([
      close.readOpportunity(id, context),
      readLists([names.customFields, ...shown]),
      // The opportunity is worth showing even if its event log cannot be read.
      history === undefined ? undefined : orError(readEvents(close, id, history, context), Failure),
    ]);
    const events = log instanceof Failure ? undefined : log;
    if (events && changesContacts(events, names.known())) {
      unread.push(...(await readLists([names.contactsOf(textOf(opportunity, "lead_id"))])));
    }
    if (events) await readFormer(events, names);
    const known = names.known();
    const own = known.customFields.filter((field) => `custom.${field.id}` in opportunity);
    const past = events && historyOf(events, known, context.timeZone);
    const title = past?.lines.length === 0 ? "No changes in the last 30 days." : "Latest changes:";
    return {
      lines: [
        describeFound(withOwner(opportunity, known), [], context.timeZone),
        ...(past ? [title, ...past.lines] : []),
      ],
      data: {
        ...opportunity,
        custom_field_names: Object.fromEntries(own.map((field) => [field.id, field.name])),
        ...(past && { history: past.entries }),
      },
      brief: { id },
      warnings: [
        ...unread.map(({ report }) => report.problem),
        ...(log instanceof Failure ? [`The history could not be read: ${log.report.problem}`] : []),
        ...(past?.hidesValues ? [hiddenValues] : []),
      ],
    };
  },
});

/** As if it were a question of yes or no. */
function readHistory(value: unknown) {
  if (/^(true|yes)$/.test(String(value))) return { value: 10 };
  return value === false ? { value: undefined } : undefined;
}

const hiddenValues =
  "Close shows values of changes older than an hour to admins only: some changes in history have no from and to.";
