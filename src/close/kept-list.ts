import { limitedTo } from "../base/call-limits.ts";
import { Failure } from "../base/failure.ts";
import { ageOf, moment } from "../base/moment.ts";
import { raceAbort } from "../base/signals.ts";
import { UnreadList } from "../organization/lists.ts";
import type { CallContext } from "./http/requests.ts";
import { type Extent, maxPages, type Part, restOf } from "./pages.ts";

/** How long a call waits for a list, in milliseconds: some go on without it, and need the rest of their time for that. */
const maxReadMs = 20_000;

/** How much of a list is read. */
const maxEntries = 10_000;

/** How many pages are read side by side, once the first has told how long they are. */
const pagesAtATime = 8;

/** So long, in milliseconds, a list of several pages is as good as new: a mistyped name must not read them all again. */
const freshMs = 30_000;

/** A page of a list. Its size counts what Close sent, also what is no valid item. */
type ListPage<T> = Extent & { items: readonly T[] };

/** A list as far as it was wanted. Fresh: as good as read anew. Cut: there is more of it than is ever read. */
export type Read<T> = { items: readonly T[]; isFresh: boolean; isCut: boolean };

/** What a call wants of a list: nothing older, in milliseconds, and no more of it than up to an entry that is enough. */
export type Want<T> = { maxAgeMs: number; isEnough?: ((entry: T) => boolean) | undefined };

/** Where a list comes from: kept, or read anew. @throws UnreadList, or the failure that ends the call or meets all others too. */
export type Source<T> = (call: CallContext, want: Want<T>) => Promise<Read<T>>;

/**
 * A list that is read once for all calls that want it, each entry once, and kept page by page: where reading it stopped,
 * the next call goes on. It is cut after 100 pages or 10,000 entries, or as soon as a page brings nothing new.
 */
export function keptList<T extends { id: string }>(
  noun: string,
  readPage: (skip: number, call: CallContext) => Promise<ListPage<T>>,
): Source<T> {
  let latest: ReturnType<typeof begin> | undefined;

  function begin() {
    const startedAt = moment();
    /** Items, by how many entries come before their page. */
    const pages = new Map<number, readonly T[]>();
    const ids = new Set<string>();
    let unread: Part[] = [{ skip: 0, end: maxEntries }];
    /** Pages on their way, for whichever call. */
    const coming = new Set<Promise<void>>();
    let isEnded = false;
    let items: readonly T[] | undefined;

    const isToBeRead = () => coming.size > 0 || unread.length > 0;

    function add(part: Part, { items: added, ...extent }: ListPage<T>): void {
      const known = ids.size;
      for (const { id } of added) ids.add(id);
      pages.set(part.skip, added);
      items = undefined;
      unread.push(...restOf(part, extent));
      if (!extent.hasMore) {
        isEnded = true;
        unread = unread.filter(({ skip }) => skip < part.skip);
      } else if (ids.size === known || pages.size >= maxPages) unread = [];
    }

    /** In Close's order, however its pages came: the same list until a page is added, by which others keep what they make of it. */
    function itemsSoFar(): readonly T[] {
      const inOrder = () => [...pages].sort(([a], [b]) => a - b).flatMap(([, page]) => page);
      items ??= [...new Map(inOrder().map((item) => [item.id, item])).values()];
      return items;
    }

    /** What fails, fails for all who wait; what ends with its call is left to the others. */
    async function readPart(part: Part, call: CallContext): Promise<void> {
      try {
        add(part, await readPage(part.skip, call));
      } catch (error) {
        unread.unshift(part);
        if (!call.signal.aborted) throw error;
      }
    }

    async function readUntil(isEnough: () => boolean, call: CallContext): Promise<void> {
      while (isToBeRead() && !isEnough()) {
        for (const part of unread.splice(0, pagesAtATime - coming.size)) {
          const page = readPart(part, call).finally(() => coming.delete(page));
          coming.add(page);
        }
        await raceAbort(Promise.race(coming), call.signal, "while names were being looked up");
        if (pages.size > 1 || isToBeRead()) call.onStep?.(`Reading ${noun}: ${ids.size.toLocaleString("en")}`);
      }
    }

    return {
      isOlder: (milliseconds: number) => ageOf(startedAt) >= milliseconds && (coming.size === 0 || milliseconds > 0),
      async read(call: CallContext, isEnough: Want<T>["isEnough"]): Promise<Read<T>> {
        const isUnbegun = pages.size === 0 && coming.size === 0;
        const isReadForIt = isToBeRead();
        const isFound = () => isEnough !== undefined && itemsSoFar().some(isEnough);
        if (isReadForIt) {
          const limited = limitedTo(call, maxReadMs);
          await readUntil(isFound, limited).catch((error: unknown) => {
            if (call.signal.aborted) throw error;
            if (limited.signal.aborted) throw new UnreadList(noun, tooSlow(ids.size));
            const isOfAll = !(error instanceof Failure) || error.report.blocker !== undefined;
            throw isOfAll ? error : new UnreadList(noun, error.report);
          });
        }
        const isFresh = isUnbegun || ((isReadForIt || pages.size > 1) && ageOf(startedAt) < freshMs);
        return { items: itemsSoFar(), isFresh, isCut: !isToBeRead() && !isEnded };
      },
    };
  }

  return (call, { maxAgeMs, isEnough }) => {
    if (latest === undefined || latest.isOlder(maxAgeMs)) latest = begin();
    return latest.read(call, isEnough);
  };
}

function tooSlow(entries: number) {
  const came = entries === 0 ? "nothing" : `only ${entries.toLocaleString("en")}`;
  const problem = `${came} came within ${maxReadMs / 1000} seconds${entries === 0 ? "" : ", and there are more"}.`;
  return { problem, remedy: "Call again: what came is kept, and reading goes on there." };
}
