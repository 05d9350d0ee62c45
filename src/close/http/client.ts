import { Failure } from "../../base/failure.ts";
import { type JsonObject, parseObject } from "../../base/json.ts";
import type { Log } from "../../base/log.ts";
import { offsetHours } from "../../base/time-zone.ts";
import { name, version } from "../../base/version.ts";
import type { Credentials } from "../../config.ts";
import type { Opportunity } from "../../opportunity/opportunity.ts";
import type { PlannedRequest } from "../../opportunity/update/result.ts";
import { userName, userSchema } from "../../organization/lists.ts";
import { outOfTime, type RequestLine, refused, unauthorized, unreachable, unreadable } from "./errors.ts";
import { createRateLimiter } from "./rate-limiter.ts";
import { redactor } from "./redaction.ts";
import { type CallLimits, withRetries } from "./retry.ts";
import { ExchangeError, type HttpAnswer, type Transport } from "./transport.ts";

/** What every request of a call shares. Its signal aborts when the call is cancelled or its time is used up. */
export type CallContext = CallLimits & {
  /** IANA name, for the `x-tz-offset` header. */
  timeZone: string;
};

/** The part of Close's API that the tools use. Every method throws CloseError where it does not succeed. */
export type CloseClient = {
  /** @throws Failure that says which variable to set, where there are no credentials. */
  requireCredentials(): void;
  /** `path` is below the base URL, its trailing slash and query included. */
  get(path: string, call: CallContext): Promise<JsonObject>;
  /** `POST /data/search/`, which changes nothing. */
  search(body: JsonObject, call: CallContext): Promise<JsonObject>;
  readOpportunity(id: string, call: CallContext): Promise<Opportunity>;
  /**
   * Sends `PUT /opportunity/{id}/` and returns the opportunity that Close answered with.
   *
   * @param body called right before each try, once all waiting is over. If it returns undefined, nothing is sent and
   * undefined is returned.
   */
  updateOpportunity(
    id: string,
    body: () => Promise<JsonObject | undefined>,
    call: CallContext,
  ): Promise<Opportunity | undefined>;
  /** What `updateOpportunity` would send, without the credentials. */
  previewUpdate(id: string, body: JsonObject, call: CallContext): PlannedRequest;
};

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
  const withoutSecrets = redactor(credentials === undefined ? [] : secretsOf(credentials));

  /** Every request goes through here: as often as it takes, within the rate limits and the call's time. */
  async function exchange(request: RequestLine, call: CallContext, body?: Body): Promise<HttpAnswer> {
    try {
      return await withRetries(request, call, rateLimiter, () => exchangeOnce(request, call, body));
    } catch (error) {
      if (error instanceof ExchangeError) throw unreachable(request, error, host);
      if (call.signal.aborted && !(error instanceof Failure)) throw outOfTime(request);
      throw error;
    }
  }

  async function exchangeOnce(request: RequestLine, call: CallContext, makeBody?: Body): Promise<HttpAnswer> {
    const { method, path } = request;
    const json = await makeBody?.();
    if (makeBody !== undefined && json === undefined) throw new NotSent();
    const body = json && JSON.stringify(json);
    const started = performance.now();
    const headers = { ...plainHeaders(request, call), authorization: required(authorization) };
    const about = () => ({ method, path, "x-tz-offset": headers["x-tz-offset"], body });
    try {
      const answer = await transport.send({ method, path, headers, body: body ?? null, signal: call.signal });
      const milliseconds = Math.round(performance.now() - started);
      log("debug", "exchange", () => ({ ...about(), status: answer.status, milliseconds }));
      return withoutSecrets(answer);
    } catch (error) {
      if (error instanceof ExchangeError) {
        const { code, message } = error;
        log("debug", "exchange without answer", () => ({ ...about(), code, message }));
      }
      throw error;
    }
  }

  async function send(request: RequestLine, call: CallContext, body?: Body): Promise<JsonObject> {
    const answer = await exchange(request, call, body);
    if (answer.status === 401) throw unauthorized(request, answer, await whose(call));
    if (answer.status < 200 || answer.status > 299) throw refused(request, answer);
    const json = parseObject(answer.body);
    if (json === undefined) throw unreadable(request, answer);
    return json;
  }

  /** Whose key it is: a missing permission answers 401 just as a bad key does, but not here. */
  async function whose(call: CallContext): Promise<{ name: string } | "refused" | "unknown"> {
    try {
      const answer = await exchange({ method: "GET", path: "/me/" }, call);
      if (answer.status === 401) return "refused";
      const user = userSchema.safeParse(parseObject(answer.body));
      return answer.status === 200 && user.success ? { name: userName(user.data) } : "unknown";
    } catch (error) {
      if (error instanceof Failure) return "unknown";
      throw error;
    }
  }

  return {
    requireCredentials: () => void required(authorization),
    get: (path, call) => send({ method: "GET", path }, call),
    search: (body, call) => send({ method: "POST", path: "/data/search/" }, call, async () => body),
    readOpportunity: (id, call) => send({ method: "GET", path: opportunityPath(id) }, call),
    async updateOpportunity(id, body, call) {
      try {
        return await send({ method: "PUT", path: opportunityPath(id) }, call, body);
      } catch (error) {
        if (error instanceof NotSent) return undefined;
        throw error;
      }
    },
    previewUpdate(id, body, call) {
      const request = { method: "PUT", path: opportunityPath(id) } as const;
      return { ...request, headers: plainHeaders(request, call), body };
    },
  };
}

/** What a request carries, asked for right before it is sent; undefined if it is not to be sent after all. */
type Body = () => Promise<JsonObject | undefined>;

class NotSent extends Error {}

/** The slash at the end matters: without it Close redirects, and a PUT is not carried out. */
function opportunityPath(id: string): string {
  return `/opportunity/${encodeURIComponent(id)}/`;
}

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

/** What must not be shown: the credential, and what Basic authentication makes of it, padding or not. */
function secretsOf({ secret }: Credentials): string[] {
  return [secret, basic(secret).replace(/=+$/, "")];
}

function basic(secret: string): string {
  return Buffer.from(`${secret}:`).toString("base64");
}

function required(authorization: string | undefined): string {
  if (authorization !== undefined) return authorization;
  throw new Failure({
    problem: "There are no credentials for Close: CLOSE_API_KEY is not set, or still a placeholder.",
    record: "unchanged",
    remedy:
      "Ask the user to make an API key in Close (Settings > Developer > API Keys), to set CLOSE_API_KEY to it in the MCP host's configuration of this server (or CLOSE_ACCESS_TOKEN to an OAuth token), and to restart the server. Calling again before that will fail in the same way.",
  });
}
