/** What the sandbox keeps: facts only. What Close computes from them is added on answering. */

export type StatusType = "active" | "won" | "lost";
export type ValuePeriod = "one_time" | "monthly" | "annual";

export type Status = { id: string; label: string; type: StatusType };
export type Pipeline = { id: string; name: string; statuses: Status[] };
export type User = { id: string; first_name: string; last_name: string; email: string };
/** `date_created` is that of the organization unless stated. */
export type Lead = { id: string; name: string; date_created?: string };
export type Contact = { id: string; lead_id: string; name: string; email: string };
type CustomObject = { id: string; custom_object_type_id: string; name: string };

export type CustomFieldType =
  | "text"
  | "number"
  | "date"
  | "datetime"
  | "choices"
  | "user"
  | "contact"
  | "custom_object"
  | "hidden";

export type CustomField = {
  id: string;
  name: string;
  description: string;
  type: CustomFieldType;
  /** Only if the type is choices. */
  choices?: string[];
  accepts_multiple_values: boolean;
  is_shared: boolean;
  /** Only if the type is custom_object. */
  referenced_custom_type_id: string | null;
};

export type CustomValue = string | number | (string | number)[];

export type Opportunity = {
  id: string;
  lead_id: string;
  status_id: string;
  /** Cents. */
  value: number | null;
  value_period: ValuePeriod;
  /** Percent, 0 to 100. */
  confidence: number;
  note: string;
  note_html: string | null;
  contact_id: string | null;
  user_id: string | null;
  /** YYYY-MM-DD; on an active opportunity the expected close date. */
  date_won: string | null;
  date_lost: string | null;
  date_created: string;
  created_by: string;
  date_updated: string;
  updated_by: string;
  /** By the field's id; a field without a value has no key. */
  custom: Record<string, CustomValue>;
};

/** An update as the event log keeps it. */
export type Event = {
  id: string;
  moment: Date;
  user_id: string | null;
  before: Opportunity;
  after: Opportunity;
};

export type Organization = {
  id: string;
  name: string;
  /** ISO 4217. */
  currency: string;
  /** The user whom the key and the token belong to. */
  me: string;
  /** IANA name. */
  lastUsedTimeZone: string;
  users: User[];
  /** Those who have left. */
  former: User[];
  pipelines: Pipeline[];
  customFields: CustomField[];
  customObjects: CustomObject[];
  leads: Lead[];
  contacts: Contact[];
  /** By id. */
  opportunities: Map<string, Opportunity>;
  /** Oldest first. */
  events: Event[];
  /** What the key's user may do, as `GET /me/` lists it. */
  permissions: string[];
};

/** A status with the pipeline it belongs to. */
export function findStatus(
  organization: Organization,
  statusId: string,
): { status: Status; pipeline: Pipeline } | undefined {
  for (const pipeline of organization.pipelines) {
    const status = pipeline.statuses.find(({ id }) => id === statusId);
    if (status) return { status, pipeline };
  }
  return undefined;
}
