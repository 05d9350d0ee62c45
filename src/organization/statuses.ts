import { grouped } from "../base/grouped.ts";
import { memoizeByObject } from "../base/once.ts";
import { joined } from "../base/text.ts";
import { itemById, type Known, type Names, type NotedNames, type Pipeline, type Status } from "./lists.ts";
import { fold, matches, NameError, naming, nearestFirst, oneOf, search, shownAmong, shownName } from "./names.ts";

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

const pathOf = ({ label, pipeline }: PlacedStatus) => `${pipeline.name} / ${label}`;

const facts = { noun: "status", describe: describeStatus };
const byLabel = naming<PlacedStatus>({ ...facts, namesOf: ({ label }) => [label] });
const byPath = naming<PlacedStatus>({ ...facts, namesOf: (placed) => [pathOf(placed)] });

/** Statuses of several pipelines go by `Pipeline / Label` and, where any of a label may be meant, by that. */
export const statusNaming = naming<PlacedStatus>({ ...facts, namesOf: (placed) => [pathOf(placed), placed.label] });

/**
 * Finds the one status that a text means for an opportunity: a `stat_…` id as it is, a label of its own pipeline,
 * `Pipeline / Label` of any, or, if no label fits, the word won, lost or active for the own pipeline's only one of that type.
 * @param ownPipeline the id of the opportunity's own pipeline; undefined if it is not known.
 * @throws NameError if there is none or several, UnreadList.
 */
export async function findStatus(text: string, ownPipeline: string | undefined, names: NotedNames): Promise<string> {
  if (isStatusId(text)) return text.trim();
  const ownAmong = (statuses: readonly PlacedStatus[]) =>
    statuses.filter(({ pipeline }) => pipeline.id === ownPipeline);
  const { entries, found } = await search(names.pipelines, (pipelines) => {
    const statuses = placedStatuses(pipelines);
    return oneOf(ownAmong(statuses), text, byLabel, names.note) ?? oneOf(statuses, text, byPath, names.note);
  });
  if (found !== undefined) return found.id;
  const all = placedStatuses(entries);
  const own = ownAmong(all);
  const ofType = own.filter(({ type }) => fold(type) === fold(text));
  const [only, ...others] = ofType;
  if (only === undefined) throw new NameError(unknownStatus(text, own, all));
  if (others.length === 0) return only.id;
  throw new NameError(
    `no status of the opportunity's own pipeline ${shownName(only.pipeline.name)} is called ${shownName(text)}, and several are of that type: ${joined(ofType, shownAmong(own, byLabel))}. Choose the one that fits, or ask`,
  );
}

/** The own pipeline's come first: any other moves the opportunity. */
function unknownStatus(text: string, own: readonly PlacedStatus[], all: readonly PlacedStatus[]): string {
  const namesakes = matches(all, text, byLabel);
  const ranked = nearestFirst(namesakes[0]?.type ?? text, all, ({ label, type }) => [label, type]);
  const elsewhere = namesakes.length > 0 ? namesakes : ranked.filter((placed) => !own.includes(placed));
  const paths = joined(elsewhere, shownAmong(all, byPath));
  const there = `there is no status ${shownName(text)}`;
  const [first] = own;
  if (first === undefined) {
    return `${there} by itself, as the opportunity's own pipeline is not known: give the status with its pipeline, such as ${paths}`;
  }
  const ownRanked = ranked.filter((placed) => own.includes(placed));
  const its = `${there} in the opportunity's own pipeline ${shownName(first.pipeline.name)}. Its statuses: ${joined(ownRanked, shownAmong(own, byLabel))}`;
  return elsewhere.length === 0 ? its : `${its}. To move the opportunity to another pipeline, give ${paths}`;
}

/**
 * The statuses of the pipelines that `isWithin` picks, and among them those of this id, label or `Pipeline / Label`: in each
 * pipeline the exact spelling decides, if one of its statuses has it. Without a text all are called so. @throws UnreadList
 */
export async function findStatuses(text: string | undefined, isWithin: (pipeline: Pipeline) => boolean, names: Names) {
  const statusesIn = (pipelines: readonly Pipeline[]) =>
    placedStatuses(pipelines).filter(({ pipeline }) => isWithin(pipeline));
  const { entries, found = [] } = await search(names.pipelines, (pipelines) => {
    const byPipeline = [...grouped(statusesIn(pipelines), ({ pipeline }) => pipeline).values()];
    const called = byPipeline.flatMap((own) => (text === undefined ? own : matches(own, text, statusNaming)));
    return called.length > 0 ? called : undefined;
  });
  return { all: statusesIn(entries), called: found };
}
