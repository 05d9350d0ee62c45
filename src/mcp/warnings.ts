import { joined } from "../organization/matching.ts";

/*
 * What has to be said of a call's arguments and of the size of its result, a sentence each.
 */

/** Arguments were null or empty. A tool that changes nothing does not say how to empty a field. */
export function ignoredAsNotGiven(names: readonly string[], changesNothing: boolean): string {
  const ignored = `Ignored because null or empty: ${joined(names, (name) => name)}.`;
  if (changesNothing) return ignored;
  return `${ignored} An empty value never empties a field: that takes clear, or the action unset for a custom field.`;
}

/** A host added keys of its own to the arguments. */
export function ignoredAsOfHost(names: readonly string[]): string {
  return `Ignored, because added by the host: ${joined(names, (name) => name)}.`;
}

/** The result is larger than official clients take. An undo with a truncated text would lose the rest of it. */
export function textsCut(hadLongUndo: boolean): string {
  return `The result is too large to return in full: long texts were truncated${hadLongUndo ? ", and every undo that has one is left out" : ""}.`;
}

/** The result is larger than that even with its texts truncated. */
export function leftOut(): string {
  return "The result is too large to return: read the opportunity in Close.";
}
