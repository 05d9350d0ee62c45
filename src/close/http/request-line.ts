import type { Method } from "./transport.ts";

/** The request that a failure is about. `path` is below the base URL. */
export type RequestLine = { method: Method; path: string };

/** The slash at the end matters: without it Close redirects, and a PUT is not carried out. */
export function opportunityPath(id: string): string {
  return `/opportunity/${encodeURIComponent(id)}/`;
}

/** Whether the request reads or updates one opportunity. */
export function isOfOneOpportunity({ path }: Pick<RequestLine, "path">): boolean {
  return /^\/opportunity\/[^/?]+\//.test(path);
}
