import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Event, Opportunity, Organization } from "../data/records.ts";
import { opportunityAnswer } from "./answers.ts";

/** A session with the sandbox may be long: only the latest events are kept, and their notes up to this many characters in all. */
const max = { events: 1000, noteCharacters: 10_000_000 };

/** After that time only admins see the values of an event (Close's documentation), in milliseconds. */
const visibleFor = 3_600_000;

/** Writes down in the event log that a request has changed an opportunity. */
export function logUpdate(
  before: Opportunity,
  after: Opportunity,
  { moment, method, path }: { moment: Date; method: string; path: string },
  { events, me }: Organization,
): void {
  const id = randomBytes(11).toString("hex");
  events.push({
    id: `ev_${id}`,
    moment,
    user_id: me,
    request_id: `req_${id}`,
    request: { method, path },
    before,
    after,
  });
  let noteCharacters = 0;
  const first = events.findLastIndex((event) => {
    noteCharacters += event.after.note.length + (event.after.note_html?.length ?? 0);
    return noteCharacters > max.noteCharacters;
  });
  events.splice(0, Math.max(first + 1, events.length - max.events));
}

/** An event as Close answers it (Close's documentation); `previous_data` holds the changed fields alone. */
export function eventAnswer(
  { id, moment, user_id, request_id, request, before, after }: Event,
  organization: Organization,
  now: Date,
): Record<string, unknown> {
  const previous = opportunityAnswer(before, organization);
  const data = opportunityAnswer(after, organization);
  const changed_fields = [...new Set([...Object.keys(previous), ...Object.keys(data)])]
    .filter((field) => !isDeepStrictEqual(previous[field], data[field]))
    .sort();
  const isVisible = organization.isAdmin || now.getTime() - moment.getTime() < visibleFor;
  return {
    id,
    date_created: eventDate(moment),
    date_updated: eventDate(moment),
    action: "updated",
    object_type: "opportunity",
    object_id: after.id,
    lead_id: after.lead_id,
    organization_id: organization.id,
    user_id,
    request_id,
    api_key_id: null,
    changed_fields,
    ...(isVisible && {
      data,
      previous_data: Object.fromEntries(changed_fields.map((field) => [field, previous[field] ?? null])),
    }),
    meta: { request_method: request.method, request_path: request.path },
  };
}

/** As in Close's documented example: to the microsecond, in UTC, without an offset. */
function eventDate(moment: Date): string {
  return moment.toISOString().replace("Z", "000");
}
