import { z } from "zod/v3";
import { grouped } from "../base/grouped.ts";
import type { JsonObject } from "../base/json.ts";
import { joined, quote } from "../base/text.ts";
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

/** More of each are counted, not listed. */
const max = { statuses: 50, choices: 50 };

/**
 * How a list is said: `budget` is how much of it, in bytes of data and words together, as large organizations must not flood
 * the agent. Without a title each entry has a line of its own.
 */
type Saying = { budget: number; title?: string; separator?: string };

/** An entry as data, whole and as brief as can be, and in words. */
type Entry = Described & { whole: JsonObject };
type Described = { id: string; brief: JsonObject; text: string };

/** What opportunities are made of here, as far as it matches `search`; lists that could not be read are left out. */
export function describeFields(lists: { [L in keyof Known]?: Known[L] | undefined }, search?: string) {
  const wanted = fold(search ?? "");
  const matches = (...texts: readonly (string | null | undefined)[]) =>
    texts.some((text) => fold(text ?? "").includes(wanted));
  const isUser = (user: User) => matches(userName(user), user.email);
  const pipelines = lists.pipelines?.flatMap((pipeline) => narrowed(pipeline, matches));
  const fields = lists.customFields?.filter(({ name }) => matches(name));
  const users = lists.users?.filter(isUser);
  const former = lists.former?.filter(isUser).map(userEntry);
  const named = { "pipelines and statuses": pipelines, "custom fields": fields, users };
  const empty = Object.entries(named).flatMap(([name, list]) => (list?.length === 0 ? [name] : []));
  const isMissed = search !== undefined && empty.length > 0;
  const message = isMissed ? `Nothing matches ${quote(search)} among the ${empty.join(", ")}.` : undefined;
  const [me] = lists.me ?? [];
  const currency = me?.organizations?.[0]?.currency ?? null;
  const zone = me?.last_used_timezone ?? null;
  const own = me && {
    data: { currency, user: { id: me.id, name: userName(me), time_zone: zone } },
    lines: [`Currency ${currency ?? "unknown"}; you are ${quote(userName(me))}, time zone ${zone ?? "unknown"}`],
  };
  const said = [
    fitting("pipelines", pipelines?.map(pipelineEntry), { budget: 12_500 }),
    fitting("custom_fields", fields?.map(fieldEntry), { budget: 6_500, title: "Custom fields: ", separator: "; " }),
    fitting("users", users?.map(userEntry), { budget: 2_500, title: "Users: " }),
    fitting("former_users", former?.length ? former : undefined, { budget: 1_000, title: "Have left: " }),
    message === undefined ? undefined : { data: { message }, lines: [message] },
    own,
  ].filter((part) => part !== undefined);
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
 * The entries under their key and in words: whole if all have room, else without ids, which no tool needs where there are names,
 * and of those as many as have room, with how many more there are.
 */
function fitting(key: string, list: readonly Entry[] | undefined, { budget, title, separator = ", " }: Saying) {
  if (list === undefined) return undefined;
  const entries = toldApart(list);
  const sizes = (form: "whole" | "brief") =>
    entries.map((entry) => Buffer.byteLength(JSON.stringify(entry[form]) + entry.text) + 4);
  const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0);
  const isRoomy = sum(sizes("whole")) <= budget;
  const tooMany = isRoomy ? -1 : sizes("brief").findIndex((_, at, all) => sum(all.slice(0, at + 1)) > budget);
  const shown = tooMany === -1 ? entries : entries.slice(0, tooMany);
  const more = entries.length - shown.length;
  const texts = shown.map(({ text }) => text);
  if (more > 0) texts.push(`${more} more ${key.replace("_", " ")}, narrow with search`);
  return {
    data: {
      [key]: shown.map(({ whole, brief }) => (isRoomy ? whole : brief)),
      ...(more > 0 && { [`more_${key}`]: more }),
    },
    lines: title === undefined || texts.length === 0 ? texts : [title + texts.join(separator)],
  };
}

/** Those that would look alike carry their ids. */
function toldApart<E extends Described>(entries: readonly E[]): E[] {
  const alike = grouped(entries, ({ text }) => text);
  const isAlone = ({ text }: E) => alike.get(text)?.length === 1;
  const withId = (entry: E) => ({ brief: { id: entry.id, ...entry.brief }, text: `${entry.text} ${entry.id}` });
  return entries.map((entry) => (isAlone(entry) ? entry : { ...entry, ...withId(entry) }));
}

/** The first entries of a list under its key, and how many more there are under `more_…`. */
function limited(key: "statuses" | "choices", list: readonly unknown[] | null | undefined): JsonObject {
  const more = (list?.length ?? 0) - max[key];
  return { ...(list && { [key]: list.slice(0, max[key]) }), ...(more > 0 && { [`more_${key}`]: more }) };
}

function pipelineEntry({ statuses, ...pipeline }: Pipeline): Entry {
  const { id, name } = pipeline;
  const described = statuses.map(({ id, label, type }) => {
    const text = fold(label) === fold(type) ? quote(label) : `${quote(label)} (${type})`;
    return { id, brief: { label, type }, text };
  });
  const shown = toldApart(described);
  const briefly = shown.map(({ brief }) => brief);
  return {
    id,
    whole: { ...pipeline, ...limited("statuses", statuses) },
    brief: { name, ...limited("statuses", briefly) },
    text: `Pipeline ${quote(name)}: ${joined(shown, ({ text }) => text)}`,
  };
}

function fieldEntry({ id, name, type, choices, accepts_multiple_values, ...rest }: CustomField): Entry {
  const several_values = accepts_multiple_values ?? false;
  const { description, editable_with_roles: roles } = rest;
  const notes = { ...(description && { description }), ...(roles?.length && { editable_with_roles: roles }) };
  const editors = roles?.length ? `, only for ${joined(roles, String)}` : "";
  const said = description ? `: ${quote(description, 80)}` : "";
  return {
    id,
    whole: { id, name, type, several_values, ...notes, ...limited("choices", choices) },
    brief: { name, type, ...notes },
    text: `${quote(name)} (${type}${several_values ? ", several values" : ""}${editors})${said}`,
  };
}

function userEntry({ id, email = null, ...user }: User): Entry {
  const name = userName({ id, email, ...user });
  return { id, whole: { id, name, email }, brief: { name, email }, text: `${quote(name)} (${shownAddress(email)})` };
}
