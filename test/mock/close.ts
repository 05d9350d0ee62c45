/** A field is required unless its key ends in "?". */
function object(fields: Record<string, object>) {
  const required = Object.keys(fields).filter((key) => !key.endsWith("?"));
  const properties = Object.fromEntries(Object.entries(fields).map(([key, schema]) => [key.replace("?", ""), schema]));
  return { type: "object", properties, ...(required.length > 0 && { required }) };
}
const either = (...values: unknown[]) => ({ enum: values });
const orNull = (...schemas: object[]) => ({ oneOf: [...schemas, { type: "null" }] });
const of = (type: string, format?: string) => ({ type: [type, "null"], ...(format && { format }) });
const string = { type: "string" };
const moment = { ...string, format: "date-time" };
const [text, cents, day] = [of("string"), of("integer"), of("string", "date")];
const users = ["user_Ivo", "user_Una"];
const days = ["Monday", "Tuesday", "Wednesday"];

const attachment = object({ content_type: text, filename: text, size: cents, "thumbnail_url?": text, url: string });
const link = object({ name: string, url: string });
const comments = object({ comment_count: { type: "integer" }, thread_id: string });
const email = object({ email: string, is_unsubscribed: { type: "boolean" }, type: string });
const phone = object({ "country?": text, phone: string, type: string, "tz_ids?": { type: "array", items: string } });
const stall = object({
  communication_issue: either("no_issue", "cant_get_in_touch", "no_communication_attempts"),
  next_action: object({
    action: either("mark_as_lost", "change_status", "follow_up", "adjust_close_date"),
    justification: string,
  }),
});
const suggestion = object({
  action: either("change_status", "adjust_close_date", "follow_up_email", "follow_up_call"),
  details: orNull(object({ status_id: string }), object({ close_date: string })),
  justification: string,
});

const opportunity = object({
  id: { const: "oppo_Orchard" },
  lead_id: { const: "lead_Orchard" },
  organization_id: { const: "orga_Orchard" },
  status_id: either("stat_Seed", "stat_Picked", "stat_Frost", "stat_Cask", "stat_Bottled"),
  ...{ "status_label?": string, "status_display_name?": string, "status_type?": either("won", "lost", "active") },
  ...{ "pipeline_id?": either("pipe_Orchard", "pipe_Cellar", null), "pipeline_name?": text },
  confidence: { type: "integer" },
  ...{ "value?": cents, "value_currency?": text, "value_formatted?": text },
  value_period: either("one_time", "monthly", "annual"),
  ...{ "expected_value?": cents, "annualized_value?": cents, "annualized_expected_value?": cents },
  ...{ "note?": text, "contact_id?": either("cont_Pia", null), "contact_name?": text, "lead_name?": text },
  user_id: either(...users),
  ...{ "user_name?": text, "created_by?": text, "created_by_name?": text },
  ...{ "updated_by?": either(...users, null), "updated_by_name?": text },
  ...{ "date_created?": moment, "date_updated?": moment, "date_lost?": of("string", "date-time"), "date_won?": day },
  "is_stalled?": { type: "boolean" },
  "attachments?": { type: "array", items: attachment },
  "integration_links?": { type: "array", items: link },
  ...{ "comment_summary?": orNull(comments), "lead_primary_email?": orNull(email) },
  "lead_primary_phone?": { ...of("array"), items: phone },
  ...{ "stall_status?": orNull(stall), "suggested_action?": orNull(suggestion) },
  ...{ "custom.cf_Trees?": of("number"), "custom.cf_Variety?": text, "custom.cf_Harvest?": day },
  "custom.cf_Days?": { ...of("array"), items: either(...days) },
});

const statuses = (...all: [label: string, type: string][]) =>
  all.map(([label, type]) => ({ id: `stat_${label}`, label, type }));
const pipelines = [
  { id: "pipe_Orchard", name: "Orchard", statuses: statuses(["Seed", "active"], ["Picked", "won"], ["Frost", "lost"]) },
  { id: "pipe_Cellar", name: "Cellar", statuses: statuses(["Cask", "active"], ["Bottled", "won"]) },
];
const people = [
  { id: "user_Ivo", first_name: "Ivo", last_name: "Marsh", email: "ivo@orchard.example" },
  { id: "user_Una", first_name: "Una", last_name: "Lind", email: "una@orchard.example" },
];
const fields = Object.entries({ Trees: "number", Variety: "text", Harvest: "date", Days: "choices" }).map(
  ([name, type]) => ({
    ...{ id: `cf_${name}`, name, type, accepts_multiple_values: name === "Days" },
    ...(name === "Days" && { choices: days }),
  }),
);

const answered = (schema: object) => ({
  responses: { "200": { description: "Always there", content: { "application/json": { schema } } } },
});
const always = (value: unknown) => ({ get: answered({ const: value }) });
const list = (data: readonly object[]) => always({ has_more: false, data });

/** What this server asks of Close, in OpenAPI: an opportunity that is another one each time, and lists that stay. */
export const document = {
  openapi: "3.1.0",
  info: { title: "What this server asks of Close", version: "1" },
  servers: [{ url: "https://api.close.com/api/v1" }],
  paths: {
    "/opportunity/{id}/": {
      parameters: [{ name: "id", in: "path", required: true, schema: string }],
      get: answered(opportunity),
      put: { requestBody: { content: { "application/json": { schema: {} } } }, ...answered(opportunity) },
    },
    "/pipeline/": list(pipelines),
    "/user/": list(people),
    "/contact/": list([{ id: "cont_Pia", name: "Pia Holm", emails: [] }]),
    "/me/": always({ id: "user_Ivo", organizations: [{ id: "orga_Orchard", currency: "USD" }] }),
    "/custom_field_schema/opportunity/": always({ object_type: "opportunity", fields }),
  },
  components: { securitySchemes: { ApiKeyAuth: { type: "http", scheme: "basic" } } },
  security: [{ ApiKeyAuth: [] }],
};
