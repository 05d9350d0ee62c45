import { z } from "zod/v3";
import { Failure } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import { maxEvents, readEvents } from "../close/events.ts";
import { hostHints } from "../mcp/hints.ts";
import { defineTool, type ToolContext } from "../mcp/tool.ts";
import { describeFound } from "../opportunity/find/found.ts";
import { changesContacts, historyOf } from "../opportunity/history.ts";
import { type Opportunity, opportunityId, textOf } from "../opportunity/opportunity.ts";
import { hiddenValues, unreadHistory, unreadLists } from "../opportunity/warnings.ts";
import { items, type Known, type ListName } from "../organization/lists.ts";

export const getOpportunity = defineTool({
  name: "get_opportunity",
  title: "Read an opportunity",
  description:
    "Reads one opportunity with all its fields, and on request who changed what in the last 30 days. value is in cents. custom_field_names maps custom.cf_… keys to names.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  meta: hostHints("read details history who changed"),
  inputSchema: z.object({
    id: opportunityId,
    history: z
      .number()
      .int()
      .min(1)
      .max(maxEvents)
      .optional()
      .describe("How many of the latest changes to show"),
  }),

  async handle({ id, history }, context) {
    const lists: ListName[] = ["customFields", ...historyLists(history)];
    const [{ opportunity }, firstKnown, log] = await Promise.all([
      context.close.readOpportunity(id, context),
      context.directory.lookUp(lists, context),
      history === undefined ? undefined : readLog(id, history, context),
    ]);
    const known =
      log && "events" in log ? await withContacts(firstKnown, log.events, opportunity, context) : firstKnown;
    const custom_field_names = Object.fromEntries(
      items(known.customFields)
        .filter((field) => `custom.${field.id}` in opportunity)
        .map((field) => [field.id, field.name]),
    );
    const past = log && pastOf(log, known);
    return {
      lines: [describeFound(opportunity), ...(past?.lines ?? [])],
      data: { ...opportunity, custom_field_names, ...(past?.entries && { history: past.entries }) },
      brief: { id },
      warnings: [...unreadLists(known), ...(past?.warnings ?? [])],
    };
  },
});

/** The lists whose names the values of a change can be. */
function historyLists(history: number | undefined): ListName[] {
  return history === undefined ? [] : ["pipelines", "users"];
}

type Log = { events: readonly JsonObject[] } | { problem: string };

/** The opportunity is worth showing even if its event log cannot be read. */
async function readLog(id: string, limit: number, context: ToolContext): Promise<Log> {
  try {
    return { events: await readEvents(context.close, id, limit, context) };
  } catch (error) {
    if (error instanceof Failure) return { problem: error.report.problem };
    throw error;
  }
}

/** The names of the lead's contacts too, if the events need them. */
async function withContacts(
  known: Known,
  events: readonly JsonObject[],
  opportunity: Opportunity,
  context: ToolContext,
): Promise<Known> {
  if (!changesContacts(events, known)) return known;
  const leadId = textOf(opportunity, "lead_id");
  const { contacts } = await context.directory.lookUp(["contacts"], context, { leadId });
  return { ...known, contacts };
}

function pastOf(log: Log, known: Known) {
  if ("problem" in log) return { lines: [], warnings: [unreadHistory(log.problem)] };
  const { entries, lines, hidesValues } = historyOf(log.events, known);
  return {
    entries,
    lines: entries.length === 0 ? ["No changes in the last 30 days."] : ["Latest changes:", ...lines],
    warnings: hidesValues ? [hiddenValues()] : [],
  };
}
