import { isTooLong } from "../base/call-limits.ts";
import { Failure, type FailureReport } from "../base/failure.ts";
import { ageOf, moment } from "../base/moment.ts";
import { raceAbort, timeLimit } from "../base/signals.ts";
import type { CallContext } from "./http/requests.ts";

/** How long a list is read at a time, in milliseconds: that serves every call that waits for it, so it has a limit of its own. */
const maxReadMs = 20_000;

/** How much of a list is read: Close's pages have a hundred entries, but a peer may send longer ones. */
const maxPages = 100;
const maxEntries = 10_000;

/** How many pages are read side by side, once the first has told how long they are. */
const pagesAtATime = 8;

/** So long, in milliseconds, a list of several pages is as good as new: a mistyped name must not read them all again. */
const freshMs = 30_000;

/** A page of a list. `size` counts what Close sent, also what was left out; `total` is that of the list, if Close says. */
type ListPage<T> = { items: readonly T[]; size: number; hasMore: boolean; total: number };

/** A list as far as it was wanted. Fresh: as good as read anew. Cut: there is more of it than is ever read. */
export type Read<T> = { items: readonly T[]; isFresh: boolean; isCut: boolean };

/** What a call wants of a list: nothing older, in milliseconds, and no more of it than up to an entry that is enough. */
export type Want<T> = { maxAgeMs: number; isEnough?: ((entry: T) => boolean) | undefined };

/** Where a list comes from: kept, or read anew. */
export type Source<T> = (call: CallContext, want: Want<T>) => Promise<Read<T>>;

type Waiter<T> = Want<T> & { call: CallContext; resolve: () => void; reject: (reason: unknown) => void };

/**
 * A list that is read once for all calls that wait for it, each entry once, and kept page by page: where reading it stopped,
 * the next call goes on. It is cut after 100 pages or 10,000 entries, or as soon as a page brings nothing new.
 */
export function keptList<T extends { id: string }>(
  noun: string,
  readPage: (skip: number, call: CallContext) => Promise<ListPage<T>>,
  onCut?: (entries: number) => void,
): Source<T> {
  let latest: ReturnType<typeof begin> | undefined;

  function begin(timeZone: string) {
    const startedAt = moment();
    /** Valid entries, by how many come before their page. */
    const pages = new Map<number, readonly T[]>();
    const ids = new Set<string>();
    const waiting = new Set<Waiter<T>>();
    /** How many entries come before each page that is yet to be read. */
    let skips = [0];
    let size = 0;
    let isEnded = false;
    let isRunning = false;
    /** Whether it is read to its end, although nobody waits any more. */
    let isWantedWhole = false;
    let stop = new AbortController();
    let entries: readonly T[] | undefined;

    const isWanted = () => isWantedWhole || waiting.size > 0;
    const isToBeRead = () => isRunning || skips.length > 0;

    function add(skip: number, page: ListPage<T>): void {
      const known = ids.size;
      for (const { id } of page.items) ids.add(id);
      pages.set(skip, page.items);
      entries = undefined;
      if (size === 0) {
        size = page.size;
        const end = Math.min(page.total, maxPages * size, maxEntries);
        for (let next = size; next < end; next += size) skips.push(next);
      }
      if (!page.hasMore) {
        isEnded = true;
        skips = skips.filter((other) => other < skip);
      } else if (ids.size === known || pages.size >= maxPages) skips = [];
      else if (page.size < size) skips.unshift(skip + page.size);
      for (const { call, isEnough, resolve } of waiting) {
        if (page.hasMore || skip > 0) call.onStep?.(`Reading ${noun}: ${ids.size.toLocaleString("en")}`);
        if (isEnough !== undefined && page.items.some(isEnough)) resolve();
      }
    }

    async function readOn(call: CallContext): Promise<void> {
      const failures: unknown[] = [];
      const isToGoOn = () => skips.length > 0 && isWanted() && failures.length === 0;
      const work = async () => {
        const [next] = skips;
        if (!isToGoOn() || next === undefined) return;
        try {
          skips.shift();
          add(next, await readPage(next, call));
        } catch (error) {
          skips.unshift(next);
          failures.push(error);
        }
        // The first page tells how many follow, for the others to read as well.
        if (next > 0) await work();
      };
      while (isToGoOn()) await Promise.all(Array.from({ length: pagesAtATime }, work));
      if (failures.length > 0) throw failures[0];
    }

    function run(): void {
      isRunning = true;
      stop = new AbortController();
      const { signal: stopped } = stop;
      const limit = timeLimit(stopped, maxReadMs);
      const onWait: CallContext["onWait"] = (reason, milliseconds) => {
        for (const { call } of waiting) call.onWait?.(reason, milliseconds);
      };
      const finish = (tell: (waiter: Waiter<T>) => void) => {
        isRunning = false;
        isWantedWhole = false;
        if (skips.length === 0 && !isEnded) onCut?.(ids.size);
        for (const waiter of waiting) tell(waiter);
        limit.end();
      };
      readOn({ signal: limit.signal, deadline: performance.now() + maxReadMs, timeZone, onWait }).then(
        () => finish(({ resolve }) => resolve()),
        (error: unknown) => {
          const why = limit.signal.aborted ? tooSlow(ids.size) : error;
          // Who came after the last one had cancelled has it read on.
          finish(({ resolve, reject }) => (stopped.aborted ? resolve() : reject(why)));
        },
      );
    }

    /** In Close's order, however its pages came. */
    function items(): readonly T[] {
      const inOrder = () => [...pages].sort(([a], [b]) => a - b).flatMap(([, page]) => page);
      entries ??= [...new Map(inOrder().map((item) => [item.id, item])).values()];
      return entries;
    }

    return {
      isOlder: (milliseconds: number) => ageOf(startedAt) >= milliseconds && (!isRunning || milliseconds > 0),
      async read(call: CallContext, want: Want<T>): Promise<Read<T>> {
        const isReadForIt = isToBeRead();
        const isFound = () => want.isEnough !== undefined && items().some(want.isEnough);
        while (isToBeRead() && !isFound()) await arrival(call, want);
        const isFresh = isReadForIt || (pages.size > 1 && ageOf(startedAt) < freshMs);
        return { items: items(), isFresh, isCut: !isToBeRead() && !isEnded };
      },
    };

    /** Waits until there is more of it. A caller stops waiting when its own call ends; the reading goes on for the others. */
    async function arrival(call: CallContext, want: Want<T>): Promise<void> {
      let leave = () => {};
      const coming = new Promise<void>((resolve, reject) => {
        const waiter = { ...want, call, resolve, reject };
        waiting.add(waiter);
        leave = () => void waiting.delete(waiter);
      });
      if (!isRunning) run();
      try {
        await raceAbort(coming, call.signal, waitedTooLong);
      } finally {
        leave();
        if (call.signal.aborted) {
          // Whose time is used up will call again; who cancels will not.
          if (isTooLong(0, call)) isWantedWhole = true;
          else if (!isWanted()) stop.abort();
        }
      }
    }
  }

  return (call, want) => {
    if (latest === undefined || latest.isOlder(want.maxAgeMs)) latest = begin(call.timeZone);
    return latest.read(call, want);
  };
}

const waitedTooLong: FailureReport = {
  problem: "The call's time was used up, or it was cancelled, while names were being looked up.",
  record: "unchanged",
  remedy: "Call again in a moment.",
  canBeSentAgain: true,
};

function tooSlow(entries: number): Failure {
  const [came, more] =
    entries === 0 ? ["nothing", ""] : [`only ${entries.toLocaleString("en")}`, ", and there are more"];
  const problem = `${came} came within ${maxReadMs / 1000} seconds${more}.`;
  const remedy = "Call again: what came is kept, and reading goes on there.";
  return new Failure({ problem, record: "unchanged", remedy });
}
