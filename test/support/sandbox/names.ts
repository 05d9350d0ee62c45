import { ids } from "../../../src/sandbox/sandbox.ts";

/** What the records of the sandbox are called in `ids`, by their ids. */
export const names: ReadonlyMap<string, string> = new Map(
  Object.values(ids)
    .flatMap((group) => (typeof group === "string" ? [] : Object.entries(group)))
    .map(([name, id]) => [id, name]),
);
