import type { Page } from "./api.ts";

/** The longest page that Close gives, in entries (recorded traffic). */
export const maxPage = 200;

/** A part of a list: what comes after the first `skip` entries, up to `end`. */
export type Part = { skip: number; end: number };

/** How far a page goes; the total is that of the list, if Close says or the page shows its end. */
export type Extent = { size: number; hasMore: boolean; total: number | undefined };

/**
 * Where a page ends, by `has_more` and `total_results` (Close's documentation). One without either is the last unless it is
 * full, with as many entries as were asked for.
 */
export function extentOf({ entries, answer }: Page, skip: number, asked: number): Extent {
  const size = entries.length;
  const stated = typeof answer.total_results === "number" ? answer.total_results : undefined;
  const isFollowed = stated === undefined ? size >= asked : skip + size < stated;
  const hasMore = typeof answer.has_more === "boolean" ? answer.has_more : isFollowed;
  // A page past the end shows no end.
  const isEnd = !hasMore && (size > 0 || skip === 0);
  return { size, hasMore, total: stated ?? (isEnd ? skip + size : undefined) };
}

/** More pages of one list are never read. */
export const maxPages = 100;

/** What a page leaves of its part, in parts as long as that page: Close may give fewer entries than were asked for. */
export function restOf<P extends Part>(part: P, { size, hasMore, total = Number.POSITIVE_INFINITY }: Extent): P[] {
  if (!hasMore || size === 0) return [];
  const [from, to] = [part.skip + size, Math.min(part.end, total)];
  if (to === Number.POSITIVE_INFINITY) return [{ ...part, skip: from }];
  const count = Math.max(0, Math.min(Math.ceil((to - from) / size), maxPages - 1));
  return Array.from({ length: count }, (_, at) => {
    const skip = from + at * size;
    return { ...part, skip, end: Math.min(to, skip + size) };
  });
}
