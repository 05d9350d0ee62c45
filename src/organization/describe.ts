import { z } from "zod/v3";
import type { JsonObject } from "../base/json.ts";
import { quote } from "../base/text.ts";
import { type CustomField, type Known, type Pipeline, userName } from "./lists.ts";
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

/** What opportunities are made of here, as far as it matches `search`; lists that could not be read are left out. */
export function describeFields(lists: { [L in keyof Known]?: Known[L] | undefined }, search?: string) {
  const wanted = fold(search ?? "");
  const matches = (...texts: readonly (string | null | undefined)[]) =>
    texts.some((text) => fold(text ?? "").includes(wanted));
  const pipelines = lists.pipelines?.flatMap((pipeline) => narrowed(pipeline, matches));
  const fields = lists.customFields?.filter(({ name }) => matches(name)).map(describeField);
  const users = lists.users
    ?.filter((user) => matches(userName(user), user.email))
    .map((user) => ({ id: user.id, name: userName(user), email: user.email ?? null }));
  const named = { "pipelines and statuses": pipelines, "custom fields": fields, users };
  const empty = Object.entries(named).flatMap(([name, list]) => (list?.length === 0 ? [name] : []));
  const isMissed = search !== undefined && empty.length > 0;
  const message = isMissed ? `Nothing matches ${quote(search)} among the ${empty.join(", ")}.` : undefined;
  const [me] = lists.me ?? [];
  const currency = me?.organizations?.[0]?.currency ?? null;
  const zone = me?.last_used_timezone ?? null;
  const shownPipelines = pipelines?.map((own) => ({ ...own, ...limited("statuses", own.statuses, max.statuses) }));
  const fieldTexts = fields?.map(
    (one) => `${quote(one.name)} (${one.type}${one.several_values ? ", several values" : ""})`,
  );
  const userTexts = users?.map(({ name, email }) => `${quote(name)} (${email ?? "no e-mail"})`);
  return {
    data: {
      ...limited("pipelines", shownPipelines, max.pipelines),
      ...limited("custom_fields", fields, max.fields),
      ...limited("users", users, max.users),
      ...(me && { currency, user: { id: me.id, name: userName(me), time_zone: zone } }),
      ...(message && { message }),
    },
    lines: [
      ...(pipelines?.slice(0, max.pipelines).map(pipelineLine) ?? []),
      ...rest(" pipelines", pipelines, max.pipelines),
      ...(fieldTexts?.length ? [listing("Custom fields: ", fieldTexts, max.fields, "; ")] : []),
      ...(userTexts?.length ? [listing("Users: ", userTexts, max.users, ", ")] : []),
      ...(message ? [message] : []),
      ...(me
        ? [`Currency ${currency ?? "unknown"}; you are ${quote(userName(me))}, time zone ${zone ?? "unknown"}`]
        : []),
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

function describeField({ id, name, type, choices, accepts_multiple_values, description }: CustomField) {
  const several_values = accepts_multiple_values ?? false;
  const described = { id, name, type, several_values, ...(description && { description }) };
  return { ...described, ...limited("choices", choices, max.choices) };
}

function pipelineLine({ name, statuses }: Pipeline): string {
  const labels = statuses.map(({ label, type }) =>
    fold(label) === fold(type) ? quote(label) : `${quote(label)} (${type})`,
  );
  return listing(`Pipeline ${quote(name)}: `, labels, max.statuses, ", ");
}

function listing(title: string, texts: readonly string[], most: number, separator: string): string {
  return [title + texts.slice(0, most).join(separator), ...rest("", texts, most)].join("; ");
}

function rest(noun: string, list: readonly unknown[] = [], most: number): string[] {
  const more = list.length - most;
  return more > 0 ? [`${more} more${noun}, narrow with search`] : [];
}
