import { setTimeout } from "node:timers/promises";
import { isTooLong } from "../base/call-limits.ts";
import { Failure } from "../base/failure.ts";
import { type JsonObject, parseObject } from "../base/json.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import type { PlannedRequest } from "../opportunity/update/fact.ts";
import { type Me, meSchema } from "../organization/lists.ts";
import {
  CloseError,
  type KeyHolder,
  type Loss,
  outOfTime,
  refused,
  unauthorized,
  unreachable,
  unusable,
} from "./http/errors.ts";
import { redactor } from "./http/redaction.ts";
import { type CallContext, createRequests, type RequestOptions } from "./http/requests.ts";
import { backoff, delayAfterLimit, waitReason } from "./http/retry.ts";
import { type Answer, type CloseRequest, ExchangeError } from "./http/transport.ts";

/** The part of Close's API that the tools use. Reads throw CloseError if they do not succeed. */
export type CloseClient = {
  /** @throws Failure that says which variable to set, if there are no credentials. */
  requireCredentials(): void;
  /**
   * A page of a list, which has its entries under `key`: an answer without them is an error, not an empty list.
   * `path` is below the base URL, its trailing slash and query included.
   */
  list(path: string, call: CallContext, key?: "data" | "fields"): Promise<Page>;
  /** `POST /data/search/`, which changes nothing. */
  search(body: JsonObject, call: CallContext): Promise<Page>;
  /** The user whose key it is. */
  me(call: CallContext): Promise<Me>;
  /** The opportunity with this id: an answer that is anything else counts as a read that failed. */
  readOpportunity(id: string, call: CallContext): Promise<ReadOpportunity>;
  /**
   * Sends `PUT /opportunity/{id}/` once, when the rate limit allows it, never again by itself, and says what became of it.
   *
   * @param body called right before, once all waiting is over. If it returns undefined, nothing is sent.
   * @throws CloseError if the call ends before the update is sent, and what `body` throws: nothing was sent then.
   */
  put(id: string, body: () => Promise<JsonObject | undefined>, call: CallContext): Promise<PutOutcome>;
  /** As `put`, but sent again while it certainly had no effect. @deprecated */
  updateOpportunity(
    id: string,
    body: (wasRefused: boolean) => Promise<JsonObject | undefined>,
    call: CallContext,
  ): Promise<Opportunity | undefined>;
  /** What `put` would send, without the credentials. */
  previewUpdate(id: string, body: JsonObject, call: CallContext): PlannedRequest;
};

/** `readAt` is when Close was asked, in milliseconds of `performance.now()`: what happened after that may not show. */
export type ReadOpportunity = { opportunity: Opportunity; readAt: number };

/** A page of a list. `answer` is all of it: `has_more`, totals. */
export type Page = { entries: readonly unknown[]; answer: JsonObject };

/** What became of one PUT. `delayMs` is how long to wait before it may be sent again, in milliseconds. */
export type PutOutcome =
  /** Close answered with this opportunity. */
  | { kind: "answered"; after: Opportunity }
  /** There was no body: nothing was sent. */
  | { kind: "not wanted" }
  /** No connection came to stand: certainly unchanged. `reason` is for a person who watches the wait. */
  | { kind: "not sent"; delayMs: number; reason: string; error: CloseError }
  /** Close's own 429, which promises that nothing was applied. */
  | { kind: "limited"; delayMs: number; reason: string; error: CloseError }
  /** Close refused it, or it was stopped before it was sent: certainly unchanged. */
  | { kind: "refused"; error: CloseError }
  /** It may have been applied. A success with anything but the opportunity is a lost answer too. */
  | { kind: "lost"; loss: Loss; error: CloseError };

/** Close's API at `baseUrl`. */
export function createClient(options: RequestOptions): CloseClient {
  const requests = createRequests(options);
  const { host } = new URL(options.baseUrl);
  const redact = redactor(options.credentials);

  /** Errors quote the beginning of an answer, and no part of it may show the credentials: they are taken out before. */
  function quotable(answer: Answer): Answer {
    const body = redact(answer.body);
    return body === answer.body ? answer : { ...answer, body, json: parseObject(body) };
  }

  /** The object in the body of a success. */
  async function objectIn(request: CloseRequest, answer: Answer, call: CallContext): Promise<JsonObject> {
    const { status, json } = answer;
    if (status === 401) throw unauthorized(request, quotable(answer), await keyHolder(request, call));
    if (status < 200 || status > 299) throw refused(request, quotable(answer));
    if (json === undefined) throw unusable(request, quotable(answer), "a JSON object");
    return json;
  }

  async function opportunityIn(
    request: CloseRequest,
    answer: Answer,
    id: string,
    call: CallContext,
  ): Promise<Opportunity> {
    const json = await objectIn(request, answer, call);
    if (json.id !== id) throw unusable(request, quotable(answer), `the opportunity ${id}`);
    return json;
  }

  async function page(request: CloseRequest, key: string, call: CallContext): Promise<Page> {
    const answer = await requests.read(request, call);
    const json = await objectIn(request, answer, call);
    const entries = json[key];
    if (!Array.isArray(entries)) throw unusable(request, quotable(answer), `a page of a list, with ${key}`);
    return { entries, answer: json };
  }

  async function me(call: CallContext): Promise<Me> {
    const answer = await requests.read(whoAmI, call);
    const user = meSchema.safeParse(await objectIn(whoAmI, answer, call));
    if (!user.success) throw unusable(whoAmI, quotable(answer), "a user");
    return user.data;
  }

  /** A missing permission is answered with 401 just as a bad key is, but not on `GET /me/`. */
  async function keyHolder({ path }: CloseRequest, call: CallContext): Promise<KeyHolder> {
    if (path === whoAmI.path) return "refused";
    try {
      return await me(call);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return error instanceof CloseError && error.status === 401 ? "refused" : "unknown";
    }
  }

  async function put(id: string, body: () => Promise<JsonObject | undefined>, call: CallContext) {
    const request = putOf(id);
    const result = await requests.sendOnce(request, body, call);
    if (result === undefined) return { kind: "not wanted" } as const;
    try {
      if (result instanceof ExchangeError) throw unreachable(request, result, host);
      return { kind: "answered", after: await opportunityIn(request, result, id, call) } as const;
    } catch (error) {
      return unsuccessful(result, error instanceof CloseError ? error : unexpected(error));
    }
  }

  return {
    requireCredentials: requests.requireCredentials,
    list: (path, call, key = "data") => page({ method: "GET", path }, key, call),
    search: (body, call) => page({ method: "POST", path: "/data/search/", body }, "data", call),
    me,
    async readOpportunity(id, call) {
      const request = { method: "GET", path: opportunityPath(id) } as const;
      const answer = await requests.read(request, call);
      return { opportunity: await opportunityIn(request, answer, id, call), readAt: answer.sentAt };
    },
    put,
    async updateOpportunity(id, body, call) {
      let wasRefused = false;
      for (let tries = 1; ; tries += 1) {
        const outcome = await put(id, () => body(wasRefused), call);
        if (outcome.kind === "answered") return outcome.after;
        if (outcome.kind === "not wanted") return undefined;
        if (outcome.kind === "refused" || outcome.kind === "lost") throw outcome.error;
        wasRefused = outcome.kind === "limited";
        const delayMs = wasRefused ? outcome.delayMs : backoff(tries);
        const isLast = !wasRefused && tries >= 4;
        if (isLast || isTooLong(delayMs, call)) throw outcome.error;
        call.onWait?.(outcome.reason, delayMs);
        await setTimeout(delayMs, undefined, { signal: call.signal }).catch(() => {
          throw outOfTime(putOf(id));
        });
      }
    },
    previewUpdate(id, body, call) {
      const request = putOf(id);
      return { ...request, headers: requests.headersOf(request, call), body };
    },
  };
}

function unsuccessful(result: Answer | ExchangeError, error: CloseError): PutOutcome {
  if (error.loss !== undefined) return { kind: "lost", loss: error.loss, error };
  const reason = waitReason(result);
  if (!(result instanceof ExchangeError)) {
    if (error.status !== 429) return { kind: "refused", error };
    return { kind: "limited", delayMs: delayAfterLimit(result), reason, error };
  }
  if (result.kind === "stopped") return { kind: "refused", error };
  return { kind: "not sent", delayMs: backoff(2), reason, error };
}

/** It was sent, but this program failed to take in what came back. */
function unexpected(cause: unknown): CloseError {
  return new CloseError(
    {
      problem: `The update was sent, but what came back caused an unexpected internal error: ${String(cause)}`,
      remedy: "Look at the opportunity before calling again.",
    },
    { cause, loss: "open" },
  );
}

const whoAmI = { method: "GET", path: "/me/" } as const;

/** The slash at the end matters: without it Close redirects, and a PUT is not carried out. */
function opportunityPath(id: string): string {
  return `/opportunity/${encodeURIComponent(id)}/`;
}

function putOf(id: string) {
  return { method: "PUT", path: opportunityPath(id) } as const;
}
