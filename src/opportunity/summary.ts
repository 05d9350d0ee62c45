import { beginning } from "../text.ts";
import { formatMoney } from "./money.ts";
import { type Opportunity, textOf } from "./opportunity.ts";
import type { Outcome } from "./outcome.ts";
import type { Change } from "./review.ts";

/** Longer values are cut here; the JSON that follows a summary holds them whole. */
const longest = 200;

/** What became of an update, for a person: `Updated … : status Active → Won; …`. */
export function summarize(id: string, opportunity: Opportunity, outcome: Outcome): string[] {
  const lead = textOf(opportunity, "lead_name");
  const subject = lead === undefined ? id : `${beginning(lead, longest)} (${id})`;
  const currency = textOf(opportunity, "value_currency");
  const changes = outcome.changes
    .map((change) => describe(change, currency, outcome.isBeforeKnown))
    .join("; ");
  return headlines(subject, changes, outcome);
}

function headlines(subject: string, changes: string, { sent, dryRun }: Outcome): string[] {
  if (dryRun?.request) {
    const { method, path, body } = dryRun.request;
    return [
      `Dry run, nothing was sent. This would update ${subject}: ${changes || "no field would differ"}`,
      `Request: ${method} ${path} ${JSON.stringify(body)}`,
    ];
  }
  if (!sent) {
    const dry = dryRun ? "Dry run. " : "";
    return [
      `${dry}Nothing to change on ${subject}: all that was asked for already holds, so nothing was sent.`,
    ];
  }
  return [
    changes === ""
      ? `Sent an update of ${subject}, after which no field differs`
      : `Updated ${subject}: ${changes}`,
  ];
}

function describe(
  { field, label, from, to, requested }: Change,
  currency: string | undefined,
  isBeforeKnown: boolean,
): string {
  const side = (value: Change["from"]) => {
    if (value === null) return "empty";
    if (field === "value" && typeof value === "number") return formatMoney(value, currency);
    return beginning(Array.isArray(value) ? value.join(", ") : String(value), longest);
  };
  const name = field === "value" ? field : beginning(label, longest);
  const start = isBeforeKnown ? `${side(from)} ` : "";
  return `${name} ${start}→ ${side(to)}${requested ? "" : " (set by Close)"}`;
}
