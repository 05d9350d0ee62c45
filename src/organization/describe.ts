import { z } from "zod/v3";
import { fitting, grouped } from "../base/grouped.ts";
import type { JsonObject } from "../base/json.ts";
import { joined, quote, truncate } from "../base/text.ts";
import { type CustomField, type Known, type Pipeline, type User, userName } from "./lists.ts";
import { fold } from "./names.ts";
import { shownAddress } from "./people.ts";

/** What can be asked about an organization's fields. */
export const describeArguments = z.object({
  search: z
    .string()
    .optional()
    .describe("Only what has this in its name; statuses by type (active, won, lost), users by e-mail too"),
});

/** More statuses of a pipeline, or choices of a field, are counted, not listed. */
const maxListed = 50;

/** How much of each list is said, in characters of data and words together: large organizations must not flood the agent. */
const room = { pipelines: 24_000, custom_fields: 12_000, users: 5_000, former_users: 2_000 };

/** An entry of a list as data, and in words. */
type Entry = { data: JsonObject & { id: string }; text: string };

/** What opportunities are made of here, as far as it matches `search`; lists that could not be read are left out. */
export function describeFields(lists: { [L in keyof Known]?: Known[L] | undefined }, search?: string) {
  const wanted = fold(search ?? "");
  const matches = (...texts: readonly (string | null | undefined)[]) =>
    texts.some((text) => text && (fold(text).includes(wanted) || text.includes(search ?? "")));
  const isUser = (user: User) => matches(userName(user), user.email);
  const pipelines = lists.pipelines?.flatMap((pipeline) => narrowed(pipeline, matches));
  const fields = lists.customFields?.filter(({ name }) => matches(name));
  const users = lists.users?.filter(isUser);
  const former = lists.former?.filter(isUser) ?? [];
  const named = { "pipelines and statuses": pipelines, "custom fields": fields, users };
  const empty = Object.entries(named).flatMap(([name, list]) => (list?.length === 0 ? [name] : []));
  const isMissed = search !== undefined && empty.length > 0;
  const message = isMissed ? `Nothing matches ${quote(search)} among the ${empty.join(", ")}.` : undefined;
  const said = [
    ...(pipelines ? [listed("pipelines", pipelines.map(pipelineEntry))] : []),
    ...(fields ? [listed("custom_fields", fields.map(fieldEntry), "Custom fields: ", "; ")] : []),
    ...(users ? [listed("users", users.map(userEntry), "Users: ")] : []),
    ...(former.length > 0 ? [listed("former_users", former.map(userEntry), "Have left: ")] : []),
    ...(message ? [{ data: { message }, lines: [message] }] : []),
    ...(lists.me ?? []).map((me) => {
      const currency = me.organizations?.[0]?.currency ?? null;
      const [id, name, time_zone] = [me.id, userName(me), me.last_used_timezone ?? null];
      const line = `Currency ${currency ?? "unknown"}; you are ${quote(name)}, time zone ${time_zone ?? "unknown"}`;
      return { data: { currency, user: { id, name, time_zone } }, lines: [line] };
    }),
  ];
  return {
    data: Object.fromEntries(said.flatMap(({ data }) => Object.entries<unknown>(data))),
    lines: said.flatMap(({ lines }) => lines),
  };
}

/** All of a pipeline whose own name matches, else its statuses that match. */
function narrowed(pipeline: Pipeline, matches: (...texts: readonly string[]) => boolean): Pipeline[] {
  if (matches(pipeline.name)) return [pipeline];
  const statuses = pipeline.statuses.filter(({ label, type }) => matches(label, type));
  return statuses.length === 0 ? [] : [{ ...pipeline, statuses }];
}

/**
 * As many entries as have room, as data under their key and in words, with how many more there are. Without a title each entry
 * has a line of its own.
 */
function listed(key: keyof typeof room, entries: readonly Entry[], title?: string, separator = ", ") {
  const shown = fitting(entries, room[key]);
  const more = entries.length - shown.length;
  const texts = toldApart(shown);
  if (more > 0) texts.push(`${more} more ${key.replace("_", " ")}, narrow with search`);
  return {
    data: { [key]: shown.map(({ data }) => data), ...(more > 0 && { [`more_${key}`]: more }) },
    lines: title === undefined || texts.length === 0 ? texts : [title + texts.join(separator)],
  };
}

/** The entries in words: those that would look alike carry their ids. */
function toldApart(entries: readonly Entry[]): string[] {
  const alike = grouped(entries, ({ text }) => text);
  return entries.map(({ data, text }) => (alike.get(text)?.length === 1 ? text : `${text} ${data.id}`));
}

/** The first entries of a list under its key, and how many more there are under `more_…`. */
function first(key: "statuses" | "choices", list: readonly unknown[] | null | undefined): JsonObject {
  const more = (list?.length ?? 0) - maxListed;
  return { ...(list && { [key]: list.slice(0, maxListed) }), ...(more > 0 && { [`more_${key}`]: more }) };
}

function pipelineEntry({ statuses, ...pipeline }: Pipeline): Entry {
  const entries = statuses.map((data) => {
    const { label, type } = data;
    return { data, text: fold(label) === fold(type) ? quote(label) : `${quote(label)} (${type})` };
  });
  const text = `Pipeline ${quote(pipeline.name)}: ${joined(toldApart(entries), String)}`;
  return { data: { ...pipeline, ...first("statuses", statuses) }, text };
}

function fieldEntry({ id, name, type, choices, ...field }: CustomField): Entry {
  const description = truncate(field.description ?? "", 200);
  const several_values = field.accepts_multiple_values ?? false;
  const roles = field.editable_with_roles ?? [];
  const notes = { ...(description && { description }), ...(roles.length > 0 && { editable_with_roles: roles }) };
  const editors = roles.length > 0 ? `, only for ${joined(roles, String)}` : "";
  const said = description ? `: ${quote(description, 80)}` : "";
  return {
    data: { id, name, type, several_values, ...notes, ...first("choices", choices) },
    text: `${quote(name)} (${type}${several_values ? ", several values" : ""}${editors})${said}`,
  };
}

function userEntry(user: User): Entry {
  const { id, email = null } = user;
  const name = userName(user);
  return { data: { id, name, email }, text: `${quote(name)} (${shownAddress(email)})` };
}
