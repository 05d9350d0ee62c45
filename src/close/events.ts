import { limitedTo } from "../base/call-limits.ts";
import { Failure, orError } from "../base/failure.ts";
import type { CloseClient } from "./api.ts";
import type { CallContext } from "./http/requests.ts";

/** Events on a page of Close's, even if more are asked for (Close's documentation). */
export const maxEvents = 50;

/**
 * The latest events of an opportunity, the latest first, from Close's event log of 30 days (`GET /event/`; its
 * documentation allows object_type with object_id). @throws Failure if the log cannot be read.
 */
export async function readEvents(close: CloseClient, opportunityId: string, limit: number, call: CallContext) {
  const query = new URLSearchParams({ object_type: "opportunity", object_id: opportunityId, _limit: String(limit) });
  const { entries } = await close.list(`/event/?${query}`, call);
  return entries.filter(({ object_id }) => object_id === opportunityId).slice(0, limit);
}

/** How long, in milliseconds, a report may wait for the log: it then goes without. */
const maxWaitMs = 3_000;

/** The same for a report that is as true without them: none if they cannot be read soon. */
export async function eventsIfReadable(close: CloseClient, opportunityId: string, limit: number, call: CallContext) {
  const events = await orError(readEvents(close, opportunityId, limit, limitedTo(call, maxWaitMs)), Failure);
  return events instanceof Failure ? [] : events;
}
