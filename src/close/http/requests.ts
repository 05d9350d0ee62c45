import { type CallLimits, isTooLong } from "../../base/call-limits.ts";
import { Failure, orError } from "../../base/failure.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Log } from "../../base/log.ts";
import { offsetHours } from "../../base/time-zone.ts";
import { name, version } from "../../base/version.ts";
import type { Config } from "../../config.ts";
import { createClock } from "./clock.ts";
import { outOfTime, rateLimited, unreachable } from "./errors.ts";
import { createRateLimit } from "./rate-limiter.ts";
import { withRetries } from "./retry.ts";
import { type Answer, type CloseRequest, ExchangeError, type Outcome, type Transport } from "./transport.ts";

/** What every request of a call shares; `timeZone` (IANA name) is for the `x-tz-offset` header. */
export type CallContext = CallLimits & { timeZone: string };

/** What requests to Close are made with. */
export type RequestOptions = Pick<Config, "baseUrl" | "credentials"> & { transport: Transport; log: Log };

/** An update that has less time to be answered, in milliseconds, is not begun: it would only be in doubt. */
const minAnswerMs = 1_000;

/** HTTP as Close wants it, at `baseUrl`: credentials, headers, rate limits, and another try of what changes nothing. */
export function createRequests({ transport, baseUrl, credentials, log }: RequestOptions) {
  const { host } = new URL(baseUrl);
  const limits = new Map<string, ReturnType<typeof createRateLimit>>();
  const clock = createClock(log);

  function inTurn<R extends Outcome | undefined>(request: CloseRequest, call: CallContext, send: () => Promise<R>) {
    const group = endpointGroup(request);
    const withinLimit = limits.get(group) ?? createRateLimit();
    limits.set(group, withinLimit);
    return withinLimit(call.signal, send, (milliseconds) => {
      if (isTooLong(milliseconds, call)) throw rateLimited(request, milliseconds / 1000);
      call.onWait?.("Close's rate limit", milliseconds);
    });
  }

  async function exchange(request: CloseRequest, call: CallContext): Promise<Outcome> {
    const { method, path, body } = request;
    const headers = headersOf(request, call, clock.now());
    const about = { method, path, "x-tz-offset": headers["x-tz-offset"], body };
    const authorization = authorizationOf(credentials);
    const sending = transport.send(request, { headers: { ...headers, authorization }, signal: call.signal });
    const outcome = await orError(sending, ExchangeError);
    if (outcome instanceof ExchangeError) {
      log("debug", "exchange without answer", { ...about, code: outcome.code, message: outcome.message });
    } else {
      clock.heed(outcome);
      const milliseconds = Math.round(performance.now() - outcome.sentAt);
      log("debug", "exchange", { ...about, status: outcome.status, milliseconds });
    }
    return outcome;
  }

  return {
    clock,
    /** The last answer to what changes nothing, sent as often as it takes. @throws CloseError if there was none. */
    async read(request: CloseRequest, call: CallContext): Promise<Answer> {
      const send = () => inTurn(request, call, () => exchange(request, call));
      const outcome = await withRetries(call, send).catch(asOutOfTime(request, call));
      if (outcome instanceof ExchangeError) throw unreachable(request, outcome, host);
      return outcome;
    },
    /**
     * Sends a request once, when the rate limit allows it. Returns undefined, with nothing sent, if `makeBody` does.
     * @param makeBody called once the request's turn has come.
     * @throws CloseError if the call ends before it is sent, and what `makeBody` throws.
     */
    sendOnce(request: CloseRequest, makeBody: () => Promise<JsonObject | undefined>, call: CallContext) {
      const send = async () => {
        const body = await makeBody();
        if (body === undefined) return undefined;
        // Waiting, and making it, may have taken the rest of the call's time: what is not begun is certainly not applied.
        if (call.signal.aborted || isTooLong(minAnswerMs, call)) throw outOfTime(request);
        return exchange({ ...request, body }, call);
      };
      return inTurn(request, call, send).catch(asOutOfTime(request, call));
    },
  };
}

/** Rethrows; what is no failure yet is, in a call that has ended, its end. */
function asOutOfTime(request: CloseRequest, { signal }: CallContext): (error: unknown) => never {
  return (error) => {
    throw signal.aborted && !(error instanceof Failure) ? outOfTime(request) : error;
  };
}

/** Limits are kept per method and path (Close's rate-limit page): all opportunities are one group. */
function endpointGroup({ method, path }: CloseRequest): string {
  return `${method} ${path.replace(/\?.*$/, "").replace(/oppo_[^/]+/, "{id}")}`;
}

/** The headers of a request that is sent at that moment, without the credentials. */
export function headersOf({ method }: CloseRequest, { timeZone }: CallContext, at: Date): Record<string, string> {
  return {
    accept: "application/json",
    ...(method !== "GET" && { "content-type": "application/json" }),
    "user-agent": `${name}/${version}`,
    "x-tz-offset": String(offsetHours(timeZone, at)),
  };
}

/**
 * API keys go as the user name of Basic authentication, OAuth tokens as Bearer (Close's documentation).
 * @throws Failure that says which variable to set, if there are no credentials.
 */
export function authorizationOf(credentials: Config["credentials"]): string {
  if (credentials !== undefined) {
    const { scheme, secret } = credentials;
    return scheme === "bearer" ? `Bearer ${secret}` : `Basic ${Buffer.from(`${secret}:`).toString("base64")}`;
  }
  throw new Failure({
    problem: "There are no credentials for Close: CLOSE_API_KEY is not set, or is still a placeholder.",
    record: "unchanged",
    remedy:
      "Ask the user to make an API key in Close (Settings > Developer > API Keys), to set CLOSE_API_KEY to it in the MCP host's configuration of this server (or CLOSE_ACCESS_TOKEN to an OAuth token), and to restart the server. Calling again before that will fail in the same way.",
  });
}
