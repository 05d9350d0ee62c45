import { z } from "zod/v3";
import type { Opportunity } from "../../src/sandbox/sandbox.ts";
import { latency } from "./close.ts";
import { type History, lastRead, type Put, type Run, type Version } from "./history.ts";
import { marksOf, named, parts, showsRequest, takenAway } from "./records.ts";
import type { Fault } from "./scenario.ts";
import { undoneAsPlanned } from "./undo-law.ts";
import { budget, timeToReadBack } from "./world.ts";

/** What the contract promises of every call, whatever goes wrong. Returns each promise that was broken. */
export function brokenLaws({ runs, versions, renamed, undone }: History): string[] {
  return [
    ...runs.flatMap((run) => {
      const others = (versions.get(run.id) ?? []).filter(({ by }) => by !== run.number);
      const broken = [
        ...reportedTruly(run, versions.get(run.id) ?? [], hasLateArrival(run, runs, others)),
        ...inDoubtForAReason(run, others),
        ...sentAfresh(run),
        ...lostNothing(run, runs, others),
        ...replacedKnowingly(run, others),
        ...meantWhatWasNamed(run, renamed),
        ...datedByClose(run),
        ...namedAsInClose(run),
      ];
      return broken.map((law) => `call ${run.number}: ${law}`);
    }),
    ...oneAfterTheOther(runs),
    ...(undone === undefined ? [] : undoneAsPlanned(undone, versions.get(undone.of.id) ?? [])),
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
  if (puts.filter((put) => put.applied !== undefined && Object.keys(put.body).some(isOnce)).length > 1) {
    broken.push("an addition or removal was applied twice");
  }
  if (versions.some(({ record }) => marksOf(record).filter((mark) => mark === `N${run.number}`).length > 1)) {
    broken.push("a line was added twice");
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

/** A list or note that replaces another one drops nothing that was to be seen, and nothing of another call of any process. */
function lostNothing(run: Run, runs: readonly Run[], others: readonly Version[]): string[] {
  return run.puts.flatMap((put) => {
    const { applied } = put;
    if (applied === undefined) return [];
    const read = lastRead(run.reads, put.sentAt);
    const addedMeanwhile = others.filter(
      (version) =>
        version.at >= (read?.sentAt ?? 0) &&
        version.at <= applied.at &&
        // Nothing can be done about a request that was given up and arrives late, neither this one nor another.
        runs.some(({ number, endedAt }) => number === version.by && version.at <= endedAt) &&
        applied.at <= run.endedAt,
    );
    return partsBuiltOn(run, put).flatMap(({ of }) => {
      const known = [
        ...(read?.record === undefined ? [] : [read.record]),
        ...addedMeanwhile.map(({ record }) => record),
      ];
      return lostOf(of, applied, run)
        .filter((each) => known.some((record) => of(record).includes(each)))
        .map((each) => `lost ${each}, which nobody asked to remove`);
    });
  });
}

/** What the PUT replaces by what it was computed from. */
function partsBuiltOn({ call }: Run, { body }: Put) {
  return parts.filter(
    ({ keys, replacedBy }) =>
      keys.some((key) => key in body) && !call.changes.some(({ what }) => replacedBy.includes(what)),
  );
}

function lostOf(of: (record: Opportunity) => string[], { before, after }: NonNullable<Put["applied"]>, { call }: Run) {
  const kept = [...of(after), ...takenAway(call)];
  return of(before).filter((each) => !kept.includes(each));
}

/** What a list or note replaced although it was not to be seen is named, with whose it was; nothing else is. */
function replacedKnowingly(run: Run, others: readonly Version[]): string[] {
  const { report, puts, reads, warnings } = run;
  const told = warnings.filter((warning) => warning.includes("while this update was on its way"));
  const [put, ...more] = puts.filter(({ applied }) => applied !== undefined);
  if (report !== "updated" || put?.applied === undefined || more.length > 0) return [];
  const { applied } = put;
  const read = lastRead(reads, put.sentAt);
  const isUnseen = others.some((version) => version.at >= (read?.sentAt ?? 0) && version.at <= applied.at);
  if (told.length > 0 && !isUnseen) return ["names what was replaced, but nothing was"];
  const isAnswered = puts.length === 1 && (put.fault === undefined || put.fault.kind === "slow") && !isLost(put.fault);
  const seen = read?.record;
  if (!isAnswered || seen === undefined) return [];
  return partsBuiltOn(run, put).flatMap(({ of }) => {
    const lost = lostOf(of, applied, run).filter((each) => !of(seen).includes(each));
    const isNamed = told.some((warning) => lost.every((each) => warning.includes(each)));
    return lost.length === 0 || isNamed ? [] : [`replaced ${lost.join()} without a word`];
  });
}

/** How old, in milliseconds, a list may be by which a write finds what a name means. */
const maxNamesAge = 60_000;

/** What is written is what the name meant when the call began, or a minute before at most. */
function meantWhatWasNamed({ call, puts, startedAt }: Run, renamed: History["renamed"]): string[] {
  const asksFor = { status: "status", field: "seats", user: "owner" };
  return puts.flatMap(({ body }) =>
    ([...renamed] as const).flatMap(([what, at]) => {
      const { name, first } = named[what];
      const isAsked = call.changes.some((change) => change.what === asksFor[what] && !("won" in change && change.won));
      const isFirst = [body.status_id, body.user_id].includes(first) || `custom.${first}` in body;
      const isOld = at < startedAt - maxNamesAge - 2 * latency;
      return isAsked && isFirst && isOld ? [`took ${name} for what it does not mean any more`] : [];
    }),
  );
}

/** The day on which Close has dated a win by itself is not called wrong, whatever the machine's clock says. */
function datedByClose({ report, puts, warnings, endedAt }: Run): string[] {
  const { body, applied } = puts.find((put) => put.applied !== undefined && put.applied.at <= endedAt) ?? {};
  const isDated = applied?.before.date_won === null && applied.after.date_won !== null && !("date_won" in (body ?? {}));
  const isDoubted = warnings.some((warning) => /date_won is .*(?:not|after) today/.test(warning));
  return report === "updated" && isDated && isDoubted ? ["calls the day wrong that Close has set"] : [];
}

const ownChanges = z.array(z.object({ field: z.string(), to: z.unknown() })).default([]);

/** Who owns it now goes by the name that Close's answer has, not by one of a list that was read before. */
function namedAsInClose({ data }: Run): string[] {
  const { to } = ownChanges.parse(data.changes).find(({ field }) => field === "user_id") ?? {};
  const { user_name: name } = data;
  const isNamed = to === undefined || name === undefined || String(to).includes(String(name));
  return isNamed ? [] : [`says that ${String(to)} owns it, who is ${String(name)}`];
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
