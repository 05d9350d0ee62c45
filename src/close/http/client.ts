import type { CallLimits } from "../../base/call-limits.ts";
import { Failure } from "../../base/failure.ts";
import { isCut, type JsonObject, writtenObject } from "../../base/json.ts";
import type { Log } from "../../base/log.ts";
import { offsetHours } from "../../base/time-zone.ts";
import { name, version } from "../../base/version.ts";
import type { Credentials } from "../../config.ts";
import type { Opportunity } from "../../opportunity/opportunity.ts";
import type { PlannedRequest } from "../../opportunity/update/fact.ts";
import { type Me, meSchema } from "../../organization/lists.ts";
import { type Answer, readAnswer } from "./answer.ts";
import {
  CloseError,
  type KeyHolder,
  outOfTime,
  refused,
  unauthorized,
  unreachable,
  unusable,
} from "./errors.ts";
import { createRateLimiter } from "./rate-limiter.ts";
import { redactor } from "./redaction.ts";
import { opportunityPath, type RequestLine } from "./request-line.ts";
import { withRetries } from "./retry.ts";
import { ExchangeError, type Transport } from "./transport.ts";

/** What every request of a call shares. Its signal aborts when the call is cancelled or its time is used up. */
export type CallContext = CallLimits & {
  /** IANA name, for the `x-tz-offset` header. */
  timeZone: string;
};

/** The part of Close's API that the tools use. Every method throws CloseError if it does not succeed. */
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
   * Sends `PUT /opportunity/{id}/` and returns the opportunity that Close answered with. A success with anything else
   * is an answer that was lost: the error's `loss` says how.
   *
   * @param body called right before each try, once all waiting is over, with whether the last one was refused by a
   * 429. If it returns undefined, nothing is sent and undefined is returned.
   */
  updateOpportunity(id: string, body: Body, call: CallContext): Promise<Opportunity | undefined>;
  /** The body as the opportunity would show it: answers are read without the credentials, which an argument may hold. */
  asAnswered(body: JsonObject): JsonObject;
  /** What `updateOpportunity` would send, without the credentials. */
  previewUpdate(id: string, body: JsonObject, call: CallContext): PlannedRequest;
};

/** `readAt` is when Close was asked, in milliseconds of `performance.now()`: what happened after that may not show. */
export type ReadOpportunity = { opportunity: Opportunity; readAt: number };

/** A page of a list. `answer` is all of it: `has_more`, totals. */
export type Page = { entries: readonly unknown[]; answer: JsonObject };

/** What a client is made of. */
export type ClientOptions = {
  transport: Transport;
  /** Without a slash at the end. */
  baseUrl: string;
  credentials: Credentials | undefined;
  log: Log;
};

/** A client of Close's API at `baseUrl`. */
export function createClient({ transport, baseUrl, credentials, log }: ClientOptions): CloseClient {
  const { host } = new URL(baseUrl);
  const rateLimiter = createRateLimiter();
  const authorization = credentials && authorizationOf(credentials);
  const redact = redactor(credentials);

  /** Every request goes through here: as often as it takes, within the rate limits and the call's time. */
  async function exchange(request: RequestLine, call: CallContext, body?: Body): Promise<Exchanged> {
    let sentAt = performance.now();
    let wasRefused = false;
    try {
      const answer = await withRetries(request, call, rateLimiter, async () => {
        sentAt = performance.now();
        const wasRefusedBefore = wasRefused;
        wasRefused = false;
        const answer = await exchangeOnce(request, call, body && (() => body(wasRefusedBefore)));
        wasRefused = answer.status === 429;
        return answer;
      });
      return { answer, sentAt };
    } catch (error) {
      if (error instanceof ExchangeError) throw unreachable(request, error, host);
      // Making the body may itself have failed, or shown that nothing is to be sent: neither is a timeout.
      if (error instanceof Failure || error instanceof NotSent) throw error;
      throw call.signal.aborted ? outOfTime(request) : error;
    }
  }

  async function exchangeOnce(
    request: RequestLine,
    call: CallContext,
    makeBody?: () => Promise<JsonObject | undefined>,
  ): Promise<Answer> {
    const { method, path } = request;
    const json = await makeBody?.();
    if (makeBody !== undefined && json === undefined) throw new NotSent();
    // Making the body may have taken the rest of the call's time: what is not begun is certainly not applied.
    if (makeBody !== undefined) call.signal.throwIfAborted();
    const body = json && JSON.stringify(json);
    const started = performance.now();
    const headers = { ...plainHeaders(request, call), authorization: required(authorization) };
    const about = () => ({ method, path, "x-tz-offset": headers["x-tz-offset"], body });
    try {
      const answer = await transport.send({ method, path, headers, body: body ?? null, signal: call.signal });
      const milliseconds = Math.round(performance.now() - started);
      log("debug", "exchange", () => ({ ...about(), status: answer.status, milliseconds }));
      return readAnswer(request, answer, redact);
    } catch (error) {
      if (error instanceof ExchangeError) {
        const { code, message } = error;
        log("debug", "exchange without answer", () => ({ ...about(), code, message }));
      }
      throw error;
    }
  }

  async function send(request: RequestLine, call: CallContext, body?: Body): Promise<Received> {
    const { answer, sentAt } = await exchange(request, call, body);
    if (answer.status === 401) throw unauthorized(request, answer, await keyHolder(request, call));
    if (answer.status < 200 || answer.status > 299) throw refused(request, answer);
    const { json } = answer;
    if (json === undefined) throw unusable(request, answer, "a JSON object");
    return { json, sentAt, unusableAs: (wanted) => unusable(request, answer, wanted) };
  }

  async function opportunity(
    method: "GET" | "PUT",
    id: string,
    call: CallContext,
    body?: Body,
  ): Promise<ReadOpportunity> {
    const { json, sentAt, unusableAs } = await send({ method, path: opportunityPath(id) }, call, body);
    if (json.id !== id) throw unusableAs(`the opportunity ${id}`);
    return { opportunity: json, readAt: sentAt };
  }

  async function page(request: RequestLine, key: string, call: CallContext, body?: Body) {
    const { json, unusableAs } = await send(request, call, body);
    const entries: unknown = json[key];
    if (isCut(entries)) throw unusableAs("a page of ordinary size");
    if (!Array.isArray(entries)) throw unusableAs(`a page of a list, with ${key}`);
    return { entries, answer: json };
  }

  async function me(call: CallContext): Promise<Me> {
    const { json, unusableAs } = await send(whoAmI, call);
    const user = meSchema.safeParse(json);
    if (!user.success) throw unusableAs("a user");
    return user.data;
  }

  /** A missing permission is answered with 401 just as a bad key is, but not on `GET /me/`. */
  async function keyHolder({ path }: RequestLine, call: CallContext): Promise<KeyHolder> {
    if (path === whoAmI.path) return "refused";
    try {
      return await me(call);
    } catch (error) {
      if (error instanceof Failure)
        return error instanceof CloseError && error.status === 401 ? "refused" : "unknown";
      throw error;
    }
  }

  return {
    requireCredentials: () => void required(authorization),
    list: (path, call, key = "data") => page({ method: "GET", path }, key, call),
    search: (body, call) => page({ method: "POST", path: "/data/search/" }, "data", call, async () => body),
    me,
    readOpportunity: (id, call) => opportunity("GET", id, call),
    async updateOpportunity(id, body, call) {
      try {
        return (await opportunity("PUT", id, call, body)).opportunity;
      } catch (error) {
        if (error instanceof NotSent) return undefined;
        throw error;
      }
    },
    asAnswered(body) {
      const json = JSON.stringify(body);
      const clean = redact(json);
      return clean === json ? body : writtenObject(clean);
    },
    previewUpdate(id, body, call) {
      const request = { method: "PUT", path: opportunityPath(id) } as const;
      return { ...request, headers: plainHeaders(request, call), body };
    },
  };
}

/** The answer to the last try, and when that was sent, in milliseconds of `performance.now()`. */
type Exchanged = { answer: Answer; sentAt: number };

/** A success. `unusableAs` is the error for one that turns out to be something else than wanted. */
type Received = Pick<Exchanged, "sentAt"> & { json: JsonObject; unusableAs(wanted: string): CloseError };

const whoAmI = { method: "GET", path: "/me/" } as const;

/** What a request carries, asked for right before it is sent; undefined if it is not to be sent after all. */
type Body = (wasRefused: boolean) => Promise<JsonObject | undefined>;

class NotSent extends Error {}

const userAgent = `${name}/${version}`;

function plainHeaders({ method }: RequestLine, { timeZone }: CallContext) {
  return {
    accept: "application/json",
    ...(method !== "GET" && { "content-type": "application/json" }),
    "user-agent": userAgent,
    "x-tz-offset": String(offsetHours(timeZone, new Date())),
  };
}

/** API keys go as the user name of Basic authentication, OAuth tokens as Bearer (Close's documentation). */
function authorizationOf({ scheme, secret }: Credentials): string {
  return scheme === "bearer" ? `Bearer ${secret}` : `Basic ${basic(secret)}`;
}

function basic(secret: string): string {
  return Buffer.from(`${secret}:`).toString("base64");
}

function required(authorization: string | undefined): string {
  if (authorization !== undefined) return authorization;
  throw new Failure({
    problem: "There are no credentials for Close: CLOSE_API_KEY is not set, or is still a placeholder.",
    record: "unchanged",
    remedy:
      "Ask the user to make an API key in Close (Settings > Developer > API Keys), to set CLOSE_API_KEY to it in the MCP host's configuration of this server (or CLOSE_ACCESS_TOKEN to an OAuth token), and to restart the server. Calling again before that will fail in the same way.",
  });
}
