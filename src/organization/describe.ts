import { z } from "zod/v3";
import { quote } from "../base/text.ts";
import { type CustomField, items, type Known, userName } from "./lists.ts";
import { fold } from "./matching.ts";

/** What can be asked about an organization's fields. */
export const describeArguments = z.object({
  search: z
    .string()
    .optional()
    .describe("Only pipelines, statuses and custom fields whose name contains this"),
});

/** More than these are counted, not listed: large organizations must not flood the agent. */
const max = { choices: 50, fields: 100 };

/**
 * What an organization's opportunities are made of, narrowed to names that contain `search`. Lists that could not
 * be read are left out.
 */
export function describeFields({ pipelines, customFields, me }: Known, search = "") {
  const matches = (name: string) => fold(name).includes(fold(search));
  const fields = items(customFields).filter(({ name }) => matches(name));
  const [user] = items(me);
  return {
    ...(pipelines.state === "read" && {
      pipelines: pipelines.items.flatMap(({ id, name, statuses }) => {
        const shown = matches(name) ? statuses : statuses.filter(({ label }) => matches(label));
        return shown.length > 0 || matches(name) ? [{ id, name, statuses: shown }] : [];
      }),
    }),
    ...(customFields.state === "read" && { custom_fields: fields.slice(0, max.fields).map(describeField) }),
    ...(fields.length > max.fields && { more_custom_fields: fields.length - max.fields }),
    ...(user && {
      currency: user.organizations?.[0]?.currency ?? null,
      user: { id: user.id, name: userName(user), time_zone: user.last_used_timezone ?? null },
    }),
  };
}
export type FieldsDescription = ReturnType<typeof describeFields>;

function describeField({ id, name, type, choices, accepts_multiple_values, description }: CustomField) {
  return {
    id,
    name,
    type,
    several_values: accepts_multiple_values ?? false,
    ...(description && { description }),
    ...(choices && { choices: choices.slice(0, max.choices) }),
    ...(choices && choices.length > max.choices && { more_choices: choices.length - max.choices }),
  };
}

/** The description's lines for a person. */
export function describedLines(description: FieldsDescription, search: string | undefined): string[] {
  const { pipelines, custom_fields, more_custom_fields, currency, user } = description;
  const none = search === undefined ? "none" : `none with a name that contains ${quote(search)}`;
  const rest = more_custom_fields === undefined ? "" : `; ${more_custom_fields} more, narrow with search`;
  return [
    ...(pipelines?.map(
      ({ name, statuses }) => `Pipeline ${name}: ${statuses.map(({ label }) => label).join(", ")}`,
    ) ?? []),
    ...(pipelines?.length === 0 ? [`Pipelines: ${none}`] : []),
    ...(custom_fields
      ? [`Custom fields: ${custom_fields.map(describeShortly).join("; ") || none}${rest}`]
      : []),
    ...(user
      ? [`Currency ${currency ?? "unknown"}; you are ${user.name}, time zone ${user.time_zone ?? "unknown"}`]
      : []),
  ];
}

function describeShortly({ name, type, several_values }: ReturnType<typeof describeField>): string {
  return `${name} (${type}${several_values ? ", several values" : ""})`;
}
