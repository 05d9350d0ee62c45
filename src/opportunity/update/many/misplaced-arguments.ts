import { briefJson } from "../../../base/json.ts";
import { didYouMean } from "../../../organization/suggestion.ts";
import { joinedName } from "../../other-words.ts";
import { updateReading, wordForCall } from "../misnamed-arguments.ts";
import { entry, manyArguments } from "./arguments.ts";

const namesInCall = Object.keys(manyArguments.shape);
const namesInEntry = Object.keys(entry.shape);

/** What to say of names that callers try, of arguments at another level than theirs, and of one change that is not in a list. */
function misplacedInMany(place: string, value: unknown): string | undefined {
  if (place === "updates")
    return `must be a list of changes, such as ${changesForm}, not ${briefJson(value, 200)}`;
  const [, inEntry] = /^updates\[[0-9]+\]\.([\s\S]*)$/.exec(place) ?? [];
  return inEntry === undefined ? misplacedInCall(place, value) : misplacedInEntry(place, inEntry, value);
}

function misplacedInCall(name: string, value: unknown): string | undefined {
  const where = `belongs in an entry of updates, as in {"updates": ${changesForm}}.`;
  const known = sameName(name, namesInEntry);
  if (known !== undefined) return `${known} ${where}`;
  const ofCall = wordForCall(name);
  if (ofCall !== undefined) return ofCall;
  const hint = hintFor(name, name, value) ?? nearElsewhere(name, namesInCall, namesInEntry);
  return hint && `${hint} That ${where}`;
}

function misplacedInEntry(place: string, inEntry: string, value: unknown): string | undefined {
  const where = "belongs at the top of the call, beside updates.";
  const known = sameName(inEntry.replace(/^custom_fields\[[0-9]+\]\./, ""), namesInCall);
  if (known === "updates") return "updates belongs at the top of the call.";
  if (known !== undefined) return `${known} ${where}`;
  const ofCall = wordForCall(inEntry);
  if (ofCall !== undefined) return `${ofCall} That ${where}`;
  const hint = hintFor(place, inEntry, value);
  if (hint !== undefined) return hint;
  const near = nearElsewhere(inEntry, namesInEntry, namesInCall);
  return near && `${near} That ${where}`;
}

/** As for an update of one, except for a word that means several opportunities. */
function hintFor(place: string, name: string, value: unknown): string | undefined {
  return joinedName(name) === "opportunityids" ? 'Did you mean "ids"?' : updateReading.hint(place, value);
}

/** The known name that is the same but for its spelling: `dryRun` is `dry_run`. */
function sameName(name: string, known: readonly string[]): string | undefined {
  return known.find((other) => joinedName(other) === joinedName(name));
}

/** The nearest name of another level, if none of its own is near. */
function nearElsewhere(name: string, own: readonly string[], others: readonly string[]): string | undefined {
  const near = didYouMean(name, own) === "" ? didYouMean(name, others) : "";
  return near === "" ? undefined : near;
}

const changesForm = '[{"ids": ["oppo_…"], "date_won": "2026-12-31"}]';

/** How the arguments of an update of many are read, beyond their schema. */
export const manyReading = {
  ...updateReading,
  hint: misplacedInMany,
  otherwise: (place: string, value: unknown) =>
    place.startsWith("updates[") ? updateReading.otherwise(place, value) : undefined,
};
