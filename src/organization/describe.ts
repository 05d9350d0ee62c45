import { z } from "zod/v3";
import { quote } from "../base/text.ts";
import { type CustomField, items, type Known, type Pipeline, type User, userName } from "./lists.ts";
import { fold } from "./matching.ts";

/** What can be asked about an organization's fields. */
export const describeArguments = z.object({
  search: z
    .string()
    .optional()
    .describe("Only what has this in its name; statuses by type (active, won, lost), users by e-mail too"),
});

/** More than these are counted, not listed: large organizations must not flood the agent. */
const maxListed = { pipelines: 50, statuses: 50, fields: 100, choices: 50, users: 100 };

/**
 * What an organization's opportunities are made of, narrowed to what matches `search`. Lists that could not be read
 * are left out; `message` names those in which the search found nothing.
 */
export function describeFields({ pipelines, customFields, users, me }: Known, search?: string) {
  const wanted = fold(search ?? "");
  const matches = (...texts: readonly (string | null | undefined)[]) =>
    texts.some((text) => fold(text ?? "").includes(wanted));
  const foundPipelines = items(pipelines).flatMap((pipeline) => narrowed(pipeline, matches));
  const fields = items(customFields).filter(({ name }) => matches(name));
  const people = items(users).filter((user) => matches(userName(user), user.email));
  const [user] = items(me);
  const empty = [
    ...(pipelines.state === "read" && foundPipelines.length === 0 ? ["pipelines and statuses"] : []),
    ...(customFields.state === "read" && fields.length === 0 ? ["custom fields"] : []),
    ...(users.state === "read" && people.length === 0 ? ["users"] : []),
  ];
  return {
    ...(pipelines.state === "read" && {
      pipelines: foundPipelines.slice(0, maxListed.pipelines).map(describePipeline),
      ...more("more_pipelines", foundPipelines, maxListed.pipelines),
    }),
    ...(customFields.state === "read" && {
      custom_fields: fields.slice(0, maxListed.fields).map(describeField),
      ...more("more_custom_fields", fields, maxListed.fields),
    }),
    ...(users.state === "read" && {
      users: people.slice(0, maxListed.users).map(describeUser),
      ...more("more_users", people, maxListed.users),
    }),
    ...(user && {
      currency: user.organizations?.[0]?.currency ?? null,
      user: { id: user.id, name: userName(user), time_zone: user.last_used_timezone ?? null },
    }),
    ...(search !== undefined &&
      empty.length > 0 && { message: `Nothing matches ${quote(search)} among the ${empty.join(", ")}.` }),
  };
}
export type FieldsDescription = ReturnType<typeof describeFields>;

/** All of a pipeline whose own name matches, else its statuses that match. */
function narrowed(pipeline: Pipeline, matches: (...texts: readonly string[]) => boolean): Pipeline[] {
  if (matches(pipeline.name)) return [pipeline];
  const statuses = pipeline.statuses.filter(({ label, type }) => matches(label, type));
  return statuses.length === 0 ? [] : [{ ...pipeline, statuses }];
}

/** How many of a list are not shown, if any. */
function more<Key extends string>(
  key: Key,
  list: readonly unknown[],
  shown: number,
): { [K in Key]?: number } {
  const rest: { [K in Key]?: number } = {};
  if (list.length > shown) Object.assign(rest, { [key]: list.length - shown });
  return rest;
}

function describePipeline({ id, name, statuses }: Pipeline) {
  return {
    id,
    name,
    statuses: statuses.slice(0, maxListed.statuses),
    ...more("more_statuses", statuses, maxListed.statuses),
  };
}

function describeField({ id, name, type, choices, accepts_multiple_values, description }: CustomField) {
  return {
    id,
    name,
    type,
    several_values: accepts_multiple_values ?? false,
    ...(description && { description }),
    ...(choices && { choices: choices.slice(0, maxListed.choices) }),
    ...more("more_choices", choices ?? [], maxListed.choices),
  };
}

function describeUser(user: User) {
  return { id: user.id, name: userName(user), email: user.email ?? null };
}

/** The description's lines for a person. */
export function describedLines(description: FieldsDescription): string[] {
  const { pipelines = [], custom_fields = [], users = [], currency, user, message } = description;
  return [
    ...pipelines.map(
      ({ name, statuses, more_statuses }) =>
        `Pipeline ${quote(name)}: ${withRest(statuses.map(describeStatus), more_statuses, ", ")}`,
    ),
    ...andMore("pipelines", description.more_pipelines),
    ...(custom_fields.length === 0
      ? []
      : [
          `Custom fields: ${withRest(custom_fields.map(describeShortly), description.more_custom_fields, "; ")}`,
        ]),
    ...(users.length === 0
      ? []
      : [
          `Users: ${withRest(
            users.map(({ name, email }) => `${quote(name)} (${email ?? "no e-mail"})`),
            description.more_users,
            ", ",
          )}`,
        ]),
    ...(message === undefined ? [] : [message]),
    ...(user
      ? [
          `Currency ${currency ?? "unknown"}; you are ${quote(user.name)}, time zone ${user.time_zone ?? "unknown"}`,
        ]
      : []),
  ];
}

function withRest(texts: readonly string[], rest: number | undefined, separator: string): string {
  return texts.join(separator) + (rest === undefined ? "" : `; ${rest} more, narrow with search`);
}

function andMore(noun: string, rest: number | undefined): string[] {
  return rest === undefined ? [] : [`${rest} more ${noun}, narrow with search`];
}

function describeStatus({ label, type }: Pipeline["statuses"][number]): string {
  return fold(label) === fold(type) ? quote(label) : `${quote(label)} (${type})`;
}

function describeShortly({ name, type, several_values }: ReturnType<typeof describeField>): string {
  return `${quote(name)} (${type}${several_values ? ", several values" : ""})`;
}
