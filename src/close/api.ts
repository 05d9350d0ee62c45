import { isObject, type JsonObject } from "../base/json.ts";
import { moment } from "../base/moment.ts";
import { type Opportunity, textOf } from "../opportunity/opportunity.ts";
import { type Me, meSchema } from "../organization/lists.ts";
import { CloseError, type KeyHolder, refused, unreachable, unusable } from "./http/errors.ts";
import { isWebPage, type Loss } from "./http/loss.ts";
import { authorizationOf, type CallContext, createRequests, headersOf, type RequestOptions } from "./http/requests.ts";
import { backoff, delayAfterLimit, waitReason } from "./http/retry.ts";
import { type Answer, type CloseRequest, ExchangeError, type Outcome } from "./http/transport.ts";

/** The part of Close's API that the tools use. Reads throw CloseError if they do not succeed. */
export type CloseClient = ReturnType<typeof createClient>;

/** An answer that takes longer, in milliseconds, is slow. */
const usualAnswerMs = 250;

/** A page of a list. `answer` is all of it: `has_more`, totals. */
export type Page = { entries: readonly JsonObject[]; answer: JsonObject };

/**
 * What became of one PUT. Not wanted: there was no body. Not sent: no connection was made; limited: Close's own 429, which
 * promises that nothing was applied; both may be sent again after `delayMs` milliseconds (`reason` is for a person who
 * watches). Refused: by Close, or stopped before it was sent, and certainly unchanged. Lost: it may have been applied; a
 * success with anything but the opportunity is a lost answer too.
 */
export type PutOutcome =
  | { kind: "answered"; after: Opportunity }
  | { kind: "not wanted" }
  | { kind: "not sent" | "limited"; delayMs: number; reason: string; error: CloseError }
  | { kind: "refused"; error: CloseError }
  | { kind: "lost"; loss: Loss; error: CloseError };

/** Close's API at `baseUrl`. */
export function createClient(options: RequestOptions) {
  const requests = createRequests(options);
  const { host } = new URL(options.baseUrl);
  let organizationId: string | undefined;

  async function objectIn(request: CloseRequest, answer: Answer, call: CallContext): Promise<JsonObject> {
    const { status, json } = answer;
    const holder = status === 401 && !isWebPage(answer) ? await keyHolder(request, call) : undefined;
    const isSuccess = status >= 200 && status < 300;
    if (isSuccess && json !== undefined) return json;
    throw isSuccess && !isWebPage(answer)
      ? unusable(request, answer, "a JSON object")
      : refused(request, answer, holder);
  }

  async function opportunityIn(request: CloseRequest, answer: Answer, id: string, call: CallContext) {
    const json = await objectIn(request, answer, call);
    if (json.id === id) return json;
    throw unusable(request, answer, `the opportunity ${id}`);
  }

  async function page(request: CloseRequest, key: string, call: CallContext): Promise<Page> {
    const answer = await requests.read(request, call);
    const json = await objectIn(request, answer, call);
    const entries = json[key];
    const isPage = Array.isArray(entries) && entries.every(isObject);
    if (!isPage) throw unusable(request, answer, `a page of a list, with ${key}`);
    organizationId = textOf(entries[0], "organization_id") ?? organizationId;
    return { entries, answer: json };
  }

  async function me(call: CallContext): Promise<Me> {
    const answer = await requests.read(whoAmI, call);
    const user = meSchema.safeParse(await objectIn(whoAmI, answer, call));
    if (user.success) return user.data;
    throw unusable(whoAmI, answer, "a user");
  }

  /** A missing permission is answered with 401 just as a bad key is, but not on `GET /me/`, which every Close has. */
  async function keyHolder({ path }: CloseRequest, call: CallContext): Promise<KeyHolder> {
    if (path === whoAmI.path) return "refused";
    return me(call).catch((error: unknown) => {
      if (!(error instanceof CloseError)) throw error;
      return error.status === 401 && error.report.blocker !== undefined ? "refused" : "unknown";
    });
  }

  return {
    clock: requests.clock,
    /** The id of the key's organization, if a list has named it: nearly all records do. */
    organizationId: () => organizationId,
    /** @throws Failure that says which variable to set, if there are no credentials. */
    requireCredentials: () => void authorizationOf(options.credentials),
    /** A page of a list, with its entries under `key`, objects all. `path` is below the base URL, with slash and query. */
    list: (path: string, call: CallContext, key: "data" | "fields" | "inactive_memberships" = "data") =>
      page({ method: "GET", path }, key, call),
    /** `POST /data/search/`, which changes nothing. */
    search: (body: JsonObject, call: CallContext) =>
      page({ method: "POST", path: "/data/search/", body }, "data", call),
    /** The user whose key it is. */
    me,
    /** `readAt` is from when on the state ages: what happened while a slow answer was on its way may not show in it. */
    async readOpportunity(id: string, call: CallContext) {
      const request = requestOf("GET", id);
      const answer = await requests.read(request, call);
      const readAt = moment(Math.max(0, performance.now() - answer.sentAt - usualAnswerMs));
      return { opportunity: await opportunityIn(request, answer, id, call), readAt };
    },
    /**
     * Sends `PUT /opportunity/{id}/` once, when the rate limit allows it, never again by itself, and says what became of it.
     * @param body called right before, once all waiting is over. If it returns undefined, nothing is sent.
     * @throws what `body` throws, unless it is a CloseError: nothing was sent then.
     */
    async put(id: string, body: () => Promise<JsonObject | undefined>, call: CallContext): Promise<PutOutcome> {
      const request = requestOf("PUT", id);
      let result: Outcome | undefined;
      try {
        result = await requests.sendOnce(request, body, call);
        if (result === undefined) return { kind: "not wanted" };
        if (result instanceof ExchangeError) throw unreachable(request, result, host);
        return { kind: "answered", after: await opportunityIn(request, result, id, call) };
      } catch (error) {
        if (result === undefined && !(error instanceof CloseError)) throw error;
        return unsuccessful(result, error instanceof CloseError ? error : unexpected(error));
      }
    },
    /** What `put` would send, without the credentials. */
    previewUpdate(id: string, body: JsonObject, call: CallContext) {
      const request = requestOf("PUT", id);
      return { ...request, headers: headersOf(request, call, requests.clock.now()), body };
    },
  };
}

function unsuccessful(result: Outcome | undefined, error: CloseError): PutOutcome {
  if (error.loss !== undefined) return { kind: "lost", loss: error.loss, error };
  if (result === undefined) return { kind: "refused", error };
  const reason = waitReason(result);
  if (!(result instanceof ExchangeError)) {
    if (error.status !== 429) return { kind: "refused", error };
    return { kind: "limited", delayMs: delayAfterLimit(result), reason, error };
  }
  if (result.kind === "stopped" || result.remedy !== undefined) return { kind: "refused", error };
  return { kind: "not sent", delayMs: backoff(2), reason, error };
}

function unexpected(cause: unknown): CloseError {
  const problem = `The update was sent, but what came back caused an unexpected internal error: ${String(cause)}`;
  const remedy = "Look at the opportunity before calling again.";
  return new CloseError({ problem, remedy }, { cause, loss: "open" });
}

const whoAmI = { method: "GET", path: "/me/" } as const;

/** The slash at the end matters: without it Close redirects, and a PUT is not carried out. */
function requestOf<M extends "GET" | "PUT">(method: M, id: string) {
  return { method, path: `/opportunity/${encodeURIComponent(id)}/` };
}
