import { findStatus, type Opportunity, type Organization, type StatusType } from "../data/records.ts";
import { changeCustom } from "./custom-fields.ts";
import { plainNote, renderNote } from "./notes.ts";
import { dayAt, timestamp } from "./time.ts";
import { body, day, InvalidValue, idAmong, integer, oneOf, orNull, percentage, text, valuePeriod } from "./values.ts";

export type Update = {
  body: Record<string, unknown>;
  /** The moment of the request. */
  now: Date;
  /** From `x-tz-offset`: hours east of UTC. */
  offsetHours: number;
};

/** What is wrong with an update, by field, under the names that Close uses inside. */
type FieldErrors = Map<string, string>;

type Change = (value: unknown, before: Opportunity, organization: Organization) => Partial<Opportunity>;

const changes: Readonly<Record<string, Change>> = {
  status_id: (value, _before, { pipelines }) => {
    const statusIds = pipelines.flatMap(({ statuses }) => statuses.map(({ id }) => id));
    return { status_id: oneOf(...statusIds)(value) };
  },
  date_won: (value) => ({ date_won: orNull(day)(value) }),
  value: (value) => ({ value: orNull(integer)(value) }),
  value_period: (value) => ({ value_period: valuePeriod(value) }),
  confidence: (value) => ({ confidence: percentage(value) }),
  note: (value) => ({ note: text(value), note_html: renderNote(text(value)) }),
  note_html: (value) => {
    const note_html = orNull(body)(value);
    return { note_html, note: note_html === null ? "" : plainNote(note_html) };
  },
  contact_id: (value, { lead_id }, { contacts }) => ({
    contact_id: orNull(idAmong(contacts.filter((contact) => contact.lead_id === lead_id)))(value),
  }),
  user_id: (value, _before, { users, former }) => ({ user_id: orNull(idAmong([...users, ...former]))(value) }),
};

const internalNames = new Map([
  ["status_id", "status"],
  ["contact_id", "contact"],
  ["user_id", "user"],
]);

/**
 * Close's rules for `PUT /opportunity/{id}/`: only the keys sent are changed, and all of them or none.
 * Answers the opportunity as it is afterwards, or everything that is wrong with the request.
 */
export function updateOpportunity(
  before: Opportunity,
  update: Update,
  organization: Organization,
): Opportunity | FieldErrors {
  const errors: FieldErrors = new Map();
  let after = before;
  for (const [key, value] of Object.entries(update.body)) {
    // If both are sent, note_html wins (Close's documentation).
    if (key === "note" && Object.hasOwn(update.body, "note_html")) continue;
    try {
      after = { ...after, ...change(key, value, after, organization) };
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      errors.set(internalNames.get(key) ?? key, error.message);
    }
  }
  if (errors.size > 0) return errors;
  if (after === before) return before;
  return {
    ...after,
    ...closingDates(before, after, update, organization),
    date_updated: timestamp(update.now),
    updated_by: organization.me,
  };
}

function change(
  key: string,
  value: unknown,
  opportunity: Opportunity,
  organization: Organization,
): Partial<Opportunity> {
  if (key.startsWith("custom.")) {
    return { custom: changeCustom(opportunity.custom, key, value, organization) };
  }
  const known = Object.hasOwn(changes, key) ? changes[key] : undefined;
  if (known === undefined) throw new InvalidValue("Unknown field.");
  return known(value, opportunity, organization);
}

/**
 * The dates that follow the status. Setting a won status fills `date_won` with today, unless it is filled or
 * in the request, and leaving it clears nothing (Close's update page). `date_lost` holds while the status is a
 * lost one.
 */
function closingDates(
  before: Opportunity,
  after: Opportunity,
  { body, now, offsetHours }: Update,
  organization: Organization,
): Pick<Opportunity, "date_won" | "date_lost"> {
  const type = (statusId: string): StatusType | undefined => findStatus(organization, statusId)?.status.type;
  const fillsDateWon =
    Object.hasOwn(body, "status_id") &&
    type(after.status_id) === "won" &&
    after.date_won === null &&
    !Object.hasOwn(body, "date_won");
  const staysLost = type(before.status_id) === "lost";
  return {
    date_won: fillsDateWon ? dayAt(now, offsetHours) : after.date_won,
    date_lost: type(after.status_id) === "lost" ? (staysLost ? before.date_lost : timestamp(now)) : null,
  };
}
