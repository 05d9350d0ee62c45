import { randomUUID } from "node:crypto";
import { ids, type Opportunity } from "../../src/sandbox/sandbox.ts";
import type { Sandbox } from "./sandbox/sandbox.ts";

/** The opportunity as the sandbox holds it; throws if there is none. */
export function stored(sandbox: Sandbox, id: string): Opportunity {
  const opportunity = sandbox.organization.opportunities.get(id);
  if (opportunity === undefined) throw new Error(`The sandbox has no ${id}.`);
  return opportunity;
}

/** Changes an opportunity in the sandbox, as a colleague would in Close. */
export function change(sandbox: Sandbox, id: string, facts: Partial<Opportunity>): void {
  sandbox.organization.opportunities.set(id, { ...stored(sandbox, id), ...facts });
}

/** The same by Ben Quist, dated, and in the event log if he is to be seen there. */
export function changeByBen(
  sandbox: Sandbox,
  id: string,
  facts: Partial<Opportunity>,
  { moment = new Date(), isLogged = true } = {},
): void {
  const before = stored(sandbox, id);
  const date_updated = moment.toISOString().replace("Z", "000+00:00");
  change(sandbox, id, { ...facts, date_updated, updated_by: ids.users.benQuist });
  const event = { id: randomUUID(), moment, user_id: ids.users.benQuist, before, after: stored(sandbox, id) };
  if (isLogged) sandbox.organization.events.push(event);
}

let made = 0;

/** A new opportunity like another one, with these facts; returns its id, which no other test of the worker has. */
export function copyOf(sandbox: Sandbox, id: string, facts: Partial<Opportunity> = {}): string {
  made += 1;
  const copy = `oppo_Copy${made}`;
  sandbox.organization.opportunities.set(copy, { ...stored(sandbox, id), id: copy, ...facts });
  return copy;
}

/** The ids of as many new opportunities like another one. */
export function copiesOf(sandbox: Sandbox, id: string, count: number): string[] {
  return Array.from({ length: count }, () => copyOf(sandbox, id));
}
