import { asText, quote } from "../base/text.ts";
import { localTime } from "../base/time-zone.ts";
import type { PreparedUpdate } from "../close/confirmed-update.ts";
import { eventsIfReadable, maxEvents } from "../close/events.ts";
import type { ToolContext } from "../mcp/tool.ts";
import type { Field } from "../opportunity/fields.ts";
import { isMadeFromRead, lastChangeOf, replacedUnseen } from "../opportunity/history.ts";
import { type Opportunity, textOf } from "../opportunity/opportunity.ts";
import { changesBetween, shownSides, usual } from "../opportunity/update/changes.ts";
import { isNote } from "../opportunity/update/edit.ts";
import { readLists } from "../organization/lists.ts";
import { personName } from "../organization/people.ts";

/** Who changed the fields of the opportunity last and when, as far as Close's event log tells: a sentence each. */
export async function whoChanged(current: Opportunity, fields: readonly Field[], context: ToolContext) {
  const id = textOf(current, "id") ?? "";
  const events = await eventsIfReadable(context.close, id, maxEvents, context);
  const sentences = fields.map(async (field) => {
    const change = lastChangeOf(field, current, events);
    const user = change === undefined ? textOf(current, "updated_by_name") : await userCalled(change.userId, context);
    if (user === undefined) return [];
    const what = change === undefined ? "The opportunity" : quote(field.label);
    const date = change?.date ?? textOf(current, "date_updated") ?? "an unknown time";
    return [`${what} was last changed by ${quote(user)} at ${localTime(date, context.timeZone)}.`];
  });
  return [...new Set((await Promise.all(sentences)).flat())];
}

/** Enough to find this update among those of others. */
const eventsAfterwards = 10;

/**
 * What the update replaced although it was made from something else: by whom that was, and a warning that holds it. The event
 * log is asked once, and only about values that were computed from the opportunity as it was read.
 */
export async function replacedByIt(
  { id, edits, before, after }: PreparedUpdate & { id: string; after: Opportunity },
  context: ToolContext,
) {
  if (before === undefined || !edits.some(isMadeFromRead)) return undefined;
  const events = await eventsIfReadable(context.close, id, eventsAfterwards, context);
  const replaced = replacedUnseen({ edits, after }, before, events);
  if (replaced === undefined) return undefined;
  const writer = await userCalled(replaced.userId, context);
  const known = context.names.known();
  const changes = changesBetween({ before, after: replaced.before, edits: [], known }).filter(({ field }) =>
    replaced.fields.some((own) => own.key === field.key || (isNote(own) && isNote(field))),
  );
  const warnings = changes.map((change) => {
    const text = [shownSides(change, usual).to].flat().map(asText).join(", ");
    const label = quote(change.field.label);
    return `${writer === undefined ? "Somebody" : quote(writer)} changed ${label} while this update was on its way, and the update replaced that. It was: ${quote(text, usual.part)}. The undo puts it back.`;
  });
  return { before: replaced.before, writer: writer ?? "somebody", warnings };
}

/** What a user is called, or the id if the list of users cannot be read. */
async function userCalled(id: string | undefined, { names }: ToolContext): Promise<string | undefined> {
  if (id === undefined) return undefined;
  await readLists([names.users]).catch(() => []);
  return personName(id, names.known()) ?? id;
}
