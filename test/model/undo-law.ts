import { ids, type Opportunity } from "../../src/sandbox/sandbox.ts";
import { lastRead, type Undone, type Version } from "./history.ts";
import { named, tagsOf } from "./records.ts";

const undoable: Record<string, (record: Opportunity) => unknown> = {
  status_id: ({ status_id }) => status_id,
  value: ({ value }) => value,
  note: ({ note }) => note,
  note_html: ({ note_html }) => note_html,
  date_won: ({ date_won }) => date_won,
  user_id: ({ user_id }) => user_id,
  seats: ({ custom }) => custom[named.field.first],
  "other seats": ({ custom }) => custom[named.field.second],
};

/** An undo brings back what was there before, unless somebody has changed it since: then it changes nothing. */
export function undoneAsPlanned({ of, run, found, left }: Undone, versions: readonly Version[]): string[] {
  const { report, text } = run;
  const broken = (law: string) => [`the undo of call ${of.number} ${law} (${report}: ${text})`];
  const isLeft = found.date_updated === left.date_updated;
  if (report === "unchanged" && !isLeft) return broken("says that nothing was changed, but something was");
  if (report !== "unchanged" && report !== "updated" && report !== "nothing to change") return broken("is not told of");
  const [put, ...others] = of.puts;
  const read = put && lastRead(of.reads, put.sentAt);
  // Otherwise what was there before is not what was read.
  const applied = others.length === 0 && put?.fault === undefined ? put?.applied : undefined;
  if (applied === undefined || read?.record?.date_updated !== applied.before.date_updated) return [];
  const { before, after } = applied;
  // Close would date a win anew that is brought back.
  const winsAgain = before.status_id === ids.statuses.salesWon && before.status_id !== after.status_id;
  const isSame = (key: string, one: Opportunity, other: Opportunity) => undoable[key]?.(one) === undoable[key]?.(other);
  const changed = Object.keys(undoable).filter(
    (key) => !isSame(key, before, after) || (winsAgain && key === "date_won"),
  );
  const isUntouched = found.date_updated === after.date_updated;
  if (report === "unchanged") {
    const isAsLeft = changed.every((key) => isSame(key, found, after)) && sameTags(found, after);
    return isUntouched || isAsLeft ? broken("is refused although nobody changed what it takes back") : [];
  }
  const taken = changed.filter((key) => !isSame(key, found, after) && !isSame(key, found, before));
  if (report === "updated" && taken.length > 0) {
    return broken(`is carried out although somebody has changed ${taken.join()} since`);
  }
  const missing = changed.filter((key) => !isSame(key, left, before) && !taken.includes(key));
  if (missing.length > 0) return broken(`does not bring back ${missing.join()}`);
  if (isUntouched && !sameTags(left, before)) return broken("does not bring back the tags");
  const ofOthers = tagsOf(found).filter((tag) => !tagsOf(after).includes(tag));
  const lost = ofOthers.filter((tag) => !tagsOf(left).includes(tag));
  if (lost.length > 0) return broken(`loses the tags ${lost.join()}`);
  return versions.filter(({ by }) => by === run.number).length > 1 ? broken("is carried out more than once") : [];
}

function sameTags(one: Opportunity, other: Opportunity): boolean {
  return [...tagsOf(one)].sort().join() === [...tagsOf(other)].sort().join();
}
