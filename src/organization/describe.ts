import { z } from "zod/v3";
import type { JsonObject } from "../base/json.ts";
import { quote } from "../base/text.ts";
import { type CustomField, type Known, type Pipeline, type User, userName } from "./lists.ts";
import { fold } from "./names.ts";

/** What can be asked about an organization's fields. */
export const describeArguments = z.object({
  search: z
    .string()
    .optional()
    .describe("Only what has this in its name; statuses by type (active, won, lost), users by e-mail too"),
});

/** More than these are counted, not listed: large organizations must not flood the agent. */
const max = { pipelines: 50, statuses: 50, fields: 100, choices: 50, users: 100 };

/**
 * What an organization's opportunities are made of, narrowed to what matches `search`, for a program and for a person. Lists
 * that could not be read are left out.
 */
export function describeFields(
  lists: { [L in keyof Known]?: Known[L] | undefined },
  search?: string,
): { data: JsonObject; lines: string[] } {
  const wanted = fold(search ?? "");
  const matches = (...texts: readonly (string | null | undefined)[]) =>
    texts.some((text) => fold(text ?? "").includes(wanted));
  const pipelines = lists.pipelines?.flatMap((pipeline) => narrowed(pipeline, matches));
  const fields = lists.customFields?.filter(({ name }) => matches(name));
  const users = lists.users?.filter((user) => matches(userName(user), user.email));
  const named = { "pipelines and statuses": pipelines, "custom fields": fields, users };
  const empty = Object.entries(named).flatMap(([name, list]) => (list?.length === 0 ? [name] : []));
  const isMissed = search !== undefined && empty.length > 0;
  const message = isMissed ? `Nothing matches ${quote(search)} among the ${empty.join(", ")}.` : undefined;
  const [me] = lists.me ?? [];
  const currency = me?.organizations?.[0]?.currency ?? null;
  const zone = me?.last_used_timezone ?? null;
  const you = me && `you are ${quote(userName(me))}, time zone ${zone ?? "unknown"}`;
  return {
    data: {
      ...limited("pipelines", pipelines?.map(describePipeline), max.pipelines),
      ...limited("custom_fields", fields?.map(describeField), max.fields),
      ...limited("users", users?.map(describeUser), max.users),
      ...(me && { currency, user: { id: me.id, name: userName(me), time_zone: zone } }),
      ...(message && { message }),
    },
    lines: [
      ...(pipelines?.slice(0, max.pipelines).map(pipelineLine) ?? []),
      ...rest("pipelines", pipelines, max.pipelines),
      ...(fields?.length ? [listing("Custom fields: ", fields.map(shortField), max.fields, "; ")] : []),
      ...(users?.length ? [listing("Users: ", users.map(shortUser), max.users, ", ")] : []),
      ...(message ? [message] : []),
      ...(you ? [`Currency ${currency ?? "unknown"}; ${you}`] : []),
    ],
  };
}

/** All of a pipeline whose own name matches, else its statuses that match. */
function narrowed(pipeline: Pipeline, matches: (...texts: readonly string[]) => boolean): Pipeline[] {
  if (matches(pipeline.name)) return [pipeline];
  const statuses = pipeline.statuses.filter(({ label, type }) => matches(label, type));
  return statuses.length === 0 ? [] : [{ ...pipeline, statuses }];
}

/** The first entries of a list under its key, and how many more there are under `more_…`. */
function limited(key: string, list: readonly unknown[] | null | undefined, most: number): JsonObject {
  const more = (list?.length ?? 0) - most;
  return { ...(list && { [key]: list.slice(0, most) }), ...(more > 0 && { [`more_${key}`]: more }) };
}

function describePipeline({ id, name, statuses }: Pipeline): JsonObject {
  return { id, name, ...limited("statuses", statuses, max.statuses) };
}

function describeField({ id, name, type, choices, accepts_multiple_values, description }: CustomField) {
  const several_values = accepts_multiple_values ?? false;
  const described = { id, name, type, several_values, ...(description && { description }) };
  return { ...described, ...limited("choices", choices, max.choices) };
}

function describeUser(user: User): JsonObject {
  return { id: user.id, name: userName(user), email: user.email ?? null };
}

function pipelineLine({ name, statuses }: Pipeline): string {
  const labels = statuses.map(({ label, type }) =>
    fold(label) === fold(type) ? quote(label) : `${quote(label)} (${type})`,
  );
  return listing(`Pipeline ${quote(name)}: `, labels, max.statuses, ", ");
}

function shortField({ name, type, accepts_multiple_values }: CustomField): string {
  return `${quote(name)} (${type}${accepts_multiple_values ? ", several values" : ""})`;
}

function shortUser(user: User): string {
  return `${quote(userName(user))} (${user.email ?? "no e-mail"})`;
}

function listing(title: string, texts: readonly string[], most: number, separator: string): string {
  return [title + texts.slice(0, most).join(separator), ...rest("", texts, most)].join("; ");
}

function rest(noun: string, list: readonly unknown[] = [], most: number): string[] {
  const more = list.length - most;
  return more > 0 ? [`${more} more${noun && ` ${noun}`}, narrow with search`] : [];
}
