import type { Answer, CloseRequest } from "./transport.ts";

/**
 * How the answer to an update was lost. Failed: Close itself reported an error, or a proxy a rate limit, so the request is
 * no longer at work. Refused: a proxy in front of Close refused it, and may have passed it on before. Open: there was no
 * answer, or one that does not show what Close did, so the request may still arrive.
 */
export type Loss = "failed" | "refused" | "open";

/** What an answer that is not a success leaves open of an update. */
export function lossOf({ method }: CloseRequest, answer: Answer): Loss | undefined {
  if (method !== "PUT") return undefined;
  const { status } = answer;
  if (isClosesOwn(answer) && isRefusal(status)) return undefined;
  if (status === 429) return "failed";
  if (isRefusal(status)) return "refused";
  return isClosesOwn(answer) && (status === 500 || status === 503) ? "failed" : "open";
}

/**
 * Whether the answer is in Close's form: JSON with an error, but a 429 of any form but HTML is waited out. A proxy's
 * answer does not show what Close did, and neither does plain text, though Close sends a 403 so (recorded traffic).
 */
export function isClosesOwn({ status, body, json }: Answer): boolean {
  if (status === 429) return !/^\s*</.test(body);
  return json !== undefined && ["error", "errors", "field-errors"].some((key) => key in json);
}

/** Whether it is a page for people, as gateways, proxies and the login pages of networks send them: Close's API has none. */
export function isWebPage({ headers, body }: Answer): boolean {
  return /^text\/html/i.test(headers["content-type"] ?? "") || /^\s*</.test(body);
}

/**
 * Whether the status refuses the request, so that sending it again changes nothing. The others leave open what became of
 * it: a server failed or gave up waiting, a proxy sent elsewhere, or HTTP does not define the status (460, 499).
 */
export function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && reasonPhrase(status) !== undefined;
}

/** What HTTP calls a status. Asked for when there is an error: loading `node:http` takes a good part of a start. */
export function reasonPhrase(status: number): string | undefined {
  return process.getBuiltinModule("node:http").STATUS_CODES[status];
}
