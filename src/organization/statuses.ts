import { grouped } from "../base/grouped.ts";
import { memoizeByObject } from "../base/once.ts";
import { joined } from "../base/text.ts";
import { itemById, type Known, type Names, type Pipeline, type Status } from "./lists.ts";
import { fold, type Match, matches, NameError, naming, nearestFirst, oneOf, search, shownName } from "./names.ts";

type PlacedStatus = Status & { pipeline: Pipeline };

/** Pipelines go by their names. */
export const pipelineNaming = naming<Pipeline>({
  noun: "pipeline",
  namesOf: ({ name }) => [name],
  describe: ({ id, name }) => `${shownName(name)} (${id})`,
});

/** Whether this is a status's id, taken as it is, rather than a label. */
export function isStatusId(status: string): boolean {
  return /^\s*stat_[A-Za-z0-9]+\s*$/.test(status);
}

/** Every status with its pipeline. */
export const placedStatuses = memoizeByObject((pipelines: readonly Pipeline[]): readonly PlacedStatus[] =>
  pipelines.flatMap((pipeline) => pipeline.statuses.map((status) => ({ ...status, pipeline }))),
);

/** The status with this id, in whatever pipeline. */
export function statusById({ pipelines }: Pick<Known, "pipelines">, id: unknown): PlacedStatus | undefined {
  return itemById(placedStatuses(pipelines), id);
}

/** `"Pipeline / Label" (stat_…, active)`. */
export function describeStatus(placed: PlacedStatus): string {
  return `${shownName(pathOf(placed))} (${placed.id}, ${placed.type})`;
}

const labelOf = ({ label }: PlacedStatus) => label;
const pathOf = ({ label, pipeline }: PlacedStatus) => `${pipeline.name} / ${label}`;

const facts = { noun: "status", describe: describeStatus };
const byPath = naming<PlacedStatus>({ ...facts, namesOf: (placed) => [pathOf(placed)] });
const byLabel = naming<PlacedStatus>({ ...facts, namesOf: (placed) => [labelOf(placed)] });

/**
 * Finds the one status that a text means for an opportunity: a `stat_…` id as it is, a label of its own pipeline,
 * `Pipeline / Label` of any, or, if no label fits, the word won, lost or active for the own pipeline's only one of that type.
 * @param ownPipeline the id of the opportunity's own pipeline; undefined if it is not known.
 * @throws NameError if there is none or several, UnreadList.
 */
export async function findStatus(text: string, ownPipeline: string | undefined, names: Names): Promise<Match<string>> {
  if (isStatusId(text)) return { found: text.trim() };
  const isOwn = ({ pipeline }: PlacedStatus) => pipeline.id === ownPipeline;
  const { entries, found } = await search(names.pipelines, (pipelines) => {
    const statuses = placedStatuses(pipelines);
    return oneOf(statuses.filter(isOwn), text, byLabel) ?? oneOf(statuses, text, byPath);
  });
  if (found !== undefined) return { ...found, found: found.found.id };
  const all = placedStatuses(entries);
  const [match, ...others] = all.filter((own) => isOwn(own) && fold(own.type) === fold(text));
  if (match === undefined) throw new NameError(unknownStatus(text, all, isOwn));
  if (others.length === 0) return { found: match.id };
  throw new NameError(
    `no status of the opportunity's own pipeline ${shownName(match.pipeline.name)} is called ${shownName(text)}, and several are of that type: ${joined([match, ...others], shownBy(labelOf, all.filter(isOwn)))}. Choose the one that fits, or ask`,
  );
}

/** The own pipeline's come first: any other moves the opportunity. */
function unknownStatus(text: string, all: readonly PlacedStatus[], isOwn: (placed: PlacedStatus) => boolean) {
  const elsewhere = matches(all, text, byLabel);
  const ranked = nearestFirst(elsewhere[0]?.type ?? text, all, ({ label, type }) => [label, type]);
  const own = ranked.filter(isOwn);
  const there = `there is no status ${shownName(text)}`;
  const shownLabel = shownBy(labelOf, own);
  const paths = (statuses: readonly PlacedStatus[]) => statuses.map(shownBy(pathOf, all));
  const [first] = own;
  if (first === undefined) {
    const valid = joined(paths(elsewhere.length > 0 ? elsewhere : ranked), String);
    return `${there} by itself, as the opportunity's own pipeline is not known: give the status with its pipeline, such as ${valid}`;
  }
  if (elsewhere.length === 0) {
    const others = paths(ranked.filter((placed) => !isOwn(placed)));
    return `${there}. Statuses: ${joined([...own.map(shownLabel), ...others], String)}`;
  }
  return `${there} in the opportunity's own pipeline ${shownName(first.pipeline.name)}. Its statuses: ${joined(own, shownLabel)}. To move the opportunity to another pipeline, give ${joined(paths(elsewhere), String)}`;
}

/**
 * Finds the ids of all statuses of a label, or of `Pipeline / Label`. In each pipeline the exact spelling decides, if one of
 * its statuses has it. Throws as `findStatus` does.
 * @param within only in this pipeline, if one is given.
 */
export async function findStatuses(text: string, within: Pipeline | undefined, names: Names) {
  const isWithin = ({ pipeline }: PlacedStatus) => within === undefined || pipeline.id === within.id;
  const { entries, found } = await search(names.pipelines, (pipelines) => {
    const statuses = placedStatuses(pipelines).filter(isWithin);
    const called = [...grouped(statuses, ({ pipeline }) => pipeline).values()].flatMap((own) => {
      const labelled = matches(own, text, byLabel);
      return labelled.length > 0 ? labelled : matches(own, text, byPath);
    });
    return called.length > 0 ? called.map(({ id }) => id) : undefined;
  });
  if (found !== undefined) return { found };
  const all = placedStatuses(entries);
  const own = all.filter(isWithin);
  const ranked = nearestFirst(text, own, ({ label }) => [label]);
  const where = within ? ` in the pipeline ${shownName(within.name)}` : "";
  const valid = joined(ranked, within ? shownBy(labelOf, own) : shownBy(pathOf, all));
  throw new NameError(`there is no status ${shownName(text)}${where}. Statuses: ${valid}`);
}

/** Whether the label or the path of a status is that text, as names are compared. */
export function isCalled(text: string): (placed: PlacedStatus) => boolean {
  const wanted = fold(text);
  return (placed) => wanted !== "" && [labelOf, pathOf].some((nameOf) => fold(nameOf(placed)) === wanted);
}

/** A status by its label or path, with the id if another of them is called the same. */
function shownBy(nameOf: (placed: PlacedStatus) => string, all: readonly PlacedStatus[]) {
  const called = grouped(all, (placed) => fold(nameOf(placed)));
  return (placed: PlacedStatus) => {
    const name = nameOf(placed);
    return called.get(fold(name))?.length === 1 ? shownName(name) : describeStatus(placed);
  };
}
