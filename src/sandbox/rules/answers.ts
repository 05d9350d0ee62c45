import {
  type Contact,
  findStatus,
  type Opportunity,
  type Organization,
  type Pipeline,
  type User,
} from "../data/records.ts";

export type Answer = Record<string, unknown>;

/** An opportunity as Close answers it: the facts, and what Close computes from them. */
export function opportunityAnswer(opportunity: Opportunity, organization: Organization): Answer {
  const { custom, ...facts } = opportunity;
  const { value, value_period, confidence } = opportunity;
  const annualized = value === null ? null : value_period === "monthly" ? value * 12 : value;
  const contact = organization.contacts.find(({ id }) => id === opportunity.contact_id);
  return {
    ...facts,
    ...statusAnswer(opportunity.status_id, organization),
    annualized_value: annualized,
    annualized_expected_value: expected(annualized, confidence),
    attachments: [],
    contact_name: contact?.name ?? null,
    created_by_name: userName(opportunity.created_by, organization),
    expected_value: expected(value, confidence),
    integration_links: [],
    lead_name: organization.leads.find(({ id }) => id === opportunity.lead_id)?.name ?? null,
    organization_id: organization.id,
    updated_by_name: userName(opportunity.updated_by, organization),
    user_name: userName(opportunity.user_id, organization),
    value_currency: organization.currency,
    value_formatted: formatValue(opportunity, organization.currency),
    ...Object.fromEntries(Object.entries(custom).map(([id, fieldValue]) => [`custom.${id}`, fieldValue])),
  };
}

export function pipelineAnswer(pipeline: Pipeline, organization: Organization): Answer {
  return { ...pipeline, organization_id: organization.id, created_by: null, updated_by: null };
}

export function userAnswer(user: User, organization: Organization): Answer {
  return { ...user, organizations: [organization.id] };
}

/** The organization, as far as the tools use it: with whom has left (Close's documentation). */
export function organizationAnswer({ id, name, currency, former }: Organization): Answer {
  const inactive_memberships = former.map((user) => ({
    organization_id: id,
    user_id: user.id,
    user_first_name: user.first_name,
    user_last_name: user.last_name,
    user_email: user.email,
  }));
  return { id, name, currency, inactive_memberships };
}

/** A contact as Close answers it, as far as the tools use it. */
export function contactAnswer(contact: Contact, organization: Organization): Answer {
  const { id, lead_id, name, email } = contact;
  const emails = [{ email, type: "office", is_unsubscribed: false }];
  return { id, lead_id, name, display_name: name, emails, organization_id: organization.id };
}

/** The user whom the credentials belong to, with the organization's currency and what the user may do. */
export function meAnswer(organization: Organization): Answer {
  const { id, name, currency, me, lastUsedTimeZone, permissions } = organization;
  return {
    ...organization.users.find((user) => user.id === me),
    organizations: [{ id, name, currency }],
    memberships: [{ organization_id: id, user_id: me, role_id: "admin", permissions_granted: permissions }],
    last_used_timezone: lastUsedTimeZone,
  };
}

export function customFieldSchemaAnswer(organization: Organization): Answer {
  return {
    fields: organization.customFields.map((field) => ({ ...field, editable_with_roles: [] })),
    name: "Opportunity",
    object_type: "opportunity",
    organization_id: organization.id,
  };
}

function statusAnswer(statusId: string, organization: Organization): Answer {
  const found = findStatus(organization, statusId);
  if (found === undefined) return {};
  const { status, pipeline } = found;
  const namesakes = organization.pipelines.filter(({ statuses }) =>
    statuses.some(({ label }) => label === status.label),
  );
  return {
    status_label: status.label,
    status_type: status.type,
    // With the pipeline's name if the label alone is ambiguous (Close's documentation, which shows no example).
    status_display_name: namesakes.length > 1 ? `${status.label} (${pipeline.name})` : status.label,
    pipeline_id: pipeline.id,
    pipeline_name: pipeline.name,
  };
}

function userName(userId: string | null, { users, former }: Organization): string | null {
  const user = [...users, ...former].find(({ id }) => id === userId);
  return user ? `${user.first_name} ${user.last_name}` : null;
}

function expected(cents: number | null, confidence: number): number | null {
  return cents === null ? null : Math.round((cents * confidence) / 100);
}

/** "$500", "$5 monthly", "$500 annual", "" for no value (recorded traffic); the cents only if there are some. */
function formatValue({ value, value_period }: Opportunity, currency: string): string {
  if (value === null) return "";
  const digits = value % 100 === 0 ? 0 : 2;
  const amount = new Intl.NumberFormat("en-US", {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value / 100);
  return value_period === "one_time" ? amount : `${amount} ${value_period}`;
}
