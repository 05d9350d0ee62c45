import leven from "leven";
import { quote } from "../base/text.ts";
import {
  items,
  type ListName,
  type Lookup,
  type Pipeline,
  type Status,
  type User,
  userName,
} from "./lists.ts";

/** What became of a name: its meaning, a problem in the caller's terms, or a list to read (again) first. */
export type Resolution<T> = { found: T } | { problem: string } | { lookUp: ListName };

/** An argument that cannot be accepted, and why, in the caller's terms. */
export type Mistake = { argument: string; problem: string };

/** A status together with the pipeline it belongs to. */
export type PlacedStatus = { status: Status; pipeline: Pipeline };

/** What names are compared by: case, surrounding and repeated white space and Unicode spelling do not count. */
export function fold(name: string): string {
  return name.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase();
}

/** Those candidates that bear the name: in the same case where there are any, else in any case. */
export function named<T>(candidates: readonly T[], name: string, nameOf: (candidate: T) => string): T[] {
  const wanted = fold(name);
  const matches = candidates.filter((candidate) => fold(nameOf(candidate)) === wanted);
  const exact = matches.filter((candidate) => nameOf(candidate) === name.trim());
  return exact.length > 0 ? exact : matches;
}

/** The candidate that was probably meant, if any is near enough. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const letters = (text: string) => fold(text).replace(/[\s_-]/g, "");
  // Nothing so long is a slip of the pen, and to compare it would take seconds.
  if (name.length > 200) return undefined;
  const wanted = letters(name);
  const distances = candidates
    .map((candidate) => {
      const known = letters(candidate);
      const distance = leven(wanted, known);
      const isPart =
        wanted.length > 2 && known.length > 2 && (known.includes(wanted) || wanted.includes(known));
      return { candidate, distance: isPart ? Math.min(1, distance) : distance };
    })
    .sort((a, b) => a.distance - b.distance);
  const best = distances[0];
  return best !== undefined && best.distance <= Math.max(2, wanted.length / 3) ? best.candidate : undefined;
}

/** ` Did you mean "…"?`, or nothing. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const candidate = nearest(name, candidates);
  return candidate === undefined ? "" : ` Did you mean ${quote(candidate)}?`;
}

/** Names in quotes, joined by commas: the first 50, and how many more there are. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 50).map((name) => quote(name));
  return shown.join(", ") + (names.length > shown.length ? ` and ${names.length - shown.length} more` : "");
}

/** Whether this is a status's id, taken as it is, rather than a label. */
export function isStatusId(status: string): boolean {
  return /^stat_[A-Za-z0-9]+$/.test(status);
}

/** Whether this is a user's id, taken as it is, rather than an e-mail address or a name. */
export function isUserId(user: string): boolean {
  return /^user_[A-Za-z0-9]+$/.test(user);
}

/** Finds a status by its id in all pipelines. */
export function statusById(pipelines: readonly Pipeline[], id: string): PlacedStatus | undefined {
  return placedStatuses(pipelines).find(({ status }) => status.id === id);
}

/**
 * Finds a status by label: first in the opportunity's own pipeline, then in all of them; `Pipeline / Label`
 * names one exactly. A label that fits several is a problem that lists them.
 *
 * @param isOwn whether a pipeline is the opportunity's own; undefined if the opportunity could not be read.
 */
export function statusByLabel(
  pipelines: Lookup<Pipeline>,
  label: string,
  isOwn: ((pipeline: Pipeline) => boolean) | undefined,
): Resolution<PlacedStatus> {
  const own = isOwn && items(pipelines).find(isOwn);
  const isStale = pipelines.state === "read" && !pipelines.fresh;
  // The label may be new in the opportunity's own pipeline: another one's must not be taken for it.
  if (
    isStale &&
    isOwn &&
    !label.includes("/") &&
    !own?.statuses.some((status) => fold(status.label) === fold(label))
  ) {
    return { lookUp: "pipelines" };
  }
  const resolution = statusesByLabel(pipelines, label, undefined, own);
  if (!("found" in resolution)) return resolution;
  const [match, ...others] = resolution.found;
  if (match !== undefined && others.length === 0) return { found: match };
  const candidates = resolution.found.map(describeStatus).join(", ");
  return { problem: `${quote(label)} is ambiguous. It can be ${candidates}` };
}

/**
 * Finds all statuses that bear the label, `Pipeline / Label` included.
 *
 * @param within only in this pipeline, where one is given.
 * @param first this pipeline's own, where it has one.
 */
export function statusesByLabel(
  pipelines: Lookup<Pipeline>,
  label: string,
  within: Pipeline | undefined,
  first = within,
): Resolution<readonly PlacedStatus[]> {
  if (pipelines.state === "unread") return { lookUp: "pipelines" };
  if (pipelines.state === "failed") {
    return { problem: `${unread("statuses", pipelines.reason)} Give the status's stat_… id.` };
  }
  const all = placedStatuses(within === undefined ? pipelines.items : [within]);
  const inFirst = first === undefined ? [] : named(placedStatuses([first]), label, labelOf);
  const plain = inFirst.length > 0 ? inFirst : named(all, label, labelOf);
  const matches = plain.length > 0 ? plain : namedWithPipeline(all, label);
  if (matches.length > 0) return { found: matches };
  if (!pipelines.fresh) return { lookUp: "pipelines" };
  const valid = all.map(({ status, pipeline }) =>
    pipeline.id === first?.id ? status.label : `${pipeline.name} / ${status.label}`,
  );
  return {
    problem: `there is no status ${quote(label)}.${didYouMean(label, [...valid, ...all.map(labelOf)])} Statuses: ${listed(valid)}`,
  };
}

/** How the entries of one of the organization's lists are named, and what is said where a name does not resolve. */
export type Naming<T extends { id: string }> = {
  list: ListName;
  /** `user`; with an s, the list's. */
  noun: string;
  /** What can be given where the list cannot be read. */
  id?: string;
  /** What an entry goes by besides its id; by the first of these entries are listed where none fits. */
  namesOf: readonly ((entry: T) => string | null | undefined)[];
  /** One of several that bear the same name. */
  describe(entry: T): string;
};

/** Finds the one entry that bears the name. That it is ambiguous, or unknown, is a problem that lists the valid ones. */
export function byName<T extends { id: string }>(
  lookup: Lookup<T>,
  name: string,
  naming: Naming<T>,
): Resolution<T> {
  const { list, noun, id, namesOf, describe } = naming;
  if (lookup.state === "unread") return { lookUp: list };
  if (lookup.state === "failed") {
    const instead = id === undefined ? "" : ` Give the ${id} id.`;
    return { problem: unread(`${noun}s`, lookup.reason) + instead };
  }
  const withId = lookup.items.find((entry) => entry.id === name.trim());
  if (withId !== undefined) return { found: withId };
  const matches = namesOf.map((nameOf) => named(lookup.items, name, (entry) => nameOf(entry) ?? ""));
  const [match, ...others] = matches.find((each) => each.length > 0) ?? [];
  if (match !== undefined && others.length === 0) return { found: match };
  if (match !== undefined) {
    return {
      problem: `${quote(name)} is ambiguous. It can be ${[match, ...others].map(describe).join(", ")}`,
    };
  }
  if (!lookup.fresh) return { lookUp: list };
  const names = namesOf.map((nameOf) => lookup.items.flatMap((entry) => nameOf(entry) ?? []));
  const capital = noun.charAt(0).toUpperCase() + noun.slice(1);
  return {
    problem: `there is no ${noun} ${quote(name)}.${didYouMean(name, names.flat())} ${capital}s: ${listed(names[0] ?? [])}`,
  };
}

/** Users go by e-mail address or full name. */
export const userNaming: Naming<User> = {
  list: "users",
  noun: "user",
  id: "user_…",
  namesOf: [userName, ({ email }) => email],
  describe: (user) => `${userName(user)} (${user.email ?? "no e-mail"}, ${user.id})`,
};

/** Takes resolutions apart: what was found is given back, mistakes and lists to read are kept. */
export function collector() {
  const mistakes: Mistake[] = [];
  const lookUps: ListName[] = [];
  return {
    mistakes,
    lookUps,
    found<T>(argument: string, resolution: Resolution<T> | undefined): T | undefined {
      if (resolution === undefined) return undefined;
      if ("found" in resolution) return resolution.found;
      if ("lookUp" in resolution) lookUps.push(resolution.lookUp);
      else mistakes.push({ argument, problem: resolution.problem });
      return undefined;
    },
  };
}

/** The sentence for a name that cannot be looked up because its list could not be read. */
export function unread(what: string, reason: string): string {
  return `names cannot be looked up because the ${what} could not be read (${reason}).`;
}

/** Every status with its pipeline. */
export function placedStatuses(pipelines: readonly Pipeline[]): PlacedStatus[] {
  return pipelines.flatMap((pipeline) => pipeline.statuses.map((status) => ({ status, pipeline })));
}

function labelOf({ status }: PlacedStatus): string {
  return status.label;
}

/** Labels and pipeline names may hold a slash themselves: every way of parting the text is tried. */
function namedWithPipeline(all: readonly PlacedStatus[], text: string): PlacedStatus[] {
  const parts = text.split("/");
  const splits = parts.slice(1).map((_, at) => ({
    pipeline: parts.slice(0, at + 1).join("/"),
    label: parts.slice(at + 1).join("/"),
  }));
  return splits.flatMap((split) =>
    named(
      named(all, split.pipeline, ({ pipeline }) => pipeline.name),
      split.label,
      labelOf,
    ),
  );
}

/** `"Pipeline / Label" (stat_…, active)`. */
export function describeStatus({ status, pipeline }: PlacedStatus): string {
  return `${quote(`${pipeline.name} / ${status.label}`)} (${status.id}, ${status.type})`;
}
