import { ids } from "../../src/sandbox/sandbox.ts";
import { change, copyOf } from "./opportunities.ts";
import type { Sandbox } from "./sandbox/sandbox.ts";

const { opportunities, statuses, users } = ids;

/** Ids of what `makeUntidy` adds. */
export const added = { greg: "user_GregNovak", ana: "user_AnaBergstrom", otherAcme: "lead_OtherAcme" };

/**
 * Makes the organization as untidy as those are that have grown: labels and pipelines with emoji, accents, `&`, two leads of
 * one name, deals made on different days. Returns the deal of the second lead.
 */
export function makeUntidy(sandbox: Sandbox): string {
  const { organization } = sandbox;
  const [, renewals] = organization.pipelines;
  if (renewals) renewals.name = "🔁 Renewals";
  const labels: Record<string, string> = {
    [statuses.salesActive]: "🤝 Verbal",
    [statuses.salesProposalSent]: "Terms & pricing",
    [statuses.renewalsActive]: "Réouvert",
  };
  for (const status of organization.pipelines.flatMap((pipeline) => pipeline.statuses)) {
    status.label = labels[status.id] ?? status.label;
  }
  organization.users.push(
    { id: added.greg, first_name: "Greg", last_name: "Novak", email: "greg.novak@example.com" },
    { id: added.ana, first_name: "Ana", last_name: "Bergström", email: "ana.b@example.com" },
  );
  organization.leads.push({ id: added.otherAcme, name: "Acme Corp" });
  const days = [opportunities.fjordFleet, opportunities.blueHeronShop, opportunities.fjordHarbour];
  for (const [at, id] of days.entries()) change(sandbox, id, { date_created: `2026-0${at + 7}-15T12:00:00+00:00` });
  for (const id of [opportunities.fjordFleet, opportunities.acmeExpansion, opportunities.driftwoodTerrace]) {
    change(sandbox, id, { date_won: "2026-12-10" });
  }
  return copyOf(sandbox, opportunities.acmeExpansion, { lead_id: added.otherAcme, user_id: users.samDoyleBerlin });
}
