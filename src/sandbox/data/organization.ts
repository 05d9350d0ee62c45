import { id, idsOf } from "./ids.ts";
import * as lists from "./lists.ts";
import { opportunities } from "./opportunities.ts";
import type { Organization } from "./records.ts";

/** A small lighting supplier, made up. */
const lanternSupply: Organization = {
  id: id("orga", "LanternSupply"),
  name: "Lantern Supply",
  currency: "USD",
  me: lists.users.adaQuist.id,
  lastUsedTimeZone: "America/New_York",
  users: Object.values(lists.users),
  former: Object.values(lists.former),
  pipelines: Object.values(lists.pipelines),
  customFields: Object.values(lists.customFields),
  customObjects: Object.values(lists.customObjects),
  leads: Object.values(lists.leads),
  contacts: Object.values(lists.contacts),
  opportunities: new Map(Object.values(opportunities).map((opportunity) => [opportunity.id, opportunity])),
  events: [],
  permissions: ["view_all_leads", "manage_others_opportunities", "delete_own_opportunities", "bulk_edit"],
};

/** The organization that the sandbox starts with, a fresh copy on each call. */
export function madeUpOrganization(): Organization {
  return structuredClone(lanternSupply);
}

/** Its ids. */
export const ids = {
  organization: lanternSupply.id,
  users: idsOf(lists.users),
  former: idsOf(lists.former),
  pipelines: idsOf(lists.pipelines),
  statuses: idsOf(lists.statuses),
  customFields: idsOf(lists.customFields),
  customObjects: idsOf(lists.customObjects),
  leads: idsOf(lists.leads),
  contacts: idsOf(lists.contacts),
  opportunities: idsOf(opportunities),
};
