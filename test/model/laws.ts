import { ids, type Opportunity } from "../../src/sandbox/sandbox.ts";
import type { Change, Fault } from "./scenario.ts";
import {
  budget,
  type History,
  latency,
  type Put,
  type Read,
  type Run,
  tagsOf,
  timeToReadBack,
  type Undone,
  type Version,
} from "./world.ts";

const tagsKey = `custom.${ids.customFields.tags}`;

/** What the contract promises of every call, whatever goes wrong. Returns each promise that was broken. */
export function brokenLaws({ runs, versions, undone, queued }: History): string[] {
  return [
    ...runs.flatMap((run) => {
      const others = (versions.get(run.id) ?? []).filter(({ by }) => by !== run.number);
      const broken = [
        ...reportedTruly(run, versions.get(run.id) ?? [], hasLateArrival(run, runs, others)),
        ...inDoubtForAReason(run, others),
        ...sentAfresh(run),
        ...lostNothing(run, runs, others),
        ...replacedKnowingly(run, others),
      ];
      return broken.map((law) => `call ${run.number}: ${law}`);
    }),
    ...oneAfterTheOther(runs),
    ...(undone === undefined ? [] : undoneAsPlanned(undone, versions.get(undone.run.id) ?? [])),
    ...(queued > 0 ? [`${queued} queues are left over`] : []),
  ];
}

/**
 * Whether a request that another call had given up, in doubt, arrived while this call waited: it is of the same user, so
 * that Close's record does not show whose change it made.
 */
function hasLateArrival({ puts, endedAt }: Run, runs: readonly Run[], others: readonly Version[]): boolean {
  const sentAt = puts[0]?.sentAt ?? Number.POSITIVE_INFINITY;
  return others.some(
    ({ at, by }) => at >= sentAt && at <= endedAt && runs.some((other) => other.number === by && other.endedAt < at),
  );
}

function reportedTruly(run: Run, versions: readonly Version[], isExcused: boolean): string[] {
  const { report, puts, startedAt, endedAt, data, warnings } = run;
  const broken: string[] = [];
  const applied = puts.flatMap((put) => put.applied ?? []);
  const [first] = applied.filter(({ at }) => at <= endedAt).sort((a, b) => a.at - b.at);
  if (report === "crashed") broken.push(`failed unexpectedly: ${run.text}`);
  if (endedAt - startedAt > budget + 100) broken.push("took longer than its time");
  // Close's 200 is no proof, but its answer shows what was asked for, or there is a warning.
  const answered = puts.find(({ fault }) => fault?.kind === "ignored keys" && !fault.answerLost);
  if (report === "updated" && first === undefined && answered === undefined && !isExcused) {
    broken.push("false updated: nothing was applied");
  }
  if ((report === "unchanged" || report === "nothing to change") && applied.length > 0) {
    broken.push(`false ${report}: it was applied`);
  }
  if (applied.length > 1 && puts.some(({ body }) => Object.keys(body).some(isOnce))) {
    broken.push("an addition or removal was applied twice");
  }
  if (report === "updated") {
    const shown = versions.findLast(({ record }) => record.date_updated === data.date_updated);
    const says = (words: RegExp) => warnings.some((warning) => words.test(warning));
    // What held already was left out of the request, and may have been changed by others since.
    const wasLeftOut = says(/nothing to (add|remove)/) && says(/^Changed by .* in the meantime:.* "Tags"/);
    const isWarned = (answered !== undefined && warnings.length > 0) || wasLeftOut;
    if (shown === undefined || (first !== undefined && shown.at < first.at)) {
      broken.push("what is shown is no state after the update");
    } else if (!showsRequest(run, shown.record) && !isWarned) {
      broken.push("updated is said, but not all of it shows");
    }
  }
  const stillSending = puts.some(({ endedAt: end = 0 }) => end - startedAt > budget - timeToReadBack + 100);
  if (stillSending && report !== "killed") broken.push("left no time for reading back");
  if (report === "in doubt" && !/read back|back failed|may still arrive/i.test(run.text)) {
    broken.push("in doubt without a word on why");
  }
  return broken;
}

function isOnce(key: string): boolean {
  return key.endsWith(".add") || key.endsWith(".remove");
}

/** Whether the record shows all that the call asked for. */
function showsRequest({ call, number }: Run, record: Opportunity): boolean {
  return call.changes.every((change) => isShown(change, number, record));
}

function isShown(change: Change, number: number, record: Opportunity): boolean {
  const tags = tagsOf(record);
  switch (change.what) {
    case "status":
      return (record.status_id === ids.statuses.salesWon) === change.won;
    case "value":
      return record.value === change.cents;
    case "note":
      return record.note === change.text;
    case "bold note":
      return record.note_html?.includes("<b>") === true;
    case "clear date_won":
      return record.date_won === null;
    case "add two tags":
      return tags.includes(`T${number}a`) && tags.includes(`T${number}b`);
    case "remove the old tag":
      return !tags.includes("Old");
    default:
      return tags.includes(`T${number}a`);
  }
}

/** In doubt is for what the record cannot settle. */
function inDoubtForAReason(run: Run, others: readonly Version[]): string[] {
  const { report, puts, reads, startedAt, endedAt } = run;
  if (report !== "in doubt") return [];
  const [firstPut] = puts;
  if (firstPut === undefined) return ["in doubt, but nothing was sent"];
  const before = lastRead(reads, firstPut.sentAt);
  const afterwards = reads.filter(({ sentAt }) => sentAt >= firstPut.sentAt);
  // What a read shows may be from as early as it was sent.
  const lastLook = afterwards.findLast(({ record }) => record !== undefined)?.sentAt ?? Number.NEGATIVE_INFINITY;
  const isRepeatable = !Object.keys(firstPut.body).some(isOnce);
  const spent = endedAt - startedAt;
  const isStopped = ({ endedAt: end = 0 }: Put) => end - startedAt >= budget - timeToReadBack;
  const mayArriveLater = puts.some(
    (put) =>
      (isOpen(put.fault) || isStopped(put)) && (put.applied === undefined || put.applied.at >= lastLook - latency),
  );
  const couldNotTryAgain =
    !isRepeatable || puts.length >= 3 || spent >= budget - timeToReadBack - 5_000 || !isLost(puts.at(-1)?.fault);
  const reasons = [
    mayArriveLater && couldNotTryAgain,
    afterwards.some(({ record }) => record === undefined),
    before?.record === undefined,
    others.some(({ at }) => at >= (before?.sentAt ?? 0) && at <= endedAt),
    puts.some(({ fault }) => fault?.kind === "ignored keys"),
    spent >= budget - 2_000,
  ];
  return reasons.some(Boolean) ? [] : ["in doubt, although the record could settle it"];
}

/** Whether the answer to a PUT with this fault shows nothing of what became of it. */
function isLost(fault: Fault | undefined): boolean {
  switch (fault?.kind) {
    case "reset":
    case "dripping":
    case "other 200":
      return true;
    case "slow":
      return fault.milliseconds > 14_000;
    case "answer":
      return fault.status !== 400;
    case "ignored keys":
      return fault.answerLost;
    default:
      return false;
  }
}

/** Whether the request may also arrive later, as far as the program can know. */
function isOpen(fault: Fault | undefined): boolean {
  const isOwn = fault?.kind === "answer" && fault.from === "Close";
  return isLost(fault) && !(isOwn && (fault.status === 500 || fault.status === 503));
}

/** What is sent was planned from the opportunity as it was a quarter of a second ago at most, and as the caller expects it. */
function sentAfresh({ puts, reads, args }: Run): string[] {
  return puts.flatMap((put) => {
    const read = lastRead(reads, put.sentAt);
    if (read === undefined) return ["sent without a look at the opportunity"];
    const age = put.sentAt - read.endedAt;
    const seen = args.expected_date_updated;
    const isExpected = seen === undefined || read.record?.date_updated === seen;
    return [
      ...(age > 250 ? [`sent by what was read ${Math.round(age)} ms before`] : []),
      ...(isExpected ? [] : ["sent although the opportunity had changed since expected_date_updated"]),
    ];
  });
}

/** A list that replaces another one drops nothing that was to be seen, and nothing of another call of any process. */
function lostNothing(run: Run, runs: readonly Run[], others: readonly Version[]): string[] {
  if (run.call.changes.some(({ what }) => what === "replace the tags")) return [];
  const toGo = run.call.changes.some(({ what }) => what === "remove the old tag") ? ["Old"] : [];
  return run.puts.flatMap((put) => {
    const { applied } = put;
    if (applied === undefined || !(tagsKey in put.body)) return [];
    const kept = tagsOf(applied.after);
    const lost = tagsOf(applied.before).filter((tag) => !kept.includes(tag) && !toGo.includes(tag));
    const read = lastRead(run.reads, put.sentAt);
    const seen = read?.record === undefined ? [] : tagsOf(read.record);
    const addedMeanwhile = others.filter(
      (version) =>
        version.at >= (read?.sentAt ?? 0) &&
        version.at <= applied.at &&
        // Nothing can be done about a request that was given up and arrives late, neither this one nor another.
        runs.some(({ number, endedAt }) => number === version.by && version.at <= endedAt) &&
        applied.at <= run.endedAt,
    );
    const ofCalls = addedMeanwhile.flatMap(({ record }) => tagsOf(record));
    return lost
      .filter((tag) => seen.includes(tag) || ofCalls.includes(tag))
      .map((tag) => `lost the tag ${tag}, which nobody asked to remove`);
  });
}

function lastRead(reads: readonly Read[], before: number): Read | undefined {
  return reads.findLast(({ endedAt }) => endedAt <= before);
}

/** What a list replaced although it was not to be seen is named, with whose it was; nothing else is. */
function replacedKnowingly({ report, puts, reads, warnings, call }: Run, others: readonly Version[]): string[] {
  const named = warnings.filter((warning) => warning.includes("while this update was on its way"));
  const [put, ...more] = puts.filter(({ applied }) => applied !== undefined);
  if (report !== "updated" || put?.applied === undefined || more.length > 0) return [];
  const { before, after, at } = put.applied;
  const read = lastRead(reads, put.sentAt);
  const isUnseen = others.some((version) => version.at >= (read?.sentAt ?? 0) && version.at <= at);
  if (named.length > 0 && !isUnseen) return ["names what was replaced, but nothing was"];
  const isAnswered = puts.length === 1 && (put.fault === undefined || put.fault.kind === "slow") && !isLost(put.fault);
  if (!isAnswered || read?.record === undefined || !(tagsKey in put.body)) return [];
  if (call.changes.some(({ what }) => what === "replace the tags")) return [];
  const seen = tagsOf(read.record);
  const lost = tagsOf(before).filter((tag) => !tagsOf(after).includes(tag) && !seen.includes(tag));
  const isNamed = named.some((warning) => lost.every((tag) => warning.includes(tag)));
  return lost.length === 0 || isNamed ? [] : [`replaced ${lost.join()} without a word`];
}

const undoable = ["status_id", "value", "note", "note_html", "date_won"] as const;

/** An undo brings back what was there before, unless somebody has changed it since: then it changes nothing. */
function undoneAsPlanned({ run, found, left, report, text }: Undone, versions: readonly Version[]): string[] {
  const broken = (law: string) => [`the undo of call ${run.number} ${law} (${report}: ${text})`];
  const isLeft = found.date_updated === left.date_updated;
  if (report === "unchanged" && !isLeft) return broken("says that nothing was changed, but something was");
  if (report !== "unchanged" && report !== "updated" && report !== "nothing to change") return broken("is not told of");
  const [put, ...others] = run.puts;
  const read = put && lastRead(run.reads, put.sentAt);
  // Otherwise what was there before is not what was read.
  const applied = others.length === 0 && put?.fault === undefined ? put?.applied : undefined;
  if (applied === undefined || read?.record?.date_updated !== applied.before.date_updated) return [];
  const { before, after } = applied;
  // Close would date a win anew that is brought back.
  const winsAgain = before.status_id === ids.statuses.salesWon && before.status_id !== after.status_id;
  const changed = undoable.filter((key) => before[key] !== after[key] || (winsAgain && key === "date_won"));
  const isUntouched = found.date_updated === after.date_updated;
  if (report === "unchanged") {
    const isSame = changed.every((key) => found[key] === after[key]) && sameTags(found, after);
    return isUntouched || isSame ? broken("is refused although nobody changed what it takes back") : [];
  }
  const taken = changed.filter((key) => found[key] !== after[key] && found[key] !== before[key]);
  if (report === "updated" && taken.length > 0) {
    return broken(`is carried out although somebody has changed ${taken.join()} since`);
  }
  const missing = changed.filter((key) => left[key] !== before[key] && !taken.includes(key));
  if (missing.length > 0) return broken(`does not bring back ${missing.join()}`);
  if (isUntouched && !sameTags(left, before)) return broken("does not bring back the tags");
  const ofOthers = tagsOf(found).filter((tag) => !tagsOf(after).includes(tag));
  const lost = ofOthers.filter((tag) => !tagsOf(left).includes(tag));
  if (lost.length > 0) return broken(`loses the tags ${lost.join()}`);
  return versions.filter(({ by }) => by === "undo").length > 1 ? broken("is carried out more than once") : [];
}

function sameTags(one: Opportunity, other: Opportunity): boolean {
  return [...tagsOf(one)].sort().join() === [...tagsOf(other)].sort().join();
}

/** From the first read to the last answer about it, no other call of any process works on the same opportunity. */
function oneAfterTheOther(runs: readonly Run[]): string[] {
  return runs.flatMap((run) =>
    runs
      .filter((other) => other.number > run.number && other.id === run.id)
      .filter((other) => overlap(run, other))
      .map((other) => `calls ${run.number} and ${other.number} worked on one opportunity at the same time`),
  );
}

function overlap(a: Run, b: Run): boolean {
  const [startA, startB] = [a.reads[0]?.sentAt, b.reads[0]?.sentAt];
  return startA !== undefined && startB !== undefined && startA < lastAnswer(b) && startB < lastAnswer(a);
}

/** A report may come later: the event log is asked before it, when others may already work on the opportunity. */
function lastAnswer({ reads, puts, endedAt }: Run): number {
  return Math.min(endedAt, Math.max(...[...reads, ...puts].map((request) => request.endedAt ?? endedAt)));
}

/** A call in a line, for a failure's report. */
export function described(run: Run): string {
  const puts = run.puts.map(({ sentAt, fault, applied }: Put) => {
    const became = applied === undefined ? "not applied" : `applied at ${applied.at - run.startedAt}`;
    return `PUT at ${sentAt - run.startedAt} (${fault === undefined ? "no fault" : JSON.stringify(fault)}): ${became}`;
  });
  return [
    `call ${run.number} at ${run.startedAt}: ${JSON.stringify(run.call)}`,
    `  reads at ${run.reads.map(({ sentAt, record }) => `${sentAt - run.startedAt}${record ? "" : " (failed)"}`).join(", ")}`,
    ...puts.map((put) => `  ${put}`),
    `  reported at ${run.endedAt - run.startedAt}: ${run.report}: ${run.text}`,
    ...run.warnings.map((warning) => `  warning: ${warning}`),
  ].join("\n");
}
