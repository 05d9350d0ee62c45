import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Event, Opportunity, Organization } from "../data/records.ts";
import { type Answer, opportunityAnswer } from "./answers.ts";

/** A session with the sandbox may be long: only so many of the latest events are kept. */
const maxEvents = 1000;

/** Writes down in the event log that the key's user has changed an opportunity. */
export function logUpdate(before: Opportunity, after: Opportunity, moment: Date, { events, me }: Organization): void {
  events.push({ id: randomBytes(11).toString("hex"), moment, user_id: me, before, after });
  if (events.length > maxEvents) events.shift();
}

/** An event as Close answers it (Close's documentation); `previous_data` holds the changed fields alone. */
export function eventAnswer({ id, moment, user_id, before, after }: Event, organization: Organization): Answer {
  const previous = opportunityAnswer(before, organization);
  const data = opportunityAnswer(after, organization);
  const changed_fields = [...new Set([...Object.keys(previous), ...Object.keys(data)])]
    .filter((field) => !isDeepStrictEqual(previous[field], data[field]))
    .sort();
  return {
    id: `ev_${id}`,
    date_created: eventDate(moment),
    date_updated: eventDate(moment),
    action: "updated",
    object_type: "opportunity",
    object_id: after.id,
    lead_id: after.lead_id,
    organization_id: organization.id,
    user_id,
    request_id: `req_${id}`,
    api_key_id: null,
    changed_fields,
    data,
    previous_data: Object.fromEntries(changed_fields.map((field) => [field, previous[field] ?? null])),
    meta: { request_method: "PUT", request_path: `/api/v1/opportunity/${after.id}/` },
  };
}

/** As in Close's documented example: to the microsecond, in UTC, without an offset. */
function eventDate(moment: Date): string {
  return moment.toISOString().replace("Z", "000");
}
