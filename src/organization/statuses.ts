import { oncePerObject, oncePerText } from "../base/once.ts";
import { sentences } from "../base/text.ts";
import { itemById, items, type Lookup, type Pipeline, type Status } from "./lists.ts";
import { find, fold, joined, listed, maxNameCharacters, type NameIndex, shownName } from "./matching.ts";
import { ambiguous, indexOf, type Naming, notLookedUp, type Resolution, tooLong } from "./names.ts";
import { type Candidate, suggestion } from "./suggestion.ts";

/** A status together with the pipeline it belongs to. */
export type PlacedStatus = { status: Status; pipeline: Pipeline };

/** Pipelines go by their names. */
export const pipelineNaming: Naming<Pipeline> = {
  list: "pipelines",
  noun: "pipeline",
  namesOf: [({ name }) => name],
  describe: ({ id, name }) => `${shownName(name)} (${id})`,
};

/** Whether this is a status's id, taken as it is, rather than a label. */
export function isStatusId(status: string): boolean {
  return /^\s*stat_[A-Za-z0-9]+\s*$/.test(status);
}

/** Every status with its pipeline. */
export function placedStatuses(pipelines: readonly Pipeline[]): PlacedStatus[] {
  return pipelines.flatMap((pipeline) => pipeline.statuses.map((status) => ({ status, pipeline })));
}

/** Finds a status by its id in all pipelines, as far as they are known. */
export function statusById(pipelines: Lookup<Pipeline>, id: string): PlacedStatus | undefined {
  return placedIn(items(pipelines)).find(({ status }) => status.id === id);
}

/** `"Pipeline / Label" (stat_…, active)`. */
export function describeStatus(placed: PlacedStatus): string {
  return `${shownName(pathOf(placed))} (${placed.status.id}, ${placed.status.type})`;
}

/**
 * Finds the one status that a text means for an opportunity: a label of its own pipeline, `Pipeline / Label` of any
 * pipeline, or, if no label matches, the word won, lost or active for the own pipeline's only status of that type.
 *
 * @param ownPipeline the id of the opportunity's own pipeline; undefined if it is not known.
 */
export function statusByLabel(
  pipelines: Lookup<Pipeline>,
  text: string,
  ownPipeline: string | undefined,
): Resolution<PlacedStatus> {
  if (pipelines.state === "unread") return { lookUp: "pipelines" };
  if (pipelines.state === "failed") return unreadStatuses(text, pipelines);
  if (text.length > maxNameCharacters) return tooLong(text);
  const own = itemById(pipelines, ownPipeline);
  const all = placedIn(pipelines.items);
  const index = own === undefined ? placeIndex(all) : ownIndex(own, all);
  const [match, ...others] = find(index, text).flatMap((position) => all[position] ?? []);
  if (match !== undefined && others.length === 0) return { found: match };
  if (match !== undefined) return ambiguous(text, [match, ...others], describeStatus);
  // The label, and the pipeline itself, may be new.
  if (!pipelines.fresh) return { lookUp: "pipelines" };
  return withoutLabel(index, text, () =>
    own === undefined ? needsPipeline(text, all) : byType(text, own, all),
  );
}

/** Every row of many may have the same mistyped status, and to look for what is near it takes long. */
const withoutLabel = oncePerText<Resolution<PlacedStatus>>();
const validOf = oncePerText<string>();

/** By the words won, lost and active; what they do not decide is refused with what can be given instead. */
function byType(text: string, own: Pipeline, all: readonly PlacedStatus[]): Resolution<PlacedStatus> {
  const ofType = own.statuses.filter(({ type }) => fold(type) === fold(text));
  const [status, ...others] = ofType;
  if (status !== undefined && others.length === 0) return { found: { status, pipeline: own } };
  const where = `the opportunity's own pipeline ${shownName(own.name)}`;
  if (status !== undefined) {
    const labels = listed(ofType.map(({ label }) => label));
    return {
      problem: `no status of ${where} is called ${shownName(text)}, and several are of that type: ${labels}. Ask which is meant`,
    };
  }
  const isElsewhere = ({ status, pipeline }: PlacedStatus) =>
    pipeline !== own && fold(status.label) === fold(text);
  const elsewhere = all.filter(isElsewhere);
  if (elsewhere.length === 0) {
    return {
      problem: `there is no status ${shownName(text)}`,
      valid: () => validOf(own, text, () => validStatuses(text, own, all)),
    };
  }
  const types = new Set(elsewhere.map(({ status }) => status.type));
  const labels = listed(
    [...own.statuses]
      .sort((a, b) => Number(types.has(b.type)) - Number(types.has(a.type)))
      .map(({ label }) => label),
  );
  const moving = joined(elsewhere, (placed) => shownPlace(placed, all));
  return {
    problem: `there is no status ${shownName(text)} in ${where}. Its statuses: ${labels}. To move the opportunity to another pipeline, give ${moving}`,
  };
}

function validStatuses(text: string, own: Pipeline, all: readonly PlacedStatus[]): string {
  const candidate = (placed: PlacedStatus): Candidate => ({
    names: [placed.status.label, pathOf(placed)],
    shown: () => (placed.pipeline === own ? shownName(placed.status.label) : shownPlace(placed, all)),
  });
  const placedInOwn = all.filter(({ pipeline }) => pipeline === own);
  const inOwn = placedInOwn.map(candidate);
  const others = all.filter(({ pipeline }) => pipeline !== own).map(candidate);
  const ofType = placedInOwn.map((placed) => ({ ...candidate(placed), names: [placed.status.type] }));
  const elsewhere = (candidates: readonly Candidate[]) => {
    const near = suggestion(text, candidates);
    return near && `${near} Such a status moves the opportunity to another pipeline.`;
  };
  const named = namedPipeline(text, all);
  const isInNamed = ({ pipeline }: PlacedStatus) => pipeline === named && pipeline !== own;
  const inNamed = all.filter(isInNamed).map((placed) => {
    const typed = `${placed.pipeline.name} / ${placed.status.type}`;
    return { ...candidate(placed), names: [...candidate(placed).names, typed] };
  });
  // "Closed lost" is the own pipeline's "Churned" rather than the "Lost" of a pipeline that is not named.
  const near =
    inNamed.length > 0
      ? elsewhere(inNamed)
      : suggestion(text, inOwn) || suggestion(text, ofType) || elsewhere(others);
  return sentences(near, `Statuses: ${joined([...inOwn, ...others], ({ shown }) => shown())}`);
}

/** The pipeline whose name is in the text; of several the one with the longest name. */
function namedPipeline(text: string, all: readonly PlacedStatus[]): Pipeline | undefined {
  const letters = fold(text);
  return [...new Set(all.map(({ pipeline }) => pipeline))]
    .filter(({ name }) => fold(name) !== "" && letters.includes(fold(name)))
    .sort((a, b) => fold(b.name).length - fold(a.name).length)[0];
}

function needsPipeline(text: string, all: readonly PlacedStatus[]): Resolution<PlacedStatus> {
  const named = all.filter(({ status }) => fold(status.label) === fold(text));
  const problem =
    named.length > 0
      ? `the opportunity's own pipeline is not known, so give the status ${shownName(text)} with its pipeline:`
      : `there is no status ${shownName(text)}, and the opportunity's own pipeline is not known. Statuses:`;
  const valid = joined(named.length > 0 ? named : all, (placed) => shownPlace(placed, all));
  return { problem: `${problem} ${valid}`, isPassing: true };
}

/**
 * Finds all statuses of a label, or of `Pipeline / Label`.
 *
 * @param within only in this pipeline, if one is given.
 */
export function statusesByLabel(
  pipelines: Lookup<Pipeline>,
  text: string,
  within: Pipeline | undefined,
): Resolution<readonly PlacedStatus[]> {
  if (pipelines.state === "unread") return { lookUp: "pipelines" };
  if (pipelines.state === "failed") return unreadStatuses(text, pipelines);
  if (text.length > maxNameCharacters) return tooLong(text);
  const all = placedIn(pipelines.items);
  const index = indexOf(all, anyLabel, (placed) => ({ names: [placed.status.label, pathOf(placed)] }));
  const at = (positions: readonly number[] = []) =>
    positions
      .flatMap((position) => all[position] ?? [])
      .filter(({ pipeline }) => within === undefined || pipeline === within);
  const exact = new Set(at(index.exact.get(text.trim())));
  const decided = new Set([...exact].map(({ pipeline }) => pipeline));
  // In each pipeline the exact spelling decides, if one of its statuses has it.
  const found = at(index.folded.get(fold(text))).filter(
    (match) => exact.has(match) || !decided.has(match.pipeline),
  );
  if (found.length > 0) return { found };
  if (!pipelines.fresh) return { lookUp: "pipelines" };
  return {
    problem: `there is no status ${shownName(text)}${within ? ` in the pipeline ${shownName(within.name)}` : ""}`,
    valid: () => {
      const valid = within === undefined ? all : all.filter(({ pipeline }) => pipeline === within);
      const candidates = valid.map(({ status: { label } }) => ({
        names: [label],
        shown: () => shownName(label),
      }));
      const list = within
        ? listed(within.statuses.map(({ label }) => label))
        : joined(valid, (placed) => shownPlace(placed, all));
      return sentences(suggestion(text, candidates), `Statuses: ${list}`);
    },
  };
}

/** The kinds of names that hold whatever the opportunity's own pipeline. */
const [anyPipeline, anyLabel] = [{}, {}];

/** The same list for the same pipelines: indexes are kept by list. */
const placedIn = oncePerObject(placedStatuses);

function unreadStatuses(text: string, lookup: { reason: string; isPassing: boolean }) {
  return notLookedUp(text, "statuses", lookup, "stat_…");
}

function pathOf({ status, pipeline }: PlacedStatus): string {
  return `${pipeline.name} / ${status.label}`;
}

/** The index of `Pipeline / Label`, and of the own pipeline's bare labels. */
function ownIndex(own: Pipeline, all: readonly PlacedStatus[]): NameIndex {
  return indexOf(all, own, (placed) => ({
    names: placed.pipeline === own ? [placed.status.label, pathOf(placed)] : [pathOf(placed)],
  }));
}

/** The index of `Pipeline / Label`. */
function placeIndex(all: readonly PlacedStatus[]): NameIndex {
  return indexOf(all, anyPipeline, (placed) => ({ names: [pathOf(placed)] }));
}

/** `"Pipeline / Label"`, with the id if another status is called the same. */
function shownPlace(placed: PlacedStatus, all: readonly PlacedStatus[]): string {
  const namesakes = placeIndex(all).folded.get(fold(pathOf(placed))) ?? [];
  return namesakes.length > 1 ? describeStatus(placed) : shownName(pathOf(placed));
}
